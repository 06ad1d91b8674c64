"""What is promised on an order: clocks on the store's calendar, started, met and cancelled with its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import events as core_events
from core.actors import SYSTEM
from orders.actions import add_scan, add_shipment, cancel_order, upsert_order
from orders.actions.promises import Horizon
from orders.data import OrderData, ScanData
from orders.events import PromiseAtRisk
from orders.models import Order, OrderRecord, Shipment
from orders.queries import promises
from orders.verify import verify
from sla.actions import fire_clock
from sla.models import Clock
from tests.factories import actor
from tests.orders.conftest import order_data, utc

pytestmark = pytest.mark.django_db
MONDAY = utc(2026, 3, 2, 15)  # 10:00 in New York


@pytest.fixture(autouse=True)
def _on_a_monday(clock: Callable[[datetime], None]) -> None:
    clock(MONDAY)


def put(house: Any, **fields: Any) -> Order:
    data: OrderData = order_data(placed_at=fields.pop("placed_at", MONDAY - timedelta(minutes=5)), **fields)
    return Order.objects.get(pk=upsert_order(actor=SYSTEM, store=house.store, data=data).order.pk)


def clocks(order: Order) -> dict[str, Clock]:
    return {clock.metric: clock for clock in Clock.objects.filter(owner_kind="order", owner_id=order.pk)}


def test_dispatch_in_three_working_days_then_delivery_in_twelve(
    house: Any, clock: Callable[[datetime], None]
) -> None:
    order = put(house, paid_at=MONDAY)
    dispatch = clocks(order)["dispatch"]
    assert dispatch.due == order.promised_by == utc(2026, 3, 5, 23)  # Thursday 18:00 in New York
    assert dispatch.facts == {"store": "us", "channel": "order", "member_type": "retail"}
    tuesday = MONDAY + timedelta(days=1)
    clock(tuesday)
    order = put(house, paid_at=MONDAY, dispatched_at=tuesday)
    found = clocks(order)
    assert found["dispatch"].state == "met" and found["dispatch"].ended_at == tuesday
    assert (
        found["delivery"].due == order.promised_by == utc(2026, 3, 19, 22)
    )  # 12 working days; summer time by then
    clock(tuesday + timedelta(days=2))
    order = put(house, paid_at=MONDAY, dispatched_at=tuesday, delivered_at=tuesday + timedelta(days=2))
    assert clocks(order)["delivery"].state == "met" and order.promised_by is None
    assert [(one.metric, one.state) for one in promises(order, tuesday)] == [
        ("dispatch", "kept"),
        ("delivery", "kept"),
    ]


def test_unpaid_orders_promise_nothing_and_cancelled_ones_no_more(house: Any) -> None:
    order = put(house, paid_at=None)
    assert clocks(order) == {} and order.status == "awaiting_payment"
    order = put(house, paid_at=MONDAY)
    assert clocks(order)["dispatch"].state == "running"
    cancel_order(actor=actor(order.person), order_id=order.pk)
    order.refresh_from_db()
    assert clocks(order)["dispatch"].state == "cancelled" and order.promised_by is None


def test_a_promise_that_would_be_broken_already_is_not_started(house: Any) -> None:
    long_ago = MONDAY - timedelta(days=30)
    assert clocks(put(house, number="A", placed_at=long_ago, paid_at=long_ago)) == {}
    assert clocks(put(house, number="B", placed_at=long_ago, paid_at=long_ago, dispatched_at=long_ago)) == {}
    # Dispatched a week ago: the twelve days are not over, so this one counts.
    week_ago = MONDAY - timedelta(days=7)
    order = put(house, number="C", placed_at=long_ago, paid_at=long_ago, dispatched_at=week_ago)
    assert list(clocks(order)) == ["delivery"] and order.promised_by > MONDAY
    late = order_data("D", placed_at=long_ago, paid_at=long_ago)
    order = upsert_order(actor=SYSTEM, store=house.store, data=late, start_late=True).order
    assert clocks(order)["dispatch"].due < MONDAY


def test_the_horizon_asks_few_questions_about_old_orders(
    house: Any, django_assert_max_num_queries: Any
) -> None:
    order = put(house, paid_at=None)
    horizon = Horizon(MONDAY)
    with django_assert_max_num_queries(25):
        for days in range(100, 5000, 7):
            assert not horizon.worth_starting(order, "dispatch", MONDAY - timedelta(days=days))
    # It agrees with asking each time.
    for hours in range(0, 24 * 12, 5):
        since = MONDAY - timedelta(hours=hours)
        assert horizon.worth_starting(order, "dispatch", since) == Horizon(MONDAY).worth_starting(
            order, "dispatch", since
        )


def test_a_warning_is_a_row_of_the_record_and_news(
    house: Any, clock: Callable[[datetime], None], monkeypatch: Any
) -> None:
    heard: list[Any] = []
    monkeypatch.setitem(core_events._inside, PromiseAtRisk, [heard.append])
    order = put(house, paid_at=MONDAY)
    dispatch = clocks(order)["dispatch"]
    clock(dispatch.warn_at)
    assert fire_clock(dispatch.pk)
    assert heard == [PromiseAtRisk(order.pk, "dispatch", dispatch.due)]
    row = OrderRecord.objects.get(order=order, verb="promise.warned")
    assert row.data == {"metric": "dispatch", "due": dispatch.due.isoformat()} and not row.for_buyer
    assert promises(order, dispatch.warn_at)[0].state == "at_risk"
    assert promises(order, dispatch.due + timedelta(seconds=1))[0].state == "broken"
    assert list(verify()) == []


def test_parcels_move_the_order_and_its_promises(house: Any, clock: Callable[[datetime], None]) -> None:
    order = put(house, paid_at=MONDAY)
    parcel = add_shipment(
        actor=actor(house.agent), order_id=order.pk, tracking_number=" 1Z999AA1 0123456784 ", carrier="UPS"
    )
    assert add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA10123456784") == parcel
    order.refresh_from_db()
    assert (order.status, order.dispatched_at) == ("awaiting_delivery", MONDAY)
    there = MONDAY + timedelta(days=3)
    clock(there)
    seen = ScanData(there, "delivered", "Left at the door")
    assert add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=seen)
    assert not add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=seen)
    order.refresh_from_db()
    assert (order.status, order.delivered_at) == ("delivered", there)
    assert {metric: one.state for metric, one in clocks(order).items()} == {
        "dispatch": "met",
        "delivery": "met",
    }
    assert Shipment.objects.get().status == "delivered"
    assert list(verify()) == []


def test_news_that_comes_late_meets_the_promise_at_its_true_time(
    house: Any, clock: Callable[[datetime], None]
) -> None:
    order = put(house, paid_at=MONDAY)
    sent = MONDAY + timedelta(days=2)
    clock(MONDAY + timedelta(days=5))
    data = order_data(placed_at=MONDAY - timedelta(minutes=5), paid_at=MONDAY)
    upsert_order(actor=SYSTEM, store=house.store, data=replace(data, dispatched_at=sent))
    dispatch = clocks(order)["dispatch"]
    assert (dispatch.state, dispatch.ended_at) == ("met", sent)
