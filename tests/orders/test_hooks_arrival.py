"""Any order of arrival of an order's messages gives the same order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import SYSTEM
from orders.actions.hook_news import Waiting, take_in
from orders.actions.upsert import upsert_order
from orders.data import OrderData
from orders.hooks.sources import SOURCES
from orders.models import Order, OrderRecord, Store
from tests.orders.conftest import order_data
from tests.orders.hooking import AT, dispatch, refund, shopify_order, tracking

pytestmark = pytest.mark.django_db
PARCEL = "1Z999AA10123456784"


def at(second: int) -> datetime:
    return datetime.fromisoformat(AT.format(second)).astimezone(UTC)


def history() -> list[tuple[str, str, Any]]:
    """What happened to one order, oldest first, as the sources tell it: two updates share an instant."""
    one, two = dispatch(1, PARCEL), dispatch(2, "9400111899223100001234", 6)
    moved = dispatch(2, "9400111899223100001234", 7, tracking_company="USPS")
    return [
        ("shopify", "orders/create", shopify_order(0, financial_status="pending", note="")),
        ("shopify", "orders/updated", shopify_order(3, note="Ring once")),
        ("shopify", "orders/updated", shopify_order(3, note="Ring twice", total_discounts="2.00")),
        ("shopify", "fulfillments/create", one),
        ("shopify", "fulfillments/create", two),
        ("shopify", "fulfillments/update", moved),
        ("shopify", "orders/updated", shopify_order(8, fulfillments=[one, moved], email="new@example.com")),
        ("shopify", "refunds/create", refund(7, "5.00")),
        ("shopify", "refunds/create", refund(8, "2.50")),
        (
            "shopify",
            "orders/updated",
            shopify_order(25, fulfillments=[one, moved], refunds=[refund(7, "5.00")]),
        ),
        ("aftership", "tracking_update", tracking(PARCEL, 1)),
        ("aftership", "tracking_update", tracking(PARCEL, 3)),
        ("aftership", "tracking_update", tracking("9400111899223100001234", 3)),
        ("file", "", export(note="From the file")),
        ("file", "", export(dispatched_at=at(9), status="awaiting_delivery")),
    ]


def export(**fields: Any) -> OrderData:
    """The order as the shop's export told it at some time that nobody knows."""
    given = {"email": "zoe@example.com", "paid_at": at(1), "source": "shopify_csv", "placed_at": at(0)}
    return order_data("1001", **{**given, **fields})


def arrive(store: Store, messages: list[tuple[str, str, Any]]) -> None:
    """Take them in as they come; what waits is tried again after each that is taken."""
    waiting: list[tuple[str, str, Any]] = []
    for message in messages:
        waiting.append(message)
        moved = True
        while moved:
            moved = False
            for one in list(waiting):
                source, topic, data = one
                try:
                    if source == "file":
                        upsert_order(actor=SYSTEM, store=store, data=data)
                        waiting.remove(one)
                        moved = True
                        continue
                    take_in(actor=SYSTEM, store=store, source=source, told=SOURCES[source].read(topic, data))
                except Waiting:
                    continue
                waiting.remove(one)
                moved = True
    assert not waiting


def picture() -> Any:
    order = Order.objects.get()
    fields = {
        field.attname: getattr(order, field.attname)
        for field in Order._meta.concrete_fields
        if field.attname
        not in (
            "id",
            "public_id",
            "created_at",
            "updated_at",
            "record_head",
            "promised_by",
            "source_digest",
            "person_id",
        )
    }
    return (
        fields,
        list(order.lines.values_list("position", "name", "variant", "sku", "quantity", "price", "discount")),
        list(order.addresses.order_by("kind").values_list("kind", "name", "line1", "city", "phone")),
        [
            (
                *[
                    getattr(p, n)
                    for n in ("tracking_number", "carrier", "url", "status", "dispatched_at", "delivered_at")
                ],
                list(p.events.values_list("at", "status", "description", "place")),
            )
            for p in order.shipments.order_by("tracking_number")
        ],
    )


@given(order=st.permutations(history()), again=st.integers(0, 12))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_arrival_gives_the_same_order(store: Store, order: list[Any], again: int) -> None:
    with transaction.atomic():
        arrive(store, history())
        wanted = picture()
        transaction.set_rollback(True)
    with transaction.atomic():
        arrive(store, [*order, order[again]])
        found = picture()
        transaction.set_rollback(True)
    assert found == wanted
    assert (wanted[0]["status"], wanted[0]["refunded"], wanted[0]["delivered_at"]) == (
        "delivered",
        Decimal("7.50"),
        at(40),
    )


def test_a_cancellation_stands_whatever_comes_late(store: Store) -> None:
    told = [
        ("file", "", export()),
        ("shopify", "orders/create", shopify_order()),
        ("shopify", "orders/updated", shopify_order(2, note="b")),
        (
            "shopify",
            "orders/cancelled",
            shopify_order(4, cancelled_at=AT.format(4), financial_status="refunded"),
        ),
    ]
    seen = []
    for order in itertools.permutations(told):
        with transaction.atomic():
            arrive(store, list(order))
            seen.append(picture())
            assert OrderRecord.objects.filter(verb="order.cancelled").count() == 1
            transaction.set_rollback(True)
    assert all(one == seen[0] for one in seen)
    assert seen[0][0]["status"] == "cancelled"


def test_a_file_without_times_adds_to_what_a_shop_told_and_undoes_nothing(store: Store) -> None:
    arrive(store, [("shopify", "orders/updated", shopify_order(3, note="Ring twice"))])
    before = picture()
    stale = export(note="Old", lines=order_data().lines[:1], total=Decimal("9.99"))
    assert upsert_order(actor=SYSTEM, store=store, data=stale).outcome == "unchanged"
    assert picture() == before
    sent = export(dispatched_at=at(9), status="awaiting_delivery")
    assert upsert_order(actor=SYSTEM, store=store, data=sent).outcome == "updated"
    assert upsert_order(actor=SYSTEM, store=store, data=sent).outcome == "unchanged"
    order = Order.objects.get()
    assert (order.status, order.dispatched_at, order.note) == ("awaiting_delivery", at(9), "Ring twice")
    assert (order.source, order.source_updated_at) == ("shopify", at(3))


def test_of_two_files_without_times_the_last_one_counts(store: Store) -> None:
    for note in ("first", "second", "first"):
        assert upsert_order(actor=SYSTEM, store=store, data=export(note=note)).outcome != "unchanged"
        assert Order.objects.get().note == note
