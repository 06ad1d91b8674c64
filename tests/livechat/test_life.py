"""What waiting and absence do to a chat: offered, given up, handed back, warned, ended; each once, by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import Conflict
from livechat import actions, life, limits, queries
from livechat.actions import _rows
from livechat.jobs import Watch
from livechat.life import Known, Step, closing_after, deadline_of, next_step
from livechat.models import Session, SignOfLife
from sla.queries import clocks_of
from tests.livechat.desk_time import (
    Clock,
    accept,
    ask,
    heard_of,
    line,
    lines,
    minutes,
    round_at,
    row,
    switch_on,
)
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Message
from tickets.queries.threads import text_of

START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # order help never closes
ALONE: tuple[str, ...] = ()


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def say(world: World, session: Session, name: str, body: str = "Hello") -> Any:
    return tickets.post_message(
        actor=world.actor(name), ticket=session.ticket.public_id, kind="reply", body=body, channel="chat"
    )


@pytest.fixture
def chat(world: World, clock: Clock) -> Session:
    clock(START)
    return ask(world, team="orderhelp")


# --- waiting -----------------------------------------------------------------------------------------------
def test_nobody_there_offers_a_ticket_and_then_makes_it(world: World, clock: Clock, chat: Session) -> None:
    assert actions.sweep() == 0
    round_at(clock, START + seconds(15))
    since = row(chat).nobody_since
    assert since == START + seconds(15)
    assert round_at(clock, since + minutes(3) - seconds(1)) == 0
    assert round_at(clock, since + minutes(3)) == 1
    assert lines(chat)[-1] == "chat.offered"
    assert round_at(clock, since + minutes(15) - seconds(1)) == 0
    assert round_at(clock, since + minutes(15)) == 1
    found = row(chat)
    assert (found.state, found.ticket.chatting) == ("ticket", False)
    ended = line(chat, "chat.ended")
    assert text_of(ended).startswith(f"Nobody was free to chat. This chat is ticket #{found.ticket_id} now")
    assert ended.data["promised"] == "2026-11-23T18:00:00+00:00"  # one hour from the words


def test_somebody_who_comes_back_stops_the_count(world: World, clock: Clock, chat: Session) -> None:
    round_at(clock, START + seconds(15))
    round_at(clock, START + minutes(2), world, on=("bo",))
    assert row(chat).nobody_since is None
    for minute in range(3, 40):
        assert round_at(clock, START + minutes(minute), world, on=("bo",)) == 0
    assert row(chat).state == "waiting"


def test_a_buyer_who_is_gone_finds_a_ticket(world: World, clock: Clock, chat: Session) -> None:
    heard_of(world, "ana", START + seconds(5))
    gone = START + seconds(5) + seconds(45) + minutes(3)
    assert round_at(clock, gone - seconds(1), world) == 0
    assert round_at(clock, gone, world) == 1
    assert row(chat).state == "ticket"
    assert text_of(line(chat, "chat.ended")).startswith("The page was closed while waiting.")


def test_a_buyer_who_gives_no_signs_is_not_taken_for_gone(world: World, clock: Clock, chat: Session) -> None:
    assert round_at(clock, START + minutes(30), world) == 0
    assert row(chat).state == "waiting"


# --- talking -----------------------------------------------------------------------------------------------
def test_a_lost_agent_gives_the_chat_back_before_all_others(
    world: World, clock: Clock, chat: Session
) -> None:
    switch_on(world, "lin", at=START)
    accept(world, chat)
    clock(START + seconds(1))
    other = ask(world, "eve", "orderhelp")
    assert round_at(clock, START + seconds(64), world, on=("bo",)) == 0
    assert round_at(clock, START + seconds(65), world, on=("bo",)) == 1
    told = text_of(line(chat, "chat.agent_gone"))
    assert told == "Lin seems to have lost the connection. Please stay for a moment."
    assert round_at(clock, START + seconds(104), world, on=("bo",)) == 0
    assert round_at(clock, START + seconds(105), world, on=("bo",)) == 1
    found = row(chat)
    assert (found.state, found.agent, found.priority) == ("waiting", None, 1)
    assert [s.pk for s in queries.waiting(world.actor("bo"))] == [chat.pk, other.pk]
    assert queries.place_in_queue(found) == 1
    assert queries.place_in_queue(other) == 2
    assert [c.state for c in clocks_of("chat", chat.pk)] == ["met", "running"]
    assert found.ticket.chatting


def test_what_the_lost_agent_still_sends_is_refused(world: World, clock: Clock, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    accept(world, chat)
    round_at(clock, START + seconds(105), world, on=("bo",))
    for _ in ("while it waits", "while another one talks"):
        before = Message.objects.count()
        with pytest.raises(Conflict) as caught:
            say(world, chat, "lin", "typed before")
        assert caught.value.code == "not_assignee"
        assert Message.objects.count() == before
        accept(world, chat, "bo")
    say(world, chat, "bo")
    assert row(chat).agent_id == world.actor("bo").id


def test_the_lost_agent_may_accept_again(world: World, clock: Clock, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    accept(world, chat)
    round_at(clock, START + seconds(105), world, on=("bo",))
    accept(world, chat)
    say(world, chat, "lin")
    assert (row(chat).state, row(chat).lost_agent_id) == ("active", None)


def test_an_agent_who_is_back_within_the_minute_stays(world: World, clock: Clock, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    accept(world, chat)
    round_at(clock, START + seconds(65), world, on=("bo",))
    for second in range(104, 400, 15):
        assert round_at(clock, START + seconds(second), world, on=("lin",)) == 0
    assert (row(chat).state, row(chat).told_gone_at) == ("active", None)


def test_an_agent_lost_after_closing_is_replaced_by_nobody(world: World, clock: Clock) -> None:
    closes = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    clock(closes - seconds(60))
    switch_on(world, "lin", at=closes - seconds(60))
    clock(closes - minutes(9))
    session = ask(world)
    clock(closes - seconds(60))
    accept(world, session)
    for second in range(-50, 15 * 60, 10):
        round_at(clock, closes + seconds(second))
        assert row(session).state == "active"
    round_at(clock, closes + minutes(15))
    found = row(session)
    assert (found.state, found.agent_id) == ("ticket", world.actor("lin").id)


def test_a_silent_buyer_is_asked_and_then_the_chat_ends(world: World, clock: Clock, chat: Session) -> None:
    accept(world, chat)
    clock(START + minutes(1))
    say(world, chat, "lin", "Which size?")
    for minute in range(2, 11):
        assert round_at(clock, START + minutes(minute), world) == 0
    assert round_at(clock, START + minutes(11), world) == 1
    assert lines(chat)[-1] == "chat.silent"
    assert round_at(clock, START + minutes(16), world) == 1
    assert (row(chat).state, line(chat, "chat.ended").data["why"]) == ("ended", "silent")


def test_words_stop_the_silence_and_an_unanswered_buyer_is_never_silent(
    world: World, clock: Clock, chat: Session
) -> None:
    accept(world, chat)
    clock(START + minutes(1))
    say(world, chat, "lin", "Which size?")
    round_at(clock, START + minutes(11), world)
    clock(START + minutes(12))
    say(world, chat, "ana", "M")
    for minute in range(13, 60):
        assert round_at(clock, START + minutes(minute), world) == 0
    clock(START + minutes(60))
    say(world, chat, "lin", "Noted. Anything else?")
    assert round_at(clock, START + minutes(70), world) == 1
    assert lines(chat).count("chat.silent") == 2


def test_a_place_counts_two_minutes_longer(world: World, clock: Clock, chat: Session) -> None:
    accept(world, chat)
    clock(START + minutes(5))
    actions.end_chat(actor=world.actor("ana"), session=chat.public_id)
    taken = [
        Session.objects.filter(queries.takes_place(START + minutes(5) + seconds(after))).count()
        for after in (0, 119, 120)
    ]
    assert taken == [1, 1, 0]


def test_a_step_from_a_state_that_has_passed_is_none(world: World, clock: Clock, chat: Session) -> None:
    """Compare and set: whoever read the state before somebody else moved it changes nothing, and knows it."""
    late, other = _rows.fresh(chat.pk), _rows.fresh(chat.pk)
    assert _rows.move(other, "waiting", START, state="active", agent_id=world.actor("lin").id)
    assert not _rows.move(late, "waiting", START, state="abandoned", priority=1)
    assert (late.state, late.priority) == ("waiting", 0)
    assert (row(chat).state, row(chat).priority) == ("active", 0)


# --- signs of life ---------------------------------------------------------------------------------------------
def test_a_sign_of_life_is_written_for_open_chats_and_seldom(
    world: World, clock: Clock, chat: Session
) -> None:
    actions.buyer_is_here(actor=world.actor("eve"))
    assert not SignOfLife.objects.exists()
    for second, kept in ((0, 0), (11, 0), (12, 12)):
        clock(START + seconds(second))
        actions.buyer_is_here(actor=world.actor("ana"))
        assert SignOfLife.objects.get().at == START + seconds(kept)


def test_nobody_is_absent_for_a_time_in_which_nobody_looked(
    world: World, clock: Clock, chat: Session
) -> None:
    switch_on(world, "lin", at=START)
    heard_of(world, "ana", START)
    accept(world, chat)
    back = START + minutes(30)
    clock(back)
    assert actions.sweep(watched_since=back) == 0
    clock(back + seconds(105))
    assert actions.sweep(watched_since=back) == 1
    assert row(chat).state == "waiting"


def test_a_watch_begins_anew_after_a_gap() -> None:
    watch = Watch()
    assert watch.look(START) == START
    assert watch.look(START + seconds(40)) == START
    assert watch.look(START + seconds(81)) == START + seconds(81)
    assert watch.look(START + seconds(70)) == START + seconds(70)  # a clock that was set back


# --- the sums ----------------------------------------------------------------------------------------------------
def at(count: float) -> datetime:
    return START + minutes(count)


CLOSINGS: list[tuple[float | None, float | None, float, float | None]] = [
    # before, what the new hours say, made at → after
    (60, 60, 0, 60),
    (60, 90, 0, 90),  # longer counts at once
    (60, None, 0, None),
    (60, 30, 0, 30),  # shorter, and further off than the notice
    (60, 0, 0, 10),  # closed at once: ten minutes
    (60, 5, 0, 10),
    (7, 0, 0, 7),  # never more than there was
    (None, 0, 0, 10),
    (None, 20, 0, 20),
    (None, None, 0, None),
    (5, 90, 5, 5),  # the closing had come
    (5, None, 6, 5),
]


@pytest.mark.parametrize("before, closes, made, after", CLOSINGS)
def test_what_changed_hours_do_to_a_closing(
    before: float | None, closes: float | None, made: float, after: float | None
) -> None:
    instants = [None if one is None else at(one) for one in (before, closes, after)]
    assert closing_after(instants[0], instants[1], at(made)) == instants[2]


def test_an_end_comes_before_what_would_only_be_said() -> None:
    known = Known("waiting", closes_at=at(0), nobody_since=at(-20), buyer_seen=at(-3))
    assert next_step(known, at(1)) is Step.NOBODY  # it was due first
    assert next_step(Known("waiting", closes_at=at(0)), at(1)) is Step.CLOSE
    assert next_step(Known("waiting", closes_at=at(5)), at(1)) is Step.TELL_CLOSING
    assert next_step(Known("active", closes_at=at(0), told_closing=at(0)), at(14)) is None


def test_a_deadline_is_never_far_and_never_past() -> None:
    assert deadline_of(Known("waiting"), at(0)) == (at(0) + limits.LOOK_EVERY, life.LOOK)
    soon = Known("waiting", closes_at=at(10.1), told_closing=None)
    assert deadline_of(soon, at(0)) == (at(0.1), "tell_closing")
    assert deadline_of(Known("waiting", closes_at=at(-1), told_closing=at(-1)), at(0)) == (at(0), "close")


def test_a_quiet_round_costs_one_query(
    world: World, clock: Callable[[datetime], None], django_assert_num_queries: Any
) -> None:
    clock(START)
    for name in ("ana", "eve"):
        ask(world, name, "orderhelp")
    with django_assert_num_queries(1):
        assert actions.sweep() == 0
