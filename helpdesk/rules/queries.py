"""What the rules pages show of calendars."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F

from accounts.models import Team
from core.errors import NotFound
from helpdesk.rules import weeks
from orders.models import Store
from sla.models import Calendar, CalendarVersion
from sla.queries import work_calendar
from sla.worktime import WorkCalendar


@dataclass(frozen=True, slots=True)
class DayOff:
    """A date on which a calendar does not keep its week."""

    day: date
    name: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class State:
    """Open or closed at an instant, and until when (UTC); None: for good."""

    is_open: bool
    until: datetime | None
    zone: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A calendar in the list."""

    calendar: Calendar
    state: State
    bars: list[weeks.MiniBar]
    next_off: DayOff | None
    users: list[str]
    saved_at: datetime


def calendars_shown(at: datetime) -> list[Shown]:
    """All calendars by name; six queries however many there are."""
    newest = CalendarVersion.objects.filter(number=F("calendar__version")).select_related("calendar")
    found = newest.order_by("calendar__name", "calendar__code").prefetch_related(
        "calendar__holidays", "calendar__special_days"
    )
    users = users_by_calendar()
    return [_shown(version, at, users.get(version.calendar_id, [])) for version in found]


def _shown(version: CalendarVersion, at: datetime, users: list[str]) -> Shown:
    calendar, sums = version.calendar, work_calendar(version)
    return Shown(
        calendar=calendar,
        state=state_of(sums, at),
        bars=weeks.mini(version.spec),
        next_off=_next_off(calendar, at.astimezone(ZoneInfo(calendar.timezone)).date()),
        users=users,
        saved_at=version.created_at,
    )


def state_of(sums: WorkCalendar, at: datetime) -> State:
    """Open until when, or closed until when."""
    is_open = sums.is_open(at)
    return State(is_open, sums.next_close(at) if is_open else sums.next_open(at), sums.timezone)


def _next_off(calendar: Calendar, today: date) -> DayOff | None:
    days = {row.day: DayOff(row.day, row.name, True) for row in calendar.holidays.all() if row.day >= today}
    for special in calendar.special_days.all():
        if special.day >= today:
            days[special.day] = DayOff(special.day, special.name, not special.windows)
    return days[min(days)] if days else None


def users_by_calendar() -> dict[int, list[str]]:
    """Names of the teams and stores that work by each calendar, by its id."""
    found: dict[int, list[str]] = defaultdict(list)
    for model in (Team, Store):
        for calendar_id, name in model.objects.order_by("name").values_list("calendar_id", "name"):
            found[calendar_id].append(name)
    return found


def calendar_named(code: str) -> Calendar:
    """The calendar of that code; NotFound otherwise."""
    calendar = Calendar.objects.filter(code=code).first()
    if calendar is None:
        raise NotFound()
    return calendar
