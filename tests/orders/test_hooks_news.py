"""What messages say comes to the order, each field; news that come too early wait; what fails is said."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from core.actors import SYSTEM
from core.errors import Conflict, Forbidden, Invalid
from orders.actions.hook_keeping import erase_hooks
from orders.actions.hook_news import take_in
from orders.actions.hooks import retry_hook
from orders.hooks.models import IncomingHook
from orders.hooks.sources import SOURCES
from orders.models import Address, Order, Shipment, Store
from orders.verify import verify
from tests.factories import actor, make_house
from tests.orders.hooking import (
    AT,
    SECRET,
    dispatch,
    refund,
    send,
    shopify_order,
    tracking,
    woo_order,
    work,
)

pytestmark = pytest.mark.django_db
PARCEL = "1Z999AA10123456784"


def at(second: int) -> datetime:
    return datetime.fromisoformat(AT.format(second)).astimezone(UTC)


@pytest.fixture(autouse=True)
def secrets(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    for source in ("SHOPIFY", "WOOCOMMERCE", "AFTERSHIP"):
        monkeypatch.setenv(f"HOOK_SECRET_{source}_{store.code.upper()}", SECRET)


def states() -> list[str]:
    return list(IncomingHook.objects.order_by("pk").values_list("state", flat=True))


def test_a_shopify_order_whole() -> None:
    send("shopify", "orders/create", shopify_order())
    work()
    order = Order.objects.get()
    assert (order.number, order.email, order.status, order.source) == (
        "1001",
        "zoe@example.com",
        "awaiting_shipping",
        "shopify",
    )
    assert (order.subtotal, order.discount, order.shipping, order.taxes, order.total) == tuple(
        map(Decimal, ("29.98", "1.00", "5.00", "2.00", "36.98"))
    )
    assert (order.placed_at, order.paid_at, order.source_updated_at) == (at(0), at(0), at(0))
    assert (order.payment_method, order.note, order.phone) == ("visa", "Ring twice", "+15550100")
    assert order.person.name == "Zoë Müller"
    lines = [(x.name, x.variant, x.sku, x.quantity, str(x.price), str(x.discount)) for x in order.lines.all()]
    assert lines == [("Tee", "Black / S", "TEE", 2, "9.99", "0.50"), ("Mug", "", "MUG", 1, "10.00", "0.00")]
    where = Address.objects.get(order=order, kind="shipping")
    assert (where.name, where.company, where.line1, where.line2, where.city, where.region) == (
        "Zoë Müller",
        "Minato",
        "1 Main St",
        "Flat 2",
        "Springfield",
        "Kentucky",
    )
    assert (where.postcode, where.country, where.phone) == ("40003", "United States", "555-0100")
    assert Address.objects.get(order=order, kind="billing").name == "Bill Müller"
    assert states() == ["done"]
    assert IncomingHook.objects.get().order == order


def test_dispatch_scans_and_refund_of_shopify() -> None:
    send("shopify", "orders/create", shopify_order())
    send("shopify", "fulfillments/create", dispatch())
    event = {
        "order_id": 820982911946154500,
        "fulfillment_id": 1,
        "status": "in_transit",
        "happened_at": AT.format(9),
    }
    send("shopify", "fulfillment_events/create", {**event, "city": "Reno", "message": "Seen"})
    send("shopify", "refunds/create", refund())
    work()
    order, parcel = Order.objects.get(), Shipment.objects.get()
    assert states() == ["done"] * 4
    assert (order.status, order.dispatched_at, order.refunded) == (
        "awaiting_delivery",
        at(5),
        Decimal("5.00"),
    )
    assert (parcel.tracking_number, parcel.carrier, parcel.url) == (
        PARCEL,
        "UPS",
        f"https://carrier.example/{PARCEL}",
    )
    scan = parcel.events.get()
    assert (scan.at, scan.status, scan.description, scan.place) == (at(9), "in_transit", "Seen", "Reno")
    send("aftership", "", tracking())
    work()
    order.refresh_from_db()
    assert (order.status, order.delivered_at) == ("delivered", at(40))
    assert parcel.events.count() == 4
    assert not list(verify())


def test_a_cancelled_dispatch_is_no_parcel_on_its_way() -> None:
    send("shopify", "orders/create", shopify_order())
    send("shopify", "fulfillments/create", dispatch())
    send("shopify", "fulfillments/update", dispatch(second=8, status="cancelled"))
    work()
    assert Shipment.objects.get().status == "cancelled"


def test_a_woocommerce_order_whole() -> None:
    send("woocommerce", "order.created", woo_order(refunds=[{"id": 1, "total": "-3.00"}]))
    work()
    order = Order.objects.get()
    assert (order.number, order.status, order.total, order.refunded) == (
        "727",
        "awaiting_shipping",
        Decimal("28.35"),
        Decimal("3.00"),
    )
    assert (order.shipping, order.taxes, order.discount, order.subtotal) == tuple(
        map(Decimal, ("10.00", "1.35", "1.00", "7.00"))
    )
    assert (order.payment_method, order.note, order.phone) == ("Bank", "Thanks", "555")
    assert order.placed_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    line = order.lines.get()
    assert (line.name, line.variant, line.sku, line.quantity, line.price, line.discount) == (
        "Woo – Single",
        "Black",
        "W1",
        2,
        Decimal("3.50"),
        Decimal("1.00"),
    )
    done = woo_order(
        status="completed", date_modified_gmt="2026-11-03T10:00:00", date_completed_gmt="2026-11-03T10:00:00"
    )
    send("woocommerce", "order.updated", done)
    work()
    order.refresh_from_db()
    assert (order.status, order.dispatched_at) == ("awaiting_delivery", datetime(2026, 11, 3, 10, tzinfo=UTC))


def test_news_before_their_order_wait_and_come_in_by_themselves() -> None:
    send("shopify", "refunds/create", refund())
    send("shopify", "fulfillments/create", dispatch())
    send("aftership", "", tracking(upto=1))
    work()
    assert states() == ["waiting"] * 3
    send("shopify", "orders/create", shopify_order())
    work()
    assert states() == ["done"] * 4
    order = Order.objects.get()
    assert (order.refunded, order.shipments.get().events.count()) == (Decimal("5.00"), 1)


def test_the_carrier_may_name_the_order() -> None:
    send("shopify", "orders/create", shopify_order())
    send("aftership", "", tracking(order_number="#1001"))
    work()
    parcel = Shipment.objects.get()
    assert (parcel.carrier, parcel.status, parcel.delivered_at) == ("UPS", "delivered", at(40))


def test_a_number_of_another_store_is_another_order(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    from orders.models import Store as Shop

    Shop.objects.create(code="jp", name="Japan", calendar=store.calendar)
    monkeypatch.setenv("HOOK_SECRET_SHOPIFY_JP", SECRET)
    send("shopify", "orders/create", shopify_order())
    send("shopify", "orders/create", shopify_order(total_price="99.00"), store="jp")
    work()
    assert sorted(Order.objects.values_list("store__code", "total")) == [
        ("jp", Decimal("99.00")),
        ("us", Decimal("36.98")),
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "EUR"}, "currency"),
        ({"email": None}, "email"),
        ({"line_items": []}, "lines"),
        ({"line_items": [{"title": "x", "quantity": -1, "price": "1"}]}, "lines.0.quantity"),
        ({"line_items": [{"title": "x", "quantity": "1", "price": "1"}]}, "quantity"),
        ({"total_price": "-5.00"}, "total"),
        ({"total_price": True}, "total_price"),
        ({"total_price": "NaN"}, "total_price"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": None}, "created_at"),
        ({"name": "../x"}, "number"),
        ({"refunds": [refund(amount="999.00")]}, "refunded"),
        ({"note": "\x00"}, "note"),
    ],
)
def test_what_is_wrong_is_said_and_can_be_tried_again(wrong: dict[str, Any], field: str) -> None:
    send("shopify", "orders/create", shopify_order(**wrong))
    work()
    row = IncomingHook.objects.get()
    assert row.state == "failed"
    assert row.error.startswith(f"{field}: ")
    assert not Order.objects.exists()


def test_a_cancelled_order_that_left_is_left_to_a_person() -> None:
    send("shopify", "orders/create", shopify_order())
    send("shopify", "fulfillments/create", dispatch())
    send("shopify", "orders/cancelled", shopify_order(30, cancelled_at=AT.format(30)))
    work()
    assert states() == ["done", "done", "failed"]
    assert Order.objects.get().status == "awaiting_delivery"


def test_retry_is_for_managers_and_for_what_failed(store: Store) -> None:
    house = make_house()
    send("shopify", "refunds/create", refund())
    work()
    row = IncomingHook.objects.get()
    with pytest.raises(Forbidden):
        retry_hook(actor=actor(house.agent), hook=row.public_id)
    take_in(
        actor=SYSTEM,
        store=store,
        source="shopify",
        told=SOURCES["shopify"].read("orders/create", shopify_order()),
    )
    manager = actor(house.manager)
    assert retry_hook(actor=manager, hook=row.public_id).state == "queued"
    work()
    assert states() == ["done"]
    with pytest.raises(Conflict):
        retry_hook(actor=manager, hook=row.public_id)
    IncomingHook.objects.update(state="failed", body=b"")
    with pytest.raises(Invalid):
        retry_hook(actor=manager, hook=row.public_id)


def test_a_fault_of_ours_is_kept_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from orders.actions import hooks

    send("shopify", "orders/create", shopify_order())
    with monkeypatch.context() as broken:
        broken.setattr(hooks, "take_in", lambda **_given: 1 / 0)
        work()
    assert states() == ["failed"]
    from core.models import Outbox

    Outbox.objects.update(run_after=at(0))
    work()
    assert (states(), Order.objects.count()) == (["done"], 1)


def test_erasing_a_person_empties_their_messages() -> None:
    send("shopify", "orders/create", shopify_order())
    work()
    send("shopify", "orders/updated", shopify_order(9, currency="EUR"))
    send("shopify", "customers/update", {"email": "ZOE@example.com"})
    send("shopify", "customers/update", {"email": "other@example.com"})
    work()
    erase_hooks(Order.objects.get().person_id)
    assert [bool(row.body) for row in IncomingHook.objects.order_by("pk")] == [False, False, False, True]
