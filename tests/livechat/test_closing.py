"""A desk's closing ends its chats: told before, once, whoever was down meanwhile, and however the hours changed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.actors import SYSTEM
from core.errors import Closed, Conflict
from livechat import actions, queries
from livechat.models import Session, SessionState
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
    assert text_of(told) == "This chat closes at 6:00 AM in New York (8:00 PM for you)"
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
    assert text_of(ended) == (
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
        f"This desk closed 6:00 AM in New York. The chat goes on as ticket #{session.ticket_id}."
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


# --- once, whoever dies ------------------------------------------------------------------------------------------
class Killed(BaseException):
    """A process that is no more: nothing catches it."""


def crowd(world: World, waiting: int, active: int) -> list[Session]:
    """So many chats of so many buyers, the first ones accepted."""
    from accounts.models import Person

    made = []
    for number in range(waiting + active):
        person = Person.objects.create(kind="buyer", name=f"Buyer {number}", email=f"b{number}@mail.example")
        from accounts.queries import actor_of_person

        session = actions.open_chat(actor=actor_of_person(person), team="presales", body="Hello")
        made.append(accept(world, session) if number < active else session)
    return made


def assert_all_closed_once(sessions: list[Session]) -> None:
    for session in sessions:
        assert row(session).state == SessionState.BECAME_TICKET
        assert lines(session).count("chat.ended") == 1
        running = [c.metric for c in clocks_of("ticket", session.ticket_id) if c.state == "running"]
        assert running.count("first_response") == 1


def grow(world: World) -> None:
    team = world.teams["presales"]
    team.queue_limit = 100
    team.save(update_fields=["queue_limit"])


def test_a_worker_that_dies_half_way_leaves_the_rest_to_another(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livechat.actions import timers

    grow(world)
    clock(T - minutes(20))
    sessions = crowd(world, 20, 5)
    ended = 0
    real = timers.end_as

    def end_as(*arguments: Any, **named: Any) -> bool:
        nonlocal ended
        done = real(*arguments, **named)
        ended += 1
        if ended == 10:
            raise Killed
        return done

    switch_on(world, "lin", at=T + minutes(16))
    clock(T + minutes(16))
    with monkeypatch.context() as patch:
        patch.setattr(timers, "end_as", end_as)
        with pytest.raises(Killed):
            actions.sweep()
    assert Session.objects.filter(state="ticket").count() == 9
    assert actions.sweep() == 16
    assert actions.sweep() == 0
    assert_all_closed_once(sessions)


def test_one_bad_chat_stops_no_other(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from livechat.actions import timers

    grow(world)
    clock(T - minutes(20))
    sessions = crowd(world, 3, 0)
    real = timers.end_as

    def end_as(actor: Any, session: Session, *arguments: Any, **named: Any) -> bool:
        if session.pk == sessions[0].pk:
            raise RuntimeError("a bad row")
        return real(actor, session, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(timers, "end_as", end_as)
        assert round_at(clock, T, world) == 2
    assert "could not be moved on" in caplog.text
    assert round_at(clock, T + timedelta(seconds=10), world) == 0  # put off, not forgotten
    assert round_at(clock, T + timedelta(seconds=31), world) == 1
    assert_all_closed_once(sessions)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_close_each_chat_once(clock: Clock) -> None:
    from tests.livechat.rivals import together
    from tests.livechat.world import build

    world = build()
    grow(world)
    clock(T - minutes(20))
    sessions = crowd(world, 20, 5)
    switch_on(world, "lin", at=T + minutes(16))
    clock(T + minutes(16))
    taken = together([actions.sweep] * 2)
    assert all(isinstance(one, int) for one in taken), taken
    while actions.sweep():
        pass
    assert_all_closed_once(sessions)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_an_accept_and_the_closing_agree(clock: Clock) -> None:
    from tests.livechat.rivals import together
    from tests.livechat.world import build

    world = build()
    clock(T - minutes(20))
    session = ask(world)
    switch_on(world, "lin", at=T)
    clock(T)
    lin = world.actor("lin")
    outcomes = together([actions.sweep, lambda: actions.accept_chat(actor=lin, session=session.public_id)])
    assert isinstance(outcomes[1], (Closed, Conflict)), outcomes
    actions.sweep()
    assert_all_closed_once([session])


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_followed_by_another(clock: Clock, tmp_path: Path) -> None:
    """With -9, its transaction open: what it had committed stands, the one in hand and the rest are another's."""
    from tests.livechat.world import build

    world = build()
    grow(world)
    clock(T - minutes(20))
    sessions = crowd(world, 20, 5)
    late = T + minutes(16)
    switch_on(world, "lin", at=late)
    clock(late)
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    url = f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"
    moved = tmp_path / "clock"
    moved.write_text(str((late - datetime.now(UTC)).total_seconds()))
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "HELPDESK_CLOCK_FILE": str(moved),
        "HELPDESK_HOME": str(tmp_path),
    }
    command = [sys.executable, "-m", "tests.livechat.dying_worker", "8"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "stuck\n"
        assert actions.sweep() == 17  # the one in its hands is skipped, not waited for
        assert Session.objects.filter(state="ticket").count() == 24
        worker.kill()
    while not Session.objects.filter(state="ticket").count() == 25:
        actions.sweep()
    assert actions.sweep() == 0
    assert_all_closed_once(sessions)
