"""Opening, saying, moving: the rules, and that a refusal changes nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Person
from core.actors import SYSTEM, VISITOR
from core.errors import Conflict, Forbidden, IdempotencyConflict, Invalid, NotFound
from core.models import Outbox
from tests.factories import make_guest, make_order, make_shopper, make_ticket
from tickets import actions
from tickets.models import Message, Satisfaction, Ticket
from tickets.queries import queue, search, thread

World = SimpleNamespace


def open_by_buyer(world: World, **fields: Any) -> Ticket:
    given = {
        "category": "order",
        "subject": "Where is it?",
        "body": "I wonder.",
        "order": world.order,
        **fields,
    }
    return actions.open_ticket(actor=world.buyer, **given)


def verbs(world: World, ticket: Ticket, who: str = "agent") -> list[str]:
    return [row.verb for row in thread(getattr(world, who), ticket)]


def test_a_ticket_opens_with_streams_rows_and_owner(world: World) -> None:
    ticket = open_by_buyer(world)
    assert ticket.number > 10000
    assert (ticket.team.code, ticket.store, ticket.status) == ("orders", world.order.store, "new")
    assert ticket.assignee is None
    public = ticket.streams.get(kind="public")
    rows = list(public.messages.order_by("seq"))
    assert [(row.seq, row.verb, row.author_kind) for row in rows] == [
        (1, "ticket.opened", "buyer"),
        (2, "message.replied", "buyer"),
    ]
    assert rows[1].body == "I wonder."
    assert ticket.streams.get(kind="staff").last_seq == 0


def test_the_personal_shopper_gets_tickets_on_orders_first(world: World) -> None:
    make_shopper(world.buyer_person, world.shopper)
    assert open_by_buyer(world).assignee == world.shopper
    assert open_by_buyer(world, order=None).assignee is None


def test_a_foreign_order_looks_like_none(world: World) -> None:
    foreign = make_order(world.other_person)
    with pytest.raises(NotFound):
        open_by_buyer(world, order=foreign)
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("category", "nonsense", "category"),
        ("subject", "  ", "subject"),
        ("subject", "x" * 201, "subject"),
        ("body", "", "body"),
        ("body", "x" * 8001, "body"),
        ("client_id", "not-a-uuid", "client_id"),
        ("attachment_ids", ["a", "b", "c", "d", "e", "f"], "attachments"),
        ("attachment_ids", ["unknown"], "attachments"),
    ],
)
def test_bad_input_names_its_field_and_opens_nothing(
    world: World, field: str, value: Any, named: str
) -> None:
    with pytest.raises(Invalid) as caught:
        open_by_buyer(world, **{field: value})
    assert list(caught.value.fields) == [named]
    assert not Ticket.objects.exists()


def test_a_replayed_form_gives_the_first_ticket(world: World) -> None:
    key = uuid.uuid4()
    first = open_by_buyer(world, client_id=key)
    assert open_by_buyer(world, client_id=str(key)) == first
    with pytest.raises(IdempotencyConflict):
        open_by_buyer(world, client_id=key, body="Something else.")
    assert Ticket.objects.count() == 1
    assert Message.objects.count() == 2


def test_only_staff_set_a_priority_when_opening(world: World) -> None:
    with pytest.raises(Forbidden):
        open_by_buyer(world, priority="urgent")


def test_staff_open_towards_a_buyer(world: World) -> None:
    ticket = make_ticket(world.buyer_person, as_actor=world.agent)
    assert ticket.opened_by_staff
    assert ticket.first_response_at == world.now
    assert ticket.requester == world.buyer_person
    with pytest.raises(Invalid):
        actions.open_ticket(actor=world.agent, category="order", subject="s", body="b")


def test_a_guest_writes_through_the_contact_form(world: World) -> None:
    guest = make_guest()
    ticket = actions.open_ticket(
        actor=VISITOR, requester=guest, category="product", subject="Size", body="Which?"
    )
    said = Message.objects.get(stream__ticket=ticket, seq=2)
    assert (said.author, said.author_kind) == (guest, "buyer")


def test_a_buyer_cannot_open_for_another(world: World) -> None:
    with pytest.raises(NotFound):
        open_by_buyer(world, order=None, requester=world.other_person)


def test_the_first_reply_opens_and_takes_the_ticket(world: World) -> None:
    ticket = open_by_buyer(world)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="On its way.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee_id) == ("open", world.agent.id)
    assert ticket.unanswered_since is None
    assert verbs(world, ticket) == [
        "ticket.opened",
        "message.replied",
        "message.replied",
        "ticket.status",
        "ticket.assigned",
    ]
    assert verbs(world, ticket, "buyer") == ["ticket.opened", "message.replied", "message.replied"]
    assert Outbox.objects.filter(kind="ticket.mail").count() == 1


def test_a_second_reply_leaves_the_owner(world: World) -> None:
    ticket = open_by_buyer(world)
    for who in (world.agent, world.agent2):
        actions.post_message(actor=who, ticket=ticket.public_id, kind="reply", body="Yes.")
    ticket.refresh_from_db()
    assert ticket.assignee_id == world.agent.id


def test_notes_are_for_staff(world: World) -> None:
    ticket = open_by_buyer(world)
    with pytest.raises(Forbidden):
        actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="note", body="hello")
    before = ticket.last_message_at
    posted = actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="No blue M.")
    assert posted.message.after_public == 2
    ticket.refresh_from_db()
    assert ticket.last_message_at == before
    assert ticket.status == "new"


def test_a_replayed_message_is_stored_once(world: World) -> None:
    ticket, key = open_by_buyer(world), str(uuid.uuid4())
    say = {"actor": world.buyer, "ticket": ticket.public_id, "kind": "reply", "client_id": key}
    first = actions.post_message(**say, body="Hello?")
    again = actions.post_message(**say, body="Hello?")
    assert (first.dup, again.dup, again.message) == (False, True, first.message)
    with pytest.raises(IdempotencyConflict):
        actions.post_message(**say, body="Something else")
    assert ticket.streams.get(kind="public").last_seq == 3


def test_a_replay_on_a_closed_ticket_is_still_the_first_answer(world: World) -> None:
    ticket, key = open_by_buyer(world), str(uuid.uuid4())
    say = {
        "actor": world.buyer,
        "ticket": ticket.public_id,
        "kind": "reply",
        "client_id": key,
        "body": "Hello?",
    }
    actions.post_message(**say)
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="closed")
    assert actions.post_message(**say).dup


def test_strangers_find_nothing_and_change_nothing(world: World) -> None:
    ticket = open_by_buyer(world)
    rows = Message.objects.count()
    for who in (world.other, world.outsider, VISITOR):
        for act in (
            lambda who=who: actions.post_message(actor=who, ticket=ticket.public_id, kind="reply", body="x"),
            lambda who=who: actions.set_status(actor=who, ticket=ticket.public_id, status="solved"),
            lambda who=who: actions.assign_ticket(actor=who, ticket=ticket.public_id, assignee=None),
            lambda who=who: actions.take_ticket(actor=who, ticket=ticket.public_id),
            lambda who=who: actions.set_priority(actor=who, ticket=ticket.public_id, priority="high"),
            lambda who=who: actions.rate_ticket(actor=who, ticket=ticket.public_id, score=5),
        ):
            with pytest.raises(NotFound):
                act()
    assert Message.objects.count() == rows
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority) == ("new", "normal")


def test_the_requester_solves_reopens_and_nothing_else(world: World) -> None:
    ticket = open_by_buyer(world)
    for status in ("waiting", "on_hold", "closed"):
        with pytest.raises(Forbidden):
            actions.set_status(actor=world.buyer, ticket=ticket.public_id, status=status)
    for act in (
        lambda: actions.set_priority(actor=world.buyer, ticket=ticket.public_id, priority="high"),
        lambda: actions.set_category(actor=world.buyer, ticket=ticket.public_id, category="product"),
        lambda: actions.take_ticket(actor=world.buyer, ticket=ticket.public_id),
        lambda: actions.assign_ticket(actor=world.buyer, ticket=ticket.public_id, assignee=None),
    ):
        with pytest.raises(Forbidden):
            act()
    say = {"ticket": ticket.public_id, "kind": "reply", "body": "x", "then_status": "closed"}
    with pytest.raises(Forbidden):
        actions.post_message(actor=world.buyer, **say)
    assert Message.objects.count() == 2
    actions.set_status(actor=world.buyer, ticket=ticket.public_id, status="solved")
    actions.set_status(actor=world.buyer, ticket=ticket.public_id, status="open")
    assert verbs(world, ticket, "buyer")[-2:] == ["ticket.solved", "ticket.reopened"]


@pytest.mark.parametrize("parked", ["waiting", "on_hold", "solved"])
def test_a_buyers_words_open_it_again(world: World, parked: str) -> None:
    ticket = open_by_buyer(world)
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status=parked)
    actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body="And now?")
    ticket.refresh_from_db()
    assert ticket.status == "open"
    assert ticket.solved_at is None


def test_after_fourteen_days_a_solved_ticket_is_closed(world: World) -> None:
    ticket = open_by_buyer(world)
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    world.at(world.now + timedelta(days=14, seconds=1))
    with pytest.raises(Conflict) as caught:
        actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body="And now?")
    assert caught.value.code == "closed_ticket"
    assert actions.close_settled(ticket.pk)
    assert not actions.close_settled(ticket.pk)
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    with pytest.raises(Conflict):
        actions.set_status(actor=world.agent, ticket=ticket.public_id, status="open")


def test_assigning_to_a_person_and_a_team(world: World) -> None:
    ticket = open_by_buyer(world)
    lee = world.house.other_agent
    actions.assign_ticket(
        actor=world.agent, ticket=ticket.public_id, assignee=lee.public_id, team="logistics"
    )
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team.code) == (lee, "logistics")
    assert verbs(world, ticket, "manager")[-1] == "ticket.assigned"
    with pytest.raises(Invalid) as caught:
        actions.assign_ticket(
            actor=world.manager, ticket=ticket.public_id, assignee=world.buyer_person.public_id
        )
    assert "assignee" in caught.value.fields


def test_taking_is_told_once(world: World) -> None:
    ticket = open_by_buyer(world)
    for _ in range(2):
        actions.take_ticket(actor=world.agent, ticket=ticket.public_id)
    assert verbs(world, ticket, "buyer").count("ticket.taken") == 1


def test_rating_after_solved_by_the_requester(world: World) -> None:
    ticket = open_by_buyer(world)
    rate = {"ticket": ticket.public_id, "score": 5}
    with pytest.raises(Conflict) as caught:
        actions.rate_ticket(actor=world.buyer, **rate)
    assert caught.value.code == "not_solved"
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    with pytest.raises(Forbidden):
        actions.rate_ticket(actor=world.agent, **rate)
    with pytest.raises(Invalid):
        actions.rate_ticket(actor=world.buyer, ticket=ticket.public_id, score=6)
    actions.rate_ticket(actor=world.buyer, **rate, words="Thank you")
    world.at(world.now + timedelta(hours=25))
    with pytest.raises(Conflict) as caught:
        actions.rate_ticket(actor=world.buyer, **{**rate, "score": 4})
    assert caught.value.code == "already_rated"
    assert Satisfaction.objects.get().words == "Thank you"


def test_the_queue_is_sorted_by_due_and_split(world: World) -> None:
    later = open_by_buyer(world)
    sooner = open_by_buyer(world)
    actions.set_priority(actor=world.agent, ticket=sooner.public_id, priority="urgent")
    mine = open_by_buyer(world)
    actions.take_ticket(actor=world.agent, ticket=mine.public_id)
    found = queue(world.agent)
    assert [line.pk for line in found.mine] == [mine.pk]
    assert [line.pk for line in found.team] == [sooner.pk, later.pk]
    assert found.escalated == []
    assert queue(world.outsider).team == []


def test_search_by_number_order_and_words_stays_within_sight(world: World) -> None:
    ticket = open_by_buyer(world, subject="Blue mug missing")
    for text in (str(ticket.number), f"#{ticket.number}", "2041", "blue MUG"):
        assert list(search(world.agent, text)) == [ticket]
        assert list(search(world.other, text)) == []
    assert list(search(world.agent, "Ana Ru")) == [ticket]
    assert list(search(world.agent, "9" * 30)) == []


def test_system_opens_for_a_person(world: World) -> None:
    ticket = actions.open_ticket(
        actor=SYSTEM, requester=Person.objects.get(pk=world.buyer.id), category="order", subject="s", body="b"
    )
    assert ticket.opened_by_staff
    assert ticket.first_response_at is None


def test_managers_name_categories(world: World) -> None:
    row = actions.save_category(
        actor=world.manager, code="order", name="Orders", team="logistics", position=3
    )
    assert (row.name, row.team.code) == ("Orders", "logistics")
    with pytest.raises(Forbidden):
        actions.save_category(actor=world.agent, code="order", name="x", team="orders")
    with pytest.raises(Invalid):
        actions.save_category(actor=world.manager, code="order", name="x", team="nowhere")
