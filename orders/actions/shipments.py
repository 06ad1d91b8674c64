"""Parcels and their scans, told one by one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid
from core.events import publish
from orders import events, permissions, rules
from orders.actions.build import parcel_steps, scan_row, scan_step, tell_news
from orders.actions.promises import Horizon, settle_promises
from orders.actions.record import add_steps
from orders.actions.watching import watch_parcels
from orders.data import ScanData
from orders.hooks.models import OrderKey
from orders.models import Order, OrderStatus, Shipment
from orders.pieces import all_there
from orders.queries import access_order
from orders.record import Step

CALLED_OFF = "cancelled"  # a parcel that never left


def add_shipment(
    *,
    actor: Actor,
    order_id: int,
    tracking_number: str,
    carrier: str = "",
    url: str = "",
    at: datetime | None = None,
) -> Shipment:
    """A parcel left at `at` (now): the order is awaiting delivery, dispatch is met, delivery starts.

    A tracking number that the order has already is returned as it is. Raises Forbidden, Invalid
    (`tracking_number`), Conflict (`status_path`) for an order that is over.
    """
    number = "".join(tracking_number.split())
    if not 4 <= len(number) <= 60:
        raise Invalid.field("tracking_number", _("A tracking number has 4 to 60 characters."))
    at = at or now()
    with transaction.atomic():
        order = order_to_feed(actor, order_id)
        found = Shipment.objects.filter(order=order, tracking_number=number).first()
        if found is not None:
            return found
        before = times_of(order)
        order.status = rules.next_status(order.status, OrderStatus.AWAITING_DELIVERY)
        if order.status in rules.OVER:
            raise rules.refuse_path(order.status, OrderStatus.AWAITING_DELIVERY)
        parcel = Shipment.objects.create(
            order=order, tracking_number=number, carrier=carrier[:60], url=url, dispatched_at=at
        )
        steps = parcel_steps(number, parcel.carrier, at)
        if order.dispatched_at is None:
            order.dispatched_at = at
            steps.append(Step("order.dispatched", at))
        keep_news(actor, order, before, steps)
        return parcel


def add_scan(*, actor: Actor, shipment_id: int, scan: ScanData) -> bool:
    """A carrier saw a parcel. A status `delivered` on the last parcel under way delivers the order.

    False when the scan was known. Raises Forbidden, NotFound for an order that the actor may not see.
    """
    with transaction.atomic():
        order_id = Shipment.objects.filter(pk=shipment_id).values_list("order_id", flat=True).first()
        order = order_to_feed(actor, order_id or 0)
        parcel = Shipment.objects.get(pk=shipment_id)
        if parcel.events.filter(at=scan.at, status=scan.status, description=scan.description).exists():
            return False
        before = times_of(order)
        scan_row(parcel, scan).save()
        steps = [scan_step(parcel.tracking_number, scan.at, scan.status, scan.description, scan.place)]
        if scan.status == "delivered" and parcel.delivered_at is None:
            steps += _deliver(order, parcel, scan.at)
        elif not parcel.events.filter(at__gt=scan.at).exists():
            parcel.status = scan.status
            parcel.save(update_fields=["status"])
        keep_news(actor, order, before, steps)
        return True


def _deliver(order: Order, parcel: Shipment, at: datetime) -> list[Step]:
    parcel.status, parcel.delivered_at = "delivered", at
    parcel.save(update_fields=["status", "delivered_at"])
    if order.shipments.filter(delivered_at=None).exclude(status=CALLED_OFF).exists():
        return []
    if order.delivered_at or order.status in rules.OVER or not nothing_missing(order):
        return []
    order.status = rules.next_status(order.status, OrderStatus.DELIVERED)
    order.delivered_at = at
    return [Step("order.delivered", at)]


def nothing_missing(order: Order) -> bool:
    """Whether all that is owed is in the order's parcels, as far as a shop's system told what is in which."""
    numbers = order.shipments.exclude(status=CALLED_OFF).values_list("tracking_number", flat=True)
    known = list(OrderKey.objects.filter(order=order).values_list("pieces", flat=True))
    return not known or all(all_there(pieces, list(numbers)) for pieces in known)


def order_to_feed(actor: Actor, order_id: int) -> Order:
    """The order under its lock, for who may bring news of it. Raises NotFound, Forbidden."""
    order = access_order(actor, order_id=order_id, lock=True)
    if not permissions.can_feed(actor):
        raise Forbidden()
    return order


def times_of(order: Order) -> dict[str, datetime | None]:
    """The steps that news are published about, as they stand before a change."""
    return {name: getattr(order, name) for name in ("dispatched_at", "delivered_at", "cancelled_at")}


def keep_news(actor: Actor, order: Order, before: dict[str, datetime | None], steps: list[Step]) -> None:
    """Write an order whose parcels moved on: row, record, promises, news. The caller holds its lock."""
    order.updated_at = now()
    order.save(update_fields=["status", "dispatched_at", "delivered_at", "updated_at"])
    add_steps(order, steps, actor=actor)
    settle_promises(
        actor=actor,
        order=order,
        horizon=Horizon(order.updated_at),
        was_paid=True,
        was_sent=before["dispatched_at"] is not None,
        fresh=False,
    )
    watch_parcels(order, order.updated_at)
    publish(events.OrderChanged(order.pk, order.public_id))
    tell_news(order, order.updated_at, before=before)
