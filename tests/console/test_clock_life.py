"""A clock's whole life on its ticket, and the order's promises beside it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from core.actors import SYSTEM
from core.clock import now
from core.outbox import run_due
from helpdesk.console.clock_life import lives_of
from orders.actions import upsert_order
from sla.actions import fire_clock
from sla.models import Clock
from tests.console.conftest import Budget, Scene
from tests.factories import actor
from tests.orders.conftest import order_data
from tickets import actions
from tickets.models import Ticket


def tell(scene: Scene) -> None:
    """Parked by Mia, ranked by her, taken up again by the buyer's words, answered."""
    agent, t = actor(scene.house.agent), scene.ticket.public_id
    actions.set_status(actor=agent, ticket=t, status="waiting")
    actions.set_priority(actor=agent, ticket=t, priority="high")
    actions.post_message(actor=actor(scene.buyer), ticket=t, kind="reply", body="Here it is.")
    actions.post_message(actor=agent, ticket=t, kind="reply", body="Thank you.")


def test_every_step_says_who_when_and_why(scene: Scene) -> None:
    tell(scene)
    body = scene.agent.get(f"{scene.page}clocks/").content.decode()
    for words in (
        "First response",
        "Resolution",
        "Started",
        "Paused",
        "Goes on",
        "Met",
        "waiting for the buyer",
    ):
        assert words in body, words
    assert "Mia Chen" in body and "in New York" in body
    lives = lives_of(actor(scene.house.agent), scene.ticket)
    steps = {life.label: [step.verb for step in life.steps] for life in lives}
    assert steps["First response"][0] == "Started" and steps["First response"][-1] == "Met"
    assert steps["Resolution"][:2] == ["Started", "Paused"]
    paused = next(life for life in lives if life.label == "Resolution").steps[1]
    assert (paused.who, paused.why) == ("Mia Chen", "waiting for the buyer")


def test_ended_clocks_stand_below_those_that_run(scene: Scene) -> None:
    tell(scene)
    running = [life.clock.is_open for life in lives_of(actor(scene.house.agent), scene.ticket)]
    assert running == sorted(running, reverse=True) and not all(running)


def test_the_machines_steps_are_its_own(scene: Scene) -> None:
    clock = Clock.objects.get(owner_kind="ticket", owner_id=scene.ticket.pk, metric="first_response")
    Clock.objects.filter(pk=clock.pk).update(
        warn_at=now() - timedelta(minutes=2), due=now() - timedelta(minutes=1), next_fire_at=now()
    )
    assert fire_clock(clock.pk)
    (life,) = [
        life for life in lives_of(actor(scene.house.agent), scene.ticket) if life.label == "First response"
    ]
    assert life.state == "late"
    assert [(step.verb, step.who) for step in life.steps[1:3]] == [
        ("Warned", "the clock itself"),
        ("Missed", "the clock itself"),
    ]


def test_the_why_of_one_clock_holds_its_life_too(scene: Scene) -> None:
    tell(scene)
    clock = Clock.objects.get(owner_kind="ticket", owner_id=scene.ticket.pk, metric="resolution")
    body = scene.agent.get(f"{scene.page}why/{clock.pk}/").content.decode()
    assert "Its whole life" in body and "Goes on" in body


def test_the_order_panel_links_the_ticket_that_speaks_of_a_promise(scene: Scene) -> None:
    at = now()
    data = order_data(
        "7001", email=scene.buyer.email, name="Ana", placed_at=at - timedelta(minutes=5), paid_at=at
    )
    order = upsert_order(actor=SYSTEM, store=scene.house.store, data=data).order
    Clock.objects.filter(owner_kind="order", owner_id=order.pk).update(
        warn_at=at - timedelta(seconds=2), next_fire_at=at
    )
    clock = Clock.objects.get(owner_kind="order", owner_id=order.pk)
    assert fire_clock(clock.pk)
    while run_due():
        pass
    spoke = Ticket.objects.get(order=order, channel="system")
    with transaction.atomic():
        other = actions.open_ticket(
            actor=actor(scene.buyer), category="order", subject="Where is it?", body="Please.", order=order
        )
    body = scene.agent.get(f"/console/t/{other.number}/context/").content.decode()
    assert f'href="/console/t/{spoke.number}/">#{spoke.number}</a>' in body
    assert "May be late" in body and "promised by" in body
    # On that ticket itself there is nothing to link to; its clocks list holds the order's promise.
    own = scene.agent.get(f"/console/t/{spoke.number}/context/").content.decode()
    assert f'href="/console/t/{spoke.number}/">#{spoke.number}</a>' not in own
    assert "Dispatch" in scene.agent.get(f"/console/t/{spoke.number}/clocks/").content.decode()


def test_the_cost_does_not_grow_with_steps(scene: Scene, at_most: Budget) -> None:
    tell(scene)
    with at_most(14):
        scene.agent.get(f"{scene.page}clocks/")
    for turn in range(4):
        status = "waiting" if turn % 2 else "open"
        actions.set_status(actor=actor(scene.house.agent), ticket=scene.ticket.public_id, status=status)
    with at_most(14):
        scene.agent.get(f"{scene.page}clocks/")
