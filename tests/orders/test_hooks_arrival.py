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
from orders.hooks.sources import SOURCES
from orders.models import Order, OrderRecord, Store
from tests.orders.hooking import AT, dispatch, refund, shopify_order, tracking

pytestmark = pytest.mark.django_db
PARCEL = "1Z999AA10123456784"


def at(second: int) -> datetime:
    return datetime.fromisoformat(AT.format(second)).astimezone(UTC)


def history() -> list[tuple[str, str, dict[str, Any]]]:
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
    ]


def arrive(store: Store, messages: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Take them in as they come; what waits is tried again after each that is taken."""
    waiting: list[tuple[str, str, dict[str, Any]]] = []
    for message in messages:
        waiting.append(message)
        moved = True
        while moved:
            moved = False
            for one in list(waiting):
                source, topic, data = one
                try:
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
