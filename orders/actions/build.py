"""New orders from clean data: rows, record, promises, news. One order or a thousand, by the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.actions import guests_for
from accounts.models import Person
from core.actors import Actor
from core.events import publish
from orders import events, rules
from orders.actions.bulk import insert_rows
from orders.actions.promises import Horizon, settle_promises
from orders.actions.record import Words, write_rows
from orders.actions.watching import first_look
from orders.data import (
    ADDRESS_FIELDS,
    LINE_FIELDS,
    MONEY_FIELDS,
    SHIPMENT_FIELDS,
    AddressData,
    OrderData,
    step_times,
)
from orders.latin import unreadable
from orders.models import Address, Order, OrderLine, OrderRecord, OrderStatus, Shipment, Store, TrackingEvent
from orders.record import Step, chain

PLAIN_FIELDS = ("currency", *MONEY_FIELDS, "payment_method", "email", "phone", "note", "placed_at")
STEP_VERBS = {
    "paid_at": "order.paid",
    "reviewed_at": "order.reviewed",
    "packed_at": "order.packed",
    "dispatched_at": "order.dispatched",
    "delivered_at": "order.delivered",
    "cancelled_at": "order.cancelled",
}
_RANK = {verb: rank for rank, verb in enumerate(("order.placed", *STEP_VERBS.values()))}
Digested = tuple[OrderData, str]


def create_orders(
    *, actor: Actor, store: Store, batch: Sequence[Digested], at: datetime, horizon: Horizon
) -> list[Order]:
    """Insert orders that do not exist yet; data is clean and comes with its digest.

    Runs in the caller's transaction; IntegrityError when somebody else inserted one of them meanwhile.
    """
    people = guests_for(actor=actor, names={data.email: _name(data) for data, _digest in batch})
    planned = [_steps(data, at) for data, _digest in batch]
    orders = [
        _row(store, people[data.email], data, digest, at, head=len(steps))
        for (data, digest), steps in zip(batch, planned, strict=True)
    ]
    Order.objects.bulk_create(orders)
    _insert_parts(orders, [data for data, _digest in batch], at)
    _insert_record(actor, orders, planned, at)
    for order in orders:
        settle_promises(actor=actor, order=order, horizon=horizon, fresh=True)
        tell_news(order, at, placed=True)
    return orders


def _name(data: OrderData) -> str:
    addresses = (data.shipping_address, data.billing_address)
    return data.name or next((a.name for a in addresses if a and a.name), "")


def _row(store: Store, person: Person, data: OrderData, digest: str, at: datetime, *, head: int) -> Order:
    return Order(
        store=store,
        person=person,
        number=data.number,
        status=rules.status_of(data),
        **{name: getattr(data, name) for name in PLAIN_FIELDS},
        **step_times(data),
        source=data.source,
        source_digest=digest,
        source_updated_at=data.updated_at,
        record_head=head,
        created_at=at,
        updated_at=at,
    )


def money_facts(amount: object, currency: str) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": currency}


def _steps(data: OrderData, at: datetime) -> list[Step]:
    """What the record says of a new order: each step at its own time, in the order in which they happened.

    A step without a known time stands last, marked as noticed when the news came.
    """
    total = money_facts(data.total, data.currency)
    steps = [Step("order.placed", data.placed_at, {"source": data.source, "lines": len(data.lines), **total})]
    for name, moment in step_times(data).items():
        if moment is not None:
            steps.append(Step(STEP_VERBS[name], moment, total if name == "paid_at" else {}))
    for parcel in data.shipments:
        steps += parcel_steps(parcel.tracking_number, parcel.carrier, parcel.dispatched_at or data.placed_at)
        steps += [
            scan_step(parcel.tracking_number, scan.at, scan.status, scan.description, scan.place)
            for scan in parcel.scans
        ]
    steps.sort(key=lambda step: (step.at, _RANK.get(step.verb, 99)))
    noticed = data.updated_at or at
    if data.refunded:
        facts = money_facts(data.refunded, data.currency)
        steps.append(Step("order.refunded", noticed, {**facts, "noticed": True}))
    steps += address_steps(data, noticed)
    status = rules.status_of(data)
    if status == OrderStatus.RETURNED or (status == OrderStatus.CANCELLED and not data.cancelled_at):
        steps.append(Step(f"order.{status}", noticed, {"noticed": True}))
    return steps


def address_steps(data: OrderData, at: datetime) -> list[Step]:
    """A mark where the parcel cannot bear the address: a valid order is never dropped for its letters."""
    fields = unreadable(data.shipping_address)
    return [Step("order.address_marked", at, {"fields": fields})] if fields else []


def parcel_steps(number: str, carrier: str, at: datetime) -> list[Step]:
    return [Step("parcel.added", at, {"tracking_number": number, "carrier": carrier})]


def scan_step(number: str, at: datetime, status: str, description: str, place: str) -> Step:
    words = {"description": description, "place": place}
    return Step("parcel.scanned", at, {"tracking_number": number, "status": status}, words)


def _insert_parts(orders: list[Order], batch: list[OrderData], at: datetime) -> None:
    lines: list[OrderLine] = []
    addresses: list[Address] = []
    for order, data in zip(orders, batch, strict=True):
        lines += line_rows(order, data)
        if data.shipping_address:
            addresses.append(address_row(order, "shipping", data.shipping_address))
        if data.billing_address:
            addresses.append(address_row(order, "billing", data.billing_address))
        for parcel in data.shipments:
            shipment = Shipment.objects.create(
                order=order,
                tracking_number=parcel.tracking_number,
                **{name: getattr(parcel, name) for name in SHIPMENT_FIELDS},
                look_at=first_look(parcel, at),
            )
            TrackingEvent.objects.bulk_create(scan_row(shipment, scan) for scan in parcel.scans)
    insert_rows(lines)
    insert_rows(addresses)


def line_rows(order: Order, data: OrderData) -> list[OrderLine]:
    return [
        OrderLine(order_id=order.pk, position=position, **{name: getattr(line, name) for name in LINE_FIELDS})
        for position, line in enumerate(data.lines, 1)
    ]


def address_row(order: Order, kind: str, address: AddressData) -> Address:
    return Address(order_id=order.pk, kind=kind, **{name: getattr(address, name) for name in ADDRESS_FIELDS})


def scan_row(shipment: Shipment, scan: Any) -> TrackingEvent:
    return TrackingEvent(
        shipment=shipment, at=scan.at, status=scan.status, description=scan.description, place=scan.place
    )


def _insert_record(actor: Actor, orders: list[Order], planned: list[list[Step]], at: datetime) -> None:
    rows: list[OrderRecord] = []
    details: list[Words] = []
    for order, steps in zip(orders, planned, strict=True):
        some, words = chain(steps, order_id=order.pk, head=0, previous="", actor=actor, at=at)
        rows += some
        details += words
    write_rows(rows, details)


def tell_news(
    order: Order, at: datetime, *, placed: bool = False, before: dict[str, Any] | None = None
) -> None:
    """Publish the steps that are new and recent; what lies further back is history (see `orders.events`)."""
    since = at - events.NEWS_WINDOW
    before = before or {}
    if placed and order.placed_at >= since:
        publish(events.OrderPlaced(order.pk))
    for name, news in (
        ("dispatched_at", events.OrderShipped),
        ("delivered_at", events.OrderDelivered),
        ("cancelled_at", events.OrderCancelled),
    ):
        moment = getattr(order, name)
        if moment is not None and moment >= since and before.get(name) is None:
            publish(news(order.pk))
