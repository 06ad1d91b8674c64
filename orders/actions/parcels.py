"""Parcels and money given back as shops' systems and carriers tell them, in whatever order their news come in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Invalid
from core.events import publish
from orders import events, rules
from orders.actions.build import money_facts, parcel_steps
from orders.actions.parts import new_scans
from orders.actions.record import add_steps
from orders.actions.shipments import CALLED_OFF, keep_news, nothing_missing, order_to_feed, times_of
from orders.data import EARLIEST, ShipmentData
from orders.models import Order, OrderStatus, Shipment
from orders.record import Step
from orders.watch import standing


def tell_parcel(
    *, actor: Actor, order_id: int, parcel: ShipmentData, older: bool = False, called_off: bool = False
) -> Shipment | None:
    """A parcel of an order as it is known elsewhere, with its scans; the same order whatever came first.

    The earliest time of dispatch and of delivery counts, the newest scan gives the status. `older`: newer news
    of this parcel are known, so only times and scans are taken. `called_off`: it never left (None where it was
    not known). Raises Forbidden, Invalid (`tracking_number`), Conflict (`status_path`) for an order that is over.
    """
    number = "".join(parcel.tracking_number.split())
    if not 4 <= len(number) <= 60:
        raise Invalid.field("tracking_number", _("A tracking number has 4 to 60 characters."))
    with transaction.atomic():
        order = order_to_feed(actor, order_id)
        before = times_of(order)
        row = Shipment.objects.filter(order=order, tracking_number=number).first()
        steps: list[Step] = []
        if row is None:
            if called_off:
                return None
            row = _new(order, number, parcel)
            steps = parcel_steps(number, parcel.carrier, parcel.dispatched_at or now())
        scans = new_scans(row, parcel)
        changed = _move(row, parcel, older=older, called_off=called_off)
        steps += scans + _settle(order, before)
        if steps or changed:
            keep_news(actor, order, before, steps)
        return row


def _new(order: Order, number: str, parcel: ShipmentData) -> Shipment:
    if order.status in rules.OVER:
        raise rules.refuse_path(order.status, OrderStatus.AWAITING_DELIVERY)
    return Shipment.objects.create(
        order=order,
        tracking_number=number,
        carrier=parcel.carrier[:60],
        url=parcel.url,
        status=parcel.status,
        dispatched_at=parcel.dispatched_at,
        delivered_at=parcel.delivered_at,
    )


_MOVED = (
    *("carrier", "url", "status", "dispatched_at", "delivered_at"),
    *("expected_on", "expected_told_at"),
)


def _expect(row: Shipment, told: ShipmentData) -> None:
    """The carrier's own day, by the news with the newest scan; of two the later day."""
    if told.expected_on is None:
        return
    seen = max((scan.at for scan in told.scans), default=told.dispatched_at) or EARLIEST
    known = (row.expected_told_at, row.expected_on) if row.expected_told_at and row.expected_on else None
    if known is None or (seen, told.expected_on) > known:
        row.expected_on, row.expected_told_at = told.expected_on, seen


def _move(row: Shipment, told: ShipmentData, *, older: bool, called_off: bool) -> bool:
    was = {name: getattr(row, name) for name in _MOVED}
    if not older:
        row.carrier, row.url = told.carrier[:60] or row.carrier, told.url or row.url
    _expect(row, told)
    row.dispatched_at = min(filter(None, (row.dispatched_at, told.dispatched_at)), default=None)
    scans = list(row.events.values_list("at", "status", "description"))
    there = [at for at, status, _words in scans if status == "delivered"]
    row.delivered_at = min(filter(None, (row.delivered_at, told.delivered_at, *there)), default=None)
    if row.delivered_at:
        row.status = "delivered"
    elif called_off or row.status == CALLED_OFF:
        row.status = CALLED_OFF
    elif scans:
        row.status = max(scans, key=lambda scan: (scan[0], standing(scan[1]), scan[2]))[1]
    elif not older:
        row.status = told.status
    changed = [name for name, value in was.items() if getattr(row, name) != value]
    if changed:
        row.save(update_fields=changed)
    return bool(changed)


def _settle(order: Order, before: dict[str, datetime | None]) -> list[Step]:
    """The order left with its first parcel and is there with its last one."""
    under_way = [row for row in Shipment.objects.filter(order=order) if row.status != CALLED_OFF]
    sent = min((row.dispatched_at for row in under_way if row.dispatched_at), default=None)
    if sent is None or order.status in rules.OVER:
        return []
    order.status = rules.next_status(order.status, OrderStatus.AWAITING_DELIVERY)
    if order.dispatched_at is None or sent < order.dispatched_at:
        order.dispatched_at = sent
    there = [row.delivered_at for row in under_way if row.delivered_at]
    if len(there) == len(under_way) and nothing_missing(order):
        order.status = rules.next_status(order.status, OrderStatus.DELIVERED)
        order.delivered_at = max(filter(None, (*there, order.delivered_at)))
    return _told(order, before)


def settle_parcels(*, actor: Actor, order_id: int) -> None:
    """Look again whether an order is there, where what it owes may have changed. Raises NotFound, Forbidden."""
    with transaction.atomic():
        order = order_to_feed(actor, order_id)
        before, status = times_of(order), order.status
        if order.shipments.exists() and order.delivered_at is None:
            steps = _settle(order, before)
            if steps or order.status != status:
                keep_news(actor, order, before, steps)


def _told(order: Order, before: dict[str, datetime | None]) -> list[Step]:
    steps = []
    for name, verb in (("dispatched_at", "order.dispatched"), ("delivered_at", "order.delivered")):
        was, is_now = before[name], getattr(order, name)
        if was is None and is_now is not None:
            steps.append(Step(verb, is_now))
        elif was is not None and was != is_now:
            facts = {"step": verb, "from": was.isoformat(), "to": is_now.isoformat()}
            steps.append(Step("order.step_corrected", now(), facts))
    return steps


def note_refunds(*, actor: Actor, order_id: int, total: Decimal, at: datetime | None = None) -> bool:
    """The sum of all that the shop's system gave back; less than is known changes nothing.

    Raises Forbidden, Invalid (`refunded`) for more than was paid.
    """
    with transaction.atomic():
        order = order_to_feed(actor, order_id)
        if total > order.total:
            raise Invalid.field("refunded", _("More was refunded than the order's total."))
        if total <= order.refunded:
            return False
        facts = money_facts(total - order.refunded, order.currency)
        order.refunded, order.updated_at = total, now()
        order.save(update_fields=["refunded", "updated_at"])
        told = {**facts, "refunded": f"{total:.2f}", "noticed": True}
        add_steps(order, [Step("order.refunded", at or order.updated_at, told)], actor=actor)
        publish(events.OrderChanged(order.pk, order.public_id))
        return True
