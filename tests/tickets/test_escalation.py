"""A question to the specialists: the buyer is told a time, and gets the answer through a person."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla.actions import fire_clock
from sla.models import Clock
from tests.factories import make_ticket
from tickets import actions
from tickets.models import Escalation, Message, Ticket
from tickets.queries import access_ticket, queue, thread, wire

World = SimpleNamespace
QUESTION = "Does the mug survive a dishwasher at 70 degrees?"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order)


def escalate(world: World, ticket: Ticket, **fields: Any) -> Escalation:
    given = {
        "actor": world.agent,
        "ticket": ticket.public_id,
        "question": QUESTION,
        "checked": "The data sheet is silent.",
        "to_team": "specialists",
        "promised_for": world.now + timedelta(hours=5),
        **fields,
    }
    return actions.escalate_ticket(**given)


def clock_of(escalation: Escalation) -> Clock:
    return Clock.objects.get(owner_kind="escalation", owner_id=escalation.pk)


def test_the_buyer_is_told_in_the_same_step(world: World, ticket: Ticket) -> None:
    with pytest.raises(NotFound):
        access_ticket(world.specialist, ticket.public_id)
    escalation = escalate(world, ticket, tell_buyer="We ask our potter.")
    clock = clock_of(escalation)
    assert (clock.metric, clock.unit, clock.due) == ("escalation_answer", "instant", escalation.promised_for)
    with timezone.override("America/New_York"):  # each reader's own zone
        told = wire(thread(world.buyer, ticket)[-1])
    assert told["data"]["verb"] == "ticket.escalated"
    assert datetime.fromisoformat(told["data"]["promised_for"]) == escalation.promised_for
    assert "3:00 PM in New York" in told["data"]["text"]  # 20:00 UTC for a buyer in New York
    assert "potter" in told["data"]["text"]
    assert QUESTION not in str([wire(row) for row in thread(world.buyer, ticket)])
    assert access_ticket(world.specialist, ticket.public_id) == ticket
    assert queue(world.specialist).asked == {ticket.pk: escalation.pk}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("question", "Too short?"),
        ("question", ""),
        ("checked", " "),
        ("to_team", "orders"),
        ("to_team", "nobody"),
        ("promised_for", -timedelta(seconds=1)),
        ("tell_buyer", "x" * 1001),
    ],
)
def test_bad_questions_name_their_field(world: World, ticket: Ticket, field: str, value: Any) -> None:
    value = world.now + value if isinstance(value, timedelta) else value
    rows = Message.objects.count()
    with pytest.raises(Invalid) as caught:
        escalate(world, ticket, **{field: value})
    assert list(caught.value.fields) == [field]
    assert not Escalation.objects.exists()
    assert Message.objects.count() == rows


def test_one_question_at_a_time_by_staff_on_a_live_ticket(world: World, ticket: Ticket) -> None:
    with pytest.raises(Forbidden):
        escalate(world, ticket, actor=world.buyer)
    with pytest.raises(NotFound):
        escalate(world, ticket, actor=world.outsider)
    escalate(world, ticket)
    with pytest.raises(Conflict) as caught:
        escalate(world, ticket)
    assert caught.value.code == "already_escalated"


def test_an_answer_to_the_buyer_meets_the_clock(world: World, ticket: Ticket) -> None:
    escalation, key = escalate(world, ticket), uuid.uuid4()
    give = {"ticket": ticket.public_id, "answer": "Yes, it does.", "send_to_buyer": True, "client_id": key}
    with pytest.raises(Forbidden):
        actions.answer_escalation(actor=world.agent, **give)
    with pytest.raises(Forbidden):
        actions.answer_escalation(actor=world.buyer, **give)
    posted = actions.answer_escalation(actor=world.specialist, **give)
    again = actions.answer_escalation(actor=world.specialist, **give)
    assert (posted.dup, again.dup, again.message) == (False, True, posted.message)
    assert clock_of(escalation).state == "met"
    escalation.refresh_from_db()
    assert (escalation.state, escalation.answer) == ("answered", "Yes, it does.")
    assert escalation.specialist_id == world.specialist.id
    assert thread(world.buyer, ticket)[-1].body == "Yes, it does."


def test_an_answer_as_a_note_goes_back_through_a_person(world: World, ticket: Ticket) -> None:
    escalation = escalate(world, ticket)
    actions.answer_escalation(
        actor=world.specialist, ticket=ticket.public_id, answer="Yes, it does.", send_to_buyer=False
    )
    assert clock_of(escalation).state == "running"
    assert "Yes, it does." not in str([wire(row) for row in thread(world.buyer, ticket)])
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="It survives.")
    assert clock_of(escalation).state == "met"


def test_the_askers_own_reply_meets_nothing(world: World, ticket: Ticket) -> None:
    escalation = escalate(world, ticket)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We are on it.")
    assert clock_of(escalation).state == "running"
    ticket.refresh_from_db()
    assert ticket.due_sort == escalation.promised_for


def test_a_reply_by_the_asked_is_the_answer(world: World, ticket: Ticket) -> None:
    escalation = escalate(world, ticket)
    actions.post_message(actor=world.specialist, ticket=ticket.public_id, kind="reply", body="It does.")
    escalation.refresh_from_db()
    assert (escalation.state, escalation.answer) == ("answered", "It does.")
    assert clock_of(escalation).state == "met"


def test_a_question_given_back_still_owes_the_buyer(world: World, ticket: Ticket) -> None:
    escalation = escalate(world, ticket)
    actions.return_escalation(actor=world.specialist, ticket=ticket.public_id, words="Ask the maker.")
    assert clock_of(escalation).state == "running"
    assert thread(world.agent, ticket)[-1].verb == "escalation.returned"
    second = escalate(world, ticket, question=QUESTION + " The maker says yes.")
    assert Escalation.objects.filter(state="open").count() == 1
    actions.post_message(actor=world.specialist, ticket=ticket.public_id, kind="reply", body="It does.")
    assert (clock_of(escalation).state, clock_of(second).state) == ("met", "met")


def test_solving_leaves_no_alarm(world: World, ticket: Ticket) -> None:
    escalation = escalate(world, ticket)
    actions.answer_escalation(
        actor=world.specialist, ticket=ticket.public_id, answer="Yes.", send_to_buyer=False
    )
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    assert clock_of(escalation).state == "cancelled"


def test_nobody_of_staff_solves_over_an_open_question(world: World, ticket: Ticket) -> None:
    escalation = escalate(world, ticket)
    with pytest.raises(Conflict) as caught:
        actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    assert caught.value.code == "open_escalation"
    actions.set_status(actor=world.buyer, ticket=ticket.public_id, status="solved")
    assert clock_of(escalation).state == "cancelled"


def test_a_broken_promise_shows_on_the_ticket(world: World, ticket: Ticket) -> None:
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We ask.")
    escalation = escalate(world, ticket)
    world.at(escalation.promised_for + timedelta(minutes=1))
    assert fire_clock(clock_of(escalation).pk)
    ticket.refresh_from_db()
    assert (ticket.sla_state, ticket.due_sort) == ("late", escalation.promised_for)
