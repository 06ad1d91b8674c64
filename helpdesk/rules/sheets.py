"""A calendar on the screen: rows as they were typed, each with what is wrong with it.

A sheet keeps whatever a person wrote; `draft()` is what it would save. Its rows are sent as parallel lists:
w_day, w_start, w_end; h_day, h_name; s_day, s_name, s_hours.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Invalid
from helpdesk.rules import typed
from sla.drafts import CalendarDraft
from sla.models import Calendar
from sla.specs import calendar_of_spec
from sla.worktime import WorkCalendar
from sla.zones import read_zone

MOST_ROWS = 600  # of each kind: what one form may send
LONGEST_CODE = 50
NOWHERE = date(1, 1, 1)  # stands for a date that could not be read, so that the others are checked too


class Row:
    """What all rows can say of themselves."""

    at: int
    problems: list[str]

    @property
    def key(self) -> str:
        """Its number as text, for ids."""
        return str(self.at)


@dataclass
class WindowRow(Row):
    """One window of the week, as typed."""

    day: int
    start: str = ""
    end: str = ""
    at: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not (self.start.strip() or self.end.strip())

    @property
    def is_right(self) -> bool:
        return not (self.is_blank or self.problems)


@dataclass
class DayRow(Row):
    """A holiday, or with `hours` a special day, as typed."""

    day: str = ""
    name: str = ""
    hours: str = ""
    at: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not (self.day.strip() or self.name.strip() or self.hours.strip())

    @property
    def is_right(self) -> bool:
        return not (self.is_blank or self.problems)

    @property
    def date(self) -> date | None:
        return typed.day(self.day)

    @property
    def is_past(self) -> bool:
        return self.date is not None and self.date < now().date()


@dataclass
class Sheet:
    """The whole form. `problems` holds what is wrong by field; rows hold their own."""

    code: str = ""
    name: str = ""
    timezone: str = ""
    country: str = ""
    windows: list[WindowRow] = field(default_factory=list)
    holidays: list[DayRow] = field(default_factory=list)
    special: list[DayRow] = field(default_factory=list)
    is_new: bool = False
    problems: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: CalendarDraft) -> Sheet:
        """A saved calendar, ready to be changed."""
        return cls(
            code=draft.code,
            name=draft.name,
            timezone=draft.timezone,
            country=draft.holiday_country,
            windows=[WindowRow(*window) for window in draft.windows],
            holidays=[DayRow(day.isoformat(), name) for day, name in draft.holidays],
            special=[
                DayRow(day.isoformat(), name, typed.spans_text(w)) for day, name, w in draft.special_days
            ],
        ).number()

    @classmethod
    def of_post(cls, post: QueryDict, *, code: str | None = None) -> Sheet:
        """What was typed. `code` where the calendar has one already."""
        return cls(
            code=_line(post, "code", 60) if code is None else code,
            is_new=code is None,
            name=_line(post, "name", 200),
            timezone=_line(post, "timezone", 100),
            country=_country(post),
            windows=[
                WindowRow(int(day), start, end)
                for day, start, end in _rows(post, "w_day", "w_start", "w_end")
                if day in tuple("0123456")
            ],
            holidays=[DayRow(day, name) for day, name in _rows(post, "h_day", "h_name")],
            special=[
                DayRow(day, name, hours) for day, name, hours in _rows(post, "s_day", "s_name", "s_hours")
            ],
        ).number()

    @classmethod
    def blank(cls, zone: str) -> Sheet:
        """A new calendar, with the hours that most begin with."""
        return cls(timezone=zone, windows=[WindowRow(day, "09:00", "17:00") for day in range(5)]).number()

    def number(self) -> Sheet:
        """Rows in the order of the page, each with its number, by which a step names it."""
        self.windows.sort(key=lambda row: row.day)
        self.holidays.sort(key=lambda row: row.is_past)
        for rows in (self.windows, self.holidays, self.special):
            for at, row in enumerate(rows):
                row.at = at
        return self

    # What it would save ---------------------------------------------------------------------------------

    def draft(self) -> CalendarDraft:
        """What would be saved; blank rows are none. May have problems."""
        return CalendarDraft(
            code=self.code or slugify(self.name)[:LONGEST_CODE],
            name=self.name,
            timezone=self.timezone,
            windows=tuple(_window(row) for row in self.windows if not row.is_blank),
            holidays=tuple(_holiday(row) for row in self.holidays if not row.is_blank),
            special_days=tuple(_special(row) for row in self.special if not row.is_blank),
            holiday_country=self.country,
        )

    def check(self) -> bool:
        """Whether it can be saved; finds what is wrong, row by row where a row is at fault."""
        draft = self.draft()
        found = draft.problems()
        for name, rows in self._lists():
            seen: set[Any] = set()
            for row in rows:
                one = _value(row)
                row.problems = [] if row.is_blank else _wrong_alone(draft, name, row, one, one in seen)
                seen.add(one)
            told = {words for row in rows for words in row.problems}
            left = [words for words in found.pop(name, []) if words not in told and str(NOWHERE) not in words]
            if left:
                found[name] = left
        if self.is_new and Calendar.objects.filter(code=draft.code).exists():
            found.setdefault("code", []).append(code_is_taken())
        self.problems = found
        return not self.wrong

    def sums(self) -> tuple[CalendarDraft, WorkCalendar] | None:
        """What can be counted by already: the rows that are right. None without a zone. Expects `check`."""
        if "timezone" in self.problems:
            return None
        whole = self.draft()
        left = replace(
            whole,
            windows=tuple(_window(row) for row in self.windows if row.is_right),
            holidays=tuple(_holiday(row) for row in self.holidays if row.is_right),
            special_days=tuple(_special(row) for row in self.special if row.is_right),
        )
        return left, calendar_of_spec(left.spec())

    def notices(self) -> list[str]:
        """What can be saved and is still worth a look. Expects `check`."""
        usable = self.sums()
        return usable[0].notices() if usable else []

    def _lists(self) -> list[tuple[str, list[Any]]]:
        return [("windows", self.windows), ("holidays", self.holidays), ("special_days", self.special)]

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone that was typed; None when there is none of that name."""
        try:
            return read_zone(self.timezone)
        except Invalid:
            return None

    @property
    def past(self) -> int:
        """How many holidays lie behind."""
        return sum(row.is_past for row in self.holidays)

    @property
    def wrong(self) -> list[Wrong]:
        """Everything that was found wrong, in the order of the page."""
        fields = [Wrong(_ANCHORS[name], "", words) for name, all_ in self.problems.items() for words in all_]
        rows = [
            Wrong(f"{name[0]}-{row.at}", _row_words(row), words)
            for name, all_ in self._lists()
            for row in all_
            for words in row.problems
        ]
        return [*fields, *rows]

    def windows_of(self, day: int) -> list[WindowRow]:
        """The windows of a weekday, Monday = 0."""
        return [row for row in self.windows if row.day == day]


