"""Shopify's messages: whole orders, dispatches, scans of dispatches, refunds.

Fields as Shopify documents them for `orders/*`, `fulfillments/*`, `fulfillment_events/create` and `refunds/create`.
Payment is taken when the order is processed: no message says when money came, so `processed_at` stands for it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from orders.data import AddressData, LineData, OrderData, ScanData, ShipmentData
from orders.hooks.reading import (
    Dispatch,
    Json,
    Told,
    day,
    moment,
    money,
    need,
    need_moment,
    part,
    parts,
    pieces,
    text,
    web_address,
)
from orders.imports.shopify_csv import PAYMENT
from orders.models import OrderStatus

CODE = "shopify"
SIGNATURE = ("X-Shopify-Hmac-Sha256",)
TOPIC = "X-Shopify-Topic"
DELIVERY = "X-Shopify-Webhook-Id"
ORDERS = frozenset(
    f"orders/{verb}"
    for verb in ("create", "updated", "cancelled", "paid", "fulfilled", "partially_fulfilled")
)
DISPATCHES = frozenset({"fulfillments/create", "fulfillments/update"})
SCANS = "fulfillment_events/create"
REFUNDS = "refunds/create"
TOPICS = ORDERS | DISPATCHES | {SCANS, REFUNDS}
PAID = frozenset({"paid", "partially_refunded", "refunded"})
GONE = frozenset({"cancelled", "error", "failure"})
SHIPMENT = {
    "label_printed": "info_received",
    "label_purchased": "info_received",
    "confirmed": "info_received",
    "carrier_picked_up": "in_transit",
    "in_transit": "in_transit",
    "delayed": "exception",
    "out_for_delivery": "out_for_delivery",
    "attempted_delivery": "attempt_failed",
    "ready_for_pickup": "ready_for_pickup",
    "picked_up": "delivered",
    "delivered": "delivered",
    "failure": "exception",
}


def read(topic: str, data: Json) -> Told:
    """What a message of a known topic says. Raises Invalid."""
    if topic in ORDERS:
        return _order(data)
    if topic in DISPATCHES:
        stem, dot, _n = text(data, "name").rpartition(".")
        return Told(key=need(data, "order_id"), number=stem if dot else "", dispatches=(_dispatch(data),))
    if topic == SCANS:
        return Told(
            key=need(data, "order_id"),
            scans=(_scan(data),),
            scans_of=need(data, "fulfillment_id"),
            expected_on=day(data.get("estimated_delivery_at")),
        )
    return Told(key=need(data, "order_id"), refunds=_refund(data), pieces_back=_pieces_back([data]))


def _order(data: Json) -> Told:
    sent = [_dispatch(one) for one in parts(data, "fulfillments")]
    refunds = {key: amount for one in parts(data, "refunds") for key, amount in _refund(one).items()}
    number = text(data, "name") or text(data, "order_number")
    placed = need_moment(data, "created_at")
    shipping, billing = part(data, "shipping_address"), part(data, "billing_address")
    order = OrderData(
        number=number,
        email=text(data, "email", "contact_email") or text(part(data, "customer"), "email"),
        name=_name(part(data, "customer")) or _name(shipping) or _name(billing),
        phone=text(data, "phone") or text(part(data, "customer"), "phone"),
        placed_at=placed,
        lines=tuple(_line(one) for one in parts(data, "line_items")),
        source=CODE,
        status=_status(data, bool(sent)),
        currency=text(data, "currency") or "USD",
        subtotal=money(data, "subtotal_price"),
        discount=money(data, "total_discounts"),
        shipping=_shipping(data),
        taxes=money(data, "total_tax"),
        total=money(data, "total_price"),
        refunded=sum(refunds.values(), Decimal("0.00")),
        payment_method=(_gateways(data) or text(data, "gateway"))[:100],
        note=text(data, "note"),
        paid_at=(moment(data, "processed_at") or placed) if text(data, "financial_status") in PAID else None,
        dispatched_at=min(
            (_sent_at(one) for one in parts(data, "fulfillments") if _counts(one)), default=None
        ),
        cancelled_at=moment(data, "cancelled_at"),
        updated_at=moment(data, "updated_at") or placed,
        shipping_address=_address(shipping),
        billing_address=_address(billing),
    )
    return Told(
        key=need(data, "id"),
        number=number,
        order=order,
        dispatches=tuple(sent),
        refunds=refunds,
        pieces=_pieces(
            [one for one in parts(data, "line_items") if one.get("requires_shipping") is not False]
        ),
        pieces_back=_pieces_back(parts(data, "refunds")),
    )


def _pieces(lines: list[Json]) -> dict[str, int] | None:
    """How many of each line, by its id; None where a line tells no id."""
    if not lines or not all(text(one, "id") for one in lines):
        return None
    return {text(one, "id"): pieces(one) for one in lines}


def _pieces_back(refunds: list[Json]) -> dict[str, dict[str, int]]:
    """By refund: the pieces that were cancelled or given back, by the line's id."""
    back: dict[str, dict[str, int]] = {}
    for refund in refunds:
        lines = back.setdefault(need(refund, "id"), {})
        for one in parts(refund, "refund_line_items"):
            key = text(one, "line_item_id")
            lines[key] = lines.get(key, 0) + pieces(one)
    return back


