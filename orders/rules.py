"""What an order may do: the paths of its status, and what its buyer can ask for at each of them.

One table for page, API, console and feeds. The facts are the shop's service standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict
from orders.data import OrderData, step_times
from orders.models import Order, OrderStatus
from orders.return_rules import pieces_left

S = OrderStatus
PATHS: dict[str, frozenset[str]] = {
    S.AWAITING_PAYMENT: frozenset(
        {S.UNDER_REVIEW, S.AWAITING_SHIPPING, S.AWAITING_DELIVERY, S.DELIVERED, S.CANCELLED}
    ),
    S.UNDER_REVIEW: frozenset({S.AWAITING_SHIPPING, S.AWAITING_DELIVERY, S.DELIVERED, S.CANCELLED}),
    S.AWAITING_SHIPPING: frozenset({S.AWAITING_DELIVERY, S.DELIVERED, S.CANCELLED}),
    S.AWAITING_DELIVERY: frozenset({S.DELIVERED, S.RETURNED}),
    S.DELIVERED: frozenset({S.RETURNED}),
    S.CANCELLED: frozenset(),
    S.RETURNED: frozenset(),
}
CANCELLABLE = frozenset({S.AWAITING_PAYMENT, S.UNDER_REVIEW, S.AWAITING_SHIPPING})
OVER = frozenset({S.CANCELLED, S.RETURNED})
Way = tuple[str, str]  # label and the code of another choice


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be asked for on an order.

    `reason` says why not (or what it means when allowed), `instead` names the ways that are left as
    (label, code of a choice), `category` the ticket category that the choice opens ("" for none).
    """

    code: str
    label: str
    allowed: bool
    reason: str = ""
    instead: tuple[Way, ...] = ()
    category: str = ""


# The paths of a status ----------------------------------------------------------------------------------


def status_of(data: OrderData) -> str:
    """The status that a feed says, or the one that its times mean."""
    if data.status:
        return data.status
    times = step_times(data)
    if times["cancelled_at"]:
        return S.CANCELLED
    if times["delivered_at"]:
        return S.DELIVERED
    if times["dispatched_at"] or data.shipments:
        return S.AWAITING_DELIVERY
    return S.AWAITING_SHIPPING if data.paid_at else S.AWAITING_PAYMENT


def leads_to(first: str, last: str) -> bool:
    """Whether a status can become another, in one step or several."""
    return last in PATHS[first] or any(leads_to(step, last) for step in PATHS[first])


def next_status(current: str, wanted: str) -> str:
    """The status after news that says `wanted`. A feed that lags behind what is known moves nothing back.

    Raises Conflict (`status_path`) where no path leads from one to the other, such as a cancelled order
    that a shop reports as dispatched: a person must look.
    """
    if wanted == current or wanted in PATHS[current]:
        return wanted
    if leads_to(wanted, current):
        return current
    raise refuse_path(current, wanted)


def refuse_path(current: str, wanted: str) -> Conflict:
    """The error for a status that cannot become another."""
    words = _("An order that is “%(now)s” cannot become “%(then)s”.")
    message = words % {"now": label_of(current), "then": label_of(wanted)}
    return Conflict(message, code="status_path", fields={"status": [message]})


def label_of(status: str) -> str:
    """A status in the reader's language."""
    return {
        S.AWAITING_PAYMENT: _("Awaiting payment"),
        S.UNDER_REVIEW: _("Under review"),
        S.AWAITING_SHIPPING: _("Awaiting shipping"),
        S.AWAITING_DELIVERY: _("Awaiting delivery"),
        S.DELIVERED: _("Delivered"),
        S.CANCELLED: _("Cancelled"),
        S.RETURNED: _("Returned"),
    }[OrderStatus(status)]


# What can be asked for ----------------------------------------------------------------------------------


def what_can_be_done(order: Order, actor: Actor) -> list[Choice]:
    """Everything that can be asked for on an order now, allowed or not, with the reason and the way left.

    Reads the order's person, store and parcels: load them beforehand. Who may see the order is decided
    elsewhere; this is about its status.
    """
    return [
        cancel_choice(order),
        address_choice(order),
        size_choice(order),
        return_choice(order, actor),
        _follow(order),
        _help(order),
        Choice("chat", _("Chat about this order"), True),
    ]


def cancel_choice(order: Order) -> Choice:
    """Whether the order can be cancelled; `cancel_order` obeys this very answer."""
    label = _("Cancel the order")
    if order.status == S.AWAITING_SHIPPING:
        return Choice(
            "cancel",
            label,
            True,
            _("It is not packed off yet. Wrong size or model: cancel, then order again."),
        )
    if order.status in CANCELLABLE:
        return Choice("cancel", label, True)
    if order.status == S.AWAITING_DELIVERY:
        reason = _(
            "The parcel is on its way, so the order can no longer be cancelled. Ask us for another way out."
        )
        return Choice("cancel", label, False, reason, (_help_way(), _follow_way()))
    if order.status == S.DELIVERED:
        reason = _("The order has arrived. You can ask for a return instead.")
        return Choice("cancel", label, False, reason, (_return_way(), _help_way()))
    return Choice("cancel", label, False, _over(order))


