"""What the console's queue shows, and what a new ticket would be promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.actors import Actor
from orders.models import Order
from sla.models import Metric
from sla.queries import Quote, quote
from tickets.models import LIVE_STATUSES, Category, Escalation, Priority, Ticket
from tickets.queries.access import visible_tickets

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """Three lists by what is due next, each at most `limit` long."""

    mine: list[Ticket]
    team: list[Ticket]
    escalated: list[Ticket]


def queue(actor: Actor, limit: int = SHOWN) -> Queue:
    """A member of staff's own work, their desks' unowned work, and what was asked of their team. Three queries."""
    rows = visible_tickets(actor).filter(status__in=LIVE_STATUSES).order_by("due_sort", "pk")
    asked = Escalation.objects.filter(state=Escalation.State.OPEN)
    if not actor.is_manager:
        asked = asked.filter(to_team_id__in=actor.team_ids)
    team = rows.filter(assignee=None)
    if not actor.is_manager:
        team = team.filter(team_id__in=actor.team_ids)
    return Queue(
        mine=list(rows.filter(assignee_id=actor.id)[:limit]),
        team=list(team[:limit]),
        escalated=list(rows.filter(pk__in=asked.values("ticket_id"))[:limit]),
    )


def facts_for(
    *,
    category: Category,
    order: Order | None,
    channel: str,
    member_type: str,
    priority: str = Priority.NORMAL,
) -> dict[str, str]:
    """What a policy matches, for a ticket that is not opened yet."""
    return {
        "category": category.code,
        "priority": priority,
        "channel": channel,
        "member_type": member_type,
        "team": category.team.code,
        "store": order.store.code if order else "",
    }


def promise_for_new(
    *,
    category: Category,
    order: Order | None = None,
    channel: str = "web",
    member_type: str = "",
    at: datetime,
) -> Quote | None:
    """By when a ticket that is opened at this instant would be answered; None where nothing is promised."""
    facts = facts_for(category=category, order=order, channel=channel, member_type=member_type)
    return quote(facts=facts, calendar_id=category.team.calendar_id, metric=Metric.FIRST_RESPONSE, at=at)
