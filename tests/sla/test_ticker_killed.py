"""Two workers on PostgreSQL, one of them killed in the middle: every due and every level once, at its instant."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count, F, Q

from core.clock import now
from core.models import Outbox
from sla import actions, clocks, owners
from sla.actions import recompute
from sla.models import Clock, ClockState, ClockTransition, Recompute
from sla.queries import current_version, match_policy, target_of
from tests.servers import Process
from tests.sla import kit, ticker
from tests.sla.kit import MANAGER, Desk

COUNT = 1_000
PATIENCE = 150.0  # seconds at most; it takes a few

pytestmark = pytest.mark.pg


@pytest.fixture
def desk_at_work(transactional_db: None, kinds: None) -> Desk:
    if connection.vendor != "postgresql":
        pytest.fail("this test kills workers: run it with DATABASE_URL at a PostgreSQL")
    kit.save_standard()
    kit.give_levels("first_response", (0, "tell", "lead"), (3600, "tell", "managers"))
    return Desk(kit.save_office(), kit.make_owner())


def make_clocks(desk: Desk, count: int, started: datetime) -> None:
    """So many owners with a first response that was asked for then, a second apart."""
    made = Outbox.objects.bulk_create(
        Outbox(kind="owner", state=Outbox.State.DONE, run_after=started, created_at=started)
        for _ in range(count)
    )
    target = target_of(match_policy({}), "first_response")
    version = current_version(desk.calendar.pk)
    rows = []
    for n, owner in enumerate(made):
        at = clocks.whole(started + timedelta(seconds=n % 3600))
        owned = ("test", owner.pk)
        clock = clocks.draft(owner=owned, metric="first_response", target=target, version=version, at=at)
        clocks.schedule(clock)
        rows.append(clock)
    ClockTransition.objects.bulk_create(
        ClockTransition(
            clock=clock,
            at=clock.started_at,
            verb="started",
            state="running",
            due=clock.due,
            actor_kind="system",
            calendar_version_id=version.pk,
        )
        for clock in Clock.objects.bulk_create(rows)
    )


def worker() -> Process:
    """A process that looks into this test's database."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    url = f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return Process([sys.executable, "-m", "tests.sla.ticker"], env, ticker.READY)


@contextmanager
def workers(count: int) -> Iterator[list[Process]]:
    """Started together; none of them survives."""
    running = [worker() for _ in range(count)]
    try:
        starts = [threading.Thread(target=process.start) for process in running]
        for start in starts:
            start.start()
        for start in starts:
            start.join()
        yield running
    finally:
        for process in running:
            process.stop()


def wait_for(what: Callable[[], Any]) -> None:
    """Look until it is so."""
    until = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not what():
        assert time.monotonic() < until, "it took too long"
        pause.wait(0.05)


def fired() -> int:
    return Clock.objects.filter(state=ClockState.BREACHED, next_fire_at=None).count()


def test_each_due_fires_once_though_a_worker_is_killed(desk_at_work: Desk) -> None:
    make_clocks(desk_at_work, COUNT, datetime(2026, 3, 3, 15, tzinfo=UTC))
    with workers(2) as (first, _second):
        wait_for(lambda: fired() > COUNT // 10)
        first.kill()
        at_the_kill = fired()
        assert at_the_kill < COUNT, "it was killed too late to prove anything"
        wait_for(lambda: fired() == COUNT)
    rows = ClockTransition.objects.values("clock").annotate(
        warned=Count("pk", filter=Q(verb="warned")),
        breached=Count("pk", filter=Q(verb="breached")),
        escalated=Count("pk", filter=Q(verb="escalated")),
    )
    assert set(rows.values_list("warned", "breached", "escalated")) == {(1, 1, 2)}
    assert rows.count() == COUNT
    stamped = ClockTransition.objects.filter(verb="breached")
    assert not stamped.exclude(at=F("clock__due")).exists()
    assert not Clock.objects.exclude(breached_at=F("due")).exists()
    levels = ClockTransition.objects.filter(verb="escalated", reason__startswith="level 1")
    assert not levels.exclude(at=F("clock__due")).exists()


def test_a_held_owner_holds_up_no_other(desk_at_work: Desk) -> None:
    """Moving waits for whoever works on a ticket, after everything else is done, and then moves that too."""
    make_clocks(desk_at_work, 30, now() - timedelta(hours=1))
    kit.save_office(windows=[(day, "00:00", "24:00") for day in range(7)])
    held = Clock.objects.order_by("pk")[4]
    results: list[recompute.Progress] = []

    def move() -> None:
        try:
            results.append(actions.move_clocks(calendar_id=desk_at_work.calendar.pk, batch=10))
        finally:
            connections.close_all()

    moving = threading.Thread(target=move)
    behind = Clock.objects.filter(calendar_version__number=1)
    with transaction.atomic():
        assert owners.lock(held.owner_kind, held.owner_id)
        moving.start()
        wait_for(lambda: behind.count() <= 21)  # the rest of its batch is done, and it alone is waited for
        assert behind.filter(pk=held.pk).exists()
    moving.join(PATIENCE)
    assert [(done.seen, done.moved, done.failed) for done in results] == [(30, 30, 0)]
    assert not behind.exists()


def test_hours_applied_from_a_date_go_on_after_a_kill(desk_at_work: Desk) -> None:
    """Killed between two batches or in one: who comes next goes on, and each clock has one turn."""
    desk_at_work.calendar.versions.update(created_at=now() - timedelta(days=400))
    kit.save_standard(targets=[{"metric": "first_response", "amount": 300 * 3600}])
    make_clocks(desk_at_work, 3 * COUNT, now() - timedelta(days=8))
    kit.save_office(windows=[(day, "09:00", "11:00") for day in range(5)])
    actions.recompute_clocks()
    row = actions.apply_calendar_from(
        actor=MANAGER, code="office", from_at=now() - timedelta(days=20), reason="wrong since then"
    )
    with workers(1) as (only,):
        wait_for(lambda: Recompute.objects.get().seen > 0)
        only.kill()
        row.refresh_from_db()
        assert row.state == "running", "it was killed too late to prove anything"
    # Its row of the outbox is taken up again when the lease of the dead worker is over.
    Outbox.objects.filter(kind="sla.apply_calendar").update(claimed_at=now() - timedelta(hours=1))
    with workers(2):
        wait_for(lambda: Recompute.objects.get().state == "done")
    row.refresh_from_db()
    assert (row.seen, row.moved, row.left, row.failed) == (3 * COUNT, 3 * COUNT, [], 0)
    turns = ClockTransition.objects.filter(verb="recounted").values("clock").annotate(n=Count("pk"))
    assert set(turns.values_list("n", flat=True)) == {1}
    assert turns.count() == 3 * COUNT
