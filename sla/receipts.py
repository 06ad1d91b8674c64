"""Why a clock is due when it is, in words: from the same sums that made the due.

Opened Thu 19 Nov 22:30 in New York (Fri 20 Nov 11:30 for you); target 2 h
1 h counted until the desk closed at 23:30
Next open Mon 23 Nov 01:00
1 h left → due Mon 23 Nov 02:00 in New York (15:00 for you)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sla import clocks
from sla.models import Clock, ClockState, ClockTransition, Metric, Unit
from sla.reasons import reason_words
from sla.words import day_words, duration, place_words, time_words
from sla.worktime import NeverOpen, Step
from sla.zones import read_zone

MOST_DAYS_NAMED = 14
ANCHORS = (
    "started",
    "resumed",
    "retargeted",
    "moved",
    "recounted",
)  # from these rows on the rest of a target is counted


@dataclass(frozen=True, slots=True)
class Line:
    """One step: the instant it is about, in UTC, and its words in the active language."""

    at: datetime
    text: str


def receipt(clock: Clock, *, zone: str) -> list[Line]:
    """How the due time of a clock comes about, step by step, and how the clock ended.

    Times are the desk's; the first and the last are told in the reader's `zone` (IANA) too where it shows
    another time. Raises Invalid for an unknown zone. Two queries at most.
    """
    rows = sorted(clock.transitions.all(), key=lambda row: row.id)  # loaded beforehand for many clocks
    return receipt_by_rows(clock, rows, zone=zone)


def receipt_by_rows(clock: Clock, rows: list[ClockTransition], *, zone: str) -> list[Line]:
    """The same from rows at hand, oldest first, of a clock that need not be saved."""
    words = Words(ZoneInfo(clocks.calendar_of(clock).timezone), read_zone(zone))
    tell = {
        Unit.DESK_SECONDS: _desk_lines,
        Unit.WORKING_DAYS: _workday_lines,
        Unit.CALENDAR_DAYS: _calendar_day_lines,
        Unit.INSTANT: _instant_lines,
    }[Unit(clock.unit)]
    return [*tell(clock, rows, words), *_outcome(clock, rows, words)]


class Words:
    """Instants in the desk's zone and in the reader's."""

    def __init__(self, desk: ZoneInfo, reader: ZoneInfo) -> None:
        self.desk, self.reader = desk, reader

    def day(self, day: date) -> str:
        return day_words(day)

    def time(self, at: datetime) -> str:
        """The desk's time of day; seconds where there are any."""
        return time_words(at.astimezone(self.desk))

    def moment(self, at: datetime) -> str:
        """The desk's date and time."""
        return f"{self.day(at.astimezone(self.desk))} {self.time(at)}"

    def both(self, at: datetime) -> str:
        """The desk's date and time and place, and the reader's where they differ."""
        told = _("%(moment)s in %(place)s") % {"moment": self.moment(at), "place": place_words(self.desk)}
        here, there = at.astimezone(self.reader), at.astimezone(self.desk)
        if here.utcoffset() == there.utcoffset():
            return told
        mine = time_words(here) if here.date() == there.date() else f"{self.day(here)} {time_words(here)}"
        return _("%(told)s (%(mine)s for you)") % {"told": told, "mine": mine}


def _begun(clock: Clock, moment: str) -> str:
    if clock.metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION):
        return _("Opened %(moment)s") % {"moment": moment}
    if clock.metric == Metric.NEXT_RESPONSE:
        return _("Asked %(moment)s") % {"moment": moment}
    return _("Started %(moment)s") % {"moment": moment}


def _joined(begun: str, rest: str) -> str:
    return _("%(begun)s; %(rest)s") % {"begun": begun, "rest": rest}


# Desk time ---------------------------------------------------------------------------------------------


def _desk_lines(clock: Clock, rows: list[ClockTransition], words: Words) -> Iterator[Line]:
    anchor = next((row for row in reversed(rows) if row.verb in ANCHORS), None)
    begun = _begun(clock, words.both(clock.started_at))
    yield Line(clock.started_at, _joined(begun, _("target %(time)s") % {"time": duration(clock.target)}))
    for row in rows:
        if told := _interruption(clock, row, words):
            yield Line(row.at, told)
    paused_since = [row for row in rows if row.verb == "paused" and (not anchor or row.id > anchor.id)]
    if clock.state == ClockState.PAUSED and clock.due is None:
        left = duration(max(0, clock.target - clock.consumed))
        yield Line(
            rows[-1].at if rows else clock.started_at,
            _("Paused: no due time; %(left)s left") % {"left": left},
        )
    elif anchor is not None and not (paused_since and clock.due is None):
        yield from _count(clock, anchor, words)


def _interruption(clock: Clock, row: ClockTransition, words: Words) -> str:
    """What stopped, moved or changed the counting, with what was banked by then; "" for other rows."""
    said = {
        "paused": _("Paused %(moment)s; %(used)s used by then"),
        "resumed": _("Resumed %(moment)s; %(used)s used before"),
        "retargeted": _("Changed %(moment)s: target now %(target)s; %(used)s used by then"),
        "recounted": _("Counted anew %(moment)s under the edited hours; %(used)s used by then"),
        "moved": _("Opening hours changed %(moment)s; %(used)s used by then"),
    }.get(row.verb, "")
    used, target = duration(row.consumed), duration(clock.target)
    return said % {"moment": words.moment(row.at), "used": used, "target": target} if said else ""


