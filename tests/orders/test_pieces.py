"""An order of several parcels is delivered when all of them are, and nothing that it owes is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from core.actors import SYSTEM
from core.clock import now
from orders.actions import add_scan, add_shipment, upsert_order
from orders.actions.hook_news import Waiting, take_in
from orders.actions.parcels import tell_parcel
from orders.data import ScanData, ShipmentData
from orders.hooks.shopify import read
from orders.models import Order, Shipment, Store
from orders.pieces import all_there, remember
from tests.factories import make_buyer, make_order
from tests.orders.conftest import order_data
from tests.orders.hooking import AT, dispatch, shopify_order

pytestmark = pytest.mark.django_db
FIRST, SECOND = "1Z999AA10123456784", "1Z999AA10123456785"


def lines(**counts: int) -> list[dict[str, Any]]:
    return [
        {"id": key, "title": key, "quantity": n, "price": "9.99", "requires_shipping": key != "card"}
        for key, n in counts.items()
    ]


def order_of(second: int = 0, **counts: int) -> Any:
    return "orders/updated", shopify_order(second, line_items=lines(**counts))


def sent(key: int, number: str, second: int = 5, status: str = "delivered", **counts: int) -> Any:
    there = {"shipment_status": status, "line_items": lines(**counts)}
    numbers = {} if number else {"tracking_numbers": [], "tracking_urls": []}
    return "fulfillments/create", dispatch(key, number, second, **{**there, **numbers})


def given_back(**counts: int) -> Any:
    back = [{"line_item_id": key, "quantity": n} for key, n in counts.items()]
    return "refunds/create", {"id": 7, "order_id": 820982911946154500, "refund_line_items": back}


def tell(store: Store, *messages: Any) -> str:
    waiting = list(messages)
    for _round in range(3):
        again = []
        for topic, body in waiting:
            try:
                take_in(actor=SYSTEM, store=store, source="shopify", told=read(topic, body))
            except Waiting:
                again.append((topic, body))
        waiting = again
    assert not waiting
    return Order.objects.get().status


def test_one_of_two_parcels_with_pieces_still_to_come(store: Store) -> None:
    assert tell(store, order_of(tee=2, mug=1), sent(1, FIRST, tee=2)) == "awaiting_delivery"
    assert Order.objects.get().delivered_at is None
    assert tell(store, sent(2, SECOND, status="in_transit", mug=1)) == "awaiting_delivery"
    assert tell(store, sent(2, SECOND, 9, mug=1)) == "delivered"


def test_pieces_of_one_line_in_two_parcels(store: Store) -> None:
    assert tell(store, order_of(tee=3), sent(1, FIRST, tee=2)) == "awaiting_delivery"
    assert tell(store, sent(2, SECOND, tee=1)) == "delivered"


def test_what_was_cancelled_or_needs_no_parcel_is_not_waited_for(store: Store) -> None:
    assert tell(store, order_of(tee=2, mug=1, card=1), sent(1, FIRST, tee=2)) == "awaiting_delivery"
    assert tell(store, given_back(mug=1)) == "delivered"


def test_the_same_whatever_came_first(store: Store) -> None:
    news = (order_of(tee=2, mug=1), sent(1, FIRST, tee=2), given_back(mug=1))
    for some in permutations(news):
        with_rollback(lambda some=some: tell(store, *some) == "delivered")


def with_rollback(check: Any) -> None:
    from django.db import transaction

    with transaction.atomic():
        assert check()
        transaction.set_rollback(True)


def test_where_no_piece_is_told_parcels_alone_decide(store: Store) -> None:
    assert tell(store, order_of(tee=2, mug=1), sent(1, FIRST)) == "delivered"


def test_a_parcel_that_staff_added_holds_nobody_knows_what(store: Store) -> None:
    tell(store, order_of(tee=2, mug=1), sent(1, FIRST, status="in_transit", tee=2))
    order = Order.objects.get()
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number=SECOND)
    for parcel in Shipment.objects.all():
        add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=ScanData(now(), "delivered", "Left at door"))
    order.refresh_from_db()
    assert order.status == "delivered"


def test_a_scan_does_not_deliver_what_still_misses_pieces(store: Store) -> None:
    tell(store, order_of(tee=2, mug=1), sent(1, FIRST, status="in_transit", tee=2))
    parcel = Shipment.objects.get()
    add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=ScanData(now(), "delivered", "Left at door"))
    assert Order.objects.get().status == "awaiting_delivery"


def test_a_parcel_that_never_left_is_not_waited_for(house: Any) -> None:
    order = make_order(make_buyer(), number="2041")
    first = add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number=FIRST)
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number=SECOND)
    off = ShipmentData(tracking_number=SECOND)
    tell_parcel(actor=SYSTEM, order_id=order.pk, parcel=off, called_off=True)
    add_scan(actor=SYSTEM, shipment_id=first.pk, scan=ScanData(now(), "delivered", "Left at door"))
    order.refresh_from_db()
    assert order.status == "delivered"


def test_a_feed_that_tells_one_parcel_forgets_no_other(store: Store) -> None:
    at = now()
    there = ShipmentData(FIRST, status="delivered", dispatched_at=at - timedelta(hours=9), delivered_at=at)
    other = ShipmentData(SECOND, dispatched_at=at - timedelta(hours=8))
    told = order_data(paid_at=at - timedelta(days=1), placed_at=at - timedelta(days=1))
    upsert_order(actor=SYSTEM, store=store, data=replace(told, shipments=(other,)))
    order = upsert_order(actor=SYSTEM, store=store, data=replace(told, shipments=(there,))).order
    assert (order.status, order.delivered_at) == ("awaiting_delivery", None)
    last = replace(other, status="delivered", delivered_at=at)
    assert (
        upsert_order(actor=SYSTEM, store=store, data=replace(told, shipments=(last,))).order.status
        == "delivered"
    )


def test_an_older_word_about_a_dispatch_changes_nothing() -> None:
    first, then = (read(*sent(1, FIRST, second, tee=n)) for second, n in ((9, 2), (5, 1)))
    kept = remember(remember(remember({}, read(*order_of(tee=2))), first), then)
    assert all_there(kept, [FIRST])
    assert kept["sent"]["1"]["mark"].startswith("2026-11-02T15:00:09")
    assert AT.format(9).endswith("-05:00")


def test_a_dispatch_without_a_number_is_there_when_it_is_said() -> None:
    kept = remember({}, read(*order_of(tee=2, mug=1)))
    kept = remember(kept, read(*sent(1, FIRST, tee=2)))
    assert not all_there(remember(kept, read(*sent(2, "", status="in_transit", mug=1))), [FIRST])
    assert all_there(remember(kept, read(*sent(2, "", mug=1))), [FIRST])
