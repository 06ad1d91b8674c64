"""From rules to sorted edges: real opening and closing instants, year by year, with prefix sums.

Pure Python. Instants are whole seconds since 1970-01-01 UTC. Openness is asked of the wall clock: a year is
cut where the zone's offset changes, and inside each piece wall time and elapsed time run in step. Gaps and
repeated hours then need no rule of their own: a wall time that does not exist lies in no piece, one that
happens twice lies in two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla._windows import DAY, Rules, Spans

FIRST_YEAR, LAST_YEAR = 1900, 2199
LOOK_AHEAD = 800 * DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PROBE = 2 * DAY  # no zone changed twice within six days, ever


def year_start(year: int) -> int:
    """The first second of a UTC year."""
    return (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(seconds=1)


BEGIN, END = year_start(FIRST_YEAR), year_start(LAST_YEAR + 1)


def utc_year(second: int) -> int:
    """The UTC year an instant lies in."""
    return (EPOCH + timedelta(seconds=second)).year


class Piece(NamedTuple):
    """A stretch [start, end) over which the zone keeps one offset from UTC, in seconds."""

    start: int
    end: int
    offset: int


class Year(NamedTuple):
    """One compiled UTC year: open intervals, the last close of each local date, and the working days.

    A local date cut by New Year is in two of these, each knowing its own part.
    """

    opens: list[int]
    closes: list[int]
    last_close: dict[int, int]
    working: set[int]


def offset_at(zone: ZoneInfo, second: int) -> int:
    """Seconds the zone is ahead of UTC at an instant."""
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    assert offset is not None
    return offset.days * DAY + offset.seconds


@lru_cache(maxsize=4096)
def pieces(zone: ZoneInfo, year: int) -> tuple[Piece, ...]:
    """The UTC year cut at every change of the zone's offset. Shared by all calendars of a zone."""
    start, stop = year_start(year), year_start(year + 1)
    found: list[Piece] = []
    offset = offset_at(zone, start)
    known = start
    for probe in (*range(start + _PROBE, stop, _PROBE), stop - 1):
        if offset_at(zone, probe) != offset:
            change = _find_change(zone, known, probe)
            found.append(Piece(start, change, offset))
            start, offset = change, offset_at(zone, probe)
        known = probe
    found.append(Piece(start, stop, offset))
    return tuple(found)


def _find_change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second of the new offset, somewhere in (before, after]."""
    new = offset_at(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(zone, middle) == new:
            after = middle
        else:
            before = middle
    return after


def compile_year(rules: Rules, zone: ZoneInfo, year: int) -> Year:
    """Walk the local dates of one UTC year and write down every real edge."""
    compiled = Year([], [], {}, set())
    for piece in pieces(zone, year):
        first, last = (piece.start + piece.offset) // DAY, (piece.end + piece.offset - 1) // DAY
        for day in range(first, last + 1):
            windows, own = rules.plan(day)
            if not windows:
                continue
            midnight = day * DAY - piece.offset
            real = _clip(windows, midnight, piece)
            if real:
                _write_day(compiled, day, real)
                if own is windows or _clip(own, midnight, piece):
                    compiled.working.add(day)
    return compiled


def _clip(spans: Spans, midnight: int, piece: Piece) -> list[tuple[int, int]]:
    """Spans of a date as instants, without what lies outside the piece."""
    begin, end, _ = piece
    return [
        (max(midnight + opens, begin), min(midnight + closes, end))
        for opens, closes in spans
        if midnight + closes > begin and midnight + opens < end
    ]


def _write_day(compiled: Year, day: int, real: list[tuple[int, int]]) -> None:
    """Append a date's intervals, joining the first to the day before where they touch."""
    opens, closes = compiled.opens, compiled.closes
    if closes and closes[-1] == real[0][0]:
        closes[-1] = real[0][1]
        real = real[1:]
    for start, stop in real:
        opens.append(start)
        closes.append(stop)
    compiled.last_close[day] = closes[-1]


class Table:
    """Compiled years first..last in a row, ready to bisect. Never changed once made, so threads share it.

    `sums[i]` is the open time before `opens[i]`, counted from the first year of the table; one entry more
    than there are intervals, the last being the total.
    """

    __slots__ = ("closes", "day_closes", "days", "end", "first", "gaps", "last", "opens", "start", "sums")

    def __init__(self, first: int, years: list[Year]) -> None:
        self.first, self.last = first, first + len(years) - 1
        self.start, self.end = year_start(first), year_start(self.last + 1)
        self.opens: list[int] = []
        self.closes: list[int] = []
        working: set[int] = set()
        last_close: dict[int, int] = {}
        for year in years:
            self._append(year)
            working |= year.working
            last_close |= year.last_close
        self.days = sorted(working)
        self.day_closes = [last_close[day] for day in self.days]
        lengths = (close - opens for opens, close in zip(self.opens, self.closes, strict=True))
        self.sums = list(accumulate(lengths, initial=0))
        # Intervals preceded by more closed time than anyone looks ahead; counting does not cross them.
        self.gaps = [
            index
            for index in range(1, len(self.opens))
            if self.opens[index] - self.closes[index - 1] > LOOK_AHEAD
        ]

    def _append(self, year: Year) -> None:
        """Add a year's intervals; one that is open across New Year stays one."""
        if self.closes and year.opens and self.closes[-1] == year.opens[0]:
            self.closes[-1] = year.closes[0]
            self.opens += year.opens[1:]
            self.closes += year.closes[1:]
        else:
            self.opens += year.opens
            self.closes += year.closes

    def open_before(self, second: int) -> int:
        """Open seconds from the table's start to an instant inside it."""
        index = bisect_right(self.opens, second) - 1
        if index < 0:
            return 0
        if second >= self.closes[index]:
            return self.sums[index + 1]
        return self.sums[index] + second - self.opens[index]

    def earliest_with(self, total: int) -> tuple[int, int]:
        """(instant, interval) at which `total` > 0 open seconds are used up; a close when it lands on one."""
        index = bisect_left(self.sums, total) - 1
        return self.opens[index] + total - self.sums[index], index

    def latest_with(self, total: int) -> tuple[int, int]:
        """(instant, interval) after which the rest of the time lies; an opening when it lands on one."""
        index = bisect_right(self.sums, total) - 1
        return self.opens[index] + total - self.sums[index], index

    def gap_ahead(self, second: int, index: int) -> bool:
        """Whether more closed time than anyone looks across lies between an instant and a later interval."""
        first = bisect_right(self.closes, second)
        if self.opens[first] - second > LOOK_AHEAD:
            return True
        return bool(self.gaps) and self.has_gap(first, index)

    def has_gap(self, after: int, upto: int) -> bool:
        """Whether a gap too long to cross lies between two intervals."""
        return any(after < index <= upto for index in self.gaps)

    def knows_day(self, day: int) -> bool:
        """Whether all of a local date is compiled; its instants lie within a day of its UTC name."""
        return self.start <= (day - 1) * DAY and (day + 2) * DAY <= self.end


def wall_instant(zone: ZoneInfo, day: int, time_of_day: int) -> int:
    """The first second on a local date at which the wall clock shows at least that time.

    The end of the date (and a little beyond, harmlessly) when it never does.
    """
    near = range((day - 1) * DAY, (day + 3) * DAY, DAY)
    for year in sorted({utc_year(second) for second in near}):
        for start, end, offset in pieces(zone, year):
            begin = max(start, day * DAY + time_of_day - offset)
            if begin < min(end, (day + 1) * DAY - offset):
                return begin
    return near[-1]
