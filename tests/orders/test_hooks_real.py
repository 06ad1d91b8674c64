"""Messages as the platforms document them: all are kept, and each kept field of orders and dispatches comes in."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("name", ["orders__create", "orders__updated", "orders__cancelled", "orders__paid"])
def test_each_field_of_a_shopify_order(store: Store, name: str) -> None:
    data = shopify(name)
    take_in(actor=SYSTEM, store=store, source="shopify", told=SOURCES["shopify"].read("orders/updated", data))
    order = Order.objects.get()
    assert (order.number, order.email, order.currency) == (data["name"][1:], data["email"], data["currency"])
    for field, given in (
        ("subtotal", "subtotal_price"),
        ("discount", "total_discounts"),
        ("taxes", "total_tax"),
        ("total", "total_price"),
    ):
        assert getattr(order, field) == Decimal(data[given]), field
    assert order.payment_method == ", ".join(data["payment_gateway_names"])
    assert order.placed_at.isoformat() == "2022-01-01T00:00:00+00:00"
    assert order.cancelled_at is not None and order.status == "cancelled"
    told = [
        (
            line["title"],
            line["variant_title"] or "",
            line["sku"] or "",
            line["quantity"],
            Decimal(line["price"]),
        )
        for line in data["line_items"]
    ]
    assert [(x.name, x.variant, x.sku, x.quantity, x.price) for x in order.lines.all()] == told
    where, said = order.addresses.get(kind="shipping"), data["shipping_address"]
    assert (where.line1, where.city, where.region, where.postcode, where.country, where.phone) == tuple(
        said[key] for key in ("address1", "city", "province", "zip", "country", "phone")
    )


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
