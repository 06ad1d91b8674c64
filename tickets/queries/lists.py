"""What the console's queue shows, and what a new ticket would be promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import shown_name
from core.actors import Actor
from orders.models import Order
from sla.models import Metric
from sla.queries import Quote, quote
from tickets.models import LIVE_STATUSES, Category, Escalation, Priority, Ticket

SHOWN = 100


class Line(NamedTuple):
    """A ticket as a list shows it: a hundred of these cost a tenth of a hundred tickets with their six relations.

    `is_new`: the requester waits for an answer.
    """

    pk: int
    public_id: str
    subject: str
    status: str
    is_new: bool
    name: str
    email: str | None
    erased: bool

    @property
    def number(self) -> int:
        return self.pk

    @property
    def requester(self) -> str:
        """The requester's name, see `Person.display_name`."""
        return shown_name(self.name, self.email, erased=self.erased)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_STATUSES


_READ = ("pk", "public_id", "subject", "status", "is_new", "requester__name", "requester__email", "erased")
# As truths: an instant costs as much to read as the rest of a row.
_TRUTHS = {
    "is_new": ExpressionWrapper(Q(unanswered_since__isnull=False), BooleanField()),
    "erased": ExpressionWrapper(Q(requester__erased_at__isnull=False), BooleanField()),
}


def lines_of(rows: QuerySet[Ticket], *also: str) -> list[tuple[Line, list[Any]]]:
    """These tickets as a list shows them, each with the fields named in `also`; one query."""
    wide = len(_READ)
    found = rows.annotate(**_TRUTHS).values_list(*_READ, *also)
    return [(Line._make(values[:wide]), list(values[wide:])) for values in found]


@dataclass(frozen=True, slots=True)
class Queue:
    """Three lists by what is due next, each at most `limit` long; `asked`: the open question of each escalated one."""

    mine: list[Line]
    team: list[Line]
    escalated: list[Line]
    asked: dict[int, int]


def queue(actor: Actor, limit: int = SHOWN) -> Queue:
    """A member of staff's own work, their desks' unowned work, and what was asked of their team. Three queries.

    Each list is a part of what `permissions.visible_to` lets staff see, so that sight is not asked for again.
    """
    if not actor.is_staff:
        return Queue([], [], [], {})
    rows = _live().order_by("due_sort", "pk")
    team = Q(assignee=None)
    if not actor.is_manager:
        team &= Q(team_id__in=actor.team_ids)
    escalated = lines_of(rows.filter(_asked_of(actor))[:limit], "escalations__pk")
    return Queue(
        mine=_lines(rows.filter(assignee_id=actor.id)[:limit]),
        team=_lines(rows.filter(team)[:limit]),
        escalated=[line for line, _question in escalated],
        asked={line.pk: question for line, (question,) in escalated},
    )


def own_work(actor: Actor, cap: int = SHOWN) -> tuple[int, int]:
    """How many tickets are a member of staff's own and how many were asked of them, each up to a cap. Two queries."""
    if not actor.is_staff:
        return 0, 0
    mine, asked = _live().filter(assignee_id=actor.id), _live().filter(_asked_of(actor))
    return mine[:cap].count(), asked[:cap].count()


def _live() -> QuerySet[Ticket]:
    return Ticket.objects.filter(status__in=LIVE_STATUSES)


def _asked_of(actor: Actor) -> Q:
    asked = Q(escalations__state=Escalation.State.OPEN)
    return asked if actor.is_manager else asked & Q(escalations__to_team_id__in=actor.team_ids)


def _lines(rows: QuerySet[Ticket]) -> list[Line]:
    return [line for line, _also in lines_of(rows)]


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
