"""The sums of one clock: when it is due, when it warns, what is used up. Changes the object, writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sla.models import CalendarVersion, Clock, ClockState, Target, Unit
from sla.specs import work_calendar
from sla.worktime import NeverOpen, WorkCalendar

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)  # sorts behind every due; never shown
DEFAULT_WARN_PERCENT = 75


def whole(at: datetime) -> datetime:
    """The instant in UTC without its fraction of a second: what clocks count in. ValueError for a naive one."""
    if at.utcoffset() is None:
        raise ValueError(f"an aware datetime is needed here, got {at!r}")
    return at.astimezone(UTC).replace(microsecond=0)


def calendar_of(clock: Clock) -> WorkCalendar:
    """The calendar that a clock counts in, in the version it has."""
    return work_calendar(clock.calendar_version)


def pauses(clock: Clock) -> bool:
    """Only desk time can be stopped. A day that a person was told stands."""
    return clock.unit == Unit.DESK_SECONDS


def draft(
    *, owner: tuple[str, int], metric: str, target: Target | None, version: CalendarVersion, at: datetime
) -> Clock:
    """A clock that starts at `at` (a whole second), with nothing scheduled yet and not saved."""
    clock = Clock(
        owner_kind=owner[0],
        owner_id=owner[1],
        metric=metric,
        calendar_version=version,
        state=ClockState.RUNNING,
        started_at=at,
        anchor=at,
    )
    if target is not None:
        take_target(clock, target)
    return clock


def take_target(clock: Clock, target: Target) -> None:
    """Let this target rule the clock from now on."""
    clock.policy_version = target.policy_version
    clock.unit, clock.target, clock.min_target = target.unit, target.amount, target.min_amount
    clock.cutoff, clock.warn_percent = target.cutoff, target.warn_percent
    clock.levels = sorted(target.levels, key=lambda level: level["after"])


def used_at(clock: Clock, at: datetime) -> int:
    """Desk seconds used up to `at`. Pauses do not count; what is counted in days has none."""
    if not pauses(clock):
        return max(0, calendar_of(clock).between(clock.started_at, at))
    if clock.anchor is None:
        return clock.consumed
    return clock.consumed + calendar_of(clock).between(clock.anchor, max(clock.anchor, at))


def bank(clock: Clock, at: datetime) -> None:
    """Keep what was used up to `at`; the clock counts on from there."""
    clock.consumed = used_at(clock, at)
    if clock.anchor is not None:
        clock.anchor = max(clock.anchor, at)


def move(clock: Clock, version: CalendarVersion, at: datetime) -> None:
    """Count on under another version from `at`: what was counted stands, only the rest is counted anew."""
    bank(clock, at)
    clock.calendar_version = version
    if clock.state == ClockState.RUNNING:
        schedule(clock)
    else:
        aim(clock)


def schedule(clock: Clock) -> None:
    """Fill due, warn_at and next_fire_at of a running clock from its anchor and what it consumed.

    A desk that never opens gives no due: the clock then runs without one until its calendar is mended.
    """
    try:
        clock.due = _due(clock)
        clock.warn_at = _warn_at(clock)
    except NeverOpen:
        clock.due = clock.warn_at = None
    aim(clock)


def aim(clock: Clock) -> None:
    """What the ticker waits for: the warning, then the due, then level after level, then nothing."""
    if clock.state == ClockState.RUNNING:
        clock.next_fire_at = clock.warn_at if clock.warn_at and not clock.warned_at else clock.due
    else:
        clock.next_fire_at = level_at(clock)


def is_past(clock: Clock, at: datetime) -> bool:
    """Whether more is used up than the target gives; with exactly nothing left it is due now, not late."""
    if pauses(clock):
        return clock.consumed > clock.target
    return clock.due is not None and clock.due < at


def warning_lies_ahead(clock: Clock, at: datetime) -> bool:
    """Whether less is used up than the share of the target at which it warns."""
    if pauses(clock):
        return clock.consumed < clock.target * clock.warn_percent // 100
    return clock.warn_at is not None and clock.warn_at > at


def level_at(clock: Clock) -> datetime | None:
    """When the next level of a broken promise is reached; None: no level is left, or it does not tick.

    The offset is desk time past the due, and stands still where the clock does: while it is paused.
    """
    if clock.state != ClockState.BREACHED or clock.levels_fired >= len(clock.levels):
        return None
    after = int(clock.levels[clock.levels_fired]["after"])
    try:
        if not pauses(clock):
            assert clock.due is not None  # it was broken then
            return _after(calendar_of(clock), clock.due, after)
        assert clock.anchor is not None
        return _after(calendar_of(clock), clock.anchor, clock.breach_used + after - clock.consumed)
    except NeverOpen:
        return None


def _due(clock: Clock) -> datetime | None:
    calendar = calendar_of(clock)
    if clock.unit == Unit.INSTANT:
        return clock.due
    if clock.unit == Unit.WORKING_DAYS:
        return calendar.promise_due(clock.started_at, clock.target, clock.cutoff)
    if clock.unit == Unit.CALENDAR_DAYS:
        return end_of_day(clock.started_at, clock.target, calendar.zone)
    assert clock.anchor is not None  # a running clock has one
    return _after(calendar, clock.anchor, clock.target - clock.consumed)


def _warn_at(clock: Clock) -> datetime | None:
    """The instant at which `warn_percent` of the target is used in business time; at once when that is past."""
    calendar = calendar_of(clock)
    if clock.due is None:
        return None
    if pauses(clock):
        assert clock.anchor is not None
        left = clock.target * clock.warn_percent // 100 - clock.consumed
        return _after(calendar, clock.anchor, left)
    share = calendar.between(clock.started_at, clock.due) * clock.warn_percent // 100
    return _after(calendar, clock.started_at, share)


def _after(calendar: WorkCalendar, anchor: datetime, seconds: int) -> datetime:
    """With nothing left it is now, not at the next opening."""
    return calendar.add(anchor, seconds) if seconds > 0 else anchor


def end_of_day(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the local date so many calendar days after that of `at`, which is day 0; in UTC."""
    morning_after = at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(morning_after, time(), tzinfo=zone).astimezone(UTC)
