"""One search box finds orders, buyers and tickets; a buyer at a glance; what the order panel does after the sale."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from accounts.phones import readings
from core.clock import now
from orders import actions
from orders.models import Address, Order, Refund
from tests.console.conftest import Budget, Scene
from tests.factories import actor


@pytest.mark.parametrize(
    "typed",
    ["+1 415 555 2671", "(415) 555-2671", "415.555.2671", "14155552671", "0014155552671", "+14155552671"],
)
def test_a_telephone_number_in_any_format_is_one(typed: str) -> None:
    assert "+14155552671" in readings(typed)


@pytest.mark.parametrize("typed", ["", "2041", "A-415-555", "1" * 30, "1Z999AA10123456784", "+", "ext"])
def test_what_is_no_telephone_number(typed: str) -> None:
    assert readings(typed) == set()


def found(scene: Scene, text: str) -> str:
    answer = scene.agent.get("/console/search/", {"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("typed", ["(415) 555-2671", "+14155552671", "415 555 26 71"])
def test_a_mobile_finds_the_buyer_the_order_and_the_ticket(scene: Scene, typed: str) -> None:
    scene.buyer.mobile = "+14155552671"
    scene.buyer.save(update_fields=["mobile"])
    shown = found(scene, typed)
    assert f"/console/buyers/{scene.buyer.public_id}/" in shown
    assert "Can it go to the front desk?" in shown


def test_the_number_of_an_order_finds_its_buyer_too(scene: Scene) -> None:
    Order.objects.update(phone="1-415-555-2671")
    shown = found(scene, "+1 (415) 555 2671")
    assert (
        f"/orders/{scene.order.public_id}/" in shown and f"/console/buyers/{scene.buyer.public_id}/" in shown
    )
    assert "Can it go to the front desk?" in shown


@pytest.mark.parametrize("by", ["email", "name"])
def test_an_address_or_a_name_finds_the_buyer(scene: Scene, by: str) -> None:
    shown = found(scene, str(getattr(scene.buyer, by)))
    assert f"/console/buyers/{scene.buyer.public_id}/" in shown and "Can it go to the front desk?" in shown
    assert scene.house.agent.name not in found(scene, scene.house.agent.name[:4])  # staff are no buyers


def test_the_palette_offers_buyers(scene: Scene) -> None:
    shown = scene.agent.get("/console/palette/", {"q": "Ana Re"}).content.decode()
    assert f"/console/buyers/{scene.buyer.public_id}/" in shown


def delivered(scene: Scene) -> Order:
    Order.objects.filter(pk=scene.order.pk).update(status="delivered", delivered_at=now() - timedelta(days=2))
    scene.order.refresh_from_db()
    return scene.order


def test_a_buyer_at_a_glance(scene: Scene, at_most: Budget) -> None:
    order = delivered(scene)
    actions.apply_for_return(
        actor=actor(scene.buyer), order_id=order.pk, lines=[actions.Asked(1, 1, "wrong_size")]
    )
    Order.objects.update(refunded="5.00")
    page = f"/console/buyers/{scene.buyer.public_id}/"
    with at_most(13):
        shown = scene.agent.get(page).content.decode()
    for words in ("$14.99", "spent on 1 order", "#2041-R1", "Can it go to the front desk?", "Ana Reyes"):
        assert words in shown, words
    panel = scene.agent.get(f"{scene.page}context/").content.decode()
    for words in ("1 order, 1 ticket, 1 return", "$14.99", "Return 1", page):
        assert words in panel, words
    assert scene.agent.get(page, headers={"HX-Request": "true"}).content.decode().startswith("<p")


def test_the_panel_opens_the_way_to_a_return_and_to_money_back(scene: Scene) -> None:
    order = delivered(scene)
    panel = scene.agent.get(f"{scene.page}context/").content.decode()
    assert f'href="/orders/{order.public_id}/return/"' in panel and 'data-act="refund"' in panel
    form = scene.agent.get(f"{scene.page}act/refund/").content.decode()
    assert 'value="refund" selected' in form and "At most $19.99 is left" in form
    asked = scene.agent.post(
        f"/o/{order.public_id}/propose/",
        {"kind": "refund", "amount": "4.00", "words": "A scratch.", "hours": "72", "client_id": uuid.uuid4()},
    )
    assert asked.status_code == 302
    row = order.proposals.get()
    actions.answer_change(actor=actor(scene.buyer), proposal=row.public_id, yes=True)
    panel = scene.agent.get(f"{scene.page}context/").content.decode()
    assert "agreed refund" in panel and "$4.00" in panel
    refund = Refund.objects.get()
    assert f"/console/returns/refunds/{refund.public_id}/" not in panel  # not this agent's to pay
    assert f"/console/returns/refunds/{refund.public_id}/" in scene.manager.get(scene.page).content.decode()


@pytest.mark.parametrize("amount", ["-1", "0", "20.00", "1e9", "NaN", "4.001", "", "4 EUR"])
def test_a_bad_amount_is_refused_where_it_stands(scene: Scene, amount: str) -> None:
    body = {"kind": "refund", "amount": amount, "words": "A scratch.", "hours": "72"}
    answer = scene.agent.post(f"/o/{scene.order.public_id}/propose/", body, headers={"HX-Request": "true"})
    assert answer.status_code in (400, 409) and not scene.order.proposals.exists()


def test_the_panel_shows_where_it_goes_and_what_no_label_can_bear(scene: Scene) -> None:
    Address.objects.create(
        order=scene.order, kind="shipping", line1="вул. Шевченка 12", city="Kyiv", country="UA"
    )
    panel = scene.agent.get(f"{scene.page}context/").content.decode()
    assert "No label can bear this address" in panel and "вул. Шевченка 12" in panel
    form = scene.agent.get(f"{scene.page}act/propose/").content.decode()
    assert 'value="Kyiv"' in form
