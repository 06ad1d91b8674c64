"""What leaves over the wire: the same rows for everyone who may read them, and nothing of notes for a buyer."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from core import live
from core.actors import VISITOR
from core.errors import IdempotencyConflict, NotFound
from tests.factories import make_staff, make_ticket
from tickets import actions
from tickets.actions.append import Author, Row, append, digest_of, stream_of, write_row
from tickets.models import Message, Stream, Ticket
from tickets.queries import (
    access_stream,
    access_ticket,
    heads,
    messages_after,
    streams_of,
    thread,
    visible_tickets,
    wire,
)

World = SimpleNamespace
SECRET = "stock says no blue M"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order)


def row(world: World, body: str = "x", client_id: uuid.UUID | None = None) -> Row:
    by = Author(world.buyer.id, "buyer")
    return Row(
        by,
        "reply",
        "message.replied",
        "web",
        world.now,
        body=body,
        client_id=client_id,
        digest=digest_of(body),
    )


def test_append_counts_without_gaps_and_stores_once(world: World, ticket: Ticket) -> None:
    stream, key = stream_of(ticket, "public"), uuid.uuid4()
    first = append(stream, row(world, "a", key))
    second = append(stream, row(world, "b"))
    again = append(stream, row(world, "a", key))
    assert [first.message.seq, second.message.seq] == [3, 4]
    assert (again.dup, again.message) == (True, first.message)
    with pytest.raises(IdempotencyConflict):
        append(stream, row(world, "other", key))
    stream.refresh_from_db()
    assert stream.last_seq == 4


def test_an_undone_append_leaves_no_gap(world: World, ticket: Ticket) -> None:
    stream = stream_of(ticket, "public")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append(stream, row(world))
        raise ZeroDivisionError
    assert append(stream_of(ticket, "public"), row(world)).message.seq == 3


@pytest.mark.django_db(transaction=True)
def test_a_row_outside_of_a_transaction_is_a_bug() -> None:
    by = Author(None, "system")
    with pytest.raises(RuntimeError):
        write_row(Stream(), Row(by, "event", "ticket.opened", "web", None))  # type: ignore[arg-type]


def test_staff_rows_stand_where_they_were_written(world: World, ticket: Ticket) -> None:
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="first note")
    actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body="hello")
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="second note")
    bodies = [message.body for message in thread(world.agent, ticket)]
    assert bodies == ["", "I ordered a mug and wonder.", "first note", "hello", "second note"]
    assert [message.body for message in thread(world.agent, ticket, limit=2)] == ["hello", "second note"]


def test_notes_never_reach_a_buyer(
    world: World, ticket: Ticket, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(live, "push", lambda group, payload: sent.append((group, payload)))
    with django_capture_on_commit_callbacks(execute=True):
        actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body=SECRET)
        actions.assign_ticket(
            actor=world.agent, ticket=ticket.public_id, assignee=world.house.agent2.public_id
        )
        actions.set_priority(actor=world.agent, ticket=ticket.public_id, priority="urgent")
        actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We look.")
    staff = live.stream_group(stream_of(ticket, "staff").public_id)
    assert SECRET in json.dumps([payload for group, payload in sent if group == staff])
    elsewhere = json.dumps([payload for group, payload in sent if group != staff])
    assert SECRET not in elsewhere
    assert "ticket.assigned" not in elsewhere
    assert "urgent" not in elsewhere
    assert stream_of(ticket, "staff").public_id not in elsewhere
    seen = json.dumps([wire(message) for message in thread(world.buyer, ticket)])
    assert SECRET not in seen
    assert "after_public" not in seen
    assert list(streams_of(world.buyer, ticket)) == ["public"]
    with pytest.raises(NotFound):
        access_stream(world.buyer, stream_of(ticket, "staff").public_id)


def test_the_wire_has_its_contract(world: World, ticket: Ticket) -> None:
    key = uuid.uuid4()
    say = {"actor": world.agent, "ticket": ticket.public_id, "body": "<b>Hi</b> 👋 שלום", "client_id": key}
    actions.post_message(kind="reply", **say)
    actions.post_message(kind="note", **say)
    reply, note = [wire(message) for message in thread(world.agent, ticket) if message.client_id == key]
    public = stream_of(ticket, "public").public_id
    person = world.house.agent
    assert reply == {
        "op": "ev",
        "stream": public,
        "seq": 3,
        "kind": "reply",
        "author": {"id": person.public_id, "kind": "staff", "name": "Mia Chen", "initials": "MC"},
        "id": str(key),
        "data": {
            "body": "<b>Hi</b> 👋 שלום",
            "verb": "message.replied",
            "at": world.now.isoformat(),
            "channel": "web",
            "files": [],
        },
    }
    assert note["after_public"] == 3
    opened = wire(thread(world.buyer, ticket)[0])
    assert opened["data"]["text"] == "Ana Ruiz opened this ticket"
    assert json.loads(json.dumps(opened)) == opened


def test_heads_and_ranges(world: World, ticket: Ticket, django_assert_max_num_queries: Any) -> None:
    for n in range(5):
        actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body=str(n))
    stream = access_stream(world.agent, stream_of(ticket, "public").public_id)
    assert heads([stream.public_id, "nothing"]) == {stream.public_id: 7}
    with django_assert_max_num_queries(2):
        rows = [wire(message) for message in messages_after(stream, 2, 3)]
    assert [one["seq"] for one in rows] == [3, 4, 5]
    assert messages_after(stream, 7) == []
    assert len(messages_after(stream, -5, 10_000)) == 7


def test_who_sees_a_ticket(world: World, ticket: Ticket) -> None:
    for who in (world.buyer, world.agent, world.agent2, world.manager):
        assert access_ticket(who, ticket.public_id) == ticket
        assert access_stream(who, stream_of(ticket, "public").public_id)
    for who in (world.other, world.outsider, world.specialist, VISITOR):
        assert not visible_tickets(who).exists()
        with pytest.raises(NotFound):
            access_ticket(who, ticket.public_id)
        with pytest.raises(NotFound):
            access_stream(who, stream_of(ticket, "public").public_id)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=world.house.other_agent)
    assert access_ticket(world.outsider, ticket.public_id) == ticket


def test_topics_are_guarded(world: World, ticket: Ticket) -> None:
    topic = f"ticket:{ticket.public_id}"
    assert live.topic_groups(world.buyer, topic) == [f"ticket-{ticket.public_id}"]
    assert live.topic_groups(world.agent, topic) == [f"ticket-{ticket.public_id}"]
    assert live.topic_groups(world.other, topic) is None
    assert live.topic_groups(world.outsider, topic) is None
    assert live.topic_groups(world.buyer, "inbox") is None
    assert live.topic_groups(world.manager, "inbox") == ["inbox-all"]
    inboxes = live.topic_groups(world.agent, "inbox") or []
    assert f"inbox-{ticket.team_id}" in inboxes
    assert f"inbox-person-{world.agent.id}" in inboxes
    assert live.topic_groups(world.buyer, "me") == [f"person-{world.buyer.id}"]
    assert live.topic_groups(VISITOR, "me") is None


def test_read_marks_only_grow(
    world: World, ticket: Ticket, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(live, "push", lambda group, payload: sent.append(payload))
    stream = stream_of(ticket, "public").public_id
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.mark_read(actor=world.agent, stream=stream, seq=99).seq == 2
        assert actions.mark_read(actor=world.agent, stream=stream, seq=1).seq == 2
        assert actions.mark_read(actor=world.buyer, stream=stream, seq=1).who == "buyer"
    assert [(one["type"], one["who"], one["seq"]) for one in sent] == [
        ("stream.read", "agent", 2),
        ("stream.read", "buyer", 1),
    ]
    with pytest.raises(NotFound):
        actions.mark_read(actor=world.other, stream=stream, seq=1)


def test_a_message_costs_the_same_on_a_long_thread(
    world: World, ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    make_staff("orders")
    for n in range(30):
        actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body=str(n))
    with django_assert_max_num_queries(14):
        actions.post_message(
            actor=world.buyer, ticket=ticket.public_id, kind="reply", body="last", client_id=uuid.uuid4()
        )
    with django_assert_max_num_queries(4):
        [wire(message) for message in thread(world.agent, ticket)]
    assert Message.objects.filter(stream__ticket=ticket, stream__kind="public").count() == 33
