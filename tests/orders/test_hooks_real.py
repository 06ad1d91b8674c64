"""Messages as the platforms document them: all are kept, and each kept field of orders and dispatches comes in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from core.actors import SYSTEM
from orders.actions.hook_news import take_in
from orders.hooks.models import IncomingHook
from orders.hooks.sources import SOURCES
from orders.models import Order, Shipment, Store
from tests.orders.hooking import SECRET, send, tracking, work

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]
SHARED = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data" / "webhooks"


@pytest.fixture(autouse=True)
def secrets(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    for source in ("SHOPIFY", "WOOCOMMERCE", "AFTERSHIP"):
        monkeypatch.setenv(f"HOOK_SECRET_{source}_{store.code.upper()}", SECRET)


def shopify(name: str) -> Any:
    return json.loads((SHARED / "shopify" / f"{name}.json").read_text())["payload"]


def test_every_message_is_kept_whole() -> None:
    sent = 0
    for path in sorted(SHARED.rglob("*.json")):
        source = path.parent.name.removesuffix("_fixtures")
        whole = json.loads(path.read_text())
        if source == "shopify" and isinstance(whole, dict) and "payload" in whole:
            topic, whole = whole["topic"], whole["payload"]
        else:
            topic = "order.updated" if path.name.startswith("orders") else path.stem.replace("__", "/")
        if source == "aftership":
            whole = {"event": "tracking_update", "event_id": path.stem, "msg": whole}
        assert send(source, topic, whole, delivery=path.stem).status_code == 200, path.name
        delivery = path.stem
        row = IncomingHook.objects.get(source=source, delivery_id=delivery)
        assert json.loads(bytes(row.body)) == whole, path.name
        sent += 1
    assert sent > 80
    work()
    states = set(IncomingHook.objects.values_list("state", flat=True))
    assert states <= {"done", "ignored", "failed", "waiting"}
    assert not IncomingHook.objects.filter(error__contains="fault of ours").exists()
    assert set(Order.objects.values_list("number", flat=True)) == {"9999", "727"}


ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone")


def kept(order: Order) -> dict[str, Any]:
    """Everything that is kept of an order, by our own names."""
    names = ("number", "email", "phone", "currency", "payment_method", "note", "status", "source")
    moments = ("placed_at", "paid_at", "dispatched_at", "delivered_at", "cancelled_at", "source_updated_at")
    money = ("subtotal", "discount", "shipping", "taxes", "total", "refunded")
    return {
        **{name: getattr(order, name) for name in (*names, *moments)},
        **{name: str(getattr(order, name)) for name in money},
        "buyer": order.person.name,
        "lines": [
            (x.name, x.variant, x.sku, x.quantity, str(x.price), str(x.discount)) for x in order.lines.all()
        ],
        **{f"{x.kind}_address": tuple(getattr(x, name) for name in ADDRESS) for x in order.addresses.all()},
    }


def instant(said: str | None) -> datetime | None:
    found = datetime.fromisoformat(said) if said else None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def shopify_address(said: dict[str, Any]) -> tuple[str, ...]:
    names = ("name", "company", "address1", "address2", "city", "province", "zip", "country", "phone")
    return tuple(said.get(name) or "" for name in names)


@pytest.mark.parametrize(
    "name",
    [
        f"orders__{verb}"
        for verb in ("create", "updated", "cancelled", "paid", "fulfilled", "partially_fulfilled")
    ],
)
def test_each_field_of_a_shopify_order(store: Store, name: str) -> None:
    data = shopify(name)
    topic = name.replace("__", "/")
    take_in(actor=SYSTEM, store=store, source="shopify", told=SOURCES["shopify"].read(topic, data))
    assert kept(Order.objects.get()) == {
        "number": data["name"][1:],
        "email": data["email"],
        "phone": data["phone"] or data["customer"]["phone"] or "",
        "currency": data["currency"],
        "payment_method": ", ".join(data["payment_gateway_names"]),
        "note": data["note"] or "",
        "status": "cancelled",
        "source": "shopify",
        "placed_at": instant(data["created_at"]),
        "paid_at": None,  # it was voided
        "dispatched_at": None,
        "delivered_at": None,
        "cancelled_at": instant(data["cancelled_at"]),
        "source_updated_at": instant(data["updated_at"]),
        "subtotal": data["subtotal_price"],
        "discount": data["total_discounts"],
        "shipping": data["total_shipping_price_set"]["shop_money"]["amount"],
        "taxes": data["total_tax"],
        "total": data["total_price"],
        "refunded": "0.00",
        "buyer": f"{data['customer']['first_name']} {data['customer']['last_name']}",
        "lines": [
            (
                line["title"],
                line["variant_title"] or "",
                line["sku"] or "",
                line["quantity"],
                line["price"],
                line["total_discount"],
            )
            for line in data["line_items"]
        ],
        "shipping_address": shopify_address(data["shipping_address"]),
        "billing_address": shopify_address(data["billing_address"]),
    }


@pytest.mark.parametrize(
    ("name", "status"), [("orders_1", "awaiting_shipping"), ("orders_3", "awaiting_delivery")]
)
def test_each_field_of_a_woocommerce_order(store: Store, name: str, status: str) -> None:
    data = json.loads((SHARED / "woocommerce" / f"{name}.json").read_text())
    told = SOURCES["woocommerce"].read("order.updated", data)
    take_in(actor=SYSTEM, store=store, source="woocommerce", told=told)
    billing = data["billing"]
    names = ("company", "address_1", "address_2", "city", "state", "postcode", "country")
    where = ("John Doe", *(billing[name] for name in names))
    assert kept(Order.objects.get()) == {
        "number": data["number"],
        "email": billing["email"],
        "phone": billing["phone"],
        "currency": data["currency"],
        "payment_method": data["payment_method_title"],
        "note": data["customer_note"],
        "status": status,
        "source": "woocommerce",
        "placed_at": instant(data["date_created_gmt"]),
        "paid_at": instant(data["date_paid_gmt"]),
        "dispatched_at": instant(data["date_completed_gmt"]),
        "delivered_at": None,
        "cancelled_at": None,
        "source_updated_at": instant(data["date_modified_gmt"]),
        "subtotal": "18.00",
        "discount": data["discount_total"],
        "shipping": data["shipping_total"],
        "taxes": data["total_tax"],
        "total": data["total"],
        "refunded": "0.00",
        "buyer": "John Doe",
        "lines": [
            ("Woo Single #1", "", "", 2, "3.00", "0.00"),
            ("Ship Your Idea – Color: Black, Size: M Test", "black, M Test", "Bar3", 1, "12.00", "0.00"),
        ],
        "shipping_address": (*where, ""),
        "billing_address": (*where, billing["phone"]),
    }


def test_each_field_of_a_dispatch(store: Store) -> None:
    order = shopify("orders__create") | {"cancelled_at": None, "financial_status": "paid"}
    data = shopify("fulfillments__create")
    for topic, told in (("orders/create", order), ("fulfillments/create", data)):
        take_in(actor=SYSTEM, store=store, source="shopify", told=SOURCES["shopify"].read(topic, told))
    parcel = Shipment.objects.get()
    assert (parcel.tracking_number, parcel.carrier, parcel.url) == (
        data["tracking_number"],
        data["tracking_company"],
        data["tracking_url"],
    )
    assert parcel.dispatched_at and parcel.dispatched_at.isoformat() == "2022-01-01T00:00:00+00:00"
    assert Order.objects.get().status == "awaiting_delivery"
    event = shopify("fulfillment_events__create")
    told_event = SOURCES["shopify"].read("fulfillment_events/create", event)
    take_in(actor=SYSTEM, store=store, source="shopify", told=told_event)
    scan = parcel.events.get()
    assert (scan.status, scan.description, scan.place) == (
        event["status"],
        event["message"],
        event["country"],
    )
    assert scan.at == instant(event["happened_at"])
    refund = shopify("refunds__create")
    take_in(
        actor=SYSTEM, store=store, source="shopify", told=SOURCES["shopify"].read("refunds/create", refund)
    )
    assert Order.objects.get().refunded == Decimal("85.00")


def test_a_tracking_of_aftership(store: Store) -> None:
    data = json.loads((SHARED / "aftership" / "tracking_1.json").read_text())
    order = shopify("orders__create") | {
        "cancelled_at": None,
        "financial_status": "paid",
        "name": "#23423142",
    }
    take_in(actor=SYSTEM, store=store, source="shopify", told=SOURCES["shopify"].read("orders/create", order))
    told = SOURCES["aftership"].read("tracking_update", {**tracking(), "msg": data})
    take_in(actor=SYSTEM, store=store, source="aftership", told=told)
    parcel = Shipment.objects.get()
    assert (parcel.tracking_number, parcel.carrier, parcel.url) == (
        data["tracking_number"],
        "USPS",
        data["courier_tracking_link"],
    )
    scan, said = parcel.events.get(), data["checkpoints"][0]
    assert (scan.status, scan.description, scan.place) == ("info_received", said["message"], said["location"])
    assert scan.at.isoformat() == "2023-12-20T08:12:00+00:00"
    assert Order.objects.get().status == "awaiting_shipping"  # a label is no parcel on its way
