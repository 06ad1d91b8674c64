"""Cutting hours on the wall clock: which local times a stretch of time covers, and what is left without them.

Spans are seconds of a local date's wall clock, 0 to 86,400. Needs no database.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla._edges import EPOCH, pieces, utc_year
from sla._windows import DAY, Spans, day_date, merge
from sla.drafts import CalendarDraft
from sla.specs import calendar_of_spec

MINUTE = 60


def wall_spans(zone: ZoneInfo, start: datetime, end: datetime) -> dict[date, Spans]:
    """The local times that [start, end) shows on the wall, by date, in whole minutes.

    A time that comes twice is among them when either of the two is: what is closed once is closed on the wall.
    """
    low, high = _second(start), _second(end)
    found: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for year in range(utc_year(low), utc_year(high) + 1):
        for piece in pieces(zone, year):
            begin, stop = max(low, piece.start) + piece.offset, min(high, piece.end) + piece.offset
            for number in range(begin // DAY, -(-stop // DAY)) if begin < stop else ():
                midnight = number * DAY
                first, last = max(begin, midnight) - midnight, min(stop, midnight + DAY) - midnight
                found[day_date(number)].append((first // MINUTE * MINUTE, -(-last // MINUTE) * MINUTE))
    return {day: merge(spans) for day, spans in sorted(found.items())}


def without(spans: Spans, closed: Spans) -> Spans:
    """What is left of open spans when others are closed; both merged."""
    left = list(spans)
    for start, end in closed:
        left = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b)) if part[0] < part[1]]
    return merge(left)


def within(spans: Spans, limits: Spans) -> Spans:
    """What two lists of merged spans both hold."""
    return merge((max(a, c), min(b, d)) for a, b in spans for c, d in limits)


def windows_of(spans: Spans) -> tuple[tuple[str, str], ...]:
    """Spans as the windows of a special day, "24:00" at the end of a date."""
    return tuple((_hhmm(start), _hhmm(end)) for start, end in spans)


def spans_on(draft: CalendarDraft, day: date) -> Spans:
    """What a draft opens on a local date, by its own order of force."""
    return calendar_of_spec(draft.spec()).windows_on(day)


def with_spans(draft: CalendarDraft, wanted: dict[date, Spans], names: dict[date, str]) -> CalendarDraft:
    """The draft with special days where a date does not have the spans that it should have; others stay.

    Once more after each change, since a special day may have lent its neighbour a tail after midnight.
    """
    while off := {day: spans for day, spans in wanted.items() if spans_on(draft, day) != spans}:
        kept = [row for row in draft.special_days if row[0] not in off]
        new = [(day, names.get(day, ""), windows_of(spans)) for day, spans in off.items()]
        draft = replace(draft, special_days=tuple(sorted([*kept, *new])))
    return draft


def _hhmm(second: int) -> str:
    return f"{second // 3600:02}:{second // MINUTE % 60:02}"


def _second(at: datetime) -> int:
    return (at - EPOCH) // timedelta(seconds=1)