def _status(data: Json, sent: bool) -> str:
    if text(data, "cancelled_at"):
        return OrderStatus.CANCELLED
    if (
        any(_counts(one) for one in parts(data, "fulfillments"))
        or text(data, "fulfillment_status") == "fulfilled"
    ):
        return OrderStatus.AWAITING_DELIVERY
    return PAYMENT.get(text(data, "financial_status"), OrderStatus.AWAITING_PAYMENT)


def _counts(dispatch: Json) -> bool:
    return text(dispatch, "status") not in GONE


def _sent_at(dispatch: Json) -> datetime:
    return need_moment(dispatch, "created_at")


def _line(data: Json) -> LineData:
    return LineData(
        name=text(data, "title", "name"),
        quantity=pieces(data),
        price=money(data, "price"),
        sku=text(data, "sku"),
        variant=text(data, "variant_title"),
        discount=money(data, "total_discount"),
    )


def _shipping(data: Json) -> Decimal:
    whole = part(part(data, "total_shipping_price_set"), "shop_money")
    if whole:
        return money(whole, "amount")
    return sum((money(one, "price") for one in parts(data, "shipping_lines")), Decimal("0.00"))


def _gateways(data: Json) -> str:
    names = data.get("payment_gateway_names")
    return ", ".join(name for name in names if isinstance(name, str)) if isinstance(names, list) else ""


def _name(data: Json) -> str:
    return text(data, "name") or f"{text(data, 'first_name')} {text(data, 'last_name')}".strip()


def _address(data: Json) -> AddressData | None:
    address = AddressData(
        name=_name(data),
        company=text(data, "company"),
        line1=text(data, "address1"),
        line2=text(data, "address2"),
        city=text(data, "city"),
        region=text(data, "province", "province_code"),
        postcode=text(data, "zip"),
        country=text(data, "country", "country_code"),
        phone=text(data, "phone"),
    )
    return address if address != AddressData() else None


def _dispatch(data: Json) -> Dispatch:
    sent = _sent_at(data)
    told = moment(data, "updated_at") or sent
    status = SHIPMENT.get(text(data, "shipment_status"), "in_transit")
    numbers = _list(data, "tracking_numbers", "tracking_number")
    links = _list(data, "tracking_urls", "tracking_url")
    parcels = tuple(
        ShipmentData(
            tracking_number="".join(number.split()),
            carrier=text(data, "tracking_company"),
            url=web_address(links[index]) if index < len(links) else "",
            status=status,
            dispatched_at=sent,
            delivered_at=told if status == "delivered" else None,
        )
        for index, number in enumerate(dict.fromkeys(numbers))
    )
    return Dispatch(
        need(data, "id"),
        told,
        parcels,
        cancelled=not _counts(data),
        pieces=_pieces(parts(data, "line_items")),
        there=status == "delivered",
    )


def _list(data: Json, many: str, one: str) -> list[str]:
    found = data.get(many)
    listed = (
        [item for item in found if isinstance(item, str) and item.strip()] if isinstance(found, list) else []
    )
    return listed or [single for single in (text(data, one),) if single]


def _scan(data: Json) -> ScanData:
    status = text(data, "status")
    place = ", ".join(filter(None, (text(data, name) for name in ("city", "province", "country"))))
    words = text(data, "message") or status.replace("_", " ").capitalize()
    at = need_moment(data, "happened_at", "created_at")
    return ScanData(at, SHIPMENT.get(status, "in_transit"), words[:300], place[:150])


def _refund(data: Json) -> dict[str, Decimal]:
    """What was given back by it: its successful payments, each refund once."""
    paid = [
        money(one, "amount")
        for one in parts(data, "transactions")
        if text(one, "kind") == "refund" and text(one, "status") == "success"
    ]
    return {need(data, "id"): sum(paid, Decimal("0.00"))}
