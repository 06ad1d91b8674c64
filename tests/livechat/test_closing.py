"""A desk's closing ends its chats: told before, once, whoever was down meanwhile, and however the hours changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.actors import SYSTEM
from core.errors import Closed, Conflict
from livechat import actions, queries
from livechat.models import Session
from sla.actions import close_desk
from sla.queries import clocks_of
from tests.livechat.desk_time import (
    MONDAY,
    Clock,
    T,
    accept,
    ask,
    line,
    lines,
    minutes,
    round_at,
    row,
    set_holiday,
    switch_on,
)
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.queries.threads import text_of

EVENING_CLOSE = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)  # Monday 23:30 in New York


def open_metrics(session: Session) -> dict[str, Any]:
    return {c.metric: c.due for c in clocks_of("ticket", session.ticket_id) if c.state == "running"}


def test_both_sides_are_told_ten_minutes_before(world: World, clock: Clock) -> None:
    clock(T - minutes(30))
    session = ask(world)
    assert (session.closes_at, session.state) == (T, "waiting")
    assert round_at(clock, T - minutes(10) - timedelta(seconds=1), world) == 0
    assert lines(session) == ["chat.waiting"]
    assert round_at(clock, T - minutes(10), world) == 1
    told = line(session, "chat.closing")
    assert text_of(told, "Asia/Tokyo") == "This chat closes at 6:00 AM in New York (8:00 PM for you)"
    assert round_at(clock, T - minutes(9), world) == 0
    assert lines(session) == ["chat.waiting", "chat.closing"]


def test_who_waits_at_closing_has_a_ticket_with_its_promise(world: World, clock: Clock) -> None:
    clock(T - minutes(8))
    session = ask(world)
    round_at(clock, T - timedelta(seconds=1), world)
    assert row(session).state == "waiting"
    assert round_at(clock, T, world) == 1
    found = row(session)
    assert (found.state, found.ended_by, found.deadline_at) == ("ticket", "system", None)
    ticket = found.ticket
    assert (ticket.chatting, ticket.channel, ticket.status) == (False, "web", "new")
    # One hour of desk time from the words: eight minutes of it before closing, the rest from 21:00 on.
    due = datetime(2026, 11, 24, 2, 52, tzinfo=UTC)
    assert open_metrics(session)["first_response"] == due
    ended = line(session, "chat.ended")
    assert ended.data["promised"] == due.isoformat()
    assert text_of(ended, "Asia/Tokyo") == (
        f"The desk has closed. This chat is ticket #{ticket.pk} now, "
        "answered by Monday 9:52 PM in New York (Tuesday 11:52 AM for you)."
    )
    assert round_at(clock, T + minutes(20), world) == 0


def test_a_talk_goes_on_for_a_quarter_and_keeps_its_agent_and_words(world: World, clock: Clock) -> None:
    clock(T - minutes(20))
    session = accept(world, ask(world))
    say = {"ticket": session.ticket.public_id, "kind": "reply", "channel": "chat"}
    tickets.post_message(actor=world.actor("lin"), body="Yes.", **say)
    clock(T + minutes(14))
    asked = T + minutes(14)
    tickets.post_message(actor=world.actor("ana"), body="And the lining?", **say)
    round_at(clock, T + minutes(14), world)
    assert row(session).state == "active"
    assert round_at(clock, T + minutes(15), world) == 1
    found = row(session)
    assert (found.state, found.agent.display_name) == ("ticket", "Lin")  # type: ignore[union-attr]
    assert found.ticket.assignee_id == world.actor("lin").id
    # From the oldest unanswered message, in the desk's own time: from 21:00 on.
    assert open_metrics(session)["next_response"] == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    assert found.ticket.unanswered_since == asked
    assert lines(session, "message.") == ["message.replied"] * 3


def test_a_worker_that_was_down_sees_to_what_is_overdue_in_order(world: World, clock: Clock) -> None:
    clock(T - minutes(30))
    waiting, talking = ask(world), accept(world, ask(world, "eve"))
    clock(EVENING_CLOSE - minutes(60))  # the desk is open again, and nobody looked in between
    switch_on(world, "lin", at=EVENING_CLOSE - minutes(60))
    assert actions.sweep() == 2
    for session in (waiting, talking):
        assert row(session).state == "ticket"
        assert "chat.closing" not in lines(session)  # an end is not announced afterwards
    first, second = line(waiting, "chat.ended"), line(talking, "chat.ended")
    assert first.pk < second.pk


@pytest.mark.parametrize("late", [0, 1, 14])
def test_nobody_is_accepted_after_closing(world: World, clock: Clock, late: float) -> None:
    clock(T - minutes(20))
    session = ask(world)
    clock(T + minutes(late))
    with pytest.raises(Closed) as caught:
        accept(world, session)
    assert str(caught.value.message) == (
        f"This desk closed at 6:00 AM in New York. The chat goes on as ticket #{session.ticket_id}."
    )
    assert caught.value.extra == {
        "opens_at": datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
        "ticket": session.ticket.public_id,
    }
    assert (row(session).state, lines(session)) == ("ticket", ["chat.waiting", "chat.ended"])
    assert Ticket.objects.get(pk=session.ticket_id).assignee_id is None
    with pytest.raises(Conflict, match=f"it is ticket #{session.ticket_id}"):
        accept(world, session)


def test_one_second_before_closing_is_in_time(world: World, clock: Clock) -> None:
    clock(T - minutes(20))
    session = ask(world)
    clock(T - timedelta(seconds=1))
    assert accept(world, session).state == "active"


def test_a_reply_after_closing_is_a_tickets_reply(world: World, clock: Clock) -> None:
    from core.models import Outbox

    clock(T - minutes(20))
    session = ask(world)
    clock(T + minutes(1))
    ticket = session.ticket.public_id
    posted = tickets.post_message(
        actor=world.actor("lin"), ticket=ticket, kind="reply", body="Yes.", channel="chat"
    )
    assert (row(session).state, row(session).agent_id) == ("ticket", None)
    assert lines(session) == ["chat.waiting", "chat.ended"]
    mails = Outbox.objects.filter(kind="ticket.mail")
    assert [mail.payload for mail in mails] == [{"ticket": session.ticket_id, "seq": posted.message.seq}]
    metrics = {c.metric: c.state for c in clocks_of("ticket", session.ticket_id)}
    assert metrics["first_response"] in ("met", "cancelled")


def test_a_chat_that_a_dead_worker_left_open_is_in_nobodys_way(world: World, clock: Clock) -> None:
    clock(T - minutes(20))
    old = ask(world)
    clock(EVENING_CLOSE - minutes(60))
    new = ask(world)
    assert (row(old).state, new.state, new.closes_at) == ("ticket", "waiting", EVENING_CLOSE)


# --- holidays and changed hours ----------------------------------------------------------------------------
def test_a_holiday_is_a_closing_at_its_first_instant(world: World, clock: Clock) -> None:
    set_holiday("always", MONDAY)
    midnight = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    clock(midnight - minutes(30))
    session = ask(world, team="orderhelp")
    assert session.closes_at == midnight
    assert round_at(clock, midnight - minutes(10), world) == 1
    assert round_at(clock, midnight, world) == 1
    assert row(session).state == "ticket"


def test_a_holiday_added_today_gives_ten_minutes(world: World, clock: Clock) -> None:
    start = T + minutes(300)
    clock(start)
    waiting, talking = ask(world, team="orderhelp"), accept(world, ask(world, "eve", "orderhelp"))
    assert waiting.closes_at is None
    made_at = start + minutes(1)
    clock(made_at)
    set_holiday("always", MONDAY)
    assert not queries.desk_state(world.teams["orderhelp"]).accepting  # at once, for whoever is new
    assert round_at(clock, made_at + timedelta(seconds=2), world) == 2
    for session in (waiting, talking):
        assert lines(session)[-1] == "chat.closing"
        assert row(session).closes_at == made_at + minutes(10)
    assert accept(world, waiting).state == "active"  # the notice is theirs to use
    actions.end_chat(actor=world.actor("lin"), session=waiting.public_id)
    assert round_at(clock, made_at + minutes(3), world) == 1  # written up, or not
    assert round_at(clock, made_at + minutes(24), world) == 0
    assert round_at(clock, made_at + minutes(25), world) == 1
    assert row(talking).state == "ticket"


def test_a_worker_that_was_down_counts_the_notice_from_the_holidays_making(
    world: World, clock: Clock
) -> None:
    start = T + minutes(300)
    clock(start)
    session = ask(world, team="orderhelp")
    clock(start + minutes(1))
    set_holiday("always", MONDAY)
    clock(start + minutes(30))
    with pytest.raises(Closed):
        accept(world, session)
    assert (row(session).state, row(session).closes_at) == ("ticket", start + minutes(11))


@pytest.mark.parametrize("notice, ends", [(0, 1), (3, 4), (10, 11), (30, 31)])
def test_a_desk_closed_by_hand_gives_the_notice_that_was_chosen(
    world: World, clock: Clock, notice: int, ends: int
) -> None:
    start = T + minutes(300)
    clock(start)
    session = ask(world, team="orderhelp")
    clock(start + timedelta(seconds=30))
    close_desk(actor=SYSTEM, code="always", until=None, notice_minutes=notice, reason="Fire drill")
    round_at(clock, start + timedelta(seconds=32), world)
    assert row(session).closes_at == start + minutes(ends)
    round_at(clock, start + minutes(ends), world)
    assert row(session).state == "ticket"


def test_a_holiday_that_is_taken_back_is_told(world: World, clock: Clock) -> None:
    start = T + minutes(300)
    clock(start)
    session = ask(world, team="orderhelp")
    set_holiday("always", MONDAY)
    round_at(clock, start + minutes(1), world)
    set_holiday("always")
    assert round_at(clock, start + minutes(2), world) == 1
    assert lines(session) == ["chat.waiting", "chat.closing", "chat.longer"]
    assert text_of(line(session, "chat.longer")) == "This chat stays open"
    assert round_at(clock, start + minutes(40), world) == 0
    assert row(session).state == "waiting"


def test_an_edit_that_leaves_the_closing_alone_changes_nothing(world: World, clock: Clock) -> None:
    clock(T - minutes(3))
    session = accept(world, row_of_waiting(world, clock))
    set_holiday("presales-ny", MONDAY + timedelta(days=30))
    round_at(clock, T - minutes(2), world)
    assert row(session).closes_at == T
    assert lines(session).count("chat.closing") == 1


def row_of_waiting(world: World, clock: Clock) -> Session:
    clock(T - minutes(7))
    session = ask(world)
    clock(T - minutes(3))
    return session


# --- both readings of the night shift ------------------------------------------------------------------------
CALENDAR_DAYS = [(day, *w) for day in range(4) for w in (("21:00", "23:30"), ("01:00", "06:00"))]
NIGHTS_TO_FRIDAY = [(day, "21:00", "23:30") for day in range(4)] + [
    (d, "01:00", "06:00") for d in range(1, 5)
]
# New York: (day of November 2026, hour, minute) → open under calendar days, under nights; the closing if open.
HOURS = [
    ((23, 1, 30), True, False),  # Monday night belongs to calendar Monday only
    ((23, 21, 30), True, True),
    ((24, 2, 0), True, True),
    ((26, 23, 29), True, True),  # Thursday evening: Thanksgiving is another calendar's affair
    ((27, 2, 0), False, True),  # Friday 02:00 is the end of Thursday's night
    ((27, 21, 30), False, False),
    ((23, 23, 30), False, False),
    ((24, 0, 59), False, False),
]


@pytest.mark.parametrize("when, by_days, by_nights", HOURS)
@pytest.mark.parametrize("reading", ["days", "nights"])
def test_both_readings_of_the_night_shift(
    world: World, clock: Clock, when: tuple[int, int, int], by_days: bool, by_nights: bool, reading: str
) -> None:
    day, hour, minute = when
    at = datetime(2026, 11, day, hour + 5, minute, tzinfo=UTC) if hour < 19 else None
    at = at or datetime(2026, 11, day, hour, minute, tzinfo=UTC) + timedelta(hours=5)
    clock(at)
    set_holiday("presales-ny", windows=CALENDAR_DAYS if reading == "days" else NIGHTS_TO_FRIDAY)
    is_open = by_days if reading == "days" else by_nights
    state = queries.desk_state(world.teams["presales"], at)
    assert state.open is is_open
    if not is_open or not state.accepting:
        with pytest.raises(Closed):
            ask(world)
        return
    session = ask(world)
    assert session.closes_at == state.closes_at
    round_at(clock, state.closes_at, world)  # type: ignore[arg-type]
    assert row(session).state == "ticket"
