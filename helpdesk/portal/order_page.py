"""What an order's page says first: the answer as a headline, the steps, what can be done. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from helpdesk.portal.shell import with_query
from helpdesk.templatetags.desk import day, when
from orders.models import Order, OrderStatus
from orders.rules import Choice, return_until, what_can_be_done
from orders.watch import BUYER
from orders.watch_queries import findings_of
from orders.watch_words import kind_words, sentence
from sla.models import Clock, ClockState, Metric
from sla.queries import work_calendar

S = OrderStatus
BEFORE_DISPATCH = (S.AWAITING_PAYMENT, S.UNDER_REVIEW, S.AWAITING_SHIPPING)
CHOICE_ICONS = {
    "cancel": "ban", "follow": "truck-delivery", "help": "ticket", "chat": "message-circle",
    "return": "arrow-back-up", "change_address": "map-pin", "change_size": "refresh",
}  # fmt: skip


# --- promises ----------------------------------------------------------------------------------------------
def open_promise(clocks: Iterable[Clock]) -> Clock | None:
    """The promise that ticks now: dispatch before it left, delivery after."""
    ticking = [c for c in clocks if c.metric in (Metric.DISPATCH, Metric.DELIVERY) and c.is_open]
    return ticking[0] if ticking else None


def promised_days(clock: Clock) -> tuple[date, date] | None:
    """The first and the last date that the promise means, in its calendar; None for an instant."""
    if clock.unit != "working_days":
        return None
    calendar = work_calendar(clock.calendar_version)
    return calendar.promise(clock.started_at, clock.min_target, clock.target, clock.cutoff)


def promise_words(order: Order, clock: Clock | None) -> str:
    """One line about what comes next, as list and headline say it; blank where nothing is promised."""
    if clock is None or clock.due is None:
        return ""
    days = promised_days(clock)
    last = day(days[1]) if days else day(clock.due)
    if clock.state == ClockState.BREACHED or clock.due < now():
        return _("Late: promised by %(day)s") % {"day": last}
    if clock.metric == Metric.DISPATCH:
        return _("Dispatched by %(day)s") % {"day": last}
    if days and days[0] > now().date():
        return _("Arrives %(first)s to %(last)s") % {"first": day(days[0]), "last": last}
    return _("Arrives by %(day)s") % {"day": last}


def headline(order: Order, clock: Clock | None) -> str:
    """The answer to "where is it?", in one line."""
    if order.status == S.AWAITING_PAYMENT:
        return _("Waiting for your payment")
    if order.status == S.DELIVERED:
        return (
            _("Delivered %(day)s") % {"day": day(order.delivered_at)}
            if order.delivered_at
            else _("Delivered")
        )
    if order.status == S.CANCELLED:
        return (
            _("Cancelled %(day)s") % {"day": day(order.cancelled_at)}
            if order.cancelled_at
            else _("Cancelled")
        )
    if order.status == S.RETURNED:
        return _("Returned")
    promised = promise_words(order, clock)
    if promised:
        return promised
    if order.status == S.AWAITING_DELIVERY:
        return _("On the way to you")
    return _("We are getting it ready")


def next_line(order: Order, clock: Clock | None, actor: Actor) -> str:
    """The second line of an order in a list."""
    promised = promise_words(order, clock)
    if promised:
        return promised
    if order.status == S.DELIVERED:
        until = return_until(order, actor)
        if until is not None and until > now():
            return _("Return until %(day)s") % {"day": day(until)}
    return headline(order, clock)


# --- steps ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OrderStep:
    """`state`: done, now, todo."""

    label: str
    state: str
    when: str


# What a step is called while it is under way, before the parcel has left.
_AT: dict[tuple[bool, int], Callable[[], str]] = {
    (True, 0): lambda: _("Payment"),
    (True, 1): lambda: _("In review"),
    (True, 2): lambda: _("Packing"),
    (True, 3): lambda: _("Handing over"),
}


def steps(order: Order, clock: Clock | None) -> list[OrderStep]:
    """The way of an order from payment to the door, and where it stands on it."""
    if order.status in (S.CANCELLED, S.RETURNED):
        return _ended_steps(order)
    by = _by(clock)
    rows: list[tuple[str, datetime | None]] = [(_("Paid"), order.paid_at), (_("Reviewed"), order.reviewed_at)]
    if order.status in BEFORE_DISPATCH:
        rows += [
            (_("Packed"), order.packed_at),
            (_("Dispatched"), order.dispatched_at),
            (_("Delivered"), None),
        ]
        at = {S.AWAITING_PAYMENT: 0, S.UNDER_REVIEW: 1, S.AWAITING_SHIPPING: 2}[OrderStatus(order.status)]
        if order.packed_at:
            at = 3
    else:
        on_the_way = None if order.status == S.DELIVERED else order.dispatched_at
        rows += [
            (_("Dispatched"), order.dispatched_at),
            (_("On the way"), on_the_way),
            (_("Delivered"), order.delivered_at),
        ]
        at = 3 if order.status == S.AWAITING_DELIVERY else 5
    if at < len(rows):
        rows[at] = (_AT.get((order.status in BEFORE_DISPATCH, at), lambda: rows[at][0])(), rows[at][1])
    promised = 3 if order.status in BEFORE_DISPATCH else 4
    return [
        _step(label, when, index, at, by if index == promised else "")
        for index, (label, when) in enumerate(rows)
    ]


def _step(label: str, when: datetime | None, index: int, at: int, by: str) -> OrderStep:
    if index < at:
        return OrderStep(label, "done", day(when))
    if index == at:
        return OrderStep(label, "now", _("Since %(day)s") % {"day": day(when)} if when else by)
    return OrderStep(label, "todo", by)


def _ended_steps(order: Order) -> list[OrderStep]:
    placed = OrderStep(_("Placed"), "done", day(order.placed_at))
    paid = [OrderStep(_("Paid"), "done", day(order.paid_at))] if order.paid_at else []
    if order.status == S.CANCELLED:
        return [placed, *paid, OrderStep(_("Cancelled"), "now", day(order.cancelled_at))]
    sent = OrderStep(_("Delivered"), "done", day(order.delivered_at))
    return [placed, *paid, sent, OrderStep(_("Returned"), "now", "")]


def _by(clock: Clock | None) -> str:
    if clock is None or clock.due is None:
        return ""
    days = promised_days(clock)
    return _("By %(day)s") % {"day": day(days[1]) if days else day(clock.due)}


# --- what can be done ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Deed:
    """A choice with its address. `ways`: (label, address, icon) of what is left when it is not allowed."""

    choice: Choice
    icon: str
    url: str
    main: bool
    ways: tuple[tuple[str, str, str], ...]

    @property
    def code(self) -> str:
        return self.choice.code


def deeds(order: Order, actor: Actor) -> list[Deed]:
    """The buttons of an order's page; the one that fits its status best is filled."""
    choices = {choice.code: choice for choice in what_can_be_done(order, actor)}
    best = next((code for code in _best(order) if code in choices and choices[code].allowed), "")
    shown = [c for code, c in choices.items() if c.allowed or code in ("cancel", "return")]
    shown.sort(key=lambda choice: (choice.code != best, not choice.allowed))
    told: set[str] = set()
    return [_deed(choice, order, choices, told, main=choice.code == best) for choice in shown]


