"""One order from a feed: created, updated, nothing new; the status's paths; news and promises."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import join_person
from accounts.models import Person, User
from core import events as core_events
from core.actors import SYSTEM
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from orders import events
from orders.actions import upsert_order
from orders.data import AddressData, LineData, OrderData, ScanData, ShipmentData
from orders.models import Order, OrderRecord, Shipment, Store
from orders.queries import visible_orders
from orders.verify import verify
from sla.queries import clocks_of
from tests.factories import actor, make_buyer
from tests.orders.conftest import order_data

pytestmark = pytest.mark.django_db


def put(store: Store, data: OrderData) -> tuple[Order, str]:
    done = upsert_order(actor=SYSTEM, store=store, data=data)
    return Order.objects.get(pk=done.order.pk), done.outcome


def verbs(order: Order) -> list[str]:
    return list(OrderRecord.objects.filter(order=order).order_by("seq").values_list("verb", flat=True))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every event of this room, as published."""
    seen: list[Any] = []
    kinds = (
        events.OrderPlaced,
        events.OrderShipped,
        events.OrderDelivered,
        events.OrderCancelled,
        events.OrderChanged,
    )
    for kind in kinds:
        monkeypatch.setitem(core_events._inside, kind, [seen.append])
    return seen


def test_a_new_order_with_all_its_parts(house: Any) -> None:
    order, outcome = put(house.store, order_data("#1001", email="Ann@Example.com"))
    assert (outcome, order.number, order.status, order.email) == (
        "created",
        "1001",
        "awaiting_shipping",
        "ann@example.com",
    )
    assert (order.person.kind, order.person.email, order.person.name) == (
        "guest",
        "ann@example.com",
        "Ann Example",
    )
    assert [(line.position, line.sku, line.quantity) for line in order.lines.all()] == [
        (1, "TEE-BLK-S", 2),
        (2, "MUG", 1),
    ]
    assert order.addresses.get().city == "Springfield"
    assert verbs(order) == ["order.placed", "order.paid"] and order.record_head == 2


def test_the_same_again_writes_nothing(house: Any) -> None:
    data = order_data()
    put(house.store, data)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        _order, outcome = put(house.store, data)
    assert outcome == "unchanged"
    writes = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert writes == []


def test_an_update_changes_what_differs_and_tells_the_record(house: Any) -> None:
    data = order_data()
    put(house.store, data)
    sent = now().replace(microsecond=0)
    later = replace(
        data,
        dispatched_at=sent,
        lines=(LineData(name="Mug", quantity=3, price=Decimal("10.00"), sku="MUG"),),
        shipping_address=AddressData(name="Ann Example", line1="2 Oak St", city="Springfield", country="US"),
    )
    order, outcome = put(house.store, later)
    assert (outcome, order.status, order.dispatched_at) == ("updated", "awaiting_delivery", sent)
    assert [line.quantity for line in order.lines.all()] == [3]
    assert verbs(order) == ["order.placed", "order.paid", "order.dispatched", "order.changed"]
    change = OrderRecord.objects.get(order=order, verb="order.changed")
    assert change.data == {"fields": ["lines", "shipping_address"]}
    assert change.detail.text["before"]["shipping_address"] == {"line1": "1 Main St"}
    assert "Main" not in str(change.data)  # what may name a person stands in the erasable detail alone
    assert list(verify()) == []


def test_an_older_update_never_undoes_a_newer_one(house: Any) -> None:
    at = now().replace(microsecond=0)
    newer = order_data(updated_at=at, note="new")
    put(house.store, newer)
    order, outcome = put(house.store, replace(newer, updated_at=at - timedelta(minutes=1), note="old"))
    assert (outcome, order.note) == ("unchanged", "new")
    # The same words said again later make what was said in between old.
    put(house.store, replace(newer, updated_at=at + timedelta(minutes=2)))
    order, outcome = put(house.store, replace(newer, updated_at=at + timedelta(minutes=1), note="between"))
    assert (outcome, order.note) == ("unchanged", "new")


