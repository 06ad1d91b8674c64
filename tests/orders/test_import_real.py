"""The public Superstore orders in Shopify's export, as a shop would send them."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Person
from orders.models import Import, Order, OrderLine, OrderRecord, Store
from orders.verify import verify
from sla.models import Clock

FILE = "data/orders/shopify_orders_export_from_superstore.csv"


def bring(path: Path) -> str:
    out = StringIO()
    call_command("import_orders", str(path), store="us", stdout=out)
    return out.getvalue()


@pytest.mark.shared_data
def test_all_orders_come_in_once(house: object, store: Store, shared: Path) -> None:
    assert bring(shared / FILE) == "400 created, 0 updated, 0 unchanged, 0 rejected (813 lines)\n"
    rows = OrderRecord.objects.count()
    assert bring(shared / FILE) == "0 created, 0 updated, 400 unchanged, 0 rejected (813 lines)\n"

    assert (Order.objects.count(), OrderLine.objects.count()) == (400, 813)
    assert OrderRecord.objects.count() == rows == 1200  # placed, paid, dispatched
    assert Person.objects.filter(kind="guest").count() == 313
    assert Clock.objects.count() == 0  # promises of 2014 are nobody's news
    assert list(verify()) == []
    first = Order.objects.get(number="2001")
    assert (first.status, first.total, first.email) == (
        "awaiting_delivery",
        Decimal("61.96"),
        "brendan.sweed@example.com",
    )
    assert first.addresses.get(kind="shipping").postcode == "19140"
    assert first.dispatched_at.isoformat() == "2014-01-15T12:00:00+00:00"
    assert [run.unchanged for run in Import.objects.order_by("id")] == [0, 400]
