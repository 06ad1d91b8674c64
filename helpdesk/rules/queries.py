"""What the rules pages show of calendars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from core.errors import NotFound
from helpdesk.rules import weeks
from orders.models import Store
from sla.drafts import CalendarDraft
from sla.models import Calendar, CalendarVersion, Recompute
from sla.queries import current_version, work_calendar
from sla.queries.versions import DiffLine, calendar_versions
from sla.queries.versions import differences as spec_differences
from sla.worktime import WorkCalendar

VERSIONS = 10
RUNS = 3


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


@dataclass(frozen=True, slots=True)
class Saved:
    """A version: its number, who saved it and when."""

    number: int
    who: str
    at: datetime


def newest(calendar: Calendar) -> Saved | None:
    """Who saved a calendar last."""
    version = calendar.versions.order_by("-number").first()
    if version is None:
        return None
    names = names_of([version.actor_id])
    return Saved(version.number, names.get(version.actor_id or 0) or _("The system"), version.created_at)


def names_of(person_ids: Iterable[int | None]) -> dict[int, str]:
    """What people are called, by id; one query."""
    return {
        person.pk: person.display_name for person in Person.objects.filter(pk__in=set(person_ids) - {None})
    }


def around(calendar: Calendar | None, at: datetime) -> dict[str, Any]:
    """What stands around the form of a calendar: its state, who works by it, its versions."""
    if calendar is None:
        return {}
    version = current_version(calendar.pk)
    closing = calendar.closings.filter(ended_at=None, until__gt=at).first()
    return {
        "state": state_of(work_calendar(version), at),
        "users": users_by_calendar().get(calendar.pk, []),
        "at": at,
        "closing": closing,
        "closing_by": _who(closing, names_of([closing.actor_id])) if closing else "",
        "runs": runs_of(calendar),
        **versions_of(calendar, None),
    }


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version as the list shows it."""

    number: int
    at: datetime
    who: str
    changes: tuple[DiffLine, ...]


def versions_of(calendar: Calendar, before: int | None) -> dict[str, Any]:
    """A page of versions, the newest first, and where the next page begins (0: nowhere)."""
    found = calendar_versions(calendar.pk, before=before, limit=VERSIONS)
    names = names_of(version.actor_id for version in found)
    rows = [VersionRow(one.number, one.created_at, _who(one, names), one.changes) for one in found]
    return {"versions": rows, "older": rows[-1].number if rows and rows[-1].number > 1 else 0}


def _who(row: Any, names: dict[int, str]) -> str:
    return names.get(row.actor_id or 0) or _("The system")


def runs_of(calendar: Calendar) -> dict[str, Any]:
    """The newest applications of hours from a date, and whether one goes on."""
    found = list(calendar.recomputes.select_related("version").order_by("-id")[:RUNS])
    names = names_of(row.actor_id for row in found)
    done = Recompute.State.DONE
    return {
        "is_running": any(row.state != done for row in found),
        "rows": [{"row": row, "who": _who(row, names), "is_done": row.state == done} for row in found],
    }


def differences(standing: CalendarDraft, draft: CalendarDraft) -> list[DiffLine]:
    """What a draft changes in what is saved, in words."""
    named = dict(standing.holidays) | dict(draft.holidays)
    told = list(spec_differences(standing.spec(), draft.spec(), named))
    if standing.name != draft.name:
        words = _("Name: %(old)s → %(new)s") % {"old": standing.name, "new": draft.name}
        told.insert(0, DiffLine("changed", words))
    return told or [DiffLine("changed", _("Names of days"))]
