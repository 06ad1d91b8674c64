"""Bad service is made hard: told before it is sent, kept when it is sent all the same, looked at by a lead."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from core.errors import Conflict, Invalid, NotFound
from tests.factories import actor, make_staff, make_ticket
from tickets import actions
from tickets.actions import flags, macros
from tickets.models import Flag, Ticket
from tickets.queries.service import doubts_about_reply, flags_for

World = SimpleNamespace
CANNED = "We are sorry for the trouble and look into it."


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person)


def reply(world: World, ticket: Ticket, body: str, **more: object) -> None:
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body=body, **more)
    ticket.refresh_from_db()


def reasons() -> list[list[str]]:
    return [one.reasons for one in Flag.objects.order_by("pk")]


def escalate(world: World, ticket: Ticket) -> None:
    actions.escalate_ticket(
        actor=world.agent,
        ticket=ticket.public_id,
        question="Can the handle be repaired by our workshop?",
        checked="The pictures and the order.",
        to_team="specialists",
        promised_for=world.now + timedelta(days=1),
    )


@pytest.mark.parametrize("body", ["Ok.", "Thanks!", "👍👍👍", "...", "好的"])
def test_next_to_nothing_is_flagged(world: World, ticket: Ticket, body: str) -> None:
    assert doubts_about_reply(world.agent, ticket, body=body) == ["empty"]
    reply(world, ticket, body)
    assert reasons() == [["empty"]]


@pytest.mark.parametrize("body", ["It left today.", "您的包裹已经发出。"])
def test_a_short_answer_is_an_answer(world: World, ticket: Ticket, body: str) -> None:
    reply(world, ticket, body)
    assert reasons() == []


def test_a_ready_made_text_alone_on_an_escalated_question(world: World, ticket: Ticket) -> None:
    macros.save_macro(
        actor=world.manager, name="Sorry", body="{{ buyer.first_name }}, " + CANNED, shared="all"
    )
    reply(world, ticket, f"Ana, {CANNED}")
    assert reasons() == []
    escalate(world, ticket)
    reply(world, ticket, f"Ana,  {CANNED} ")
    reply(world, ticket, f"Ana, {CANNED} The glaze is checked by Monday.")
    assert reasons() == [["canned_on_escalated"]]


def test_solved_while_the_buyer_waits(world: World, ticket: Ticket) -> None:
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    assert reasons() == [["solved_unanswered"]]
    other = make_ticket(world.buyer_person, subject="Other")
    reply(world, other, "It is changed now.", then_status="solved")
    assert len(reasons()) == 1
    third = make_ticket(world.buyer_person, subject="Third")
    actions.set_status(actor=world.buyer, ticket=third.public_id, status="solved")
    assert len(reasons()) == 1


def test_a_lead_looks_once(world: World, ticket: Ticket) -> None:
    lead = actor(make_staff("orders", role="lead", name="Lena Lead"))
    reply(world, ticket, "Ok.")
    flag = Flag.objects.get()
    assert list(flags_for(lead)) == list(flags_for(world.manager)) == [flag]
    assert not flags_for(world.agent).exists()
    with pytest.raises(NotFound):
        flags.review_flag(actor=world.agent, flag=flag.pk, state="fine")
    for state, words in (("gone", "x"), ("coached", " "), ("fine", "x" * 501)):
        with pytest.raises(Invalid):
            flags.review_flag(actor=lead, flag=flag.pk, state=state, words=words)
    flags.review_flag(actor=lead, flag=flag.pk, state="coached", words="Say what happens next.")
    with pytest.raises(Conflict):
        flags.review_flag(actor=world.manager, flag=flag.pk, state="fine")


def test_in_a_chat_short_turns_are_no_fault(world: World, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(chatting=True)
    ticket.refresh_from_db()
    reply(world, ticket, "Ok.")
    assert reasons() == []
