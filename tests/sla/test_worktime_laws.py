"""Laws of the worktime sums over random calendars, and the naive oracle as the judge.

The oracle sees 2,000 random calendars in a normal run, 100,000 with HELPDESK_NIGHTLY=1; the other laws a tenth
of that each. Each law is a test of its own, so that `-k` splits a long run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla.worktime import NeverOpen, WorkCalendar
from tests.sla.oracle import NAMES, Oracle

CASES = 100_000 if os.environ.get("HELPDESK_NIGHTLY") == "1" else 2_000
DAY = 86_400
QUARTER = 900


def law(share: float = 1.0):
    """Settings of one law: its share of the cases, no clock to beat, nothing left on disk."""
    return settings(
        max_examples=round(CASES * share),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


# Zones, each with instants (UTC) next to which its wall clock does something worth a look.
PLACES: list[tuple[str, list[str]]] = [
    ("America/New_York", ["2026-03-08T07:00", "2026-11-01T06:00", "2026-12-31T23:00"]),
    ("Europe/London", ["2026-03-29T01:00", "2026-10-25T01:00", "2028-02-29T12:00"]),
    ("Australia/Lord_Howe", ["2026-04-04T15:00", "2026-10-03T15:30", "2025-12-31T14:00"]),
    ("Asia/Shanghai", ["2026-02-17T00:00", "1991-04-13T18:00", "1991-09-14T17:00"]),
    ("Africa/Casablanca", ["2026-02-15T02:00", "2026-03-22T02:00"]),
    ("Africa/Cairo", ["2026-04-23T22:00", "2026-10-29T21:00"]),
    ("Pacific/Apia", ["2011-12-30T10:00", "2011-09-24T14:00"]),
    ("Asia/Kolkata", ["2026-01-01T00:00", "2024-02-28T18:30"]),
    ("America/Sao_Paulo", ["2018-11-04T03:00", "2018-02-18T02:00"]),
    ("Pacific/Chatham", ["2026-04-04T14:00", "2026-09-26T14:00"]),
    ("UTC", ["2026-12-31T23:59"]),
]


def seconds_at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


MOMENTS = [(zone, seconds_at(text)) for zone, texts in PLACES for text in texts]


@dataclass(frozen=True)
class Case:
    """A random calendar, and an instant to ask it about."""

    zone: str
    weekly: dict[str, list[tuple[str, str]]]
    holidays: tuple[date, ...]
    extra: dict[date, list[tuple[str, str]]]
    at: int

    def calendar(self) -> WorkCalendar:
        return WorkCalendar(self.zone, self.weekly, self.holidays, self.extra)

    def oracle(self, step: int) -> Oracle:
        return Oracle(self.zone, self.weekly, self.holidays, self.extra, step)


def hhmm(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def windows(grid: int):
    """Up to three windows: any order, overlapping, touching, empty, over midnight."""
    starts = st.integers(0, 1440 // grid - 1)
    ends = st.integers(0, 1440 // grid)
    pair = st.tuples(starts, ends).map(lambda w: (hhmm(w[0] * grid), hhmm(w[1] * grid)))
    return st.lists(pair, max_size=3)


@st.composite
def cases(draw, grid: int = 15) -> Case:
    zone, moment = draw(st.sampled_from(MOMENTS))
    at = moment + draw(st.integers(-2 * DAY, 2 * DAY))
    near = datetime.fromtimestamp(at, UTC).date()
    dates = st.integers(-4, 6).map(lambda n: near + timedelta(days=n))
    return Case(
        zone,
        draw(st.dictionaries(st.sampled_from(NAMES), windows(grid), max_size=7)),
        tuple(draw(st.lists(dates, max_size=2))),
        draw(st.dictionaries(dates, windows(grid), max_size=2)),
        at,
    )


def instant(u: int) -> datetime:
    return datetime.fromtimestamp(u, UTC)


def second(t: datetime | None) -> int | None:
    return None if t is None else int(t.timestamp())


def added(calendar: WorkCalendar, u: int, seconds: int) -> int | None:
    try:
        return second(calendar.add(instant(u), seconds))
    except NeverOpen:
        return None


def agree(got: int | None, want: int | None, limit: int) -> None:
    """The oracle stops at its limit; what it did not find must lie there or beyond."""
    if want is not None or got is None:
        assert got == want
    else:
        assert got >= limit


def judge(case: Case, oracle: Oracle, span: int, seconds: int) -> None:
    """Every sum about one instant against the oracle, within `span` seconds around it."""
    calendar, u = case.calendar(), case.at
    limit = u + span
    assert calendar.is_open(instant(u)) == oracle.is_open(u)
    assert calendar.between(instant(u), instant(limit)) == oracle.between(u, limit)
    agree(second(calendar.next_open(instant(u))), oracle.next_open(u, limit), limit)
    agree(second(calendar.next_close(instant(u))), oracle.next_close(u, limit), limit)
    agree(added(calendar, u, seconds), oracle.add(u, seconds, limit), limit)
    back, want = added(calendar, u, -seconds), oracle.subtract(u, seconds, u - span)
    assert back == want if want is not None or back is None else back <= u - span


@law(0.6)
@given(cases(), st.integers(1, 3 * DAY), st.integers(1, 2 * DAY))
def test_the_oracle_agrees_on_quarter_hour_calendars(case: Case, span: int, seconds: int) -> None:
    judge(case, case.oracle(QUARTER), span, seconds)


@law(0.25)
@given(cases(grid=1), st.integers(1, DAY // 2), st.integers(1, DAY // 4))
def test_the_oracle_agrees_on_minute_calendars(case: Case, span: int, seconds: int) -> None:
    judge(case, case.oracle(60), span, seconds)


@law(0.15)
@given(cases(grid=1), st.integers(-1800, 600), st.integers(1, 1500), st.integers(1, 1200))
def test_the_oracle_agrees_second_by_second(case: Case, shift: int, span: int, seconds: int) -> None:
    zone, moment = min(MOMENTS, key=lambda m: (m[0] != case.zone, abs(m[1] - case.at)))
    near = Case(zone, case.weekly, case.holidays, case.extra, moment + shift)
    judge(near, near.oracle(1), span, seconds)


@law(0.001)
@given(cases(), st.integers(-600, 600))
def test_the_oracle_agrees_over_ten_years(case: Case, seconds: int) -> None:
    """Every change of the zone's clocks, three leap days and ten New Years lie in between."""
    calendar, oracle, end = case.calendar(), case.oracle(QUARTER), case.at + 3653 * DAY + seconds
    assert calendar.between(instant(case.at), instant(end)) == oracle.between(case.at, end)


