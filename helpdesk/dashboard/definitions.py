"""What each number of the dashboard means, once: its words and the rows that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person, Presence
from accounts.queries import GONE_AFTER
from livechat.models import QUEUED_STATES, Session
from livechat.queries import takes_place
from orders.models import ParcelFinding
from sla.models import TICKING_STATES, Clock, ClockState, Metric
from tickets.models import LIVE_STATUSES, Escalation, Ticket

AT_DESKS = (Membership.Role.AGENT, Membership.Role.LEAD)
TO_PEOPLE = (Metric.VERIFICATION, Metric.PRIVACY)
ORDER_PROMISES = (Metric.DISPATCH, Metric.DELIVERY, Metric.REFUND)


@dataclass(frozen=True, slots=True)
class Number:
    """A number: its title, what it counts in words, the kind of row, and the condition on those rows."""

    code: str
    title: Any
    words: Any
    kind: str  # ticket, chat, person, clock, escalation, parcel, asked (verification and privacy)


NUMBERS = {
    one.code: one
    for one in (
        Number("waiting", _("Waiting chats"), _("Chats in a queue that nobody has picked up yet."), "chat"),
        Number("agents", _("Agents on"),
               _("Members of the front desks who are switched on and were seen within 45 seconds, "
                 "of all of them."), "person"),
        Number("places", _("Places taken"),
               _("Live chats that go on, that an agent is asked to take, and that are written up for at most two "
                 "minutes, beside how many the agents who are on can hold."), "chat"),
        Number("open", _("Open conversations"),
               _("Tickets and chats that are neither solved nor closed."), "ticket"),
        Number("fine", _("Fine"), _("Open, and no promise on it has used up its warning share."), "ticket"),
        Number("warned", _("Warned"),
               _("Open, a promise on it is in its last part, and none is broken."), "ticket"),
        Number("late", _("Late"), _("Open, and at least one promise on it is broken."), "ticket"),
        Number("paused", _("Paused"),
               _("Open, and no promise counts: it waits for the buyer or for somebody else."), "ticket"),
        Number("due1", _("Due in 1 hour"),
               _("Open conversations whose next promise is due within one hour by the clock on the wall."), "ticket"),
        Number("due4", _("Due in 4 hours"),
               _("Open conversations whose next promise is due within four hours by the clock on "
                 "the wall."), "ticket"),
        Number("due24", _("Due in 24 hours"),
               _("Open conversations whose next promise is due within 24 hours by the clock on the wall."), "ticket"),
        Number("promises", _("Order promises at risk"),
               _("Promises on orders that have used up their warning share, or are broken and not "
                 "kept yet."), "clock"),
        Number("promises-warned", _("About to break"),
               _("Promises on orders in their last part, not yet due."), "clock"),
        Number("promises-broken", _("Broken"),
               _("Promises on orders that are past their due and not kept yet."), "clock"),
        Number("dispatch", _("Dispatch at risk"),
               _("Orders to be handed over: the promise is about to break, or broken and not kept yet."), "clock"),
        Number("delivery", _("Delivery at risk"),
               _("Orders to be delivered: the promise is about to break, or broken and not kept yet."), "clock"),
        Number("refund", _("Refund at risk"),
               _("Refunds to be paid: the promise is about to break, or broken and not kept yet."), "clock"),
        Number("parcels", _("Late parcels"),
               _("Parcels on their way that are late or stuck by their store's rules, each thing that is wrong once."),
               "parcel"),
        Number("escalations", _("Escalations open"),
               _("Questions that wait for a specialist's complete answer."), "escalation"),
        Number("escalations-late", _("Past its told time"),
               _("Open questions whose answer the buyer was told to have by now."), "escalation"),
        Number("asked", _("Verification and privacy"),
               _("Identity checks that wait for a decision, and privacy requests that are not done yet."), "asked"),
        Number("asked-late", _("Past what was promised"),
               _("Identity checks and privacy requests whose due has passed."), "asked"),
        Number("verification", _("To verify"),
               _("Identity checks that wait for a decision."), "asked"),
        Number("privacy", _("Privacy requests"),
               _("Copies, corrections and deletions that were asked for and are not done yet."), "asked"),
        Number("next", _("Next to break"),
               _("Every promise that runs, the nearest due first; those that broke within the "
                 "last hour stand above."), "clock"),
    )
}  # fmt: skip


def condition(code: str, at: datetime) -> Q:
    """Which rows a number counts at an instant; the only place that says so."""
    return _CONDITIONS[code](at)


def _due_within(at: datetime, hours: int) -> Q:
    return Q(due_sort__gt=at, due_sort__lte=at + timedelta(hours=hours))


_WARNED = Q(state=ClockState.RUNNING, warned_at__isnull=False)
_BROKEN = Q(state=ClockState.BREACHED)
_CONDITIONS: dict[str, Any] = {
    "waiting": lambda at: Q(state__in=QUEUED_STATES),
    "places": takes_place,
    "agents": lambda at: Q(presence__switch=Presence.Switch.ON, presence__last_seen__gte=at - GONE_AFTER),
    "open": lambda at: Q(),
    "fine": lambda at: Q(sla_state="fine"),
    "warned": lambda at: Q(sla_state="warned"),
    "late": lambda at: Q(sla_state="late"),
    "paused": lambda at: Q(sla_state__in=("paused", "none")),
    "due1": lambda at: _due_within(at, 1),
    "due4": lambda at: _due_within(at, 4),
    "due24": lambda at: _due_within(at, 24),
    "promises": lambda at: _WARNED | _BROKEN,
    "promises-warned": lambda at: _WARNED,
    "promises-broken": lambda at: _BROKEN,
    **{str(m): lambda at, m=m: (_WARNED | _BROKEN) & Q(metric=m) for m in ORDER_PROMISES},
    "parcels": lambda at: Q(),
    "escalations": lambda at: Q(),
    "escalations-late": lambda at: Q(promised_for__lt=at),
    "asked": lambda at: Q(),
    "asked-late": lambda at: _BROKEN,
    **{str(m): lambda at, m=m: Q(metric=m) for m in TO_PEOPLE},
    "next": lambda at: Q(due__gt=at - timedelta(hours=1)),
}


def base(kind: str, code: str) -> QuerySet[Any]:
    """The rows of a kind before a number's condition."""
    if kind == "ticket":
        return Ticket.objects.filter(status__in=LIVE_STATUSES)
    if kind == "chat":
        return Session.objects.all()
    if kind == "person":
        return front_desks()
    if kind == "parcel":
        return ParcelFinding.objects.filter(cleared_at=None)
    if kind == "escalation":
        return Escalation.objects.filter(state=Escalation.State.OPEN)
    clocks = Clock.objects.filter(state__in=TICKING_STATES)
    if kind == "asked":
        return clocks.filter(owner_kind__in=("verification", "privacy"), metric__in=TO_PEOPLE)
    return clocks if code == "next" else clocks.filter(owner_kind="order", metric__in=ORDER_PROMISES)


def front_desks() -> QuerySet[Person]:
    """The people who answer buyers first: every agent of any desk, once."""
    at_desks = Membership.objects.filter(role__in=AT_DESKS).values("person_id")
    return Person.objects.filter(kind=Person.Kind.STAFF, pk__in=at_desks)


def rows(code: str, at: datetime) -> QuerySet[Any]:
    """The rows behind a number at an instant. KeyError for a number that there is not."""
    return base(NUMBERS[code].kind, code).filter(condition(code, at))


SORTS = {
    "ticket": "due_sort",
    "chat": "queued_at",
    "person": "name",
    "clock": "due",
    "asked": "due",
    "escalation": "promised_for",
    "parcel": "found_at",
}
__all__ = [
    "NUMBERS",
    "ORDER_PROMISES",
    "SORTS",
    "TO_PEOPLE",
    "Number",
    "base",
    "condition",
    "front_desks",
    "rows",
]
