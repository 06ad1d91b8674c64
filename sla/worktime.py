"""Business time: when a desk is open, when open time is used up, how much of it lies between two instants.

Pure Python; needs no Django and no database. One calendar holds one zone, a week of windows, holidays and
special dates. All instants given must be aware, all results are UTC, everything counts in whole seconds:
fractions are cut off on entry. Instants and dates from 1900 to 2199 are covered.

    >>> from datetime import datetime
    >>> from zoneinfo import ZoneInfo
    >>> desk = WorkCalendar("Europe/London", {"mon": [("09:00", "17:00")], "tue": [("09:00", "17:00")]})
    >>> desk.add(datetime(2026, 3, 9, 16, 0, tzinfo=ZoneInfo("Europe/London")), 2 * 3600).isoformat()
    '2026-03-10T10:00:00+00:00'

Rules worth knowing before use:

* Windows are half-open, [open, close), and are asked of the wall clock of the zone. Time counted is elapsed
  time, so a day open from 00:00 to 24:00 counts 23 or 25 hours when clocks change.
* A window over midnight is short for two windows, one on each date. Each obeys its own date.
* A special date outranks a holiday, a holiday outranks the week.
* A working day is a local date on which a window begins. What runs over from the evening before makes none.
* Nobody looks further than 800 days across closed time: past that there is no opening.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

from sla._edges import (
    BEGIN,
    END,
    EPOCH,
    FIRST_YEAR,
    LAST_YEAR,
    LOOK_AHEAD,
    Table,
    Year,
    compile_year,
    utc_year,
    wall_instant,
)
from sla._explain import Step, explain
from sla._windows import DAY, Rules, day_date, day_number, read_time, read_zone

__all__ = ["NeverOpen", "Step", "WorkCalendar"]

Windows = Sequence[tuple[str, str]]

_LOOK_AHEAD_DAYS = LOOK_AHEAD // DAY
_NO_EXTRA: Mapping[date | str, Windows] = MappingProxyType({})


class NeverOpen(Exception):
    """There is no open time, or no working day, to count within reach."""


class WorkCalendar:
    """Opening hours that can be counted in. Immutable; equal and hashed by content; safe across threads.

    Years are compiled when first touched and kept, so keep calendars too: build one per version.
    """

    def __init__(
        self,
        timezone: str,
        weekly: Mapping[str, Windows],
        holidays: Iterable[date | str] = (),
        extra: Mapping[date | str, Windows] = _NO_EXTRA,
    ) -> None:
        """`timezone` is an IANA name; `weekly` maps "mon".."sun" to ("HH:MM", "HH:MM") windows.

        "24:00" is a legal end. An end before its start runs over midnight, start = end is empty; order,
        overlaps and touching windows do not matter. `holidays` close their local date; `extra` replaces
        both the week and a holiday on its date, an empty list closes it. Dates may be "YYYY-MM-DD".
        ValueError in clear words for anything that cannot be read.
        """
        self.zone = read_zone(timezone)
        self.timezone = timezone
        self._rules = Rules(weekly, holidays, extra)
        self._key = (timezone, self._rules.content)
        self._hash = hash(self._key)
        self._years: dict[int, Year] = {}
        self._table = Table(1970, [])

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, WorkCalendar) else NotImplemented

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        holidays, special = len(self._rules.holidays), len(self._rules.special)
        return f"<WorkCalendar {self.timezone}, {holidays} holidays, {special} special dates>"

    # Asking ----------------------------------------------------------------------------------------

    def is_open(self, t: datetime) -> bool:
        """Whether the desk is open at an instant. ValueError for a naive one."""
        second = _second(t)
        table = self._table
        if not table.start <= second < table.end:
            table = self._reach(second, second)
        index = bisect_right(table.opens, second) - 1
        return index >= 0 and second < table.closes[index]

    def next_open(self, t: datetime) -> datetime | None:
        """The first open instant from `t` on, `t` itself when open; None when none comes in 800 days."""
        second = self._next_open(_second(t))
        return None if second is None else _instant(second)

    def next_close(self, t: datetime) -> datetime | None:
        """The first closed instant after `next_open(t)`; None when it never opens, or stays open 800 days."""
        opens = self._next_open(_second(t))
        if opens is None:
            return None
        table = self._reach(opens, opens)
        while (close := table.closes[bisect_right(table.closes, opens)]) == table.end:
            if close - opens > LOOK_AHEAD or table.end >= END:
                return None  # an edge of the table is no close yet
            table = self._reach(opens, table.end)
        return _instant(close) if close - opens <= LOOK_AHEAD else None

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds from `start` to `end`; negative when `end` comes first. ValueError for naive ones."""
        low, high = _second(start), _second(end)
        table = self._table
        if not (table.start <= low < table.end and table.start <= high < table.end):
            table = self._reach(min(low, high), max(low, high))
        return table.open_before(high) - table.open_before(low)

    # Adding ----------------------------------------------------------------------------------------

    def add(self, t: datetime, seconds: int) -> datetime:
        """The earliest instant at which `seconds` of open time after `t` are used up, in UTC.

        Landing on a close gives that close, not the next opening. `add(t, 0)` is `next_open(t)`. Negative
        seconds give the latest instant from which so much open time lies before `t`.
        NeverOpen when there is not that much time to count; ValueError for a naive instant.
        """
        second, table = _second(t), self._table
        if type(seconds) is int and seconds > 0 and table.start <= second < table.end:
            # The way of nearly every call, told without further calls; `_forward` says the same at length.
            opens, sums = table.opens, table.sums
            index = bisect_right(opens, second) - 1
            total = seconds
            if index >= 0:
                before = sums[index] + second - opens[index]
                total += before if before < sums[index + 1] else sums[index + 1]
            if total <= sums[-1]:
                index = bisect_left(sums, total) - 1
                opened = opens[index]
                if opened - second <= LOOK_AHEAD or not table.gap_ahead(second, index):
                    return _instant(opened + total - sums[index])
        return _instant(self._add(second, _whole(seconds)))

    def explain_add(self, t: datetime, seconds: int) -> list[Step]:
        """How `add(t, seconds)` comes about: a start, then waits and counts up to the instant it gives.

        The counted seconds sum to `seconds`. At most 50 steps: the middle of a long way is one step that is
        `merged`, its `seconds` being less than its length. Raises what `add` raises.
        """
        start = _second(t)
        end = self._add(start, _whole(seconds))
        return explain(self._reach(min(start, end), max(start, end)), start, end)

    def _add(self, start: int, seconds: int) -> int:
        if seconds > 0:
            return self._forward(start, seconds)
        if seconds < 0:
            return self._backward(start, -seconds)
        opens = self._next_open(start)
        if opens is None:
            raise self._never(start)
        return opens

    def _forward(self, start: int, seconds: int) -> int:
        """The earliest second with `seconds` of open time since `start`."""
        table = self._reach(start, start)
        while (total := table.open_before(start) + seconds) > table.sums[-1]:
            done = max(start, table.closes[-1]) if table.closes else start
            if table.end - done > LOOK_AHEAD or table.end >= END:
                raise self._never(start)
            table = self._reach(start, table.end)
        second, index = table.earliest_with(total)
        if table.opens[index] - start > LOOK_AHEAD and table.gap_ahead(start, index):
            raise self._never(start)
        return second

    def _backward(self, start: int, seconds: int) -> int:
        """The latest second with `seconds` of open time from it up to `start`."""
        table = self._reach(start, start)
        while (total := table.open_before(start) - seconds) < 0:
            done = min(start, table.opens[0]) if table.opens else start
            if done - table.start > LOOK_AHEAD or table.start <= BEGIN:
                raise self._never(start)
            table = self._reach(table.start - 1, start)
        second, index = table.latest_with(total)
        if start - table.closes[index] > LOOK_AHEAD:
            last = bisect_right(table.opens, start - 1) - 1
            if start - table.closes[last] > LOOK_AHEAD or table.has_gap(index, last):
                raise self._never(start)
        return second

    def _next_open(self, second: int) -> int | None:
        table = self._reach(second, second)
        while (index := bisect_right(table.closes, second)) == len(table.closes):
            if table.end - second > LOOK_AHEAD or table.end >= END:
                return None
            table = self._reach(second, table.end)
        opens = max(second, table.opens[index])
        return opens if opens - second <= LOOK_AHEAD else None

    def windows_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """What force gives a local date: open spans in seconds of its wall clock, 0 to 86,400, merged and sorted.

        A tail from the evening before is among them. Changes of clocks are not: 02:30 may not exist that day.
        """
        return self._rules.plan(day_number(day)).windows

    # Working days ----------------------------------------------------------------------------------

    def add_workdays(self, day: date, days: int) -> date:
        """The local date so many working days after `day` (before, when negative).

        From a date that is no working day, roll to the next one first (back, when negative), then count;
        0 gives that rolled day. NeverOpen when working days run out; ValueError for anything but a date.
        """
        return day_date(self._add_workdays(day_number(day), _count(days)))

    def workdays_between(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative when `end` comes first."""
        low, high = day_number(start), day_number(end)
        days = self._reach_days(min(low, high), max(low, high)).days
        return bisect_right(days, high) - bisect_right(days, low)

    def promise(self, t: datetime, min_days: int, max_days: int, cutoff: str = "close") -> tuple[date, date]:
        """The local dates "in `min_days` to `max_days` working days" means for an event at `t`.

        The day of the event is day 0. At or after the cut-off ("close" of that date's last window, or
        "HH:MM" on the wall), or on a day that is no working day, the next working day is day 0.
        NeverOpen when working days run out; ValueError for a naive instant, unless 0 <= min <= max.
        """
        if not 0 <= _count(min_days) <= _count(max_days):
            raise ValueError(f"a promise needs 0 <= min_days <= max_days, got {min_days} and {max_days}")
        zero = self._day_zero(t, cutoff)
        return day_date(self._add_workdays(zero, min_days)), day_date(self._add_workdays(zero, max_days))

    def promise_due(self, t: datetime, max_days: int, cutoff: str = "close") -> datetime:
        """The instant until which a promise of `max_days` is kept, in UTC: the last day's last close."""
        number = day_number(self.promise(t, 0, max_days, cutoff)[1])
        close = self._close_of(number)
        assert close is not None  # promise() gives working days only
        return _instant(close)

    def _day_zero(self, t: datetime, cutoff: str) -> int:
        """The working day from which a promise made at `t` counts."""
        second = _second(t)
        latest = None if cutoff == "close" else read_time(cutoff, end=True)
        self._reach(second, second)  # refuses what lies beyond the years covered
        number = day_number(t.astimezone(self.zone).date())
        limit = close = self._close_of(number)
        if close is not None and latest is not None:
            # The first instant at which the wall shows it: a repeated hour does not reopen the day.
            limit = wall_instant(self.zone, number, latest)
        return number if limit is not None and second < limit else self._add_workdays(number + 1, 0)

    def _close_of(self, number: int) -> int | None:
        """The close of a date's last window; None when it is no working day."""
        table = self._reach_days(number, number)
        index = bisect_right(table.days, number) - 1
        return table.day_closes[index] if index >= 0 and table.days[index] == number else None

    def _add_workdays(self, number: int, days: int) -> int:
        step = -1 if days < 0 else 1
        table = self._reach_days(number, number)
        while True:
            after = bisect_right(table.days, number)
            is_one = after > 0 and table.days[after - 1] == number
            index = (after - 1 if is_one or step < 0 else after) + days
            if 0 <= index < len(table.days) and table.knows_day(table.days[index]):
                break
            table = self._reach_more_days(table, number, step)
        self._check_day_gaps(table, number, table.days[index])
        return table.days[index]

    def _reach_more_days(self, table: Table, number: int, step: int) -> Table:
        """A year more in the direction of travel; NeverOpen when 800 days of it had no working day."""
        edge = table.end // DAY if step > 0 else table.start // DAY
        ahead = [
            day for day in (table.days[-1:] if step > 0 else table.days[:1]) if step * (day - number) > 0
        ]
        done = ahead[0] if ahead else number
        if step * (edge - done) > _LOOK_AHEAD_DAYS + 2 or (
            table.end >= END if step > 0 else table.start <= BEGIN
        ):
            raise self._never(number * DAY)
        return (
            self._reach(table.start, table.end) if step > 0 else self._reach(table.start - 1, table.end - 1)
        )

    def _check_day_gaps(self, table: Table, start: int, end: int) -> None:
        """NeverOpen when more than 800 days without a working day lie on the way."""
        low, high = min(start, end), max(start, end)
        if high - low <= _LOOK_AHEAD_DAYS:
            return
        inside = table.days[bisect_right(table.days, low) : bisect_right(table.days, high)]
        stops = [low, *inside, high]
        if any(later - day > _LOOK_AHEAD_DAYS for day, later in pairwise(stops)):
            raise self._never(start * DAY)

    # The compiled years ----------------------------------------------------------------------------

    def _reach(self, start: int, end: int) -> Table:
        """A table that covers both seconds. Years in between are compiled too: sums run through.

        Two threads may build the same table at once; either one serves, so there is no lock.
        """
        table = self._table
        if table.start <= start and end < table.end:
            return table
        if start < BEGIN or end >= END:
            raise ValueError(f"a calendar covers the years {FIRST_YEAR} to {LAST_YEAR}, not beyond")
        first, last = utc_year(start), utc_year(end)
        if table.last >= table.first:
            first, last = min(first, table.first), max(last, table.last)
        for year in range(first, last + 1):
            if year not in self._years:
                self._years[year] = compile_year(self._rules, self.zone, year)
        self._table = Table(first, [self._years[year] for year in range(first, last + 1)])
        return self._table

    def _reach_days(self, first: int, last: int) -> Table:
        """A table that knows all of these local dates; a date's instants lie within a day of its UTC name."""
        return self._reach((first - 1) * DAY, (last + 2) * DAY)

    def _never(self, second: int) -> NeverOpen:
        return NeverOpen(f"{self!r} has not enough open time to count from {_instant(second).isoformat()}")


def _second(t: datetime) -> int:
    """Whole seconds since 1970 UTC, fractions cut off. ValueError unless `t` is an aware datetime."""
    try:
        since = t - EPOCH
        return since.days * DAY + since.seconds
    except (TypeError, AttributeError):
        raise ValueError(f"an aware datetime is needed here, got {t!r}") from None


def _instant(second: int) -> datetime:
    if second >= 0:
        return datetime.fromtimestamp(second, UTC)
    return EPOCH + timedelta(0, second)  # not every system knows instants before 1970


def _whole(seconds: int) -> int:
    try:
        return math.trunc(seconds)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"a number of seconds is needed here, got {seconds!r}") from None


def _count(days: int) -> int:
    if not isinstance(days, int):
        raise ValueError(f"a whole number of days is needed here, got {days!r}")
    return days
