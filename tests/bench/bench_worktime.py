"""Microseconds for the worktime sums. Run from the project's root: python tests/bench/bench_worktime.py

Prints, asserts nothing: absolute times belong to the machine. Best of several rounds, one calendar with an
over-midnight desk, holidays and clock changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from timeit import repeat
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sla._edges import compile_year, pieces
from sla.worktime import WorkCalendar

HOUR = 3600
NEW_YORK = ZoneInfo("America/New_York")
DESK = {day: [("01:00", "06:00"), ("21:00", "23:30")] for day in ("mon", "tue", "wed", "thu")}
HOLIDAYS = [date(year, month, day) for year in range(2020, 2042) for month, day in ((1, 1), (7, 4), (12, 25))]
START = datetime(2026, 3, 5, 22, 30, tzinfo=NEW_YORK)


def micros(call: Callable[[], object], number: int = 20_000, rounds: int = 7) -> float:
    """The best round's time for one call."""
    call()
    return min(repeat(call, number=number, repeat=rounds)) / number * 1e6


def main() -> None:
    desk = WorkCalendar("America/New_York", DESK, HOLIDAYS)
    utc = START.astimezone(UTC)
    desk.between(utc, utc + timedelta(days=3653))
    spans = {
        "2 h": 2 * HOUR,
        "8 h": 8 * HOUR,
        "a week": 30 * HOUR,
        "a year": 1560 * HOUR,
        "10 years": 15_600 * HOUR,
    }
    for name, seconds in spans.items():
        print(f"add {name:>9}          {micros(lambda n=seconds: desk.add(utc, n)):8.2f} µs")
    print(f"add    2 h, zoned in  {micros(lambda: desk.add(START, 2 * HOUR)):8.2f} µs")
    print(f"add   -8 h            {micros(lambda: desk.add(utc, -8 * HOUR)):8.2f} µs")
    for name, days in {"8 h": 0.34, "a week": 7, "a year": 365, "10 years": 3652}.items():
        end = utc + timedelta(days=days)
        print(f"between {name:>9}      {micros(lambda e=end: desk.between(utc, e)):8.2f} µs")
    print(f"is_open               {micros(lambda: desk.is_open(utc)):8.2f} µs")
    print(f"next_open             {micros(lambda: desk.next_open(utc)):8.2f} µs")
    print(f"add_workdays 5        {micros(lambda: desk.add_workdays(date(2026, 3, 5), 5)):8.2f} µs")
    print(f"promise_due 3         {micros(lambda: desk.promise_due(utc, 3)):8.2f} µs")
    print(f"explain_add 2 h       {micros(lambda: desk.explain_add(utc, 2 * HOUR), 2_000):8.2f} µs")
    bench_compiling(desk)


def bench_compiling(desk: WorkCalendar) -> None:
    """A year of edges, with the zone's changes known and unknown; a calendar from nothing to its first sum."""

    def cold() -> None:
        pieces.cache_clear()
        compile_year(desk._rules, desk.zone, 2027)

    def whole() -> None:
        WorkCalendar("America/New_York", DESK, HOLIDAYS).add(START, 2 * HOUR)

    warm = micros(lambda: compile_year(desk._rules, desk.zone, 2026), 20)
    print(f"compile a year        {warm:8.2f} µs")
    print(f"  zone seen first     {micros(cold, 20):8.2f} µs")
    print(f"new calendar + add    {micros(whole, 20):8.2f} µs")


if __name__ == "__main__":
    main()
