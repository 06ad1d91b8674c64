"""Rules that escalate by themselves: complaints, wholesalers, low marks. What each does is data.

A rule says on what (`opened`, `rated`), for which tickets (`match`: lists of values by fact) and what is done
(`acts`, in order). It acts once on a ticket; its row on the staff's stream is the mark.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Team
from accounts.queries import leads_of
from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Forbidden, Invalid
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import add_event, find_event
from tickets.actions.assignment import LADDER, rank
from tickets.actions.escalations import ask_for
from tickets.actions.flags import flag_answer
from tickets.actions.levels import answer_by, asker_for, hand_over, names_of, people_meant
from tickets.models import Escalation, EscalationRule, Message, MessageKind, Priority, Satisfaction, Ticket
from tickets.queries.access import access_ticket

NAMESPACE = uuid.UUID("6a2c8f0e-31d4-4a0b-9f5b-7d0f6f1b2a55")  # of the rows by which rules act once
FACTS = ("category", "member_type", "priority", "channel", "score")
TARGETS = {
    "priority": ("high", "urgent"),
    "tell": ("assignee", "lead", "managers"),
    "reassign": ("lead",),
    "flag": ("lead",),
    "escalate": ("tier:2", "tier:3"),
}
Deed = dict[str, Any]

# What a shop begins with; a manager changes or switches off each.
FIRST: tuple[dict[str, Any], ...] = (
    {
        "code": "complaint",
        "name": gettext_noop("Complaints come first"),
        "on": "opened",
        "match": {"category": ["complaint"]},
        "acts": [{"act": "priority", "to": "high"}, {"act": "tell", "to": "lead"}],
    },
    {
        "code": "wholesaler",
        "name": gettext_noop("Wholesalers wait less"),
        "on": "opened",
        "match": {"member_type": ["wholesaler"]},
        "acts": [{"act": "priority", "to": "high"}],
    },
    {
        "code": "low-mark",
        "name": gettext_noop("A low mark is followed up"),
        "on": "rated",
        "match": {"score": [1, 2]},
        "acts": [{"act": "flag", "to": "lead"}, {"act": "tell", "to": "lead"}],
    },
)


def save_rule(
    *,
    actor: Actor,
    code: str,
    name: str,
    on: str,
    match: Mapping[str, Sequence[Any]],
    acts: Sequence[Mapping[str, str]],
    active: bool = True,
    position: int = 0,
) -> EscalationRule:
    """Make or change a rule by its code; managers only. Raises Invalid (fields on, match, acts), Forbidden."""
    if not actor.is_manager:
        raise Forbidden()
    if on not in EscalationRule.On.values:
        raise Invalid.field("on", _("A rule acts when a ticket is opened, or rated."), code="unknown")
    if any(fact not in FACTS or not isinstance(values, list | tuple) for fact, values in match.items()):
        raise Invalid.field(
            "match", _("A rule looks at known facts, each with a list of values."), code="unknown"
        )
    if not acts or any(one.get("to") not in TARGETS.get(one.get("act", ""), ()) for one in acts):
        raise Invalid.field(
            "acts", _("A rule does at least one thing, each to somebody or something."), code="unknown"
        )
    values = {
        "name": name, "on": on, "match": {key: list(one) for key, one in match.items()},
        "acts": [dict(one) for one in acts], "active": active, "position": position, "updated_at": now(),
    }  # fmt: skip
    with transaction.atomic():
        return EscalationRule.objects.update_or_create(code=code, defaults=values)[0]


def save_first_rules() -> None:
    """What a shop begins with; a rule that is there already keeps what managers made of it."""
    known = set(EscalationRule.objects.values_list("code", flat=True))
    for position, rule in enumerate(FIRST):
        if rule["code"] not in known:
            save_rule(actor=SYSTEM, position=position, **rule)


def apply_rules(*, ticket_id: int, on: str) -> list[str]:
    """Carry out every active rule that matches, each once on a ticket; the codes of those that acted now."""
    public_id = Ticket.objects.filter(pk=ticket_id).values_list("public_id", flat=True).first()
    if public_id is None:
        return []
    acted = []
    with transaction.atomic():
        row = access_ticket(SYSTEM, public_id, lock=True)
        facts = _facts_of(row)
        for rule in EscalationRule.objects.filter(on=on, active=True):
            if _matches(rule, facts) and _act(row, rule):
                acted.append(rule.code)
    return acted


def _facts_of(ticket: Ticket) -> dict[str, Any]:
    mark = Satisfaction.objects.filter(ticket=ticket).first()
    return {
        "category": ticket.category.code,
        "member_type": ticket.requester.member_type,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "score": mark.score if mark else None,
    }


def _matches(rule: EscalationRule, facts: Mapping[str, Any]) -> bool:
    return all(facts.get(fact) in values for fact, values in rule.match.items())


def _act(ticket: Ticket, rule: EscalationRule) -> bool:
    key = uuid.uuid5(NAMESPACE, f"{rule.code}:{ticket.pk}")
    if find_event(ticket, key, "staff"):
        return False
    did = [deed for one in rule.acts if (deed := _DEEDS[one["act"]](ticket, rule, one["to"])) is not None]
    data = {"rule": rule.name, "code": rule.code, "did": did}
    add_event(ticket, actor=SYSTEM, verb="ticket.rule", data=data, stream="staff", client_id=key)
    pushes.changed_everywhere(ticket)
    return True


# What a rule does: the deed as its row tells it, None where nothing was left to do ------------------------------


def _raise_priority(ticket: Ticket, rule: EscalationRule, to: str) -> Deed | None:
    """Raised, never lowered; the promises follow."""
    if not ticket.is_live or LADDER.index(Priority(ticket.priority)) >= LADDER.index(Priority(to)):
        return None
    at = now()
    rank(SYSTEM, ticket, to, at, why="rule")
    clocks.retarget(SYSTEM, ticket, at, "priority")
    return {"act": "priority", "to": to}


def _tell(ticket: Ticket, rule: EscalationRule, to: str) -> Deed | None:
    people = people_meant(ticket, to)
    for person in people:
        pushes.person_told(person.pk, ticket)
        payload = {"ticket": ticket.pk, "person": person.pk, "rule": rule.code}
        outbox.enqueue("ticket.rule_mail", payload, key=f"rule:{rule.code}:{ticket.pk}:{person.pk}")
    return {"act": "tell", "to": to, "names": names_of(people)} if people else None


def _reassign(ticket: Ticket, rule: EscalationRule, to: str) -> Deed | None:
    leads = leads_of(ticket.team_id)
    if not leads or ticket.assignee_id in [lead.pk for lead in leads]:
        return None
    hand_over(ticket, leads[0], ticket.team)
    return {"act": "reassign", "to": to, "names": leads[0].display_name}


def _flag(ticket: Ticket, rule: EscalationRule, to: str) -> Deed | None:
    """The last answer of staff goes before the lead."""
    answers = Message.objects.filter(stream__ticket=ticket, stream__kind="public", author_kind="staff")
    last = answers.filter(kind=MessageKind.REPLY).order_by("-seq").first()
    row = flag_answer(ticket, last, "low_mark") if last else None
    return {"act": "flag", "to": to} if row else None


def _escalate(ticket: Ticket, rule: EscalationRule, to: str) -> Deed | None:
    team = Team.objects.select_related("calendar").filter(tier=int(to.removeprefix("tier:")))
    asked = team.order_by("position", "pk").first()
    is_open = Escalation.objects.filter(ticket=ticket, state=Escalation.State.OPEN).exists()
    asker = asker_for(ticket, asked) if asked else None
    if asked is None or asker is None or is_open or not ticket.is_live:
        return None
    at = now()
    until = answer_by(ticket, asked, at)
    if until is None:
        return None
    question = _("The rule “%(rule)s” asks you to look into this ticket.") % {"rule": rule.name}
    checked = _("Asked by a rule; nobody has checked anything yet.")
    ask_for(asker, ticket, question=question, checked=checked, team=asked, promised_for=until, at=at)
    return {"act": "escalate", "to": to, "names": asked.name}


_DEEDS: dict[str, Callable[[Ticket, EscalationRule, str], Deed | None]] = {
    "priority": _raise_priority,
    "tell": _tell,
    "reassign": _reassign,
    "flag": _flag,
    "escalate": _escalate,
}
