"""A chat's steps: who may, when, once; what they leave in the log and on the clocks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.actors import VISITOR
from core.clock import now
from core.db import retrying
from core.errors import (
    Closed,
    Conflict,
    Forbidden,
    IdempotencyConflict,
    Invalid,
    NotFound,
    NotSignedIn,
    TooFast,
)
from livechat import actions, queries
from livechat.models import Session, SessionState
from sla import owners
from sla.actions import fire_clock
from sla.queries import clocks_of, visible_clocks
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Message, Ticket

MONDAY_2AM_NY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SUNDAY_NY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def start(world: World, name: str = "ana", **changes: Any) -> Session:
    wanted: dict[str, Any] = {"team": "orderhelp", "order": world.order(name), "body": "Where is it?"}
    return actions.open_chat(actor=world.actor(name), **(wanted | changes))


def verbs(session: Session) -> list[str]:
    rows = Message.objects.filter(stream__ticket_id=session.ticket_id, stream__kind="public").order_by("seq")
    return list(rows.values_list("verb", flat=True))


def pickup(session: Session) -> str:
    return clocks_of("chat", session.pk)[0].state


def nothing_changed(before: tuple[int, int]) -> bool:
    return (Session.objects.count(), Ticket.objects.count()) == before


def test_a_chat_waits_on_a_new_ticket_of_its_desk(world: World) -> None:
    session = start(world)
    ticket = Ticket.objects.get(pk=session.ticket_id)
    assert (session.state, ticket.chatting, ticket.channel) == ("waiting", True, "chat")
    assert (ticket.team.code, ticket.category.code, ticket.order) == (
        "orderhelp",
        "order",
        world.order("ana"),
    )
    assert ticket.subject == "Where is it?"
    assert verbs(session) == ["ticket.opened", "message.replied", "chat.waiting"]
    assert pickup(session) == "running"
    assert queries.place_in_queue(session) == 1
    assert queries.place_in_queue(start(world, "eve")) == 2


def test_accepting_shows_the_name_meets_the_clock_and_gives_the_ticket(world: World) -> None:
    session = start(world)
    taken = actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    ticket = Ticket.objects.get(pk=session.ticket_id)
    assert (taken.state, taken.agent.display_name, ticket.assignee_id) == (
        "active",
        "Lin",
        world.actor("lin").id,
    )  # type: ignore[union-attr]
    assert verbs(session)[-1] == "chat.joined"
    assert Message.objects.get(verb="chat.joined").data["agent_name"] == "Lin"
    assert pickup(session) == "met"
    again = actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    assert again.accepted_at == taken.accepted_at
    assert verbs(session).count("chat.joined") == 1


def test_the_second_agent_is_told_who_was_faster(world: World) -> None:
    session = start(world)
    actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    with pytest.raises(Conflict) as caught:
        actions.accept_chat(actor=world.actor("bo"), session=session.public_id)
    assert caught.value.code == "taken"
    assert "Lin" in str(caught.value.message)
    assert Session.objects.get().agent_id == world.actor("lin").id


@pytest.mark.parametrize("name, error", [("cy", NotFound), ("eve", NotFound), ("ana", Forbidden)])
def test_who_may_not_accept_changes_nothing(world: World, name: str, error: type[Exception]) -> None:
    session = start(world)
    with pytest.raises(error):
        actions.accept_chat(actor=world.actor(name), session=session.public_id)
    assert Session.objects.get().state == SessionState.WAITING
    assert verbs(session)[-1] == "chat.waiting"


def test_the_first_reply_accepts(world: World) -> None:
    session = start(world)
    ticket = session.ticket.public_id
    tickets.post_message(actor=world.actor("bo"), ticket=ticket, kind="note", body="looking", channel="chat")
    assert Session.objects.get().state == SessionState.WAITING
    tickets.post_message(actor=world.actor("bo"), ticket=ticket, kind="reply", body="Hello", channel="chat")
    row = Session.objects.get()
    assert (row.state, row.agent_id, pickup(session)) == ("active", world.actor("bo").id, "met")
    tickets.post_message(actor=world.actor("ana"), ticket=ticket, kind="reply", body="Hi", channel="chat")
    assert verbs(session).count("chat.joined") == 1


@pytest.mark.parametrize("name, by", [("ana", "buyer"), ("lin", "agent"), ("max", "agent")])
def test_either_side_ends_it_once(world: World, name: str, by: str) -> None:
    session = start(world)
    actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    for _ in range(2):
        ended = actions.end_chat(actor=world.actor(name), session=session.public_id)
        assert (ended.state, ended.ended_by) == ("wrapup", by)
    assert verbs(session).count("chat.ended") == 1
    assert not Ticket.objects.get(pk=session.ticket_id).chatting


def test_an_unanswered_message_starts_its_clock_when_the_chat_ends(world: World) -> None:
    session = start(world)
    ticket = session.ticket
    actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    say = {"ticket": ticket.public_id, "kind": "reply", "channel": "chat"}
    tickets.post_message(actor=world.actor("lin"), body="Hello", **say)
    tickets.post_message(actor=world.actor("ana"), body="And when?", **say)
    running = [c.metric for c in clocks_of("ticket", ticket.pk) if c.state == "running"]
    assert "next_response" not in running
    actions.end_chat(actor=world.actor("ana"), session=session.public_id)
    running = [c.metric for c in clocks_of("ticket", ticket.pk) if c.state == "running"]
    assert "next_response" in running


def test_one_who_leaves_the_queue_has_a_ticket(world: World) -> None:
    session = start(world)
    left = actions.end_chat(actor=world.actor("ana"), session=session.public_id)
    assert (left.state, pickup(session)) == ("ticket", "cancelled")
    with pytest.raises(Conflict) as caught:
        actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    assert caught.value.code == "not_waiting"


@pytest.mark.parametrize("name, error", [("eve", NotFound), ("bo", Forbidden), ("cy", NotFound)])
def test_others_do_not_end_it(world: World, name: str, error: type[Exception]) -> None:
    session = start(world)
    actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    with pytest.raises(error):
        actions.end_chat(actor=world.actor(name), session=session.public_id)
    assert Session.objects.get().state == SessionState.ACTIVE


def test_solving_the_ticket_ends_the_chat(world: World) -> None:
    session = start(world)
    actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    tickets.set_status(actor=world.actor("lin"), ticket=session.ticket.public_id, status="solved")
    assert Session.objects.get().state == SessionState.ENDED
    ticket = Ticket.objects.get(pk=session.ticket_id)
    assert (ticket.status, ticket.chatting) == ("solved", False)


def test_a_replay_gives_the_first_chat(world: World) -> None:
    key = str(uuid.uuid4())
    first = start(world, client_id=key)
    assert start(world, client_id=key).pk == first.pk
    assert Session.objects.count() == Ticket.objects.count() == 1
    with pytest.raises(IdempotencyConflict):
        start(world, client_id=key, body="other words")


def test_a_second_chat_with_the_desk_names_the_first(world: World) -> None:
    first = start(world)
    with pytest.raises(Conflict) as caught:
        start(world, body="again")
    assert caught.value.code == "already_open"
    assert caught.value.extra == {"session": first.public_id, "ticket": first.ticket.public_id}
    assert Session.objects.count() == Ticket.objects.count() == 1


def test_one_chat_after_the_other_until_it_is_too_fast(
    world: World, clock: Callable[[datetime], None]
) -> None:
    clock(MONDAY_2AM_NY)
    for _ in range(actions.NEW_CHATS):
        actions.end_chat(actor=world.actor("ana"), session=start(world).public_id)
    with pytest.raises(TooFast) as caught:
        start(world)
    assert 599_000 <= caught.value.extra["retry_after_ms"] <= 600_000
    clock(MONDAY_2AM_NY + actions.NEW_CHATS_IN + timedelta(seconds=1))
    assert start(world).state == "waiting"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"body": ""}, "body", "empty"),
    ({"body": "   \u200b "}, "body", "empty"),
    ({"body": "x" * 8001}, "body", "too_long"),
    ({"order": None}, "order", "order_required"),
    ({"team": "orders"}, "team", "unknown_team"),
    ({"team": "nope"}, "team", "unknown_team"),
    ({"category": "nope"}, "category", "unknown_category"),
    ({"client_id": "7"}, "client_id", "bad_client_id"),
]


@pytest.mark.parametrize("change, field, code", BAD)
def test_bad_input_names_its_field_and_writes_nothing(
    world: World, change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        start(world, **change)
    assert (list(caught.value.fields), caught.value.code) == ([field], code)
    assert nothing_changed((0, 0))


def test_visitors_staff_and_strangers_orders_are_refused(world: World) -> None:
    with pytest.raises(NotSignedIn):
        actions.open_chat(actor=VISITOR, team="presales", body="hi")
    with pytest.raises(Forbidden):
        actions.open_chat(actor=world.actor("lin"), team="presales", body="x")
    with pytest.raises(NotFound):
        start(world, order=world.order("eve"))
    assert nothing_changed((0, 0))


def test_a_full_queue_is_refused(world: World) -> None:
    team = world.teams["orderhelp"]
    team.queue_limit = 1
    team.save(update_fields=["queue_limit"])
    start(world, "eve")
    with pytest.raises(Conflict) as caught:
        start(world)
    assert caught.value.code == "queue_full"
    assert nothing_changed((1, 1))


def test_a_closed_desk_says_when_it_opens_in_both_zones(
    world: World, clock: Callable[[datetime], None]
) -> None:
    clock(SUNDAY_NY)
    with pytest.raises(Closed) as caught:
        actions.open_chat(actor=world.actor("ana"), team="presales", body="Is it cotton?")
    assert str(caught.value.message) == (
        "Chat is closed. It opens Monday 1:00 AM in New York (3:00 PM for you)."
    )
    assert caught.value.extra["opens_at"] == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert nothing_changed((0, 0))


@pytest.mark.parametrize(
    "minutes_to_close, accepted", [(6, True), (5.02, True), (4.99, False), (1, False), (-1, False)]
)
def test_the_last_five_minutes_take_nobody_new(
    world: World, clock: Callable[[datetime], None], minutes_to_close: float, accepted: bool
) -> None:
    close = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # Monday 06:00 in New York
    clock(close - timedelta(minutes=minutes_to_close))
    state = queries.desk_state(world.teams["presales"])
    assert state.accepting is accepted
    if accepted:
        assert actions.open_chat(actor=world.actor("ana"), team="presales", body="x").state == "waiting"
    else:
        with pytest.raises(Closed):
            actions.open_chat(actor=world.actor("ana"), team="presales", body="x")


def test_the_console_sees_who_waits_and_whom_one_talks_to(
    world: World, django_assert_num_queries: Any
) -> None:
    first, second = start(world), start(world, "eve")
    actions.accept_chat(actor=world.actor("bo"), session=first.public_id)
    bo, lin, cy = world.actor("bo"), world.actor("lin"), world.actor("cy")
    with django_assert_num_queries(1):
        seen = queries.sessions_for_console(bo)
        assert [(s.pk, s.ticket.subject, s.requester.display_name, s.team.code) for s in seen]
    assert [s.pk for s in seen] == [first.pk, second.pk]
    assert [s.pk for s in queries.sessions_for_console(lin)] == [second.pk]
    assert queries.sessions_for_console(cy) == []
    assert queries.open_session_of(first.ticket) == first
    assert list(queries.waiting(lin)) == [second]


def test_a_late_pick_up_is_late(world: World, clock: Callable[[datetime], None]) -> None:
    clock(MONDAY_2AM_NY)
    session = start(world)
    clock(MONDAY_2AM_NY + timedelta(minutes=3))
    actions.accept_chat(actor=world.actor("lin"), session=session.public_id)
    assert pickup(session) == "late"
    assert now() > session.queued_at


def test_a_pick_up_that_nobody_made_is_breached_at_its_due(
    world: World, clock: Callable[[datetime], None]
) -> None:
    clock(MONDAY_2AM_NY)
    session = start(world)
    row = clocks_of("chat", session.pk)[0]
    clock(MONDAY_2AM_NY + timedelta(minutes=5))
    while fire_clock(row.pk) and row.state == "running":
        row = clocks_of("chat", session.pk)[0]
    assert (row.state, row.breached_at) == ("breached", row.due)
    assert visible_clocks(world.actor("lin")).filter(pk=row.pk).exists()
    assert not visible_clocks(world.actor("cy")).filter(pk=row.pk).exists()
    assert not visible_clocks(world.actor("ana")).filter(owner_kind="chat").exists()
    label = owners.describe([("chat", session.pk)])[("chat", session.pk)]
    assert label.url == f"/console/t/{session.ticket_id}/"


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_two_agents_accept_at_once_and_one_wins() -> None:
    from tests.livechat.rivals import together
    from tests.livechat.world import build

    world = build()
    session = start(world)
    actors = [world.actor("lin"), world.actor("bo")]
    outcomes = together(
        [lambda a=a: retrying(actions.accept_chat, actor=a, session=session.public_id) for a in actors]
    )
    lost = [one for one in outcomes if isinstance(one, Conflict)]
    assert len(lost) == 1
    assert lost[0].code == "taken"
    winner = Session.objects.get().agent_id
    assert [one.agent_id for one in outcomes if isinstance(one, Session)] == [winner]
    assert verbs(session).count("chat.joined") == 1


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_two_tabs_start_at_once_and_there_is_one_chat() -> None:
    from tests.livechat.rivals import together
    from tests.livechat.world import build

    world = build()
    outcomes = together([lambda: retrying(start, world=world)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Session"]
    assert Session.objects.count() == Ticket.objects.count() == 1
