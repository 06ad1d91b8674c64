"""The address book, and another address for an order that has not left: pages and API by the same check."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.errors import Conflict, Forbidden, NotFound
from orders import actions
from orders.actions.parts import sync
from orders.actions.privacy import erase_orders
from orders.addresses.queries import addresses_of
from orders.data import AddressData
from orders.models import Address, Order, OrderStatus, SavedAddress
from orders.privacy import export
from orders.verify import verify
from tests.factories import actor, log_in, make_buyer, make_house, make_order
from tests.orders.conftest import order_data

pytestmark = pytest.mark.django_db
KYIV = {"name": "Olena Koval", "line1": "12 Shevchenko St", "city": "Kyiv", "country": "Ukraine"}
LVIV = {**KYIV, "line1": "1 Rynok Sq", "city": "Lviv"}
CHANGEABLE = ("awaiting_payment", "under_review", "awaiting_shipping")


@pytest.fixture
def order() -> Order:
    make_house()
    made = make_order(make_buyer("Olena Koval"), number="2041")
    Address.objects.create(order=made, kind="shipping", line1="1 Main St", city="Springfield", country="US")
    return made


@pytest.fixture
def buyer(order: Order) -> Client:
    return log_in(Client(), order.person)


def goes_to(order: Order) -> str:
    return Address.objects.get(order=order, kind="shipping").line1


def page_of(order: Order) -> str:
    return f"/orders/{order.public_id}/address/"


def test_the_book_by_its_pages(order: Order, buyer: Client) -> None:
    assert "No address is kept yet" in buyer.get("/account/addresses/").content.decode()
    assert buyer.post("/account/addresses/new/", KYIV).status_code == 302
    assert buyer.post("/account/addresses/new/", KYIV).status_code == 302  # the very same is one
    assert buyer.post("/account/addresses/new/", {**LVIV, "default": "1"}).status_code == 302
    lviv, kyiv = addresses_of(actor(order.person))
    assert (lviv.city, lviv.is_default, kyiv.is_default) == ("Lviv", True, False)
    assert buyer.post(f"/account/addresses/{kyiv.public_id}/", {**KYIV, "line2": "apt. 4"}).status_code == 302
    assert buyer.post(f"/account/addresses/{kyiv.public_id}/default/").status_code == 302
    assert "apt. 4" in buyer.get("/account/addresses/").content.decode()
    assert buyer.post(f"/account/addresses/{kyiv.public_id}/remove/").status_code == 302
    assert [(row.city, row.is_default) for row in addresses_of(actor(order.person))] == [("Lviv", True)]


@pytest.mark.parametrize("door", ["/account/addresses/new/", "order"])
def test_letters_are_told_beside_their_field_and_nothing_is_lost(
    order: Order, buyer: Client, door: str
) -> None:
    answer = buyer.post(page_of(order) if door == "order" else door, {**KYIV, "city": "Київ", "country": ""})
    text = answer.content.decode()
    assert answer.status_code == 400 and "Київ" in text and "Example: Kyiv." in text
    assert "This belongs to every address." in text and 'value="12 Shevchenko St"' in text
    assert goes_to(order) == "1 Main St" and not SavedAddress.objects.exists()


@pytest.mark.parametrize("door", ["addresses/", "orders/us:2041/address/"])
def test_the_api_says_the_same(order: Order, buyer: Client, door: str) -> None:
    send = buyer.put if "orders" in door else buyer.post
    said = send(
        f"/api/v1/{door}", {**KYIV, "city": "Київ", "line1": "x" * 256}, content_type="application/json"
    )
    assert said.status_code == 400 and set(said.json()["fields"]) == {"city", "line1"}
    assert "Example: Kyiv." in said.json()["fields"]["city"][0]


def test_an_order_is_sent_elsewhere_and_the_record_keeps_what_was(order: Order, buyer: Client) -> None:
    assert 'value="1 Main St"' in buyer.get(page_of(order)).content.decode()
    for _ in range(2):
        assert buyer.post(page_of(order), {**KYIV, "keep": "1"}).status_code == 302
    row = order.record.get(verb="order.changed")
    assert (row.actor_kind, row.detail.text["before"]["shipping_address"]["line1"]) == ("buyer", "1 Main St")
    assert "Shevchenko" not in str(row.data) and not list(verify())
    assert goes_to(order) == "12 Shevchenko St" and SavedAddress.objects.get().city == "Kyiv"
    mine = SavedAddress.objects.get()
    SavedAddress.objects.update(line1="9 Other St")
    assert 'value="9 Other St"' in buyer.get(f"{page_of(order)}?use={mine.public_id}").content.decode()


@pytest.mark.parametrize("status", OrderStatus.values)
def test_only_while_the_status_permits(order: Order, buyer: Client, status: str) -> None:
    Order.objects.update(status=status)
    allowed = status in CHANGEABLE
    assert buyer.post(page_of(order), KYIV).status_code == (302 if allowed else 409)
    said = buyer.put("/api/v1/orders/us:2041/address/", LVIV, content_type="application/json")
    assert said.status_code == (200 if allowed else 409)
    assert allowed or (said.json()["code"], "help" in said.json()["instead"]) == ("address_fixed", True)
    assert goes_to(order) == ("1 Rynok Sq" if allowed else "1 Main St")
    shown = buyer.get(page_of(order)).content.decode()
    assert ("Send it there" in shown) is allowed and ("Get help with this order" in shown) is not allowed


def test_staff_ask_and_strangers_find_nothing(order: Order) -> None:
    agent, stranger = actor(make_house().agent), actor(make_buyer("Otto Other"))
    with pytest.raises(Forbidden) as refused:
        actions.change_address(actor=agent, order_id=order.pk, fields=KYIV)
    assert refused.value.code == "ask_the_buyer"
    with pytest.raises(NotFound):
        actions.change_address(actor=stranger, order_id=order.pk, fields=KYIV)
    kept = actions.save_address(actor=actor(order.person), fields=KYIV)
    for deed in (actions.remove_address, actions.make_default):
        with pytest.raises(NotFound):
            deed(actor=stranger, public_id=kept.public_id)


def test_twenty_are_enough(order: Order) -> None:
    mine = actor(order.person)
    for n in range(20):
        actions.save_address(actor=mine, fields={**KYIV, "line2": f"apt. {n}"})
    with pytest.raises(Conflict) as refused:
        actions.save_address(actor=mine, fields=LVIV)
    assert refused.value.code == "too_many"


def told(**fields: str) -> Any:
    base = {"line1": "1 Main St", "city": "Springfield", "country": "US"}
    return order_data("2041", shipping_address=AddressData(**{**base, **fields}))


def test_a_feed_that_still_tells_the_old_address_does_not_bring_it_back(order: Order) -> None:
    actions.change_address(actor=actor(order.person), order_id=order.pk, fields=KYIV)
    actions.change_address(actor=actor(order.person), order_id=order.pk, fields=LVIV)
    assert "shipping_address" not in sync(order, told())[0] and goes_to(order) == "1 Rynok Sq"
    assert "shipping_address" in sync(order, told(line1="7 Newer St"))[0] and goes_to(order) == "7 Newer St"


def test_a_feed_is_marked_and_never_refused(order: Order, buyer: Client) -> None:
    feed = told(line1="вул. Шевченка 12")
    made = actions.upsert_order(actor=actor(make_house().manager), store=order.store, data=feed).order
    row = made.record.get(verb="order.address_marked")
    assert row.data == {"fields": ["line1"]} and goes_to(made) == "вул. Шевченка 12"
    Order.objects.filter(pk=made.pk).update(person=order.person)
    shown = buyer.get(f"/orders/{made.public_id}/").content.decode()
    assert "cannot be printed on a parcel" in shown and f"/orders/{made.public_id}/address/" in shown


def test_it_can_be_had_and_forgotten(order: Order) -> None:
    actions.save_address(actor=actor(order.person), fields=KYIV)
    assert export(order.person_id).data["addresses"][0]["city"] == "Kyiv"
    erase_orders(order.person_id)
    assert not SavedAddress.objects.exists()
