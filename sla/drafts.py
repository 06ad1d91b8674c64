"""A calendar before it is saved: what is wrong with it, what is worth a look, how it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import holidays as public_holidays
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Invalid
from sla._windows import DAY, read_time
from sla.clock_changes import edge_warnings
from sla.models import Calendar
from sla.problems import Problems, check_code_and_name
from sla.specs import WEEKDAYS, calendar_of_spec, make_spec
from sla.words import day_words, weekday_words
from sla.worktime import WorkCalendar
from sla.zones import read_zone

__all__ = ["CalendarDraft", "draft_of", "edge_warnings"]

Pair = tuple[str, str]
WeekWindow = tuple[int, str, str]
SpecialDay = tuple[date, str, tuple[Pair, ...]]
LONGEST_NAME = 100
MOST_ROWS = 1000  # windows, holidays, special days: each list


@dataclass(frozen=True, slots=True)
class CalendarDraft:
    """The hours of a desk as a person wrote them. `windows`: (weekday, "HH:MM", "HH:MM"), Monday = 0, wall
    clock of `timezone` (IANA). `special_days`: (date, name, windows) replace the week and a holiday.

    May hold anything of these types: `problems` tells what is wrong with it, `check` raises it.
    """

    code: str
    name: str
    timezone: str
    windows: tuple[WeekWindow, ...]
    holidays: tuple[tuple[date, str], ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    holiday_country: str = ""

    @classmethod
    def of(
        cls,
        *,
        code: str,
        name: str,
        timezone: str,
        windows: Iterable[Sequence[Any]],
        holidays: Iterable[Sequence[Any]] = (),
        special_days: Iterable[Sequence[Any]] = (),
        holiday_country: str = "",
    ) -> CalendarDraft:
        """A draft of any lists that have the shape of one. ValueError when they have not."""
        return cls(
            code,
            name,
            timezone,
            tuple((weekday, start, end) for weekday, start, end in windows),
            tuple((day, words) for day, words in holidays),
            tuple((day, words, tuple((a, b) for a, b in opens)) for day, words, opens in special_days),
            holiday_country,
        )

    def problems(self) -> dict[str, list[str]]:
        """Everything that is wrong, in words, by field; {} when it can be saved."""
        found = Problems()
        check_code_and_name(found, self.code, self.name)
        found.attempt("timezone", lambda: read_zone(self.timezone, field="timezone"))
        self._check_windows(found)
        self._check_exceptions(found)
        if self.holiday_country:
            found.attempt("holiday_country", lambda: _check_country(self.holiday_country))
        if not found.found() and self._compiled().next_open(now()) is None:
            message = _("With these hours it would never open. Give it at least one window.")
            found.add("windows", message)
        return found.found()

    def check(self) -> None:
        """Raise Invalid with every field that is wrong."""
        if found := self.problems():
            raise Invalid(fields=found)

    def notices(self) -> list[str]:
        """What can be saved and is still worth a look: overlaps, holidays that are special days too.

        Expects a draft without problems.
        """
        return [*self._overlaps(), *self._holidays_outranked()]

    def spec(self) -> dict[str, Any]:
        """The content of the version that saving would make."""
        extra = ((day, opens) for day, _name, opens in self.special_days)
        return make_spec(self.timezone, self.windows, (day for day, _name in self.holidays), extra)

    def work_calendar(self) -> WorkCalendar:
        """The sums of this draft. Raises Invalid with every field that is wrong."""
        self.check()
        return self._compiled()

    def _compiled(self) -> WorkCalendar:
        return calendar_of_spec(self.spec())

    # What is wrong --------------------------------------------------------------------------------------

    def _check_windows(self, found: Problems) -> None:
        for window in self.windows:
            found.attempt("windows", lambda window=window: _check_week_window(window))  # type: ignore[misc]
        _check_twice(found, "windows", self.windows, _("This window is there twice: %(what)s."))
        _check_many(found, "windows", self.windows)

    def _check_exceptions(self, found: Problems) -> None:
        _check_dates(found, "holidays", self.holidays)
        _check_dates(found, "special_days", self.special_days)
        for _day, _name, opens in self.special_days:
            for pair in opens:
                found.attempt("special_days", lambda pair=pair: _check_window(*pair))  # type: ignore[misc]

    # What is worth a look -------------------------------------------------------------------------------

    def _overlaps(self) -> list[str]:
        week = [(weekday * DAY, weekday_words(weekday), (start, end)) for weekday, start, end in self.windows]
        told = _overlapping(week, around=7 * DAY)
        for day, _name, opens in self.special_days:
            told += _overlapping([(0, day_words(day), pair) for pair in opens], around=0)
        return told

    def _holidays_outranked(self) -> list[str]:
        special = {day: opens for day, _name, opens in self.special_days}
        both = [(day, name) for day, name in self.holidays if day in special]
        opened = _(
            "%(day)s (%(name)s) is a holiday and a special day: the special day counts, so it is open."
        )
        closed = _("%(day)s (%(name)s) is a holiday and a special day: it is closed either way.")
        return [
            (opened if special[day] else closed) % {"day": day_words(day), "name": name}
            for day, name in sorted(both)
        ]


def draft_of(calendar: Calendar) -> CalendarDraft:
    """A saved calendar as a draft, to be changed and tried. Three queries."""
    special = calendar.special_days.order_by("day").values_list("day", "name", "windows")
    return CalendarDraft.of(
        code=calendar.code,
        name=calendar.name,
        timezone=calendar.timezone,
        windows=calendar.windows.order_by("weekday", "start").values_list("weekday", "start", "end"),
        holidays=calendar.holidays.order_by("day").values_list("day", "name"),
        special_days=special,
        holiday_country=calendar.holiday_country,
    )


def _overlapping(windows: list[tuple[int, str, Pair]], around: int) -> list[str]:
    """Words for each two windows that cover the same time. `around`: the seconds after which it all repeats."""
    spans = sorted(
        _Span(shift + read_time(a), shift + _end(a, b), where, f"{a}–{b}") for shift, where, (a, b) in windows
    )
    again = [_Span(one.start + around, one.end + around, one.where, one.words) for one in spans if around]
    message = _("%(day)s: %(one)s and %(other)s overlap; the time that both cover counts once.")
    told: list[str] = []
    for index, one in enumerate(spans):
        for other in [*spans[index + 1 :], *again]:
            if other.start >= one.end:
                break
            if (one.where, one.words) != (other.where, other.words):
                told.append(message % {"day": one.where, "one": one.words, "other": other.words})
    return told


class _Span(NamedTuple):
    """A window in seconds from the week's or the day's beginning, and how it is told."""

    start: int
    end: int
    where: str
    words: str


def _end(start: str, end: str) -> int:
    """Seconds at which a window ends, past 24:00 when it runs over midnight."""
    closes = read_time(end, end=True)
    return closes + DAY if closes < read_time(start) else closes


def _check_week_window(window: WeekWindow) -> None:
    weekday, start, end = window
    if not isinstance(weekday, int) or not 0 <= weekday < len(WEEKDAYS):
        raise Invalid(
            _("A weekday is a number from 0 (Monday) to 6 (Sunday), not %(day)s.") % {"day": weekday}
        )
    _check_window(start, end)


def _check_window(start: str, end: str) -> None:
    """Raises Invalid or ValueError in words for a person."""
    for words, is_end in ((start, False), (end, True)):
        try:
            read_time(words, end=is_end)
        except ValueError:
            message = _("“%(time)s” is no time of day: write HH:MM, from 00:00 to 24:00 at the end of a day.")
            raise Invalid(message % {"time": words}) from None
    if start == end:
        message = _("A window from %(time)s to %(time)s is empty. For a whole day write 00:00 to 24:00.")
        raise Invalid(message % {"time": start})


def _check_dates(found: Problems, field: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        if not isinstance(row[0], date) or isinstance(row[0], datetime):
            found.add(field, _("“%(day)s” is no date.") % {"day": row[0]})
        elif not 1900 <= row[0].year <= 2199:
            found.add(
                field, _("%(day)s is too far away: dates from 1900 to 2199 are known.") % {"day": row[0]}
            )
        if len(row[1]) > LONGEST_NAME:
            found.add(field, _("A name has at most 100 characters."))
    _check_twice(found, field, [row[0] for row in rows], _("This date is there twice: %(what)s."))
    _check_many(found, field, rows)


def _check_twice(found: Problems, field: str, items: Sequence[Any], message: str) -> None:
    seen = set()
    for item in items:
        if item in seen:
            words = " ".join(map(str, item)) if isinstance(item, tuple) else str(item)
            found.add(field, message % {"what": words})
        seen.add(item)


def _check_many(found: Problems, field: str, rows: Sequence[Any]) -> None:
    if len(rows) > MOST_ROWS:
        found.add(field, _("That is too many: at most %(most)d.") % {"most": MOST_ROWS})


def _check_country(country: str) -> None:
    """ "US", or "US-NY" for a part of it that has days of its own."""
    code, _dash, part = country.partition("-")
    known = public_holidays.list_supported_countries()
    if code not in known or (part and part not in known[code]) or len(country) > 8:
        raise Invalid(_("No holidays are known for “%(country)s”.") % {"country": country})
