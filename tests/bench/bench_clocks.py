"""How long 100,000 running clocks take to go on under other hours, and what a round of the ticker costs.

    python scripts/services.py --for-app -- python tests/bench/bench_clocks.py [CLOCKS]

Needs PostgreSQL in DATABASE_URL; makes its own rows there. Prints each figure with its goal and the share of it
that was used; ends with 1 when a goal was missed. The 100,000 clocks are judged by the CPU that this process and its
PostgreSQL backend took, which is the time of a machine that does nothing else; the clock on the wall stands beside it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_SECONDS = 20.0  # for 100,000 clocks after a new holiday
MOST_BESIDE = 0.100  # seconds of a round with 100 due clocks beside their 100 transactions
ROUNDS = 7
DUE = 100


class Goals:
    """Prints measured values beside what was to be reached."""

    def __init__(self) -> None:
        self.missed = 0

    def tell(self, what: str, seconds: float, goal: float) -> None:
        self.missed += seconds > goal
        verdict = "reached" if seconds <= goal else "MISSED"
        print(
            f"{what:<58} {seconds * 1000:10,.1f} ms   goal {goal * 1000:8,.0f} ms   {seconds / goal:6.1%}  {verdict}"
        )


def main(count: int) -> int:
    """Measure and print; the exit status."""
    sys.path.insert(0, str(ROOT))
    from tests.bench.begin import on_postgres

    return on_postgres(measure, count)


def measure(count: int) -> int:
    """All figures, on an empty database."""
    from django.core.management import call_command

    from core.clock import now
    from tests import clockworld

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    clockworld.fill(count, opened=now())
    _analyze()
    print(f"{count:,} running clocks on {count // 2:,} tickets, made in {time.perf_counter() - began:.1f} s")
    goals = Goals()
    measure_round(goals)
    measure_holiday(goals, count)
    return int(goals.missed > 0)


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure_round(goals: Goals) -> None:
    """A round that finds nothing; one that finds 100, told apart from what their transactions take."""
    from sla import jobs

    idle = sorted(_timed(jobs.fire_due_clocks) for _ in range(ROUNDS))
    goals.tell("ticker round, nothing due (median)", idle[ROUNDS // 2], MOST_BESIDE)
    _make_due(DUE)
    inside = 0.0
    plain = jobs._fire

    def fire(clock_id: int) -> bool:
        nonlocal inside
        began = time.perf_counter()
        try:
            return plain(clock_id)
        finally:
            inside += time.perf_counter() - began

    jobs._fire = fire
    fired = 0

    def one_round() -> None:
        nonlocal fired
        fired = jobs.fire_due_clocks()

    whole = _timed(one_round)
    jobs._fire = plain
    assert fired == DUE, fired
    print(f"{f'{DUE} transactions, each a breach with its ticket':<58} {inside * 1000:10,.1f} ms")
    goals.tell(f"ticker round, {DUE} due, beside their transactions", whole - inside, MOST_BESIDE)


def _make_due(count: int) -> None:
    """So many first responses were asked for a week ago."""
    from sla import clocks
    from sla.models import Clock

    rows = Clock.objects.filter(metric="first_response").select_related("calendar_version").order_by("id")
    for clock in rows[:count]:
        clock.started_at -= timedelta(days=7)
        clock.anchor = clock.started_at
        clocks.schedule(clock)
        clock.save()


def measure_holiday(goals: Goals, count: int) -> None:
    """The next working day becomes a holiday."""
    from django.core.management import call_command

    from core.actors import SYSTEM
    from core.clock import now
    from sla import actions
    from sla.drafts import draft_of
    from sla.models import Calendar, Clock
    from sla.queries import current_version, work_calendar
    from tests.bench.cpu import backend_cpu
    from tickets.models import Ticket

    calendar = Calendar.objects.get(code="tickets-ny")
    hours = work_calendar(current_version(calendar.pk))
    day = hours.add_workdays(now().astimezone(hours.zone).date() + timedelta(days=1), 0)
    before = set(Clock.objects.values_list("pk", "due"))
    plain = draft_of(calendar)
    edited = replace(plain, holidays=(*plain.holidays, (day, "Inventory")))
    actions.save_calendar(actor=SYSTEM, draft=edited)
    said = StringIO()
    mine, backend = time.process_time(), backend_cpu()
    wall = _timed(lambda: call_command("recompute_clocks", calendar="tickets-ny", stdout=said))
    mine, backend = time.process_time() - mine, backend_cpu() - backend
    seconds = mine + backend if backend else wall
    goals.tell(f"{count:,} clocks after a new holiday", seconds, MOST_SECONDS * count / 100_000)
    print(f"  {mine:.1f} s of it Python, {backend:.1f} s PostgreSQL; {wall:.1f} s on the wall")
    last = said.getvalue().splitlines()[-1].rpartition("\r")[2]
    moved = len(before - set(Clock.objects.values_list("pk", "due")))
    print(f"  {last}; {moved:,} dues differ; {count / seconds:,.0f} clocks/s")
    wrong = Ticket.objects.filter(due_sort__year__gte=9999).count()
    assert f"seen={count} moved={count} " in last, "every clock had its turn"
    assert moved > count / 2, "the holiday moves most dues"
    assert not wrong, "every ticket knows its due"


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
