"""Every read of calendars, policies and clocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Invalid, NotFound
from sla import clocks, owners
from sla.models import OPEN_STATES, CalendarVersion, Clock, PolicyVersion, Target
from sla.specs import work_calendar

__all__ = [
    "Hours",
    "OpenDay",
    "Quote",
    "access_clock",
    "clocks_of",
    "country_holidays",
    "current_version",
    "hours",
    "match_policy",
    "open_clocks",
    "quote",
    "read_zone",
    "target_of",
    "versions_since",
    "visible_clocks",
    "week",
    "work_calendar",
]

LAST_CALLS = timedelta(minutes=5)  # a desk accepts nothing new from so long before it closes
Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a promise made at one instant would be. `due` in UTC; `target` in `unit`; `min_target` for ranges."""

    metric: str
    due: datetime
    target: int
    unit: str
    min_target: int
    policy_name: str
    policy_version_id: int
    calendar_version_id: int


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


# Calendars ---------------------------------------------------------------------------------------------


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


def read_zone(name: str, *, field: str = "zone") -> ZoneInfo:
    """The zone of an IANA name; Invalid that names the field otherwise."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        message = _("There is no time zone “%(name)s”. Write one like America/New_York.") % {"name": name}
        raise Invalid.field(field, message, code="unknown_zone") from None


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


# Policies ----------------------------------------------------------------------------------------------


def match_policy(facts: Facts) -> PolicyVersion | None:
    """The current version of the first active policy whose every match names the fact's value.

    Its targets are loaded. None when nothing matches: then there is no promise.
    """
    current = (
        PolicyVersion.objects.filter(policy__active=True, number=F("policy__version"))
        .select_related("policy")
        .prefetch_related("targets")
        .order_by("policy__position")
    )
    return next((version for version in current if matches(version.match, facts)), None)


def matches(match: Mapping[str, list[str]], facts: Facts) -> bool:
    """Whether all fields that a policy names hold one of its values; a blank field matches everything."""
    return all(facts.get(name, "") in values for name, values in match.items() if values)


def target_of(version: PolicyVersion | None, metric: str) -> Target | None:
    """What a policy's version promises for a metric; None: nothing."""
    if version is None:
        return None
    for target in version.targets.all():
        if target.metric == metric:
            target.policy_version = version
            return target
    return None


def quote(*, facts: Facts, calendar_id: int, metric: str, at: datetime) -> Quote | None:
    """What the promise would be if it were made at `at`; nothing is written.

    None when no target matches or the desk never opens. The same sums as the clock that would start.
    """
    policy = match_policy(facts)
    target = target_of(policy, metric)
    if policy is None or target is None:
        return None
    version = current_version(calendar_id)
    clock = clocks.draft(owner=("", 0), metric=metric, target=target, version=version, at=clocks.whole(at))
    clocks.schedule(clock)
    if clock.due is None:
        return None
    return Quote(
        metric=metric,
        due=clock.due,
        target=target.amount,
        unit=target.unit,
        min_target=target.min_amount,
        policy_name=policy.policy.name,
        policy_version_id=policy.pk,
        calendar_version_id=version.pk,
    )


# Clocks ------------------------------------------------------------------------------------------------


def _whole_clocks() -> QuerySet[Clock]:
    """Clocks with what their sums and labels need."""
    return Clock.objects.select_related("calendar_version__calendar", "policy_version__policy")


def clocks_of(kind: str, owner_id: int) -> list[Clock]:
    """All clocks that an owner ever had, oldest first."""
    return list(_whole_clocks().filter(owner_kind=kind, owner_id=owner_id).order_by("id"))


def open_clocks(kind: str, ids: Iterable[int]) -> dict[int, list[Clock]]:
    """The open clocks (running, paused, breached) of many owners, earliest due first; one query."""
    found: dict[int, list[Clock]] = {owner_id: [] for owner_id in ids}
    rows = _whole_clocks().filter(owner_kind=kind, owner_id__in=list(found), state__in=OPEN_STATES)
    for clock in rows.order_by("id"):
        found[clock.owner_id].append(clock)
    for mine in found.values():
        mine.sort(key=lambda clock: clock.due or clocks.FAR_FUTURE)
    return found


def visible_clocks(actor: Actor) -> QuerySet[Clock]:
    """The clocks of all owners that this actor may see."""
    return _whole_clocks().filter(owners.visible_to(actor))


def access_clock(actor: Actor, clock_id: int) -> Clock:
    """A clock that this actor may see; NotFound otherwise."""
    clock = visible_clocks(actor).filter(pk=clock_id).first()
    if clock is None:
        raise NotFound()
    return clock
