"""The worktime sums beside the libraries that exist. From the project's root: python tests/bench/bench_worktime.py

Everybody counts in one office (09:00-12:00 and 13:00-18:00 New York, Monday to Friday, US holidays) and must give the
same answers.
Rounds are short and interleaved, each figure is the median of its rounds in processor time, so that a busy machine is
busy for all alike.
Prints a table of times and ratios and what of the goals was reached; exits with 1 when a goal was missed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

import pytz
import workclock
from businesstimedelta import BusinessTimeDelta, HolidayRule, LunchTimeRule, Rules, WorkDayRule

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import holidays

from sla._edges import compile_year, pieces
from sla.worktime import WorkCalendar

ROUNDS = 15
SLICE = 0.005  # seconds that one round of one contestant takes, or one call of it
HOUR = 3600
ZONE = "America/New_York"
DAYS_OFF = sorted(holidays.country_holidays("US", years=range(2026, 2038)))
START = datetime(2026, 6, 5, 15, 30, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)  # a Friday
YEAR = 2000  # hours of work: 250 days

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OURS = WorkCalendar(ZONE, {day: [("09:00", "12:00"), ("13:00", "18:00")] for day in WEEKDAYS}, DAYS_OFF)
THEIRS = workclock.Schedule(
    [
        workclock.WorkDay(time(9), time(18)),
        workclock.Break(time(12), time(13)),
        workclock.Holidays(DAYS_OFF),
    ],
    time_zone=ZONE,
)
OLD = Rules(
    [
        WorkDayRule(start_time=time(9), end_time=time(18), tz=pytz.timezone(ZONE)),
        LunchTimeRule(start_time=time(12), end_time=time(13), tz=pytz.timezone(ZONE)),
        HolidayRule(set(DAYS_OFF), tz=pytz.timezone(ZONE)),
    ]
)
Call = Callable[[], object]


@dataclass
class Row:
    """One question, asked of up to three; microseconds of each round by contestant."""

    name: str
    calls: dict[str, Call]
    goal: float  # microseconds for ours
    ratios: dict[str, float] = field(default_factory=dict)  # at least so many times faster
    times: dict[str, list[float]] = field(default_factory=dict)

    def micros(self, who: str) -> float:
        return median(self.times[who])

    def ratio(self, who: str) -> float:
        return self.micros(who) / self.micros("ours")

    def missed(self) -> list[str]:
        """The goals that were not reached, in words."""
        told = []
        if self.micros("ours") > self.goal:
            told.append(f"{self.name}: {self.micros('ours'):.2f} µs, at most {self.goal:g} wanted")
        told += [
            f"{self.name}: {self.ratio(who):.1f}x {who}, at least {least:g}x wanted"
            for who, least in self.ratios.items()
            if self.ratio(who) < least
        ]
        return told


def add_row(name: str, hours: int, least: dict[str, float]) -> Row:
    delta = timedelta(hours=hours)
    calls: dict[str, Call] = {
        "ours": lambda: OURS.add(START, hours * HOUR),
        "workclock": lambda: THEIRS.add(START, delta),
        "businesstimedelta": lambda: START + BusinessTimeDelta(OLD, hours=hours),
    }
    answers = {who: call().astimezone(UTC) for who, call in calls.items()}  # type: ignore[attr-defined]
    assert len(set(answers.values())) == 1, answers
    return Row(name, calls, 2.0, least)


def between_row(name: str, hours: int, least: dict[str, float]) -> Row:
    end = OURS.add(START, hours * HOUR)
    calls: dict[str, Call] = {
        "ours": lambda: OURS.between(START, end),
        "workclock": lambda: THEIRS.between(START, end),
        "businesstimedelta": lambda: OLD.difference(START, end),
    }
    assert calls["ours"]() == hours * HOUR
    assert calls["workclock"]() == timedelta(hours=hours)
    assert calls["businesstimedelta"]().timedelta == timedelta(hours=hours)  # type: ignore[attr-defined]
    return Row(name, calls, 2.0, least)


def alone(name: str, call: Call, goal: float) -> Row:
    return Row(name, {"ours": call}, goal)


def rows() -> list[Row]:
    day = {"workclock": 3.0, "businesstimedelta": 150.0}
    year = {"workclock": 3.0, "businesstimedelta": 1000.0}
    ten_years = OURS.add(START, 10 * YEAR * HOUR)
    two_hours = OURS.add(START, 2 * HOUR)
    return [
        add_row("add 8 h", 8, day),
        add_row("add a year", YEAR, year),
        between_row("between, 8 h", 8, day),
        between_row("between, a year", YEAR, year),
        alone("add 2 h", lambda: OURS.add(START, 2 * HOUR), 2.0),
        alone("add 10 years", lambda: OURS.add(START, 10 * YEAR * HOUR), 2.0),
        alone("add -8 h", lambda: OURS.add(START, -8 * HOUR), 2.0),
        alone("between, 2 h", lambda: OURS.between(START, two_hours), 2.0),
        alone("between, 10 years", lambda: OURS.between(START, ten_years), 2.0),
        alone("is_open", lambda: OURS.is_open(START), 1.0),
        alone("compile a year", lambda: compile_year(OURS._rules, OURS.zone, 2027), 3000.0),
        alone("  and its zone", compile_cold, 3000.0),
        alone("new calendar, add", new_and_add, 3000.0),
    ]


def compile_cold() -> object:
    pieces.cache_clear()
    return compile_year(OURS._rules, OURS.zone, 2027)


def new_and_add() -> datetime:
    desk = {day: [("01:00", "06:00"), ("21:00", "23:30")] for day in ("mon", "tue", "wed", "thu")}
    return WorkCalendar(ZONE, desk, [date(2026, 7, 3)]).add(START, 2 * HOUR)


def measure(all_rows: list[Row]) -> None:
    """Every contestant of every question once in each round."""
    counts = {(row.name, who): fitting(call) for row in all_rows for who, call in row.calls.items()}
    for _round in range(ROUNDS):
        for row in all_rows:
            for who, call in row.calls.items():
                row.times.setdefault(who, []).append(timed(call, counts[row.name, who]))


def fitting(call: Call) -> int:
    """How many calls fill one slice."""
    return max(1, round(SLICE / max(timed(call, 3) / 1e6, 1e-7)))


def timed(call: Call, number: int) -> float:
    """Microseconds of one call, over so many."""
    repeat = range(number)
    begun = process_time()
    for _ in repeat:
        call()
    return (process_time() - begun) / number * 1e6


def main() -> int:
    all_rows = rows()
    measure(all_rows)
    print(f"{'':20}{'ours':>10}{'workclock':>22}{'businesstimedelta':>26}")
    for row in all_rows:
        line = f"{row.name:20}{row.micros('ours'):>7.2f} µs"
        for who, width in (("workclock", 12), ("businesstimedelta", 15)):
            if who in row.calls:
                line += f"{row.micros(who):>{width}.1f} µs {row.ratio(who):>6.0f}x"
        print(line)
    missed = [words for row in all_rows for words in row.missed()]
    print("missed: " + "; ".join(missed) if missed else "every goal was reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
