"""Levels of a policy when a promise is broken: each once, each in the ticket's timeline."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from accounts.models import Membership
from core.models import Outbox
from core.outbox import run_due
from sla.actions import fire_clock
from sla.models import Clock, Target
from tickets import actions
from tickets.models import Escalation, Message, Ticket
from tickets.words import line_of

World = SimpleNamespace
HOUR = timedelta(hours=1)
FOUR = 4 * HOUR  # the first response's target


def levels(*rows: tuple[int, str, str], metric: str = "first_response") -> None:
    given = [{"after": after, "act": act, "to": to} for after, act, to in rows]
    Target.objects.filter(metric=metric).update(levels=given)


def opened(world: World) -> Ticket:
    return actions.open_ticket(actor=world.buyer, category="order", subject="Where?", body="Where is it?")


def clock_of(ticket: Ticket) -> Clock:
    return Clock.objects.get(owner_kind="ticket", owner_id=ticket.pk, metric="first_response")


def climb(world: World, ticket: Ticket, wait: timedelta = FOUR + timedelta(minutes=1)) -> None:
    """Time passes, the ticker and the worker do their rounds."""
    world.at(world.now + wait)
    fire_clock(clock_of(ticket).pk)
    while run_due():
        pass
    ticket.refresh_from_db()


def told(ticket: Ticket) -> list[dict[str, Any]]:
    rows = Message.objects.filter(stream__ticket=ticket, verb="clock.level").order_by("pk")
    assert all(row.stream.kind == "staff" for row in rows.select_related("stream"))
    return [row.data for row in rows]


def lead_of(world: World, person: Any) -> None:
    Membership.objects.filter(person=person, team__code="orders").update(role="lead")


def test_a_level_is_carried_out_once_and_written_down(world: World) -> None:
    levels((0, "priority", "high"))
    ticket = opened(world)
    climb(world, ticket)
    assert ticket.priority == "high"
    Outbox.objects.filter(kind="ticket.level").update(state="ready", claimed_at=None)
    actions.set_priority(actor=world.manager, ticket=ticket.public_id, priority="normal")
    run_due()
    ticket.refresh_from_db()
    assert ticket.priority == "normal"
    (data,) = told(ticket)
    assert (data["policy"], data["level"], data["act"], data["done"]) == ("Standard", 1, "priority", True)
    assert data["due"] == (world.now + FOUR).isoformat()
    assert "“Standard”, level 1: priority raised to high" in line_of("clock.level", data, "System", "UTC")


def test_a_priority_is_never_lowered(world: World) -> None:
    levels((0, "priority", "high"))
    ticket = opened(world)
    Ticket.objects.filter(pk=ticket.pk).update(priority="urgent")
    climb(world, ticket)
    assert ticket.priority == "urgent"
    assert [data["done"] for data in told(ticket)] == [False]


def test_each_level_comes_at_its_own_time(world: World) -> None:
    levels((0, "priority", "high"), (3600, "priority", "urgent"))
    ticket = opened(world)
    climb(world, ticket)
    assert ticket.priority == "high"
    climb(world, ticket, FOUR + HOUR + timedelta(minutes=1))
    assert ticket.priority == "urgent"
    assert [data["level"] for data in told(ticket)] == [1, 2]


@pytest.mark.parametrize("to", ["assignee", "lead", "managers", "team:logistics"])
def test_those_who_are_meant_are_told_by_mail(world: World, to: str) -> None:
    levels((0, "tell", to))
    lead_of(world, world.house.agent2)
    ticket = opened(world)
    actions.take_ticket(actor=world.agent, ticket=ticket.public_id)
    people = {
        "assignee": [world.house.agent],
        "lead": [world.house.agent2],
        "managers": [world.house.manager, world.house.admin],
        "team:logistics": [world.house.other_agent],
    }[to]
    mail.outbox.clear()
    climb(world, ticket)
    assert sorted(one.to[0] for one in mail.outbox) == sorted(person.email for person in people)
    assert all(f"/console/t/{ticket.number}/" in one.body for one in mail.outbox)
    assert world.buyer_person.email not in {one.to[0] for one in mail.outbox}
    sent = len(mail.outbox)
    Outbox.objects.filter(kind="ticket.level").update(state="ready", claimed_at=None)
    run_due()
    assert len(mail.outbox) == sent


def test_a_ticket_is_handed_to_the_lead_and_to_another_desk(world: World) -> None:
    levels((0, "reassign", "lead"), (3600, "reassign", "team:complaints"))
    lead_of(world, world.house.agent2)
    ticket = opened(world)
    climb(world, ticket)
    assert (ticket.assignee_id, ticket.team.code) == (world.house.agent2.pk, "orders")
    climb(world, ticket, FOUR + 2 * HOUR)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.assignee_id, ticket.team.code) == (None, "complaints")


def test_the_specialists_are_asked_in_the_name_of_the_desk(world: World) -> None:
    levels((0, "escalate", "tier:2"), (0, "escalate", "tier:3"))
    ticket = opened(world)
    climb(world, ticket)
    asked = Escalation.objects.get(ticket=ticket)
    assert (asked.to_team.code, asked.state) == ("specialists", "open")
    assert asked.question.startswith("Promise broken: First response was due")
    assert asked.promised_for == world.now + timedelta(days=1, hours=3, minutes=1)  # eight desk hours on
    assert asked.from_person_id in (world.house.agent.pk, world.house.agent2.pk)
    assert Clock.objects.filter(owner_kind="escalation", owner_id=asked.pk, state="running").exists()
    assert [data["done"] for data in told(ticket)] == [True, False]  # one question at a time


def test_what_was_answered_meanwhile_is_left_alone(world: World) -> None:
    levels((0, "priority", "urgent"))
    ticket = opened(world)
    world.at(world.now + FOUR + timedelta(minutes=1))
    fire_clock(clock_of(ticket).pk)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="Here it is.")
    while run_due():
        pass
    ticket.refresh_from_db()
    assert ticket.priority == "normal"
    assert [data["done"] for data in told(ticket)] == [False]


def test_a_clock_of_no_ticket_breaks_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    from tickets.levels import climb as carry_out

    due = world.now.isoformat()
    plain = {"clock": 1, "metric": "privacy", "due": due, "level": 1, "act": "tell", "to": "lead"}
    for kind in ("privacy_request", "order", "ticket"):
        carry_out({**plain, "owner_kind": kind, "owner_id": 10**9})
    assert "no ticket of privacy_request" in caplog.text
