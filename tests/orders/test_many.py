"""Very many orders whose clocks moved at once know their earliest due, as one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from core.clock import now
from core.events import publish
from sla import clocks, owners
from sla.events import ClocksMoved
from sla.models import Clock
from sla.queries import current_version
from tests.factories import make_buyer, make_house, make_order

pytestmark = pytest.mark.django_db


def test_orders_keep_the_earliest_due_of_what_ticks() -> None:
    house, buyer = make_house(), make_buyer()
    orders = [make_order(buyer) for _ in range(3)]
    version = current_version(house.store.calendar_id)
    at = clocks.whole(now())
    Clock.objects.filter(owner_kind="order").delete()
    for order, days in zip(orders[:2], (3, 5), strict=True):
        for metric, more in (("dispatch", 0), ("delivery", 9)):
            clock = clocks.draft(
                owner=("order", order.pk), metric=metric, target=None, version=version, at=at
            )
            clock.due = at + timedelta(days=days + more)
            clock.save()
    with transaction.atomic():
        held = owners.lock_many(("order", order.pk) for order in orders)
        publish(ClocksMoved("order", tuple(order.pk for order in orders)))
        publish(ClocksMoved("order", ()))
    assert held == {("order", order.pk) for order in orders}
    for order, due in zip(orders, (at + timedelta(days=3), at + timedelta(days=5), None), strict=True):
        order.refresh_from_db()
        assert order.promised_by == due