def address_choice(order: Order) -> Choice:
    """Whether the address can be changed; a proposal to do so obeys this very answer."""
    label = _("Change the address")
    if order.status in CANCELLABLE:
        reason = _("Until the parcel leaves, in Latin letters.")
        return Choice("change_address", label, True, reason)
    if order.status == S.AWAITING_DELIVERY:
        reason = _("The parcel has left with the address as it is. We can ask the carrier.")
        return Choice("change_address", label, False, reason, (_help_way(), _follow_way()))
    reason = _over(order) if order.status in OVER else _("The parcel has arrived.")
    return Choice("change_address", label, False, reason, (_help_way(),))


def size_choice(order: Order) -> Choice:
    """Whether another size or item can be had: by cancelling and ordering again, so as `cancel_choice` says."""
    label = _("Change size or item")
    can = cancel_choice(order)
    if can.allowed:
        reason = _("Cancel this order, then order the right one: nothing has been sent yet.")
        return Choice("change_size", label, True, reason, (_cancel_way(),))
    if order.status == S.AWAITING_DELIVERY:
        reason = _(
            "The parcel is on its way. Ask for a return once it is there, or ask us for another way out."
        )
        return Choice("change_size", label, False, reason, (_help_way(), _follow_way()))
    return Choice("change_size", label, False, can.reason, can.instead)


def return_choice(order: Order, actor: Actor) -> Choice:
    """Whether a return can be asked for; `apply_for_return` obeys this very answer. Two queries once delivered."""
    label = _("Ask for a return")
    if order.status in OVER:
        return Choice("return", label, False, _over(order), (_help_way(),))
    if order.status != S.DELIVERED:
        reason = _("A return starts once the parcel has arrived.")
        way = (_cancel_way(),) if order.status in CANCELLABLE else (_follow_way(),)
        return Choice("return", label, False, reason, (*way, _help_way()))
    ends = return_until(order, actor)
    days = order.store.return_days
    if ends is not None and now() >= ends:
        words = _("Returns are open for %(days)d days after delivery; that time ended on %(day)s.")
        last = (ends - timedelta(seconds=1)).astimezone(_zone(actor.timezone))
        reason = words % {"days": days, "day": f"{last:%Y-%m-%d}"}
        return Choice("return", label, False, reason, (_help_way(),))
    if not any(pieces_left(order).values()):
        reason = _("All pieces of this order are being returned already.")
        return Choice("return", label, False, reason, (_help_way(),))
    reason = _("Tell us which items and why; photographs help. Open for %(days)d days after delivery.")
    return Choice("return", label, True, reason % {"days": days}, category="aftersales")


def return_until(order: Order, actor: Actor) -> datetime | None:
    """The instant at which the time for a return is over; None while no delivery is known.

    Day 0 is the day of delivery. The last day ends at midnight in the zone, the reader's, the buyer's or the
    store's, where that is latest: in the buyer's favour.
    """
    if order.delivered_at is None:
        return None
    names = {actor.timezone, order.person.timezone, order.store.calendar.timezone}
    return max(_end_of_day(order.delivered_at, order.store.return_days, _zone(name)) for name in names)


def _end_of_day(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    after = at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(after, time(), tzinfo=zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name or "UTC")


def _follow(order: Order) -> Choice:
    label = _("Follow the parcel")
    if any(parcel.tracking_number for parcel in order.shipments.all()):
        return Choice("follow", label, True)
    if order.status in CANCELLABLE:
        reason = _("The parcel has not left yet; its number appears here once it does.")
    else:
        reason = _("No tracking number is known for this order.")
    return Choice("follow", label, False, reason, (_help_way(),))


def _help(order: Order) -> Choice:
    on_the_way = order.status == S.AWAITING_DELIVERY
    return Choice(
        "help", _("Get help with this order"), True, category="logistics" if on_the_way else "order"
    )


def _over(order: Order) -> str:
    if order.status == S.CANCELLED:
        return _("The order is cancelled; everything about it can still be read.")
    return _("The order was returned; everything about it can still be read.")


def _help_way() -> Way:
    return _("Get help with this order"), "help"


def _follow_way() -> Way:
    return _("Follow the parcel"), "follow"


def _return_way() -> Way:
    return _("Ask for a return"), "return"


def _cancel_way() -> Way:
    return _("Cancel the order"), "cancel"


def as_dict(choice: Choice) -> dict[str, Any]:
    """A choice for machines."""
    return {
        "code": choice.code,
        "label": choice.label,
        "allowed": choice.allowed,
        "reason": choice.reason,
        "instead": [code for _label, code in choice.instead],
        "category": choice.category,
    }
