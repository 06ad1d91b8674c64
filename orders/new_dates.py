"""What the shop can honestly say when a promise is about to break: a new date, or by when it tells more.

The rule, in working days of the store's calendar, each kept until that day's close:

* **Dispatch**: a working day after today for each step that is left to do (check, pack, hand over).
* **Delivery**: out for delivery: the next working day. Seen by the carrier in the last five working days: the
  shortest time that the policy promises, counted from that scan, and the next working day at the earliest.
* **Nothing better is known** (the carrier is silent; nothing has moved since the buyer was told last): no
  date is made up. The shop looks into it and tells more by the close of the next working day.

A date that comes out before the promised one means that the promise may still be kept: then that one stands.
No date ever lies in the past. Reads the order's parcels and scans; writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import Order, OrderStatus, TrackingEvent
from sla.models import Clock, Metric
from sla.queries import current_version, work_calendar
from sla.worktime import NeverOpen, WorkCalendar

SILENT_AFTER = 5  # working days without a scan: then the last one says nothing about the next
NO_CALENDAR = timedelta(days=2)  # where the store never opens there are no working days to count
LOOK = "look"


@dataclass(frozen=True, slots=True)
class NewDate:
    """What the buyer is told. `due` in UTC: the new date, or with the basis "look" by when more is told.

    `basis`: review, pack, hand_over (what is left to do), door, moving (where the carrier saw it), look.
    `holds`: the promised date stands. `seen_at`: the scan that it was counted from.
    """

    due: datetime
    basis: str
    holds: bool = False
    seen_at: datetime | None = None

    @property
    def is_date(self) -> bool:
        return self.basis != LOOK


def new_date(order: Order, clock: Clock, *, at: datetime, since: datetime | None = None) -> NewDate:
    """The new date of a promise at an instant, by the rule above. The clock's due is the date promised.

    `since`: when the buyer was told last; without a step or scan after it there is nothing better to tell.
    """
    calendar = work_calendar(current_version(order.store.calendar_id))
    try:
        rule = RULES.get(clock.metric)
        found = rule(order, clock, calendar, at, since) if rule else _look(calendar, at)
        return _holding(found, clock, at)
    except NeverOpen:
        return NewDate(at + NO_CALENDAR, LOOK)


def _holding(found: NewDate, clock: Clock, at: datetime) -> NewDate:
    """The promised date instead, where it lies ahead and is no earlier than what was counted."""
    if found.is_date and clock.due is not None and max(found.due, at) <= clock.due:
        return NewDate(clock.due, found.basis, holds=True, seen_at=found.seen_at)
    return found


def _look(calendar: WorkCalendar, at: datetime) -> NewDate:
    return NewDate(calendar.promise_due(at, 1), LOOK)


def _dispatch(
    order: Order, clock: Clock, calendar: WorkCalendar, at: datetime, since: datetime | None
) -> NewDate:
    moved = [step for step in (order.paid_at, order.reviewed_at, order.packed_at) if step]
    if since is not None and not any(step > since for step in moved):
        return _look(calendar, at)
    basis, days = _left_to_do(order)
    return NewDate(calendar.promise_due(at, days), basis)


def _left_to_do(order: Order) -> tuple[str, int]:
    if order.packed_at:
        return "hand_over", 1
    if order.reviewed_at or order.status == OrderStatus.AWAITING_SHIPPING:
        return "pack", 2
    return "review", 3


def _delivery(
    order: Order, clock: Clock, calendar: WorkCalendar, at: datetime, since: datetime | None
) -> NewDate:
    scan = last_scan(order, at)
    if scan is None or (since is not None and scan.at <= since):
        return _look(calendar, at)
    if scan.status == "out_for_delivery":
        return NewDate(calendar.promise_due(at, 1), "door", seen_at=scan.at)
    seen, today = (moment.astimezone(calendar.zone).date() for moment in (scan.at, at))
    if calendar.workdays_between(seen, today) > SILENT_AFTER:
        return _look(calendar, at)
    counted = calendar.promise_due(scan.at, clock.min_target or clock.target)
    return NewDate(max(counted, calendar.promise_due(at, 1)), "moving", seen_at=scan.at)


RULES = {Metric.DISPATCH.value: _dispatch, Metric.DELIVERY.value: _delivery}


def last_scan(order: Order, at: datetime) -> TrackingEvent | None:
    """Where a carrier saw a parcel last that is still under way; None where none was seen."""
    under_way = [parcel for parcel in order.shipments.all() if parcel.delivered_at is None]
    scans = [scan for parcel in under_way for scan in parcel.events.all() if scan.at <= at]
    return max(scans, key=lambda scan: (scan.at, scan.pk), default=None)