CUTOFFS = st.one_of(st.just("close"), st.integers(0, 96).map(lambda n: hhmm(n * 15)))


@law(0.1)
@given(cases(), st.integers(-4, 4), st.integers(0, 3), CUTOFFS)
def test_the_oracle_agrees_on_working_days(case: Case, days: int, promised: int, cutoff: str) -> None:
    calendar, oracle = case.calendar(), case.oracle(QUARTER)
    day = oracle.wall(case.at).date()
    want = oracle.add_workdays(day, days, 12)
    if want is not None:
        assert calendar.add_workdays(day, days) == want
    other = day + timedelta(days=3 * days)
    assert calendar.workdays_between(day, other) == oracle.workdays_between(day, other)
    kept = oracle.promise(case.at, promised, cutoff, 12)
    if kept is not None:
        assert calendar.promise(instant(case.at), 0, promised, cutoff)[1] == kept
        assert second(calendar.promise_due(instant(case.at), promised, cutoff)) == oracle.day_close(kept)


@law(0.1)
@given(cases(grid=1))
def test_open_next_open_and_one_second_say_the_same(case: Case) -> None:
    calendar, t = case.calendar(), instant(case.at)
    is_open = calendar.is_open(t)
    assert is_open == (calendar.next_open(t) == t)
    assert is_open == (calendar.between(t, t + timedelta(seconds=1)) == 1)
    close = calendar.next_close(t)
    if close is not None:
        opens = calendar.next_open(t)
        assert opens is not None and not calendar.is_open(close)
        assert calendar.between(opens, close) == (close - opens).total_seconds()


