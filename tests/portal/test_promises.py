"""What was promised on an order, as its buyer reads it: date, state, why, what was told, where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from core.actors import SYSTEM
from core.outbox import run_due
from orders.actions import add_shipment, cancel_order, upsert_order
from orders.models import Order
from sla.actions import fire_clock
from sla.models import Clock
from tests.factories import actor, log_in
from tests.orders.conftest import order_data
from tests.portal.conftest import Budget, Scene
from tickets.models import Ticket

NEW_YORK = ZoneInfo("America/New_York")
Move = Callable[[datetime], None]


def ny(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 12th is a Thursday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


@pytest.fixture
def move() -> Iterator[Move]:
    with time_machine.travel(ny(12, 10, 5), tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def order(move: Move, scene: Scene) -> Order:
    """Ana's, in Manila: checked, to be dispatched by Tuesday 17 November, 18:00 in New York."""
    data = order_data("7001", email=scene.buyer.email, name="Ana", placed_at=ny(12, 9, 55), paid_at=ny(12, 10),
                      reviewed_at=ny(12, 10, 4))  # fmt: skip
    return upsert_order(actor=SYSTEM, store=scene.house.store, data=data).order


@pytest.fixture
def look(order: Order, scene: Scene) -> Callable[[], str]:
    """The page as Ana reads it now."""

    def read() -> str:
        client = log_in(Client(), scene.buyer)
        body = client.get(f"/orders/{order.public_id}/promises/").content.decode().strip()
        assert body in client.get(f"/orders/{order.public_id}/").content.decode()  # the page holds the same
        return body

    return read


def warn(order: Order, move: Move) -> Ticket:
    clock = Clock.objects.get(owner_kind="order", owner_id=order.pk, metric="dispatch")
    move(clock.warn_at)
    assert fire_clock(clock.pk)
    while run_due():
        pass
    return Ticket.objects.get(order=order)


def test_a_running_promise_says_its_date_in_both_zones_and_why(look: Callable[[], str]) -> None:
    body = look()
    assert 'class="is-ok"' in body and "On time" in body
    assert "Promised by Tue 17 Nov, 6:00 PM in New York (Wed 18 Nov, 7:00 AM for you)" in body
    assert "Started Thu 12 Nov 10:00 in New York (23:00 for you); promised in 3 working days" in body
    assert "Kept until the close of Tue 17 Nov" in body
    assert "What we wrote to you" not in body


def test_a_warning_tells_what_is_left_the_new_date_and_where(
    order: Order, move: Move, look: Callable[[], str]
) -> None:
    ticket = warn(order, move)
    body = look()
    assert 'class="is-warn"' in body and "May be late" in body
    assert "still has to be packed" in body
    assert "The new date: Thu 19 Nov, 6:00 PM in New York (Fri 20 Nov, 7:00 AM for you)." in body
    assert f'href="/tickets/{ticket.public_id}/"' in body


def test_late_kept_late_and_ended(order: Order, move: Move, look: Callable[[], str]) -> None:
    warn(order, move)
    move(ny(17, 18, 1))
    whole = log_in(Client(), order.person).get(f"/orders/{order.public_id}/").content.decode()
    assert "Late: now expected by Fri 20 Nov" in whole  # the headline; Manila's day
    assert 'class="is-late"' in look()  # from the very second on, whether the ticker came or not
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    body = look()
    assert 'class="is-kept-late"' in body and "Promise kept late" in body
    assert "The new date" not in body and "What we wrote to you" in body
    assert body.index("is-ok") < body.index("is-kept-late")  # what runs stands above what is over


def test_a_cancelled_order_has_ended_promises(order: Order, scene: Scene, look: Callable[[], str]) -> None:
    cancel_order(actor=actor(scene.buyer), order_id=order.pk)
    body = look()
    assert 'class="is-off"' in body and "Ended" in body
    assert "(the order was cancelled)" in body  # the receipt says why, in words


def test_nothing_promised_nothing_shown(scene: Scene) -> None:
    assert " hidden" in scene.client.get(f"/orders/{scene.order.public_id}/promises/").content.decode()


def test_the_timeline_says_what_was_told(order: Order, scene: Scene, move: Move) -> None:
    warn(order, move)
    body = log_in(Client(), scene.buyer).get(f"/orders/{order.public_id}/timeline/").content.decode()
    assert "New date told: Handed to the carrier" in body
    assert "By Fri 20 Nov" in body  # Manila's day


def test_a_stranger_reads_nothing(order: Order, scene: Scene) -> None:
    assert scene.stranger.get(f"/orders/{order.public_id}/promises/").status_code == 404


def test_the_budget_of_the_page_holds_with_warnings_and_receipts(
    order: Order, scene: Scene, move: Move, at_most: Budget
) -> None:
    warn(order, move)
    client = log_in(Client(), scene.buyer)
    client.get(f"/orders/{order.public_id}/")
    with at_most(22):
        client.get(f"/orders/{order.public_id}/")
    with at_most(9):
        client.get(f"/orders/{order.public_id}/promises/")


def test_the_ticket_page_says_why_the_answer_comes_then(scene: Scene, at_most: Budget) -> None:
    body = scene.client.get(f"/tickets/{scene.ticket.public_id}/strip/").content.decode()
    assert "Why then?" in body and "for you); target" in body
    with at_most(20):
        scene.client.get(f"/tickets/{scene.ticket.public_id}/")


def test_an_escalated_question_says_why_too(scene: Scene) -> None:
    from core.clock import now
    from tickets import actions

    actions.escalate_ticket(
        actor=actor(scene.house.agent),
        ticket=scene.ticket.public_id,
        question="Which of the two materials is it, and since when?",
        checked="The product page and the store room.",
        to_team="specialists",
        promised_for=now() + timedelta(days=2),
    )
    body: Any = scene.client.get(f"/tickets/{scene.ticket.public_id}/strip/").content.decode()
    assert "Why then?" in body and "promised for a set time" in body
