"""Rules that escalate by themselves: complaints, wholesalers, low marks, promises. What each does is data.

A rule says on what (`opened`, `rated`, `warned`, `breached`), for which tickets (`match`: lists of values by
fact) and what is done (`acts`, in order). It acts once on a ticket, by a clock once for each due; its row on
the staff's stream is the mark.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Team
from accounts.queries import leads_of
from core import outbox
from core.actors import SYSTEM
from core.clock import now
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
Deed = dict[str, Any]


def apply_rules(*, ticket_id: int, on: str, metric: str = "", mark: str = "") -> list[str]:
    """Carry out every active rule that matches, each once on a ticket; the codes of those that acted now.

    When a promise nears or breaks, `metric` says which; then each acts once for each `mark`: one clock and due.
    """
    public_id = Ticket.objects.filter(pk=ticket_id).values_list("public_id", flat=True).first()
    if public_id is None:
        return []
    acted = []
    with transaction.atomic():
        row = access_ticket(SYSTEM, public_id, lock=True)
        facts = {**_facts_of(row), "metric": metric}
        for rule in EscalationRule.objects.filter(on=on, active=True):
            if _matches(rule, facts) and _act(row, rule, mark):
                acted.append(rule.code)
    return acted


def _facts_of(ticket: Ticket) -> dict[str, Any]:
    mark = Satisfaction.objects.filter(ticket=ticket).first()
    return {
        "category": ticket.category.code,
        "team": ticket.team.code,
        "member_type": ticket.requester.member_type,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "score": mark.score if mark else None,
    }


def _matches(rule: EscalationRule, facts: Mapping[str, Any]) -> bool:
    return all(facts.get(fact) in values for fact, values in rule.match.items())


def _act(ticket: Ticket, rule: EscalationRule, mark: str) -> bool:
    key = uuid.uuid5(NAMESPACE, f"{rule.code}:{ticket.pk}{mark and ':'}{mark}")
    if find_event(ticket, key, "staff"):
        return False
    did = [deed for one in rule.acts if (deed := _DEEDS[one["act"]](ticket, rule, one["to"])) is not None]
    data = {"rule": rule.name, "code": rule.code, "did": did}
    add_event(ticket, actor=SYSTEM, verb="ticket.rule", data=data, stream="staff", client_id=key)
    EscalationRule.objects.filter(pk=rule.pk).update(acted=F("acted") + 1, acted_at=now())
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
        key = f"rule:{rule.code}:{ticket.pk}:{person.pk}:{rule.acted}"  # the ticket is locked: each time another
        outbox.enqueue("ticket.rule_mail", payload, key=key)
    return {"act": "tell", "to": to, "names": names_of(people)} if people else None


def _reassign(ticket: Ticket, rule: EscalationRule, to: str) -> Deed | None:
    """To the desk's lead, or to another desk's pool."""
    if to.startswith("team:"):
        team = Team.objects.filter(code=to.removeprefix("team:")).first()
        if team is None or team.pk == ticket.team_id:
            return None
        hand_over(ticket, None, team)
        return {"act": "reassign", "to": to, "names": team.name}
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