# Mostly days, as promises are; now and then so much time that a desk of few hours needs years for it.
AMOUNTS = st.one_of(
    st.integers(1, 4 * DAY), st.integers(1, 4 * DAY), st.integers(1, 4 * DAY), st.integers(1, 40 * DAY)
)


@law(0.1)
@given(cases(grid=1), AMOUNTS, AMOUNTS)
def test_adding_counts_and_chains(case: Case, a: int, b: int) -> None:
    calendar, t = case.calendar(), instant(case.at)
    for sign in (1, -1):
        try:
            there = calendar.add(t, sign * (a + b))
        except NeverOpen:
            with pytest.raises(NeverOpen):
                calendar.add(calendar.add(t, sign * a), sign * b)
            continue
        assert calendar.between(t, there) == sign * (a + b)
        assert calendar.add(calendar.add(t, sign * a), sign * b) == there
        edge = calendar.is_open(there - timedelta(seconds=1)) if sign > 0 else calendar.is_open(there)
        assert edge, "the last second counted is an open one"


@law(0.1)
@given(cases(grid=1), st.lists(st.integers(-30 * DAY, 400 * DAY), min_size=3, max_size=3))
def test_between_adds_up_over_any_split(case: Case, shifts: list[int]) -> None:
    calendar = case.calendar()
    a, b, c = (instant(case.at + shift) for shift in shifts)
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert calendar.between(a, b) == -calendar.between(b, a)


def split_at_midnight(weekly: dict[str, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    """The same week without sugar, each day's windows the other way round and told twice."""
    plain: dict[str, list[tuple[str, str]]] = {name: [] for name in NAMES}
    for name, told in weekly.items():
        after = NAMES[(NAMES.index(name) + 1) % 7]
        for start, end in reversed(told):
            if end >= start:
                plain[name] += [(start, end), (start, end)]
            else:
                plain[name] += [(start, "24:00")]
                plain[after] += [("00:00", end)]
    return plain


@law(0.1)
@given(cases(grid=1), st.integers(-20 * DAY, 20 * DAY))
def test_splitting_at_midnight_and_reordering_change_nothing(case: Case, seconds: int) -> None:
    one = case.calendar()
    two = WorkCalendar(case.zone, split_at_midnight(case.weekly), case.holidays, case.extra)
    t = instant(case.at)
    assert one.is_open(t) == two.is_open(t)
    assert (one.next_open(t), one.next_close(t)) == (two.next_open(t), two.next_close(t))
    assert added(one, case.at, seconds) == added(two, case.at, seconds)


@law(0.1)
@given(cases(grid=1), st.integers(-60 * DAY, 60 * DAY))
def test_a_receipt_leads_to_what_add_gives(case: Case, seconds: int) -> None:
    calendar, t = case.calendar(), instant(case.at)
    try:
        there = calendar.add(t, seconds)
    except NeverOpen:
        with pytest.raises(NeverOpen):
            calendar.explain_add(t, seconds)
        return
    steps = calendar.explain_add(t, seconds)
    assert steps[0].kind == "start" and steps[0].start == t and steps[-1].end == there
    assert sum(step.seconds for step in steps) == seconds and len(steps) <= 50
    for before, after in zip(steps, steps[1:], strict=False):
        assert before.end == after.start
    for step in steps:
        assert calendar.between(step.start, step.end) == step.seconds
        assert step.merged or step.kind != "count" or (step.end - step.start).total_seconds() == step.seconds


@law(0.1)
@given(
    cases(grid=1),
    st.lists(st.integers(-3000 * DAY, 3000 * DAY), max_size=4),
    st.integers(-50 * DAY, 50 * DAY),
)
def test_what_was_asked_before_changes_no_answer(case: Case, earlier: list[int], seconds: int) -> None:
    fresh, used = case.calendar(), case.calendar()
    for shift in earlier:
        used.is_open(instant(case.at + shift))
    t = instant(case.at)
    assert fresh.next_open(t) == used.next_open(t) and fresh.next_close(t) == used.next_close(t)
    assert added(fresh, case.at, seconds) == added(used, case.at, seconds)
    assert fresh == used and hash(fresh) == hash(used)
