"""What a calendar that is not saved yet would be: its week drawn, its hours tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _

from core.errors import Invalid
from sla import clocks
from sla.drafts import CalendarDraft
from sla.receipts import Line, Words, step_lines
from sla.words import duration
from sla.worktime import NeverOpen, WorkCalendar
from sla.zones import read_zone

LONGEST_TRY = 10 * 366 * 86_400
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2150, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DrawnDay:
    """One local date of a calendar. `bars`: open spans in minutes of the wall clock, 0 to 1440, merged.

    `note` names the holiday or the special day that rules the date; `kind` is "week", "holiday" or "special".
    """

    day: date
    note: str
    closed: bool
    bars: tuple[tuple[int, int], ...]
    kind: str


@dataclass(frozen=True, slots=True)
class HoursTried:
    """Answers about one instant, in UTC. `steps`: how `due` comes about, in the words of receipts.

    None: it does not open, close or get done within reach.
    """

    is_open: bool
    next_open: datetime | None
    next_close: datetime | None
    due: datetime | None
    steps: list[Line]


def drawn_week(draft: CalendarDraft, *, monday: date) -> list[DrawnDay]:
    """Seven dates from `monday` on, on the wall clock of the draft's zone. Invalid for a draft with problems."""
    calendar = draft.work_calendar()
    special = {day: name for day, name, _opens in draft.special_days}
    holidays = dict(draft.holidays)
    drawn = []
    for day in (monday + timedelta(days=n) for n in range(7)):
        bars = tuple((start // 60, end // 60) for start, end in calendar.windows_on(day))
        kind = "special" if day in special else "holiday" if day in holidays else "week"
        note = special.get(day) or holidays.get(day, "")
        drawn.append(DrawnDay(day, note, not bars, bars, kind))
    return drawn


def try_hours(draft: CalendarDraft, *, at: datetime, seconds: int, zone: str = "") -> HoursTried:
    """What the draft says about an aware instant, and when `seconds` of its open time after it are used up.

    `zone` is the reader's (IANA), for the words; the desk's own if left out. Raises Invalid for a draft with
    problems, an unknown zone, an instant before 1990 or after 2149, and unless 0 <= seconds <= ten years.
    """
    calendar = draft.work_calendar()
    if not EARLIEST <= at < LATEST:
        raise Invalid.field("at", _("Take an instant between 1990 and 2149."))
    if not 0 <= seconds <= LONGEST_TRY:
        raise Invalid.field("seconds", _("Take a time from nothing to ten years."))
    at = clocks.whole(at)
    words = Words(calendar.zone, read_zone(zone) if zone else calendar.zone)
    due, steps = _counted(calendar, at, seconds, words)
    return HoursTried(calendar.is_open(at), calendar.next_open(at), calendar.next_close(at), due, steps)


def _counted(
    calendar: WorkCalendar, at: datetime, seconds: int, words: Words
) -> tuple[datetime | None, list[Line]]:
    begun = _("From %(moment)s; %(time)s to count") % {"moment": words.both(at), "time": duration(seconds)}
    try:
        steps = calendar.explain_add(at, seconds)
    except NeverOpen:
        never = _("It is not open long enough after that: there is no due time")
        return None, [Line(at, begun), Line(at, never)]
    return calendar.add(at, seconds), [Line(at, begun), *step_lines(steps, words)]
