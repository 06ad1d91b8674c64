"""Weeks as rectangles: what a drawing of opening hours is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.rules import typed
from sla.drafts import CalendarDraft
from sla.specs import WEEKDAYS
from sla.worktime import WorkCalendar

DAY = 1440  # minutes, and the width of a drawn day
YEARS = range(1990, 2150)  # that weeks are drawn of
MINI_ROW = 7  # the height of a day in the small drawing, with the gap below it


@dataclass(frozen=True, slots=True)
class MiniBar:
    """One stretch in the small week: minutes across, rows down."""

    x: int
    width: int
    y: int


def minutes(text: str) -> int:
    """Minutes after midnight of an "HH:MM" that was checked before."""
    hours, _colon, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def mini(spec: dict[str, Any]) -> list[MiniBar]:
    """The weekly windows of a version in small, wall clock of the desk; one over midnight is two."""
    return [
        MiniBar(start, end - start, MINI_ROW * (row % 7))
        for index, day in enumerate(WEEKDAYS)
        for window in spec["weekly"].get(day, ())
        for row, start, end in _halves(index, minutes(window[0]), minutes(window[1]))
        if end > start
    ]


def _halves(row: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    if end > start:
        yield row, start, end
    else:
        yield row, start, DAY
        yield row + 1, 0, end


@dataclass(frozen=True, slots=True)
class Bar:
    """One open stretch of a drawn day: percent from the left, its width, its hours in words."""

    x: str
    width: str
    words: str
    is_special: bool = False


@dataclass(frozen=True, slots=True)
class DayLine:
    """One drawn day. `kind`: "", "holiday" or "special"; `here`: where the present stands, percent, "" elsewhere."""

    day: date
    bars: list[Bar]
    note: str = ""
    kind: str = ""
    here: str = ""

    @property
    def words(self) -> str:
        """Its hours in a line; "" when closed."""
        return ", ".join(bar.words for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday on, in a zone."""

    zone: str
    days: list[DayLine]
    has_today: bool
    hours: float

    @property
    def monday(self) -> date:
        return self.days[0].day

    @property
    def sunday(self) -> date:
        return self.days[6].day

    @property
    def before(self) -> str:
        return (self.monday - timedelta(days=7)).isoformat()

    @property
    def after(self) -> str:
        return (self.monday + timedelta(days=7)).isoformat()


def monday_of(text: str, at: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week of a date that was asked for, else of the present, in a zone."""
    day = typed.day(text) if text else None
    if day is None or day.year not in YEARS:
        day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def drawn(draft: CalendarDraft, sums: WorkCalendar, *, monday: date, zone: ZoneInfo, at: datetime) -> Week:
    """A draft's week in any zone, as rectangles. Names of days are told in the desk's own zone alone."""
    is_desks = zone.key == sums.timezone
    holidays = dict(draft.holidays) if is_desks else {}
    special = {day: name for day, name, _w in draft.special_days} if is_desks else {}
    days = []
    for day in (monday + timedelta(days=n) for n in range(7)):
        kind = "special" if day in special else "holiday" if day in holidays else ""
        note = special.get(day) or holidays.get(day, "")
        bars = [_bar(start, end, kind == "special") for start, end in _stretches(sums, day, zone)]
        days.append(DayLine(day, bars, note, kind, _here(day, at, zone)))
    edges = (_midnight(monday, zone), _midnight(monday + timedelta(days=7), zone))
    return Week(zone.key, days, any(line.here for line in days), sums.between(*edges) / 3600)


def _stretches(sums: WorkCalendar, day: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Open stretches of a date in a zone, as minutes of its wall clock."""
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    opens = sums.next_open(start)
    while opens is not None and opens < end:
        closes = min(sums.next_close(opens) or end, end)
        first = _wall(opens, zone)
        yield first, DAY if closes == end else max(_wall(closes, zone), first + 1)
        opens = sums.next_open(closes)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _wall(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


def _bar(start: int, end: int, is_special: bool) -> Bar:
    words = f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}"
    return Bar(_percent(start), _percent(end - start), words, is_special)


def _percent(part: int) -> str:
    return f"{100 * part / DAY:.3f}".rstrip("0").rstrip(".")


def _here(day: date, at: datetime, zone: ZoneInfo) -> str:
    return _percent(_wall(at, zone)) if at.astimezone(zone).date() == day else ""
