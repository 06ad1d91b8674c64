"""What a calendar says about one local date: parsing, checking, and the order of force.

Pure Python. A day is counted here in days since 1970-01-01 of the local calendar, a time of day in
seconds since local midnight; nothing in this file knows about clock changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400

_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

Span = tuple[int, int]
Spans = tuple[Span, ...]


class DayPlan(NamedTuple):
    """One local date: every window on it (merged), and those that begin on it by their own rule."""

    windows: Spans
    own: Spans


CLOSED = DayPlan((), ())


def day_number(day: date) -> int:
    """Days since 1970-01-01. ValueError for anything but a plain date."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError(f"a calendar date is needed here, got {day!r}")
    return day.toordinal() - _EPOCH_ORDINAL


def day_date(number: int) -> date:
    """The date behind a day number."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


def read_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        raise ValueError(f"unknown time zone {name!r}; use an IANA name such as 'America/New_York'") from None


def read_time(text: str, *, end: bool = False) -> int:
    """Seconds after local midnight of an "HH:MM"; "24:00" is legal only as an end. ValueError otherwise."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"malformed time {text!r}; write it as HH:MM, for example '09:30'")
    hours, minutes = int(match[1]), int(match[2])
    seconds = hours * 3600 + minutes * 60
    if minutes > 59 or seconds > DAY:
        raise ValueError(f"no such time of day: {text!r}; the last one is '24:00'")
    if seconds == DAY and not end:
        raise ValueError("'24:00' can end a window but not start one; write '00:00' of the next day")
    return seconds


def read_day(value: date | str) -> int:
    """The day number of a date or of "YYYY-MM-DD". ValueError for anything else."""
    if not isinstance(value, str):
        return day_number(value)
    try:
        if not _DATE.fullmatch(value):
            raise ValueError
        return day_number(date.fromisoformat(value))
    except ValueError:
        raise ValueError(f"malformed date {value!r}; write it as YYYY-MM-DD") from None


def merge(spans: Iterable[Span]) -> Spans:
    """Sorted, with overlapping and touching spans joined and empty ones gone."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def read_windows(windows: Sequence[tuple[str, str]], where: str) -> tuple[Spans, Spans]:
    """Split a list of ("HH:MM", "HH:MM") into (spans of that date, tails on the date after it).

    An end before its start means over midnight; start = end is empty. ValueError names `where`.
    """
    own: list[Span] = []
    tails: list[Span] = []
    for start, end in _pairs(windows, where):
        try:
            opens, closes = read_time(start), read_time(end, end=True)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        if closes < opens:
            own.append((opens, DAY))
            tails.append((0, closes))
        else:
            own.append((opens, closes))
    return merge(own), merge(tails)


def _pairs(windows: Sequence[tuple[str, str]], where: str) -> list[tuple[str, str]]:
    """The windows as pairs, or ValueError when the list has another shape."""
    complaint = f"{where}: windows are a list of (start, end) pairs, got {windows!r}"
    if isinstance(windows, (str, bytes, Mapping)):
        raise ValueError(complaint)
    try:
        pairs = [tuple(window) for window in windows if not isinstance(window, (str, bytes))]
        if len(pairs) != len(windows) or any(len(pair) != 2 for pair in pairs):
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(complaint) from None
    return [(start, end) for start, end in pairs]


class Rules:
    """The checked content of a calendar: `plan(day)` answers for any local date. Immutable by custom."""

    def __init__(
        self,
        weekly: Mapping[str, Sequence[tuple[str, str]]],
        holidays: Iterable[date | str],
        extra: Mapping[date | str, Sequence[tuple[str, str]]],
    ) -> None:
        self.week = _read_week(weekly)
        if isinstance(holidays, str):
            raise ValueError(f"holidays are a list of dates, got {holidays!r}")
        self.holidays = frozenset(read_day(day) for day in holidays)
        self.special = _read_special(extra)
        self._tails = {day + 1: tails for day, (_, tails) in self.special.items() if tails}
        self._plans = self._read_exceptions()

    @property
    def content(self) -> tuple[object, ...]:
        """Equal for two calendars that say the same, however they were written down."""
        return (self.week, self.holidays, frozenset(self.special.items()))

    def plan(self, day: int) -> DayPlan:
        """What force is in effect on a local date: special date, then holiday, then the week."""
        exception = self._plans.get(day)
        return self.week[(day + 3) % 7] if exception is None else exception  # day 0 was a Thursday

    def _read_exceptions(self) -> dict[int, DayPlan]:
        """Plans of the dates that differ from their weekday.

        A special date's tail after midnight is a guest on an ordinary next date only: where that date
        is a holiday or special itself, its own word counts.
        """
        plans: dict[int, DayPlan] = {}
        for day, tails in self._tails.items():
            weekday = self.week[(day + 3) % 7]
            plans[day] = DayPlan(merge((*weekday.windows, *tails)), weekday.own)
        plans.update((day, CLOSED) for day in self.holidays)
        plans.update((day, DayPlan(own, own)) for day, (own, _) in self.special.items())
        return plans


def _read_week(weekly: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[DayPlan, ...]:
    """Seven plans, Monday first; each day's tail has moved to the day after it."""
    if not isinstance(weekly, Mapping):
        raise ValueError(f"weekly hours are a mapping from weekday to windows, got {weekly!r}")
    unknown = [key for key in weekly if key not in WEEKDAYS]
    if unknown:
        raise ValueError(f"unknown weekday {unknown[0]!r}; the weekdays are {', '.join(WEEKDAYS)}")
    read = [read_windows(weekly.get(key, ()), key) for key in WEEKDAYS]
    return tuple(
        DayPlan(merge((*own, *read[index - 1][1])), own)  # index -1 is Sunday, as it should be
        for index, (own, _) in enumerate(read)
    )


def _read_special(extra: Mapping[date | str, Sequence[tuple[str, str]]]) -> dict[int, tuple[Spans, Spans]]:
    """Special dates by day number: (spans of the date, tails on the next)."""
    if not isinstance(extra, Mapping):
        raise ValueError(f"special dates are a mapping from date to windows, got {extra!r}")
    special: dict[int, tuple[Spans, Spans]] = {}
    for key, windows in extra.items():
        day = read_day(key)
        if day in special:
            raise ValueError(f"special date {day_date(day)} is given twice")
        special[day] = read_windows(windows, f"special date {day_date(day)}")
    return special
