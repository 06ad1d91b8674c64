"""What a message says, brought to its order: any order of arrival gives the same order.

A whole order is taken when it is newer than what is known; of two of the same instant the one that is further on,
then the one with the greater digest. Dispatches and refunds are known by their own ids, parcels by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.db import locked
from orders import rules
from orders.actions.parcels import note_refunds, settle_parcels, tell_parcel
from orders.actions.upsert import upsert_order
from orders.data import OrderData, ShipmentData, digest_of
from orders.hooks.models import OrderKey
from orders.hooks.reading import Dispatch, Told
from orders.models import Order, OrderStatus, Shipment, Store
from orders.pieces import remember

_FURTHER = {status: rank for rank, status in enumerate(OrderStatus.values)}


class Waiting(Exception):
    """Its order is not here yet; `ref` is what it waits for."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        super().__init__(_("Its order has not come in yet; it is taken in by itself when it does."))


@dataclass(frozen=True, slots=True)
class News:
    """The order that was told about, and what others may wait for that is known now."""

    order_id: int
    refs: tuple[str, ...] = ()


def take_in(*, actor: Actor, store: Store, source: str, told: Told) -> News:
    """Bring a message to its order, in the caller's transaction. Raises Waiting, and what the actions raise."""
    if told.parcel is not None:
        return _carrier_news(actor, store, told.number, told.parcel)
    with transaction.atomic():
        key = _key(store, source, told.key)
        fresh = key.order_id is None
        if told.order is not None:
            order = _whole(actor, store, key, told.order, told.refunds)
        else:
            order = _known(store, key, told.number)
        key.order, key.pieces = order, remember(key.pieces, told)
        key.save(update_fields=["order", "pieces"])  # before the parcels: what is in them decides
        refs = [told.key] if fresh else []
        for dispatch in told.dispatches:
            refs += _dispatch(actor, order, key, dispatch)
        if told.scans:
            _scans(actor, order, key, told)
        _refunds(actor, order, key, told.refunds)
        key.save()
        settle_parcels(actor=actor, order_id=order.pk)
        return News(order.pk, tuple(dict.fromkeys(refs)))


def _key(store: Store, source: str, key: str) -> OrderKey:
    OrderKey.objects.get_or_create(store=store, source=source, key=key[:100])
    return locked(OrderKey.objects.filter(store=store, source=source, key=key[:100])).get()


def _known(store: Store, key: OrderKey, number: str) -> Order:
    rows = Order.objects.filter(pk=key.order_id) if key.order_id else Order.objects.none()
    if not key.order_id and number:
        rows = Order.objects.filter(store=store, number=number.removeprefix("#"))
    order = rows.first()
    if order is None:
        raise Waiting(key.key)
    return order


def _whole(
    actor: Actor, store: Store, key: OrderKey, data: OrderData, refunds: Mapping[str, Decimal]
) -> Order:
    mark = f"{_FURTHER.get(rules.status_of(data), 0):02}{digest_of(replace(data, refunded=Decimal('0.00')))}"
    if key.order_id and data.updated_at is not None:
        order = Order.objects.get(pk=key.order_id)
        if order.source_updated_at == data.updated_at and mark <= key.newest:
            return order
    known = {**key.refunds, **{name: f"{amount:.2f}" for name, amount in refunds.items()}}
    data = replace(data, refunded=max(data.refunded, _sum(known)))
    order = upsert_order(actor=actor, store=store, data=data).order
    order = Order.objects.get(pk=order.pk)
    if order.source_updated_at == data.updated_at:
        key.newest = mark
    return order


def _dispatch(actor: Actor, order: Order, key: OrderKey, dispatch: Dispatch) -> list[str]:
    """Take a dispatch's parcels; what may have waited for it."""
    known = key.parcels.get(dispatch.key, {})
    told_at = dispatch.updated_at.astimezone(UTC).isoformat(timespec="microseconds")
    states = "|".join(f"{parcel.status} {parcel.carrier} {parcel.url}" for parcel in dispatch.parcels)
    mark = f"{told_at} {int(dispatch.cancelled)} {states}"
    older = bool(known) and mark < known["mark"]
    for parcel in dispatch.parcels:
        tell_parcel(
            actor=actor,
            order_id=order.pk,
            parcel=parcel,
            older=older,
            called_off=dispatch.cancelled and not older,
        )
    numbers = [parcel.tracking_number for parcel in dispatch.parcels]
    if not older:
        key.parcels[dispatch.key] = {"mark": mark, "numbers": numbers}
    return [] if known else [key.key, *numbers]


def _scans(actor: Actor, order: Order, key: OrderKey, told: Told) -> None:
    known = key.parcels.get(told.scans_of)
    if known is None:
        raise Waiting(key.key)
    for number in known["numbers"]:
        parcel = ShipmentData(tracking_number=number, scans=told.scans, expected_on=told.expected_on)
        tell_parcel(actor=actor, order_id=order.pk, parcel=parcel, older=True)


def _refunds(actor: Actor, order: Order, key: OrderKey, refunds: Mapping[str, Decimal]) -> None:
    key.refunds = {**key.refunds, **{name: f"{amount:.2f}" for name, amount in refunds.items()}}
    if refunds:
        note_refunds(actor=actor, order_id=order.pk, total=_sum(key.refunds))


def _sum(refunds: Mapping[str, str]) -> Decimal:
    return sum((Decimal(amount) for amount in refunds.values()), Decimal("0.00"))


def _carrier_news(actor: Actor, store: Store, number: str, parcel: ShipmentData) -> News:
    """News of a parcel that a shop told about, or of one whose message names its order."""
    rows = Shipment.objects.filter(order__store=store, tracking_number=parcel.tracking_number)
    ids = list(rows.order_by("order_id").values_list("order_id", flat=True)[:20])
    if not ids and number:
        named = Order.objects.filter(store=store, number=number.removeprefix("#"))
        ids = list(named.values_list("pk", flat=True))
    if not ids:
        raise Waiting(parcel.tracking_number)
    for order_id in ids:
        tell_parcel(actor=actor, order_id=order_id, parcel=parcel, older=True)
    return News(ids[0])
