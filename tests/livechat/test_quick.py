"""The short way of a reply in a running talk: the same rows as the long one, and never where that would do more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core import events, live
from core.clock import now
from core.errors import Invalid
from livechat import actions
from livechat.models import Session
from sla.models import Clock
from tests.livechat.world import World, build, streams
from tickets import actions as tickets
from tickets.events import MessagePosted
from tickets.models import Draft, Escalation, Message, Stream, Ticket
from tickets.queries.threads import message_by_id, wire

WORDS = "It leaves today 👋 <b>now</b>"


def talking(world: World, name: str) -> tuple[Session, str]:
    """A chat that lin holds, and its public stream."""
    order = world.order(name)
    chat = actions.open_chat(actor=world.actor(name), team="orderhelp", order=order, body="Where is it?")
    actions.accept_chat(actor=world.actor("lin"), session=chat.public_id)
    long(world, "lin", chat.ticket, "Hello, I am Lin.")
    chat.refresh_from_db()
    return chat, streams(chat.ticket)["public"]


def long(world: World, name: str, ticket: Ticket, body: str) -> Message:
    return tickets.post_message(
        actor=world.actor(name),
        ticket=ticket.public_id,
        kind="reply",
        body=body,
        client_id=str(uuid.uuid4()),
        channel="chat",
    ).message


def quick(world: World, name: str, place: str, **changes: Any) -> Any:
    wanted = {"actor": world.actor(name), "stream": place, "body": WORDS, "client_id": str(uuid.uuid4())}
    return tickets.say_at_once(**(wanted | changes))


def rows_of(ticket: Ticket) -> list[tuple[Any, ...]]:
    """What the log says, without ids and instants."""
    found = Message.objects.filter(stream__ticket=ticket, kind="reply", seq__gt=2)
    found = found.order_by("stream__kind", "seq")
    return [
        (m.stream.kind, m.seq, m.author_kind, m.kind, m.verb, m.data, m.body, m.digest, m.channel,
         m.after_public, m.client_id is None)
        for m in found.select_related("stream")
    ]  # fmt: skip


def state_of(ticket: Ticket) -> dict[str, Any]:
    """The ticket's own fields, with instants by whether they are the last message's."""
    row = Ticket.objects.values().get(pk=ticket.pk)
    last = row.pop("last_message_at")
    for name in ("id", "public_id", "client_id", "requester_id", "order_id", "created_at", "due_sort"):
        row.pop(name, None)
    facts = {name: value for name, value in row.items() if not name.endswith(("_at", "_since"))}
    return facts | {name: (value == last, value is None) for name, value in row.items() if name not in facts}


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_both_ways_leave_the_same_rows_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(live, "push", lambda group, payload: pushed.append((group, payload)))
    world = build()
    (one, short), (other, _stream) = talking(world, "ana"), talking(world, "eve")
    for turn in (
        ("ana", "eve"),
        ("lin", "lin"),
        ("lin", "lin"),
        ("ana", "eve"),
        ("ana", "eve"),
        ("lin", "lin"),
    ):
        pushed.clear()
        said = quick(world, turn[0], short)
        assert said is not None
        assert said.dup is False
        payload = next(payload for group, payload in pushed if group == live.stream_group(short))
        stored = message_by_id(said.pk)
        assert payload["event"] == wire(stored)
        assert (payload["seq"], stored.created_at) == (said.seq, said.created_at)
        long(world, turn[1], other.ticket, WORDS)
        assert rows_of(one.ticket) == rows_of(other.ticket)
        mine, theirs = state_of(one.ticket), state_of(other.ticket)
        assert {k: v for k, v in mine.items() if theirs[k] != v} == {}
    clocks = [
        sorted(
            Clock.objects.filter(owner_kind="ticket", owner_id=chat.ticket_id).values_list("metric", "state")
        )
        for chat in (one, other)
    ]
    assert clocks[0] == clocks[1]
    for chat in (one, other):
        public = Message.objects.filter(stream__ticket=chat.ticket, stream__kind="public").order_by("seq")
        seqs = list(public.values_list("seq", flat=True))
        assert seqs == list(range(1, Stream.objects.get(ticket=chat.ticket, kind="public").last_seq + 1))
    assert Message.objects.filter(stream__ticket=one.ticket).count() == len(
        Message.objects.filter(stream__ticket=other.ticket)
    )


def _update(**fields: Any) -> Callable[[Session], None]:
    return lambda chat: Ticket.objects.filter(pk=chat.ticket_id).update(**fields) and None


def _session(**fields: Any) -> Callable[[Session], None]:
    return lambda chat: Session.objects.filter(pk=chat.pk).update(**fields) and None


def _escalate(chat: Session) -> None:
    team = chat.team
    Escalation.objects.create(
        ticket_id=chat.ticket_id,
        question="?",
        checked="-",
        from_person_id=chat.agent_id,
        to_team=team,
        promised_for=now() + timedelta(hours=1),
        created_at=now(),
    )


def _owes(chat: Session) -> None:
    row = Clock.objects.filter(owner_kind="ticket", owner_id=chat.ticket_id).first()
    assert row is not None
    Clock.objects.filter(pk=row.pk).update(metric="next_response", state="running")


NOT_THIS_WAY: list[tuple[str, str, Callable[[Session], None]]] = [
    ("solved", "ana", _update(status="solved")),
    ("waiting on the buyer", "ana", _update(status="waiting")),
    ("new", "lin", _update(status="new")),
    ("no chat", "lin", _update(chatting=False)),
    ("spam", "ana", _update(is_spam=True)),
    ("unowned", "lin", _update(assignee=None)),
    ("never answered", "lin", _update(first_response_at=None)),
    ("another agent's", "bo", lambda chat: None),
    ("another desk's", "cy", lambda chat: None),
    ("another buyer's", "eve", lambda chat: None),
    ("the chat waits", "lin", _session(state="waiting")),
    ("over", "ana", _session(state="ended")),
    ("lost to another", "lin", _session(agent=None)),
    ("a response is owed", "lin", _owes),
    ("escalated", "lin", _escalate),
]


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_where_the_long_way_would_do_more_it_is_taken() -> None:
    world = build()
    for why, name, change in NOT_THIS_WAY:
        chat, stream = talking(world, "ana")
        assert quick(world, "lin", stream) is not None
        assert quick(world, "ana", stream) is not None
        change(chat)
        head = Stream.objects.get(public_id=stream).last_seq
        assert quick(world, name, stream) is None, why
        assert Stream.objects.get(public_id=stream).last_seq == head, why
        Session.objects.filter(pk=chat.pk).update(state="ended", queued_at=now() - timedelta(hours=1))
        Escalation.objects.all().delete()
    chat, stream = talking(world, "ana")
    for name, changes in (
        ("lin", {"body": "..."}),
        ("lin", {"body": "Dear {{ buyer_name }}"}),
        ("lin", {"client_id": None}),
        ("lin", {"stream": streams(chat.ticket)["staff"]}),
        ("lin", {"stream": "nowhere"}),
    ):
        assert quick(world, name, stream, **changes) is None
    with pytest.raises(Invalid):
        quick(world, "ana", stream, body="")
    key = str(uuid.uuid4())
    assert quick(world, "ana", stream, client_id=key) is not None
    assert quick(world, "ana", stream, client_id=key) is None  # a repetition: the long way finds its row
    again = tickets.post_message(
        actor=world.actor("ana"), ticket=chat.ticket.public_id, kind="reply", body=WORDS, client_id=key
    )
    assert again.dup
    Draft.objects.create(
        ticket=chat.ticket, author_id=chat.agent_id, kind="reply", body="half", updated_at=now()
    )
    assert quick(world, "lin", stream) is not None
    assert not Draft.objects.exists()  # it was sent


def test_whoever_hears_of_messages_is_known_here() -> None:
    """The short way tells nobody inside: what these two do is what the function asks before it stores."""
    hearing = {
        handler.__name__ for handler in (*events._inside[MessagePosted], *events._after[MessagePosted])
    }
    assert hearing == {"join_by_first_reply", "pass_answer_on"}


@pytest.mark.django_db
def test_sqlite_takes_the_long_way(world: World) -> None:
    if connection.vendor == "sqlite":
        assert quick(world, "ana", "any") is None