def _count(clock: Clock, anchor: ClockTransition, words: Words) -> Iterator[Line]:
    """From the last anchor to the due."""
    left = clock.target - anchor.consumed
    if left <= 0:
        yield Line(anchor.at, _("Nothing left → due %(due)s") % {"due": words.both(anchor.at)})
        return
    try:
        steps = clocks.calendar_of(clock).explain_add(anchor.at, left)
    except NeverOpen:
        yield Line(anchor.at, _("The desk does not open again: there is no due time"))
        return
    yield from step_lines(steps, words)


def step_lines(steps: list[Step], words: Words) -> Iterator[Line]:
    """The steps of `explain_add` after its start, in words."""
    for step in steps[1:]:
        values = {"time": duration(step.seconds), "moment": words.moment(step.end)}
        if step.kind == "wait":
            yield Line(step.end, _("Next open %(moment)s") % values)
        elif step is steps[-1]:
            told = _("%(time)s left → due %(due)s") % {**values, "due": words.both(step.end)}
            yield Line(step.end, told)
        elif step.merged:
            yield Line(step.end, _("%(time)s counted in the opening hours until %(moment)s") % values)
        else:
            closed = words.time(step.end)
            told = _("%(time)s counted until the desk closed at %(closed)s") % {**values, "closed": closed}
            yield Line(step.end, told)


# Days and instants -------------------------------------------------------------------------------------


def _workday_lines(clock: Clock, rows: list[ClockTransition], words: Words) -> Iterator[Line]:
    calendar = clocks.calendar_of(clock)
    if clock.min_target and clock.min_target != clock.target:
        span = {"least": clock.min_target, "most": clock.target}
        promised = _("promised in %(least)d to %(most)d working days") % span
    else:
        days = ngettext("promised in %(n)d working day", "promised in %(n)d working days", clock.target)
        promised = days % {"n": clock.target}
    begun = _begun(clock, words.both(clock.started_at))
    yield Line(clock.started_at, _joined(begun, promised))
    try:
        zero, last = calendar.promise(clock.started_at, 0, clock.target, clock.cutoff)
    except NeverOpen:
        yield Line(clock.started_at, _("There are no working days to count: there is no due time"))
        return
    local = clock.started_at.astimezone(words.desk).date()
    if zero != local:
        told = _("After the cut-off or on a day off: counting starts from %(day)s") % {"day": words.day(zero)}
        yield Line(clock.started_at, told)
    free = [d for d in _days(zero, last) if not calendar.workdays_between(d - timedelta(days=1), d)]
    if free:
        yield Line(clock.started_at, _not_counted(free, words))
    yield from _due_line(clock, words, _("Kept until the close of %(day)s → due %(due)s"), last)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _not_counted(free: list[date], words: Words) -> str:
    if len(free) > MOST_DAYS_NAMED:
        return _("Not counted: %(n)d days off") % {"n": len(free)}
    return _("Not counted: %(days)s") % {"days": ", ".join(words.day(day) for day in free)}


def _calendar_day_lines(clock: Clock, rows: list[ClockTransition], words: Words) -> Iterator[Line]:
    begun = _begun(clock, words.both(clock.started_at))
    days = ngettext(
        "%(n)d calendar day, this one not counted", "%(n)d calendar days, this one not counted", clock.target
    )
    yield Line(clock.started_at, _joined(begun, days % {"n": clock.target}))
    last = clock.started_at.astimezone(words.desk).date() + timedelta(days=clock.target)
    yield from _due_line(clock, words, _("Kept until the end of %(day)s → due %(due)s"), last)


def _instant_lines(clock: Clock, rows: list[ClockTransition], words: Words) -> Iterator[Line]:
    begun = _begun(clock, words.both(clock.started_at))
    why = reason_words(rows[0].reason) if rows and rows[0].verb == "started" and rows[0].reason else ""
    yield Line(clock.started_at, _joined(begun, why or _("promised for a set time")))
    last = (clock.due or clock.started_at).astimezone(words.desk).date()
    yield from _due_line(clock, words, _("Due %(due)s, as it was promised"), last)


def _due_line(clock: Clock, words: Words, told: str, last: date) -> Iterator[Line]:
    if clock.due is not None:
        yield Line(clock.due, told % {"day": words.day(last), "due": words.both(clock.due)})


# How it ended ------------------------------------------------------------------------------------------


def _outcome(clock: Clock, rows: list[ClockTransition], words: Words) -> Iterator[Line]:
    if clock.breached_at is not None:
        yield Line(clock.breached_at, _("Missed %(moment)s") % {"moment": words.moment(clock.breached_at)})
    for row in rows:
        if row.verb == "escalated":
            level = row.reason.partition(":")[0].removeprefix("level ")
            told = _("Escalated %(moment)s (level %(level)s)")
            yield Line(row.at, told % {"moment": words.moment(row.at), "level": level})
    if clock.ended_at is None:
        return
    told = {
        ClockState.MET.value: _("Met %(moment)s"),
        ClockState.LATE.value: _("Met late, %(moment)s"),
        ClockState.CANCELLED.value: _("Cancelled %(moment)s"),
    }[clock.state]
    text = told % {"moment": words.moment(clock.ended_at)}
    reason = reason_words(rows[-1].reason) if rows else ""
    yield Line(clock.ended_at, f"{text} ({reason})" if reason else text)
