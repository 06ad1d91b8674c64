"""Each chat is closed once: by one worker of two, after one that died, beside a chat that cannot be closed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.errors import Closed, Conflict
from livechat import actions
from livechat.models import Session, SessionState
from sla.queries import clocks_of
from tests.livechat.desk_time import (
    Clock,
    T,
    accept,
    ask,
    lines,
    minutes,
    round_at,
    row,
    switch_on,
)
from tests.livechat.world import World


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
