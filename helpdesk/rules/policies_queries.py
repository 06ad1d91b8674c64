"""What the policies' pages show: names for codes, the list, a ticket tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from core.clock import now
from core.errors import Invalid
from helpdesk.rules import typed
from helpdesk.rules.queries import names_of
from orders.models import Store
from sla.models import OPEN_STATES, Clock, Metric, Policy, PolicyVersion
from sla.policy_drafts import ACTS, MATCH_FIELDS, PolicyDraft
from sla.policy_words import (
    Names,
    field_words,
    level_when,
    level_words,
    match_words,
    metric_words,
    target_words,
)
from sla.queries import Tried, policies_in_order, policy_versions, try_ticket
from sla.queries.policy_order import rows_of
from sla.queries.trying import PromiseTried
from sla.words import place_words
from tickets.models import Category, Channel, Priority
from tickets.words import PRIORITY_NAMES, name_of

GLANCE = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION)
DESK = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION)


def names() -> dict[str, dict[str, str]]:
    """What each code that a policy can match is called, by field; three queries."""
    channels = {
        Channel.WEB: _("Web form"),
        Channel.CHAT: _("Chat"),
        Channel.EMAIL: _("E-mail"),
        Channel.API: _("API"),
        Channel.SYSTEM: _("The shop itself"),
    }
    return {
        "category": {row.code: row.label for row in Category.objects.order_by("position", "pk")},
        "priority": {code: name_of(PRIORITY_NAMES, code).capitalize() for code in Priority.values},
        "channel": {str(code): words for code, words in channels.items()},
        "member_type": {code: str(words) for code, words in Person.MemberType.choices},
        "team": dict(Team.objects.order_by("position", "pk").values_list("code", "name")),
        "store": dict(Store.objects.order_by("name").values_list("code", "name")),
    }


def match_choices(known: Names, match: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Every field with its codes and names; a chosen code that is gone keeps its place."""
    shown = []
    for name in MATCH_FIELDS:
        chosen = match.get(name, [])
        codes = {**known[name], **{code: code for code in chosen if code not in known[name]}}
        options = [(code, words, code in chosen) for code, words in codes.items()]
        shown.append({"field": name, "words": field_words(name), "options": options})
    return shown


def deeds(known: Names) -> list[tuple[str, str]]:
    """(value, words) of everything that a level can do."""
    found = []
    for act, aims in ACTS.items():
        for aim in aims:
            targets = [f"team:{code}" for code in known["team"]] if aim == "team:" else [aim]
            for to in targets:
                found.append((f"{act}|{to}", level_words({"act": act, "to": to}, known)))
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """A policy in the list."""

    code: str
    name: str
    version: int
    match: list[str]
    glance: list[tuple[str, str]]
    more: int
    levels: int
    is_last: bool
    can_up: bool
    can_down: bool


def listed() -> dict[str, Any]:
    """The policies in order and those that are retired, in words."""
    known, rows = names(), policies_in_order()
    tried = [row for row in rows if row.match]
    return {
        "rows": [_listed(row, known, index, len(tried)) for index, row in enumerate(rows)],
        "retired": policies_in_order(retired=True),
    }


def _listed(version: PolicyVersion, known: Names, index: int, tried: int) -> Listed:
    policy, targets = version.policy, {row["metric"]: row for row in rows_of(version)}
    glance = [(metric_words(m), target_words(targets[m]) if m in targets else "–") for m in GLANCE]
    return Listed(
        code=policy.code,
        name=policy.name,
        version=policy.version,
        match=match_words(version.match, known),
        glance=glance,
        more=len([metric for metric in targets if metric not in GLANCE]),
        levels=sum(len(row["levels"]) for row in targets.values()),
        is_last=not version.match,
        can_up=0 < index < tried,
        can_down=index < tried - 1,
    )


def versions_shown(policy: Policy, known: Names) -> list[dict[str, Any]]:
    """The newest versions with what each changed."""
    found = policy_versions(policy, limit=10, names=known)
    people = names_of(version.actor_id for version in found)
    return [{"told": one, "who": people.get(one.actor_id or 0) or _("The system")} for one in found]


def running(policy: Policy) -> int:
    """How many open clocks count by any of its versions."""
    return Clock.objects.filter(policy_version__policy=policy, state__in=OPEN_STATES).count()


# Trying --------------------------------------------------------------------------------------------------


@dataclass
class Trial:
    """A ticket to be tried: what was chosen, and what came of it."""

    facts: dict[str, str]
    at_typed: str
    zone: str
    result: Tried | None = None
    problem: str = ""
    shown: list[dict[str, Any]] | None = None
    at: datetime | None = None


def trial(post: QueryDict, reader: str, known: Names, draft: PolicyDraft | None, *, run: bool) -> Trial:
    """Read the trial's fields; when `run`, try the ticket on the saved policies or with the draft among them."""
    facts = {name: post.get(f"t-{name}", "") for name in MATCH_FIELDS}
    facts["category"] = facts["category"] or next(iter(known["category"]), "")
    facts["priority"] = facts["priority"] or Priority.NORMAL.value
    facts["channel"] = facts["channel"] or Channel.WEB.value
    facts["member_type"] = facts["member_type"] or Person.MemberType.RETAIL.value
    team = _team(facts)
    zone = team.calendar.timezone if team else "UTC"
    typed_at = post.get("t-at", "") or now().astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    found = Trial({**facts}, typed_at, zone)
    if run:
        _run(found, team, reader, known, draft)
    return found


def _team(facts: dict[str, str]) -> Team | None:
    """The team that was chosen, else the category's own."""
    rows = Team.objects.select_related("calendar")
    if facts["team"]:
        return rows.filter(code=facts["team"]).first()
    category = Category.objects.filter(code=facts["category"]).first()
    return rows.filter(pk=category.team_id).first() if category else None


def _run(found: Trial, team: Team | None, reader: str, known: Names, draft: PolicyDraft | None) -> None:
    wall = typed.moment(found.at_typed)
    if team is None or wall is None:
        found.problem = _("Give a date and a time.") if wall is None else _("There is no such team.")
        return
    found.at = wall.replace(tzinfo=ZoneInfo(found.zone)).astimezone(UTC)
    facts = {**found.facts, "team": team.code}
    try:
        found.result = try_ticket(
            facts=facts, calendars=calendars_of(team), at=found.at, zone=reader, draft=draft, names=known
        )
    except Invalid as error:
        found.problem = str(error.message)
        return
    found.shown = [_promise_shown(one, known) for one in found.result.promises]


def calendars_of(team: Team) -> dict[str, int]:
    """By whose hours each promise on a ticket of this team is counted."""
    found = {str(metric): team.calendar_id for metric in DESK}
    if team.takes_chat:
        found[Metric.CHAT_PICKUP.value] = team.calendar_id
    asked = Team.objects.filter(tier=Team.Tier.SPECIALIST).order_by("position", "pk").first()
    if asked is not None:
        found[Metric.ESCALATION_ANSWER.value] = asked.calendar_id
    return found


def _promise_shown(promise: PromiseTried, known: Names) -> dict[str, Any]:
    target = {
        "amount": promise.target.amount,
        "min_amount": promise.target.min_amount,
        "unit": promise.target.unit,
    }
    return {
        "promise": promise,
        "name": metric_words(promise.metric),
        "target": target_words(target),
        "place": place_words(ZoneInfo(promise.timezone)),
        "levels": [
            {"at": one.at, "when": level_when(one.level), "does": level_words(one.level, known)}
            for one in promise.levels
        ],
    }