def test_any_order_of_arrival_gives_the_same_order(house: Any) -> None:
    at = now().replace(microsecond=0) - timedelta(hours=5)
    base = order_data(placed_at=at, paid_at=None)
    told = [replace(base, updated_at=at)]
    told.append(replace(base, updated_at=at + timedelta(hours=1), paid_at=at + timedelta(hours=1)))
    told.append(
        replace(
            told[-1], updated_at=at + timedelta(hours=2), dispatched_at=at + timedelta(hours=2), note="left"
        )
    )
    told.append(
        replace(
            told[-1], updated_at=at + timedelta(hours=3), delivered_at=at + timedelta(hours=3), note="there"
        )
    )
    ends = set()
    for n, arrival in enumerate(itertools.permutations(told)):
        for data in arrival:
            order, _outcome = put(house.store, replace(data, number=f"P{n}"))
        promise = clocks_of("order", order.pk)
        assert not [clock for clock in promise if clock.is_open]
        ends.add(
            (
                order.status,
                order.paid_at,
                order.dispatched_at,
                order.delivered_at,
                order.note,
                order.lines.count(),
            )
        )
    assert len(ends) == 1
    assert list(verify()) == []


@pytest.mark.parametrize(
    "first, then, kept",
    [
        ({"status": "delivered"}, {"status": "awaiting_delivery"}, "delivered"),
        ({"status": "cancelled"}, {"status": "awaiting_shipping"}, "cancelled"),
        ({"status": "awaiting_delivery"}, {"status": "awaiting_payment"}, "awaiting_delivery"),
        ({"status": "delivered"}, {"status": "returned"}, "returned"),
        ({"status": "under_review"}, {"status": "delivered"}, "delivered"),
    ],
)
def test_a_feed_that_lags_moves_nothing_back(house: Any, first: Any, then: Any, kept: str) -> None:
    put(house.store, order_data(**first))
    order, outcome = put(house.store, order_data(note="more", **then))
    assert (order.status, outcome, order.note) == (kept, "updated", "more")


@pytest.mark.parametrize(
    "first, then",
    [
        ("cancelled", "awaiting_delivery"),
        ("delivered", "cancelled"),
        ("awaiting_delivery", "cancelled"),
        ("returned", "cancelled"),
    ],
)
def test_a_status_without_a_path_is_refused_and_nothing_changes(house: Any, first: str, then: str) -> None:
    before, _outcome = put(house.store, order_data(status=first))
    with pytest.raises(Conflict) as refused:
        put(house.store, order_data(status=then, note="more"))
    assert refused.value.code == "status_path"
    order = Order.objects.get(pk=before.pk)
    assert (order.status, order.note, order.record_head) == (first, "", before.record_head)


@pytest.mark.parametrize(
    "field, fields",
    [
        ("number", {"number": " # "}),
        ("number", {"number": "10/01"}),
        ("email", {"email": "nobody"}),
        ("email", {"email": ""}),
        ("currency", {"currency": "XXX"}),
        ("status", {"status": "lost"}),
        ("total", {"total": Decimal("-1")}),
        ("total", {"total": Decimal("1.234")}),
        ("total", {"total": Decimal("NaN")}),
        ("refunded", {"refunded": Decimal("99")}),
        ("lines", {"lines": ()}),
        ("lines.0.quantity", {"lines": (LineData("Mug", 0, Decimal("1")),)}),
        ("lines.0.name", {"lines": (LineData(" ", 1, Decimal("1")),)}),
        ("lines.0.price", {"lines": (LineData("Mug", 1, Decimal("-1")),)}),
        ("note", {"note": "a\x00b"}),
        ("phone", {"phone": "1" * 41}),
        ("shipping_address.city", {"shipping_address": AddressData(city="x" * 101)}),
        ("placed_at", {"placed_at": now() + timedelta(days=3)}),
        ("paid_at", {"paid_at": datetime(2026, 1, 1)}),
        ("shipments.0.tracking_number", {"shipments": (ShipmentData(" "),)}),
        ("shipments.0.url", {"shipments": (ShipmentData("1Z", url="javascript:alert(1)"),)}),
    ],
)
def test_bad_data_names_its_field_and_writes_nothing(house: Any, field: str, fields: Any) -> None:
    with pytest.raises(Invalid) as refused:
        put(house.store, order_data(**fields))
    assert list(refused.value.fields) == [field]
    assert not Order.objects.exists() and not Person.objects.filter(kind="guest").exists()