def code_is_taken() -> str:
    """The words, alike before saving and at it."""
    return _("Another calendar has this code already.")


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: the id of its place on the page, its row in words, the words."""

    place: str
    row: str
    words: str


_ANCHORS = {
    "code": "f-code",
    "name": "f-name",
    "timezone": "f-timezone",
    "holiday_country": "f-country",
    "windows": "hours",
    "holidays": "holidays",
    "special_days": "special",
}


def print_of(draft: CalendarDraft) -> str:
    """A short print of everything in a draft: equal prints, equal calendars, names of days included."""
    parts = (
        *(draft.code, draft.name, draft.timezone, draft.holiday_country),
        *(sorted(draft.windows), sorted(draft.holidays), sorted(draft.special_days)),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


# What was typed ------------------------------------------------------------------------------------------


def _line(post: QueryDict, name: str, most: int) -> str:
    return _clean(post.get(name, ""), most).strip()


def _clean(text: str, most: int) -> str:
    """One line without what no keyboard types."""
    return "".join(c for c in text[:most] if unicodedata.category(c) not in ("Cc", "Cs"))


def _rows(post: QueryDict, *names: str) -> Iterator[tuple[str, ...]]:
    """The rows of parallel lists; what has no partner is left out."""
    lists = [post.getlist(name)[:MOST_ROWS] for name in names]
    for values in zip(*lists, strict=False):
        yield tuple(_clean(value, 200) for value in values)


def _country(post: QueryDict) -> str:
    """From which list holidays were taken: a note for people, so a part with a long name is left out."""
    country, part = _line(post, "country", 2), _line(post, "part", 40)
    return f"{country}-{part}" if country and 0 < len(part) <= 5 else country


# Rows as they would be saved -----------------------------------------------------------------------------


def _value(row: WindowRow | DayRow) -> Any:
    """What tells a row from the others: two of the same are one too many."""
    return (row.day, typed.clock(row.start), typed.clock(row.end)) if isinstance(row, WindowRow) else row.date


def _window(row: WindowRow) -> tuple[int, str, str]:
    return row.day, typed.clock(row.start), typed.clock(row.end)


def _holiday(row: DayRow) -> tuple[date, str]:
    return row.date or NOWHERE, row.name.strip()


def _special(row: DayRow) -> tuple[date, str, tuple[tuple[str, str], ...]]:
    return row.date or NOWHERE, row.name.strip(), typed.spans(row.hours)


_SHAPES: dict[str, Any] = {"windows": _window, "holidays": _holiday, "special_days": _special}


def _wrong_alone(draft: CalendarDraft, name: str, row: Any, value: Any, is_twice: bool) -> list[str]:
    """What is wrong with one row by itself, in the words that would refuse all of it."""
    if value is None:
        return [_("“%(day)s” is no date.") % {"day": row.day} if row.day.strip() else _("Give the date.")]
    rows = (_SHAPES[name](row),) * (2 if is_twice else 1)
    # Without a code nothing is compiled: the row alone is looked at, not whether it would ever open.
    alone: dict[str, Any] = {
        "code": "",
        "holiday_country": "",
        "windows": (),
        "holidays": (),
        "special_days": (),
        name: rows,
    }
    return replace(draft, **alone).problems().get(name, [])


def _row_words(row: WindowRow | DayRow) -> str:
    """Which row, for a list of what is wrong."""
    if isinstance(row, WindowRow):
        return f"{WEEKDAYS[row.day]} {row.start}–{row.end}"
    return " ".join(part for part in (row.day, row.name) if part)
