"""What the pages of escalation rules show: the list in words, a ticket tried, versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Person
from helpdesk.rules.policies_queries import names as policy_names
from helpdesk.rules.queries import names_of
from tickets.models import EscalationRule, Priority
from tickets.queries.rules import RuleTried, rule_versions, rules_in_order, try_rules
from tickets.rule_drafts import FACTS, METRICS, SCORES, TARGETS, RuleDraft
from tickets.rule_words import Names, deed_words, fact_words, match_words, on_words, value_words

OCCASIONS = tuple(EscalationRule.On.values)


def names() -> dict[str, dict[str, str]]:
    """What each value that a rule can look at is called, by fact; three queries."""
    known = policy_names()
    known["score"] = {str(score): value_words("score", score) for score in SCORES}
    known["metric"] = {metric: value_words("metric", metric) for metric in METRICS}
    return known


def occasions() -> list[tuple[str, str]]:
    """(code, words) of when a rule can act."""
    return [(code, on_words(code)) for code in OCCASIONS]


def match_choices(known: Names, facts: list[str], match: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Each fact with its values and their names; a chosen value that is gone keeps its place."""
    shown = []
    for fact in facts:
        chosen = [str(one) for one in match.get(fact, [])]
        codes = {**known[fact], **{code: code for code in chosen if code not in known[fact]}}
        options = [(code, words, code in chosen) for code, words in codes.items()]
        shown.append({"field": fact, "words": fact_words(fact), "options": options})
    return shown


def deeds(known: Names) -> list[tuple[str, str]]:
    """(value, words) of everything that a rule can do."""
    found = []
    for act, aims in TARGETS.items():
        for aim in aims:
            for to in [f"team:{code}" for code in known["team"]] if aim == "team:" else [aim]:
                found.append((f"{act}|{to}", deed_words({"act": act, "to": to}, known)))
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule in the list."""

    code: str
    name: str
    version: int
    on: str
    match: list[str]
    does: list[str]
    acted: int
    acted_at: datetime | None
    can_up: bool
    can_down: bool


def listed(known: Names) -> dict[str, Any]:
    """The rules in order and those that are retired, in words."""
    rows = rules_in_order()
    return {
        "rows": [_listed(row, known, at, len(rows)) for at, row in enumerate(rows)],
        "retired": rules_in_order(retired=True),
    }


def _listed(rule: EscalationRule, known: Names, at: int, many: int) -> Listed:
    return Listed(
        code=rule.code,
        name=rule.name,
        version=rule.version,
        on=on_words(rule.on),
        match=match_words(rule.match, known),
        does=[deed_words(one, known) for one in rule.acts],
        acted=rule.acted,
        acted_at=rule.acted_at,
        can_up=at > 0,
        can_down=at < many - 1,
    )


def versions_shown(rule: EscalationRule, known: Names) -> list[dict[str, Any]]:
    """The newest versions with what each changed."""
    found = rule_versions(rule, known)
    people = names_of(version.actor_id for version in found)
    return [{"told": one, "who": people.get(one.actor_id or 0) or _("The system")} for one in found]


# Trying --------------------------------------------------------------------------------------------------


@dataclass
class Trial:
    """A ticket to be tried: what was chosen, and what every rule would do with it."""

    on: str
    facts: dict[str, str]
    results: list[dict[str, Any]] | None = None
    problem: str = ""


def trial(post: QueryDict, known: Names, on: str, draft: RuleDraft | None, *, run: bool) -> Trial:
    """Read the trial's fields; when `run`, try them on the saved rules or with the draft among them."""
    facts = {fact: post.get(f"t-{fact}", "") for fact in FACTS}
    facts["category"] = facts["category"] or next(iter(known["category"]), "")
    facts["team"] = facts["team"] or next(iter(known["team"]), "")
    facts["priority"] = facts["priority"] or Priority.NORMAL.value
    facts["channel"] = facts["channel"] or "web"
    facts["member_type"] = facts["member_type"] or Person.MemberType.RETAIL.value
    wanted = post.get("t-on", "") or on
    found = Trial(wanted if wanted in OCCASIONS else OCCASIONS[0], facts)
    if run:
        score = int(facts["score"]) if facts["score"] in known["score"] else None
        tried = try_rules(on=found.on, facts={**facts, "score": score}, draft=draft, names=known)
        found.results = [_tried(one, known) for one in tried]
    return found


def _tried(one: RuleTried, known: Names) -> dict[str, Any]:
    return {"name": one.name, "why": one.why, "does": [deed_words(deed, known) for deed in one.does]}
