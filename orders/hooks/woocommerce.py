"""WooCommerce's messages: whole orders, with what was given back among them.

Fields as its REST API documents orders; times are taken from the `_gmt` fields, which carry no offset.
"""

from __future__ import annotations

import html
from decimal import Decimal

from orders.data import CENT, AddressData, LineData, OrderData
from orders.hooks.reading import Json, Told, moment, money, need, need_moment, part, parts, pieces, text
from orders.models import OrderStatus

CODE = "woocommerce"
SIGNATURE = ("X-WC-Webhook-Signature",)
TOPIC = "X-WC-Webhook-Topic"
DELIVERY = "X-WC-Webhook-Delivery-ID"
TOPICS = frozenset({"order.created", "order.updated"})
STATUS = {
    "pending": OrderStatus.AWAITING_PAYMENT,
    "failed": OrderStatus.AWAITING_PAYMENT,
    "on-hold": OrderStatus.AWAITING_PAYMENT,
    "processing": OrderStatus.AWAITING_SHIPPING,
    "completed": OrderStatus.AWAITING_DELIVERY,
    "cancelled": OrderStatus.CANCELLED,
}


def read(topic: str, data: Json) -> Told:
    """What a message of a known topic says. Raises Invalid."""
    placed = need_moment(data, "date_created_gmt", "date_created")
    refunds = {need(one, "id"): abs(money(one, "total")) for one in parts(data, "refunds")}
    billing, shipping = part(data, "billing"), part(data, "shipping")
    status = _status(data)
    done = moment(data, "date_completed_gmt")
    updated = moment(data, "date_modified_gmt", "date_modified") or placed
    number = text(data, "number", "id")
    order = OrderData(
        number=number,
        email=text(billing, "email"),
        name=_name(billing) or _name(shipping),
        phone=text(billing, "phone"),
        placed_at=placed,
        lines=tuple(_line(one) for one in parts(data, "line_items")),
        source=CODE,
        status=status,
        currency=text(data, "currency") or "USD",
        subtotal=sum((money(one, "subtotal") for one in parts(data, "line_items")), Decimal("0.00")),
        discount=money(data, "discount_total"),
        shipping=money(data, "shipping_total"),
        taxes=money(data, "total_tax"),
        total=money(data, "total"),
        refunded=sum(refunds.values(), Decimal("0.00")),
        payment_method=text(data, "payment_method_title", "payment_method"),
        note=text(data, "customer_note"),
        paid_at=moment(data, "date_paid_gmt", "date_paid"),
        dispatched_at=done,
        cancelled_at=updated if status == OrderStatus.CANCELLED else None,
        updated_at=updated,
        shipping_address=_address(shipping),
        billing_address=_address(billing),
    )
    return Told(key=need(data, "id"), number=number, order=order, refunds=refunds)


def _status(data: Json) -> str:
    """A shop's own status says nothing here: the order's times tell then. All money back is no return of goods."""
    told = text(data, "status")
    if told == "refunded":
        return OrderStatus.AWAITING_DELIVERY if text(data, "date_completed_gmt") else OrderStatus.CANCELLED
    return STATUS.get(told, "")


def _line(data: Json) -> LineData:
    count = pieces(data)
    before, after = money(data, "subtotal"), money(data, "total")
    each = (before / count).quantize(CENT) if count > 0 else before
    return LineData(
        name=html.unescape(text(data, "parent_name", "name")),
        quantity=count,
        price=each,
        sku=text(data, "sku"),
        variant=_variant(data),
        discount=max(before - after, Decimal("0.00")),
    )


def _variant(data: Json) -> str:
    """What was chosen, such as "Black, M"; the system's own notes begin with "_"."""
    chosen = [
        html.unescape(text(one, "display_value", "value"))
        for one in parts(data, "meta_data")
        if not text(one, "key").startswith("_")
    ]
    return ", ".join(filter(None, chosen))[:200]


def _name(data: Json) -> str:
    return f"{text(data, 'first_name')} {text(data, 'last_name')}".strip()


def _address(data: Json) -> AddressData | None:
    address = AddressData(
        name=_name(data),
        company=text(data, "company"),
        line1=text(data, "address_1"),
        line2=text(data, "address_2"),
        city=text(data, "city"),
        region=text(data, "state"),
        postcode=text(data, "postcode"),
        country=text(data, "country"),
        phone=text(data, "phone"),
    )
    return address if address != AddressData() else None