def test_only_staff_and_machines_bring_orders_in(house: Any) -> None:
    with pytest.raises(Forbidden):
        upsert_order(actor=actor(make_buyer()), store=house.store, data=order_data())
    assert not Order.objects.exists()
    assert upsert_order(actor=actor(house.agent), store=house.store, data=order_data()).outcome == "created"


def test_parcels_scans_and_refunds(house: Any) -> None:
    at = now().replace(microsecond=0) - timedelta(days=1)
    parcel = ShipmentData("1Z999AA10123456784", carrier="UPS", dispatched_at=at)
    order, _outcome = put(house.store, order_data(placed_at=at - timedelta(days=1), shipments=(parcel,)))
    assert (order.status, order.dispatched_at) == ("awaiting_delivery", at)
    seen = ScanData(at + timedelta(hours=3), "delivered", "Front door", "Springfield")
    parcel = replace(parcel, status="delivered", delivered_at=seen.at, scans=(seen,))
    data = order_data(placed_at=at - timedelta(days=1), shipments=(parcel,), refunded=Decimal("5.00"))
    order, _outcome = put(house.store, data)
    assert (order.status, order.delivered_at, order.refunded) == ("delivered", seen.at, Decimal("5.00"))
    assert set(verbs(order)[-3:]) == {"parcel.scanned", "order.delivered", "order.refunded"}
    assert Shipment.objects.get().events.count() == 1
    # Money given back never becomes less because a feed does not know of it.
    order, _outcome = put(house.store, replace(data, refunded=Decimal("0.00"), note="x"))
    assert order.refunded == Decimal("5.00")
    assert list(verify()) == []


def test_recent_steps_are_news_and_history_is_not(house: Any, heard: list[Any]) -> None:
    order, _outcome = put(house.store, order_data())
    assert heard == [events.OrderPlaced(order.pk)]
    heard.clear()
    put(house.store, order_data(dispatched_at=now()))
    assert heard == [events.OrderChanged(order.pk, order.public_id), events.OrderShipped(order.pk)]
    heard.clear()
    old = now() - timedelta(days=900)
    put(house.store, order_data("OLD", placed_at=old, paid_at=old, dispatched_at=old, delivered_at=old))
    assert heard == []


def test_orders_of_a_guest_belong_to_the_log_in_once_the_address_is_confirmed(house: Any) -> None:
    order, _outcome = put(house.store, order_data(email="Later@Example.com"))
    user = User.objects.create_user("later@example.com", "x", name="Later")
    assert not visible_orders(actor(make_buyer())).exists()
    person = join_person(actor=SYSTEM, user=user)
    assert person == order.person and person.kind == "buyer"
    assert list(visible_orders(actor(person))) == [order]


def test_an_order_moves_to_another_person_only_with_its_address(
    house: Any, clock: Callable[[datetime], None]
) -> None:
    order, _outcome = put(house.store, order_data())
    moved, _outcome = put(house.store, order_data(email="bob@example.com", name="Bob"))
    assert moved.pk == order.pk and moved.person.email == "bob@example.com"
    change = OrderRecord.objects.get(order=order, verb="order.changed")
    assert change.data == {"fields": ["email"]} and change.detail.text == {
        "before": {"email": "ann@example.com"}
    }
