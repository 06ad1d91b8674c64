"""What an order may do at each status; calling it off; who sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q

from core.actors import VISITOR
from core.errors import Conflict, Invalid, NotFound
from orders.actions import cancel_order
from orders.models import Address, Order, OrderStatus, Shipment
from orders.queries import access_order, parcels, search_orders, visible_orders
from orders.rules import PATHS, leads_to, return_until, what_can_be_done
from tests.factories import actor, make_buyer, make_calendar, make_order, make_staff, make_store, make_team
from tests.orders.conftest import utc

pytestmark = pytest.mark.django_db

# status: what the buyer can do, cancel / change the address / return / get help
TABLE = {
    "awaiting_payment": (True, True, False),
    "under_review": (True, True, False),
    "awaiting_shipping": (True, True, False),
    "awaiting_delivery": (False, False, False),
    "delivered": (False, False, True),
    "cancelled": (False, False, False),
    "returned": (False, False, False),
}


def choices(order: Order, who: Any = None) -> dict[str, Any]:
    order = access_order(actor(who or order.person), order.public_id)
    return {choice.code: choice for choice in what_can_be_done(order, actor(who or order.person))}


@pytest.mark.parametrize("status", OrderStatus.values)
def test_the_table_of_the_service_standard(house: Any, status: str) -> None:
    order = make_order(
        make_buyer(), status=status, delivered_at=utc(2026, 1, 1) if status == "delivered" else None
    )
    Order.objects.filter(pk=order.pk).update(delivered_at=order.delivered_at and order.placed_at)
    can = choices(order)
    assert tuple(can[code].allowed for code in ("cancel", "change_address", "return")) == TABLE[status]
    assert can["help"].allowed and can["chat"].allowed
    for choice in can.values():
        assert choice.allowed or choice.reason, choice
        assert all(code in can for _label, code in choice.instead)
    if status == "awaiting_delivery":
        assert [code for _label, code in can["cancel"].instead] == ["help", "follow"]


@pytest.mark.parametrize("status", OrderStatus.values)
def test_cancelling_obeys_the_same_table(house: Any, status: str) -> None:
    order = make_order(make_buyer(), status=status)
    buyer = actor(order.person)
    if TABLE[status][0] or status == "cancelled":
        assert cancel_order(actor=buyer, order_id=order.pk, reason="Wrong size").status == "cancelled"
    else:
        with pytest.raises(Conflict) as refused:
            cancel_order(actor=buyer, order_id=order.pk)
        assert refused.value.code == "not_cancellable"
        assert Order.objects.get(pk=order.pk).status == status
    expected = 1 if TABLE[status][0] else 0
    assert order.record.count() == expected


def test_staff_say_why_and_strangers_find_nothing(house: Any) -> None:
    order = make_order(make_buyer())
    with pytest.raises(NotFound):
        cancel_order(actor=actor(make_buyer()), order_id=order.pk)
    with pytest.raises(NotFound):
        cancel_order(actor=VISITOR, order_id=order.pk)
    with pytest.raises(Invalid) as refused:
        cancel_order(actor=actor(house.agent), order_id=order.pk, reason=" ")
    assert "reason" in refused.value.fields
    assert Order.objects.get(pk=order.pk).status == "awaiting_shipping"
    cancel_order(actor=actor(house.agent), order_id=order.pk, reason="The buyer asked in a chat.")
    row = order.record.get()
    assert (row.actor_kind, row.actor_id, row.data) == (
        "staff",
        house.agent.pk,
        {"from": "awaiting_shipping"},
    )
    assert row.detail.text == {"reason": "The buyer asked in a chat."}


def test_sixty_days_end_where_it_is_latest(house: Any, clock: Callable[[datetime], None]) -> None:
    buyer = make_buyer(timezone="Pacific/Honolulu")
    order = make_order(buyer, status="delivered", delivered_at=utc(2026, 3, 1, 20))
    ends = return_until(access_order(actor(buyer), order.public_id), actor(buyer))
    assert ends == utc(2026, 5, 1, 10)  # the end of 30 April in Honolulu, hours after New York's
    clock(ends - timedelta(seconds=1))
    assert choices(order)["return"].allowed and choices(order)["return"].category == "aftersales"
    clock(ends)
    over = choices(order)["return"]
    assert (
        not over.allowed
        and "2026-04-30" in over.reason
        and [code for _label, code in over.instead] == ["help"]
    )


def test_paths_never_turn_round() -> None:
    for first in PATHS:
        for last in PATHS:
            assert first == last or not (leads_to(first, last) and leads_to(last, first))


def test_following_a_parcel(house: Any) -> None:
    order = make_order(make_buyer(), status="awaiting_delivery")
    assert not choices(order)["follow"].allowed
    Shipment.objects.create(order=order, tracking_number="1Z999AA10123456784")
    Shipment.objects.create(
        order=order, tracking_number="12", url="https://carrier.example/12", carrier="Own"
    )
    Shipment.objects.create(order=order, tracking_number="34", carrier="Nobody knows")
    assert choices(order)["follow"].allowed
    assert [parcel.link for parcel in parcels(order)] == [
        "https://www.ups.com/track?tracknum=1Z999AA10123456784",
        "https://carrier.example/12",
        "",
    ]


def test_who_sees_which_orders(house: Any) -> None:
    mine, theirs = make_order(make_buyer()), make_order(make_buyer())
    make_calendar("tokyo", "Asia/Tokyo")
    foreign = make_order(make_buyer(), store="jp")
    assert set(visible_orders(actor(mine.person))) == {mine}
    assert set(visible_orders(VISITOR)) == set()
    assert set(visible_orders(actor(house.agent))) == {mine, theirs, foreign}
    make_team("tokyo-desk", store_code="jp")
    local = make_staff("tokyo-desk")
    assert set(visible_orders(actor(local))) == {foreign}
    with pytest.raises(NotFound):
        access_order(actor(local), mine.public_id)
    assert set(visible_orders(actor(house.manager))) == {mine, theirs, foreign}


def test_a_number_that_two_stores_use(house: Any) -> None:
    buyer = make_buyer()
    here, there = make_order(buyer, number="55"), make_order(make_buyer(), number="55", store="jp")
    assert access_order(actor(buyer), number="#55") == here
    with pytest.raises(Conflict) as refused:
        access_order(actor(house.agent), number="55")
    assert refused.value.as_dict()["stores"] == ["jp", "us"]
    assert access_order(actor(house.agent), store="jp", number="55") == there


def test_search_by_what_people_have_at_hand(house: Any, django_assert_num_queries: Any) -> None:
    ann = make_buyer("Ann O'Neill", email="ann@example.com")
    order, other = make_order(ann, number="A77"), make_order(make_buyer("Bob"), number="B1")
    order.lines.update(sku="MUG-RED")
    Shipment.objects.create(order=order, tracking_number="1Z999AA10123456784")
    agent = actor(house.agent)
    for words in (
        "A77",
        "#A77",
        "a77",
        "us:A77",
        "1z999aa1 0123456784",
        "MUG-RED",
        "mug-red",
        "Ann@Example.com",
        "ann o",
    ):
        with django_assert_num_queries(2):  # the agent's teams, the orders
            assert list(search_orders(agent, words)) == [order], words
    for words in ("", "  ", "77", "%", "ann_", "' OR 1=1 --", "jp:A77"):
        assert list(search_orders(agent, words)) == [], words
    assert list(search_orders(actor(other.person), "A77")) == []
    assert list(search_orders(actor(other.person), "ann@example.com")) == []
    assert list(search_orders(actor(ann), "MUG-RED")) == [order]


def test_telephones_are_found_however_they_are_written(house: Any, django_assert_num_queries: Any) -> None:
    agent = actor(house.agent)
    ann, bob = make_buyer(), make_buyer()
    one = make_order(ann, number="P1", phone="+1 (415) 555-0123")
    two = make_order(bob, number="P2")
    Address.objects.create(order=two, kind="shipping", phone="0049.30/901820")
    for words in ("415 555 0123", "+14155550123", "(415) 555-0123"):
        with django_assert_num_queries(2):
            assert list(search_orders(agent, words)) == [one], words
    assert list(search_orders(agent, "+49 30 901820")) == [two]
    assert list(search_orders(agent, "555-0123")) == [], "seven digits are no whole number here"
    assert list(search_orders(actor(bob), "415 555 0123")) == [], (
        "buyers look for their own orders, not for people"
    )


def test_of_what_stands_in_very_many_orders_the_newest_are_found(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.queries.MOST_FOUND", 2)
    agent, ann, bob = actor(house.agent), make_buyer(), make_buyer()
    old = make_order(bob, number="O1", status="cancelled")
    rows = [make_order(ann, number=f"N{n}") for n in range(3)]
    assert set(search_orders(agent, "sku-1")) == set(rows[1:])
    assert list(search_orders(agent, "SKU-1", only=Q(status="cancelled"))) == [old], (
        "narrowed before it is cut"
    )
    assert list(search_orders(actor(bob), "SKU-1")) == [old], "others' orders never push out one's own"


def test_stores_are_the_staffs(house: Any) -> None:
    from orders.queries import access_store

    make_store("jp")
    assert access_store(actor(house.agent), "jp").code == "jp"
    with pytest.raises(NotFound):
        access_store(actor(make_buyer()), "jp")
