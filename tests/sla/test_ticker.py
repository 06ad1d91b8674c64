"""The ticker: true instants, once each, and no bad row in the way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from core import events, outbox, worker
from sla import actions, jobs, owners
from sla.events import ClockBreached, ClocksChanged, ClockWarned
from sla.models import Clock, ClockTransition
from tests.sla import kit
from tests.sla.kit import HOUR, Desk, ny

Clockwork = Callable[[datetime], None]


def test_a_late_round_stamps_the_true_instants(desk: Desk, clock: Clockwork) -> None:
    desk.start("first_response", ny(19, 10))
    clock(ny(23, 3, 17))
    assert jobs.fire_due_clocks() == 1
    stored = desk.clock("first_response")
    assert (stored.state, stored.warned_at, stored.breached_at) == ("breached", ny(19, 11, 30), ny(19, 12))
    assert stored.next_fire_at is None
    rows = ClockTransition.objects.filter(clock=stored).order_by("id").values_list("verb", "at")
    assert list(rows)[1:] == [("warned", ny(19, 11, 30)), ("breached", ny(19, 12))]
    assert [e.due for e in desk.told(ClockBreached)] == [ny(19, 12)]
    assert len(desk.told(ClockWarned)) == 1
    assert desk.news[-1] == ClocksChanged("test", desk.owner_id)
    assert jobs.fire_due_clocks() == 0
    assert len(desk.told(ClockBreached)) == 1


@pytest.mark.parametrize(("after", "state"), [(0.6, "running"), (1.5, "breached")])
def test_at_its_due_a_clock_can_still_be_kept(desk: Desk, clock: Clockwork, after: float, state: str) -> None:
    due = desk.start("first_response", ny(19, 10)).due
    clock(due + timedelta(seconds=after))
    jobs.fire_due_clocks()
    assert desk.clock("first_response").state == state


def test_nothing_due_costs_one_query(desk: Desk, clock: Clockwork) -> None:
    desk.start("first_response", ny(19, 10))
    clock(ny(19, 11))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert jobs.fire_due_clocks() == 0
    assert len(seen) == 1


def test_paused_and_ended_clocks_are_no_candidates(desk: Desk, clock: Clockwork) -> None:
    desk.start("first_response", ny(19, 10))
    desk.start("resolution", ny(19, 10))
    desk.meet("first_response", ny(19, 11))
    desk.pause(ny(19, 11), "resolution")
    clock(ny(30, 12))
    assert list(jobs._due(ny(30, 12))) == []


def test_one_bad_row_stops_nothing(
    desk: Desk, clock: Clockwork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk.start("first_response", ny(19, 10))
    bad = desk.clock("first_response")
    Clock.objects.filter(pk=bad.pk).update(owner_kind="nobody")
    other = Desk(desk.calendar, kit.make_owner(), news=desk.news)
    other.start("first_response", ny(19, 10))
    clock(ny(19, 13))
    with caplog.at_level(logging.ERROR):
        assert jobs.fire_due_clocks() == 1
    assert f"clock {bad.pk} could not be fired" in caplog.text
    assert other.clock("first_response").state == "breached"
    bad.refresh_from_db()
    assert (bad.state, bad.breached_at, bad.fire_failures) == ("running", None, 1)
    assert timedelta(seconds=3) < bad.next_fire_at - ny(19, 13) < timedelta(seconds=7)
    assert jobs.fire_due_clocks() == 0  # not tried again before its time
    clock(ny(19, 13, 1))
    jobs.fire_due_clocks()
    bad.refresh_from_db()
    assert bad.fire_failures == 2
    assert timedelta(seconds=7) < bad.next_fire_at - ny(19, 13, 1) < timedelta(seconds=13)
    Clock.objects.filter(pk=bad.pk).update(owner_kind="test")  # mended: its due is still the true one
    clock(ny(19, 14))
    assert jobs.fire_due_clocks() == 1
    bad.refresh_from_db()
    assert (bad.breached_at, bad.fire_failures) == (ny(19, 12), 0)


def test_what_a_subscriber_raises_undoes_the_breach(
    desk: Desk, clock: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(event: ClockBreached) -> None:
        raise ValueError("no such ticket")

    monkeypatch.setitem(events._inside, ClockBreached, [fail])
    desk.start("first_response", ny(19, 10))
    clock(ny(19, 13))
    assert jobs.fire_due_clocks() == 0
    assert desk.verbs("first_response") == ["started"]
    assert desk.clock("first_response").state == "running"


def test_a_clock_changed_meanwhile_is_not_claimed(
    desk: Desk, clock: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = desk.start("first_response", ny(19, 10)).pk
    clock(ny(19, 13))

    def lock_and_lose(owner_id: int, *, skip_locked: bool) -> bool:
        from sla.actions import _change

        plain = _change.Change.settle

        def settle(self: Any, at: datetime, *, warn: bool = False) -> None:
            plain(self, at, warn=warn)
            Clock.objects.filter(pk=pk).update(state="met", next_fire_at=None)

        monkeypatch.setattr(_change.Change, "settle", settle)
        return True

    owners.register("test", lock=lock_and_lose, visible_to=lambda actor: None, describe=lambda ids: {})
    assert not actions.fire_clock(pk)
    assert desk.verbs("first_response") == ["started"]
    assert desk.told(ClockBreached) == []


def test_many_candidates_are_read_in_batches(
    desk: Desk, clock: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 3)
    for _ in range(7):
        Desk(desk.calendar, kit.make_owner()).start("first_response", ny(19, 10))
    Clock.objects.filter(pk=Clock.objects.earliest("id").pk).update(owner_id=0)  # gone: never fires
    clock(ny(19, 13))
    assert jobs.fire_due_clocks() == 6
    assert Clock.objects.filter(state="breached").count() == 6


def test_the_round_is_registered() -> None:
    rounds = {one.name: one for one in worker._rounds}
    ticker = rounds["sla.jobs.fire_due_clocks"]
    assert (ticker.seconds, ticker.shared) == (0.5, False)


def test_an_edit_moves_the_clocks_by_the_outbox(desk: Desk, clock: Clockwork) -> None:
    clock(ny(19, 9))
    desk.start("first_response", ny(19, 10))
    clock(ny(19, 11))
    kit.save_office(windows=[(day, "09:00", "11:00") for day in range(5)])
    outbox.run_due()
    stored = desk.clock("first_response")
    assert (stored.due, stored.warn_at) == (ny(20, 10), ny(20, 9, 30))
    assert stored.calendar_version.number == 2
    assert desk.verbs("first_response") == ["started", "moved"]


@pytest.fixture
def pg_desk(transactional_db: None, news: list[Any], kinds: None) -> Desk:
    if connection.vendor != "postgresql":
        pytest.fail("this test proves locks: run it with DATABASE_URL at a PostgreSQL")
    kit.save_standard()
    return Desk(kit.save_office(), kit.make_owner(), news=news)


def _in_threads(count: int, work: Callable[[], object]) -> list[Any]:
    barrier = threading.Barrier(count)
    results: list[Any] = []

    def run() -> None:
        try:
            barrier.wait(10)
            results.append(work())
        except BaseException as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.pg
def test_two_tickers_fire_each_due_once(pg_desk: Desk, clock: Clockwork) -> None:
    desks = [Desk(pg_desk.calendar, kit.make_owner()) for _ in range(40)]
    for one in desks:
        one.start("first_response", ny(19, 10))
    clock(ny(19, 13))
    fired = _in_threads(2, jobs.fire_due_clocks)
    fired.append(jobs.fire_due_clocks())  # what both skipped because the other held it
    assert sum(fired) == 40, fired
    breaches = [event.owner_id for event in pg_desk.told(ClockBreached)]
    assert sorted(breaches) == sorted(one.owner_id for one in desks)
    assert ClockTransition.objects.filter(verb="breached").count() == 40
    assert set(Clock.objects.values_list("breached_at", flat=True)) == {ny(19, 12)}


@pytest.mark.pg
def test_a_held_owner_is_skipped_and_not_waited_for(pg_desk: Desk, clock: Clockwork) -> None:
    pg_desk.start("first_response", ny(19, 10))
    other = Desk(pg_desk.calendar, kit.make_owner())
    other.start("first_response", ny(19, 10))
    clock(ny(19, 13))
    with transaction.atomic():
        assert owners.lock(*pg_desk.owner)
        assert _in_threads(1, jobs.fire_due_clocks) == [1]
    assert pg_desk.clock("first_response").state == "running"
    assert other.clock("first_response").state == "breached"
    assert jobs.fire_due_clocks() == 1


@pytest.mark.pg
def test_a_reply_and_the_ticker_agree(pg_desk: Desk, clock: Clockwork) -> None:
    """However they meet, the breach is told once, at the due, and the clock ends late."""
    desks = [Desk(pg_desk.calendar, kit.make_owner(), news=pg_desk.news) for _ in range(20)]
    for one in desks:
        one.start("first_response", ny(19, 10))
    clock(ny(19, 13))
    waiting = list(desks)

    def reply() -> None:
        while waiting:
            waiting.pop().meet("first_response", ny(19, 13))

    turns = [reply, jobs.fire_due_clocks]
    results = _in_threads(2, lambda: turns.pop()())
    assert not [error for error in results if isinstance(error, BaseException)]
    assert set(Clock.objects.values_list("state", "breached_at")) == {("late", ny(19, 12))}
    assert ClockTransition.objects.filter(verb="breached").count() == 20
    assert len(pg_desk.told(ClockBreached)) == 20
    assert Clock.objects.exclude(consumed=3 * HOUR).count() == 0
