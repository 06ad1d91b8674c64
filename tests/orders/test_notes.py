"""Notes among staff and goods sent again, as steps of the record."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from core.actors import SYSTEM
from core.errors import Conflict, Forbidden, Invalid
from orders.actions import add_shipment, note_on_order, order_resend
from orders.latin import foreign_letters
from orders.queries import record_of
from tests.factories import actor, make_buyer, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(house: Any) -> SimpleNamespace:
    buyer = make_buyer("Ana Ruiz")
    return SimpleNamespace(
        order=make_order(buyer, number="2041"), buyer=actor(buyer), agent=actor(house.agent)
    )


def test_a_note_is_for_staff_alone(world: SimpleNamespace) -> None:
    note_on_order(actor=world.agent, order_id=world.order.pk, words="Asks for the blue one each time.")
    assert [one.verb for one in record_of(world.agent, world.order)][-1] == "order.noted"
    assert "order.noted" not in [one.verb for one in record_of(world.buyer, world.order)]
    with pytest.raises(Forbidden):
        note_on_order(actor=world.buyer, order_id=world.order.pk, words="Mine.")
    with pytest.raises(Invalid):
        note_on_order(actor=world.agent, order_id=world.order.pk, words=" ")


def test_goods_are_sent_again_once_and_only_after_the_first_left(world: SimpleNamespace) -> None:
    with pytest.raises(Conflict, match="no parcel"):
        order_resend(actor=world.agent, order_id=world.order.pk, words="One mug.")
    add_shipment(actor=SYSTEM, order_id=world.order.pk, tracking_number="1Z999AA10123456784")
    order_resend(actor=world.agent, order_id=world.order.pk, words="One mug.")
    with pytest.raises(Conflict, match="already"):
        order_resend(actor=world.agent, order_id=world.order.pk, words="One mug.")
    row = record_of(world.buyer, world.order)[-1]
    assert (row.verb, row.text["reason"]) == ("order.resend_ordered", "One mug.")


@pytest.mark.parametrize(
    ("text", "foreign"),
    [("Łódź, Straße 5, Ōsaka", ""), ("Київ", "Київ"), ("Tokyo 東京", "東京"), ("1º ª", ""), ("e\u0301", "")],
)
def test_latin_letters_are_told_from_others(text: str, foreign: str) -> None:
    assert foreign_letters(text) == foreign
