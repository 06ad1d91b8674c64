"""Reads of calendars: their versions, their hours, the holidays to choose from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound
from sla.models import CalendarVersion, DeskClosing
from sla.specs import work_calendar
from sla.zones import read_zone

LAST_CALLS = timedelta(minutes=5)  # a desk accepts nothing new from so long before it closes


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether a desk is there. Instants in UTC.

    `accepting` is false when closed and from five minutes before closing; then `opens_at` says from when it
    accepts again (None: never). `closes_at` is None when closed, and at a desk that never closes.
    """

    is_open: bool
    accepting: bool
    closes_at: datetime | None
    opens_at: datetime | None
    timezone: str


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A date in the reader's zone and the stretches of it in which the desk is open, in that zone."""

    day: date
    windows: tuple[tuple[datetime, datetime], ...]


def current_version(calendar_id: int) -> CalendarVersion:
    """The newest version of a calendar. NotFound for a calendar that was never saved."""
    version = (
        CalendarVersion.objects.filter(calendar_id=calendar_id)
        .select_related("calendar")
        .order_by("-number")
        .first()
    )
    if version is None:
        raise NotFound()
    return version


def closing_of(calendar_id: int, at: datetime) -> DeskClosing | None:
    """The closing by hand that is in force at an instant or lies ahead; None: the hours are as they are written."""
    return DeskClosing.objects.filter(calendar_id=calendar_id, ended_at=None, until__gt=at).first()


def versions_since(version: CalendarVersion, until: datetime) -> list[CalendarVersion]:
    """The versions that replaced this one up to an instant, oldest first; no query when it is the current one.

    Expects `version.calendar` to be loaded.
    """
    if version.calendar.version == version.number:
        return []
    newer = CalendarVersion.objects.filter(
        calendar_id=version.calendar_id,
        number__gt=version.number,
        created_at__lt=until + timedelta(seconds=1),
    )
    return list(newer.select_related("calendar").order_by("number"))


def hours(calendar_id: int, at: datetime) -> Hours:
    """Whether a desk on this calendar is open and accepts at an instant. The one answer for every door."""
    calendar = work_calendar(current_version(calendar_id))
    if not calendar.is_open(at):
        return Hours(False, False, None, calendar.next_open(at), calendar.timezone)
    closes_at = calendar.next_close(at)
    accepting = closes_at is None or at < closes_at - LAST_CALLS
    opens_at = None if accepting or closes_at is None else calendar.next_open(closes_at)
    return Hours(True, accepting, closes_at, opens_at, calendar.timezone)


def week(calendar_id: int, at: datetime, zone: str) -> list[OpenDay]:
    """Seven dates from today on, in the reader's zone, with the desk's open stretches cut at its midnights.

    Raises Invalid for an unknown zone.
    """
    calendar = work_calendar(current_version(calendar_id))
    reader = read_zone(zone)
    today = at.astimezone(reader).date()
    days = [today + timedelta(days=n) for n in range(7)]
    edges = [_midnight(day, reader) for day in (*days, today + timedelta(days=7))]
    stretches: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for index in range(7):
        start = calendar.next_open(edges[index])
        while start is not None and start < edges[index + 1]:
            end = min(calendar.next_close(start) or edges[index + 1], edges[index + 1])
            stretches[index].append((start.astimezone(reader), end.astimezone(reader)))
            start = calendar.next_open(end)
    return [OpenDay(day, tuple(stretches[index])) for index, day in enumerate(days)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def country_holidays(country: str, years: Iterable[int]) -> list[tuple[date, str]]:
    """The public holidays of a country ("US") or a part of it ("US-NY"), to be looked at and chosen from.

    Nothing is applied. Raises Invalid for a country that is not known.
    """
    code, _dash, part = country.partition("-")
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=list(years))
    except NotImplementedError:
        message = _("No holidays are known for “%(country)s”.") % {"country": country}
        raise Invalid.field("holiday_country", message, code="unknown_country") from None
    return sorted(found.items())
