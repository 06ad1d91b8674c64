"""Signed sums of the record: a cut tail is found also where the order's own counter was lowered with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.actors import SYSTEM
from core.clock import now
from orders.actions import upsert_order
from orders.anchors import add_anchor, line_of, verify_anchors
from orders.models import Order, OrderRecord, RecordAnchor
from orders.verify import verify
from tests.orders.conftest import order_data
from tests.orders.test_record import sql, triggers_gone

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(house: Any) -> Order:
    upsert_order(actor=SYSTEM, store=house.store, data=order_data("1002"))
    return upsert_order(actor=SYSTEM, store=house.store, data=order_data("1001")).order


@pytest.fixture
def days(order: Order, clock: Callable[[datetime], None]) -> list[RecordAnchor]:
    """Two anchors, a day apart, with an order between them."""
    at = now()
    clock(at + timedelta(days=1))
    first = add_anchor()
    upsert_order(actor=SYSTEM, store=order.store, data=order_data("1003"))
    clock(at + timedelta(days=2))
    second = add_anchor()
    assert first and second and second.first == first.last and add_anchor() is None
    assert (
        list(verify_anchors(line_of(first))) == [] and first.rows + second.rows == OrderRecord.objects.count()
    )
    return [first, second]


def test_rows_of_the_last_hour_wait(order: Order) -> None:
    assert add_anchor() is None and not RecordAnchor.objects.exists()


def test_a_tail_cut_with_its_counter_is_found(order: Order, days: list[RecordAnchor]) -> None:
    with triggers_gone():
        sql("DELETE FROM orders_orderrecord WHERE order_id = %s AND seq = 2", order.pk)
    Order.objects.filter(pk=order.pk).update(record_head=1)
    assert list(verify()) == []  # the chain alone cannot tell
    assert ["are left" in one for one in verify_anchors()] == [True]
    with pytest.raises(CommandError):
        call_command("verify_record")


def test_changed_and_missing_anchors_are_found(days: list[RecordAnchor]) -> None:
    kept = line_of(days[1])
    RecordAnchor.objects.filter(pk=days[0].pk).update(rows=days[0].rows - 1)
    assert any("was changed" in one for one in verify_anchors())
    RecordAnchor.objects.filter(pk=days[0].pk).update(rows=days[0].rows)
    RecordAnchor.objects.filter(pk=days[1].pk).delete()
    assert list(verify_anchors()) == [] and "is not there" in next(verify_anchors(kept))
