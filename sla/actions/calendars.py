"""Saving a calendar: its rows for people, a version for the sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import holidays as public_holidays
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid
from sla._windows import read_time
from sla.models import Calendar, CalendarVersion, Holiday, SpecialDay, Window
from sla.specs import WEEKDAYS, make_spec
from sla.worktime import WorkCalendar
from sla.zones import read_zone

Windows = Iterable[tuple[int, str, str]]
Holidays = Iterable[tuple[date, str]]
SpecialDays = Iterable[tuple[date, str, Sequence[Sequence[str]]]]


class Problems:
    """Everything that is wrong with an input, field by field, said at once."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = defaultdict(list)

    def add(self, field: str, message: str) -> None:
        if message not in self.fields[field]:
            self.fields[field].append(message)

    def attempt(self, field: str, check: Callable[[], Any]) -> None:
        """Run a check and keep what it refuses."""
        try:
            check()
        except Invalid as error:
            self.add(field, str(error.message))
        except ValueError as error:
            self.add(field, str(error))

    def refuse(self) -> None:
        """Raise Invalid when anything was wrong."""
        found = {name: words for name, words in self.fields.items() if words}
        if found:
            raise Invalid(fields=found)


def save_calendar(
    *,
    actor: Actor,
    code: str,
    name: str,
    timezone: str,
    windows: Windows,
    holidays: Holidays = (),
    special_days: SpecialDays = (),
    holiday_country: str = "",
) -> Calendar:
    """Make or change the calendar of that code. Other hours make a new version; the same ones keep it.

    `windows`: (weekday, "HH:MM", "HH:MM"), Monday = 0, wall clock of `timezone` (IANA); an end before its
    start runs over midnight, "24:00" is a legal end. `holidays`: (date, name), chosen by a person;
    `holiday_country` only says from which list. `special_days`: (date, name, windows) replace the week and a
    holiday. Clocks that run on it go on under the new version from now; what they counted stands.
    Raises Forbidden unless a manager acts; Invalid with every field that is wrong, and nothing is saved.
    """
    if not actor.is_manager:
        raise Forbidden()
    week, free, special = list(windows), list(holidays), list(special_days)
    _check(code, name, timezone, week, free, special, holiday_country)
    spec = make_spec(timezone, week, (day for day, _name in free), ((day, w) for day, _name, w in special))
    with transaction.atomic():
        calendar = _lock_or_make(code, name, timezone)
        _write_rows(calendar, name, timezone, holiday_country, week, free, special)
        newest = calendar.versions.order_by("-number").first()
        if newest is None or newest.spec != spec:
            _add_version(calendar, spec, actor)
    return calendar


def _lock_or_make(code: str, name: str, timezone: str) -> Calendar:
    calendar = locked(Calendar.objects.filter(code=code)).first()
    if calendar is None:
        try:
            with transaction.atomic():
                calendar = Calendar.objects.create(code=code, name=name, timezone=timezone)
        except IntegrityError:
            raise Conflict() from None
    return calendar


def _add_version(calendar: Calendar, spec: dict[str, Any], actor: Actor) -> None:
    calendar.version += 1
    calendar.save(update_fields=["version"])
    CalendarVersion.objects.create(
        calendar=calendar,
        number=calendar.version,
        spec=spec,
        created_at=now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    if calendar.version > 1:
        key = f"sla.move_clocks:{calendar.pk}:{calendar.version}"
        outbox.enqueue("sla.move_clocks", {"calendar_id": calendar.pk}, key=key)


def _write_rows(
    calendar: Calendar,
    name: str,
    timezone: str,
    country: str,
    week: list[tuple[int, str, str]],
    free: list[tuple[date, str]],
    special: list[tuple[date, str, Sequence[Sequence[str]]]],
) -> None:
    if (calendar.name, calendar.timezone, calendar.holiday_country) != (name, timezone, country):
        calendar.name, calendar.timezone, calendar.holiday_country = name, timezone, country
        calendar.save(update_fields=["name", "timezone", "holiday_country"])
    for kept in (calendar.windows, calendar.holidays, calendar.special_days):
        kept.all().delete()
    Window.objects.bulk_create(
        Window(calendar=calendar, weekday=weekday, start=start, end=end) for weekday, start, end in week
    )
    Holiday.objects.bulk_create(Holiday(calendar=calendar, day=day, name=words) for day, words in free)
    SpecialDay.objects.bulk_create(
        SpecialDay(calendar=calendar, day=day, name=words, windows=[list(w) for w in opens])
        for day, words, opens in special
    )


# What is wrong with it -----------------------------------------------------------------------------------


def _check(
    code: str,
    name: str,
    timezone: str,
    week: list[tuple[int, str, str]],
    free: list[tuple[date, str]],
    special: list[tuple[date, str, Sequence[Sequence[str]]]],
    country: str,
) -> None:
    problems = Problems()
    check_code_and_name(problems, code, name)
    problems.attempt("timezone", lambda: read_zone(timezone, field="timezone"))
    for window in week:
        problems.attempt("windows", lambda window=window: _check_week_window(window))  # type: ignore[misc]
    _check_twice(problems, "windows", week, _("This window is there twice: %(what)s."))
    _check_dates(problems, "holidays", free)
    _check_dates(problems, "special_days", special)
    for _day, _name, opens in special:
        for pair in opens:
            problems.attempt("special_days", lambda pair=pair: _check_window(*pair))  # type: ignore[misc]
    if country:
        problems.attempt("holiday_country", lambda: _check_country(country))
    if not problems.fields:
        _check_ever_open(problems, timezone, week, free, special)
    problems.refuse()


def check_code_and_name(problems: Problems, code: str, name: str) -> None:
    """A code for machines, a name for people."""
    try:
        validate_slug(code)
    except ValidationError:
        problems.add("code", _("A code has letters, digits, hyphens and underscores only."))
    if not name.strip() or len(name) > 100:
        problems.add("name", _("Give it a name of at most 100 characters."))


def _check_week_window(window: tuple[int, str, str]) -> None:
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


def _check_dates(problems: Problems, field: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        if not isinstance(row[0], date) or isinstance(row[0], datetime):
            problems.add(field, _("“%(day)s” is no date.") % {"day": row[0]})
        if len(row[1]) > 100:
            problems.add(field, _("A name has at most 100 characters."))
    _check_twice(problems, field, [row[0] for row in rows], _("This date is there twice: %(what)s."))


def _check_twice(problems: Problems, field: str, items: Sequence[Any], message: str) -> None:
    seen = set()
    for item in items:
        if item in seen:
            words = " ".join(map(str, item)) if isinstance(item, tuple) else str(item)
            problems.add(field, message % {"what": words})
        seen.add(item)


def _check_country(country: str) -> None:
    if country.partition("-")[0] not in public_holidays.list_supported_countries() or len(country) > 8:
        raise Invalid(_("No holidays are known for “%(country)s”.") % {"country": country})


def _check_ever_open(
    problems: Problems,
    timezone: str,
    week: list[tuple[int, str, str]],
    free: list[tuple[date, str]],
    special: list[tuple[date, str, Sequence[Sequence[str]]]],
) -> None:
    spec = make_spec(timezone, week, (day for day, _n in free), ((day, w) for day, _n, w in special))
    extra: dict[date | str, Any] = {day: [tuple(w) for w in opens] for day, opens in spec["extra"].items()}
    weekly = {day: [(start, end) for start, end in opens] for day, opens in spec["weekly"].items()}
    if WorkCalendar(timezone, weekly, spec["holidays"], extra).next_open(now()) is None:
        problems.add("windows", _("With these hours it would never open. Give it at least one window."))