def _deed(choice: Choice, order: Order, choices: dict[str, Choice], told: set[str], *, main: bool) -> Deed:
    """A way out is named once on the page, below the first choice that is closed."""
    allowed = {code for code, other in choices.items() if other.allowed} - told
    open_ways = [(label, code) for label, code in choice.instead if code in allowed]
    told.update(code for _label, code in open_ways)
    return Deed(
        choice=choice,
        icon=CHOICE_ICONS.get(choice.code, "help"),
        url=url_of(choice.code, order, choice.category),
        main=main,
        ways=tuple(
            (label, url_of(code, order, choices[code].category), CHOICE_ICONS.get(code, "help"))
            for label, code in open_ways
        ),
    )


def _best(order: Order) -> tuple[str, ...]:
    if order.status == S.AWAITING_DELIVERY:
        return ("follow", "help")
    return ("return", "help") if order.status == S.DELIVERED else ("help",)


def url_of(code: str, order: Order, category: str = "") -> str:
    """Where a choice leads."""
    if code == "change_address":
        return reverse("portal:order_address", args=[order.public_id])
    if code in ("cancel", "change_size"):
        return reverse("portal:cancel_order", args=[order.public_id])
    if code == "return":
        return reverse("portal:start_return", args=[order.public_id])
    if code == "follow":
        parcel = next((p for p in order.shipments.all() if p.tracking_number), None)
        return parcel.url if parcel and parcel.url else "#parcel"
    if code == "chat":
        return with_query("portal:chat", order=order.public_id)
    return with_query("portal:new_ticket", order=order.public_id, category=category)


# --- parcels -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LateParcel:
    """What is wrong with a parcel, in words; `ticket`: where the reader was told, "" for nowhere."""

    tracking_number: str
    what: str
    said: str
    ticket: str


def late_parcels(actor: Actor, order: Order) -> list[LateParcel]:
    """What is wrong with an accessed order's parcels: all of it for staff, what they are told of for buyers."""
    shown = [row for row in findings_of(order) if actor.is_staff or row.then == BUYER]
    return [
        LateParcel(
            tracking_number=row.shipment.tracking_number,
            what=kind_words(row.kind),
            said=sentence(row.kind, when(row.since), row.status),
            ticket=reverse("portal:ticket", args=[row.ticket]) if row.ticket else "",
        )
        for row in shown
    ]
