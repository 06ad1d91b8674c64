"""Calendars as the JSON contract writes and reads them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from rest_framework import serializers

from core.clock import now
from core.errors import Invalid
from sla import queries
from sla.drafts import CalendarDraft, draft_of
from sla.models import Calendar, DeskClosing
from sla.queries import Effects, HoursTried, VersionTold


class WindowShape(serializers.Serializer[Any]):
    """Wall clock of the calendar's zone; an end before its start runs over midnight, 24:00 is a legal end."""

    start = serializers.CharField(max_length=20, help_text="HH:MM")
    end = serializers.CharField(max_length=20, help_text="HH:MM")


class WeekWindowShape(WindowShape):
    weekday = serializers.IntegerField(help_text="0 is Monday, 6 is Sunday.")


class HolidayShape(serializers.Serializer[Any]):
    day = serializers.DateField()
    name = serializers.CharField(allow_blank=True, max_length=400)


class SpecialDayShape(HolidayShape):
    """Replaces the week and a holiday on its date; no windows: closed."""

    windows = WindowShape(many=True)


class CalendarIn(serializers.Serializer[Any]):
    """The hours of a desk, whole: what is left out is empty."""

    name = serializers.CharField(max_length=400)
    timezone = serializers.CharField(max_length=100, help_text="America/New_York")
    windows = WeekWindowShape(many=True)
    holidays = HolidayShape(many=True, required=False)
    special_days = SpecialDayShape(many=True, required=False)
    holiday_country = serializers.CharField(allow_blank=True, max_length=20, required=False)


class CalendarPut(CalendarIn):
    version = serializers.IntegerField(
        required=False, help_text="The version that was read: 409 when there is a newer one."
    )


class ClosingShape(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    until = serializers.DateTimeField()
    reason = serializers.CharField()


class CalendarShape(CalendarIn):
    """A calendar as it is saved. `closing` is one by hand that is in force or lies ahead."""

    code = serializers.CharField()
    version = serializers.IntegerField()


class HoursShape(serializers.Serializer[Any]):
    is_open = serializers.BooleanField()
    accepting = serializers.BooleanField(help_text="False from five minutes before closing.")
    closes_at = serializers.DateTimeField(allow_null=True)
    opens_at = serializers.DateTimeField(allow_null=True)


class CalendarRead(CalendarShape):
    hours = HoursShape()
    closing = ClosingShape(allow_null=True)


class CalendarPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CalendarShape(many=True)


class TryIn(serializers.Serializer[Any]):
    """Hours to be tried; `calendar` left out: as they are saved."""

    calendar = CalendarIn(required=False)
    at = serializers.DateTimeField(default_timezone=UTC)
    seconds = serializers.IntegerField(help_text="Desk time to count from `at`.")
    zone = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="The reader's.")


class LineShape(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    text = serializers.CharField()


class TryOut(serializers.Serializer[Any]):
    is_open = serializers.BooleanField()
    next_open = serializers.DateTimeField(allow_null=True)
    next_close = serializers.DateTimeField(allow_null=True)
    due = serializers.DateTimeField(allow_null=True)
    steps = LineShape(many=True)


class MovedShape(serializers.Serializer[Any]):
    clock_id = serializers.IntegerField()
    title = serializers.CharField()
    url = serializers.CharField()
    metric = serializers.CharField()
    old_due = serializers.DateTimeField(allow_null=True)
    new_due = serializers.DateTimeField(allow_null=True)


class EffectsShape(serializers.Serializer[Any]):
    """Running clocks in desk time that would get another due time."""

    moving = serializers.IntegerField()
    earlier = serializers.IntegerField()
    later = serializers.IntegerField()
    newly_late = serializers.IntegerField()
    seen = serializers.IntegerField()
    capped = serializers.BooleanField(help_text="There are more clocks than were looked at.")
    samples = MovedShape(many=True)


class PreviewOut(serializers.Serializer[Any]):
    """`problems` by field; the rest is empty while there are any."""

    problems = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    notices = serializers.ListField(child=serializers.CharField())
    warnings = serializers.ListField(child=serializers.CharField())
    effects = EffectsShape(allow_null=True)
    ends = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="What these hours would end at once: {chats: {waiting, active}}.",
    )


class CloseIn(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        default_timezone=UTC,
        required=False,
        allow_null=True,
        help_text="Left out: to the end of that local date.",
    )
    notice_minutes = serializers.IntegerField(required=False)
    reason = serializers.CharField(allow_blank=True, max_length=400)


class DiffShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    text = serializers.CharField()


class VersionShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    by = serializers.CharField(help_text="The kind of actor: `staff` or `system`.")
    changes = DiffShape(many=True)


class VersionsOut(serializers.Serializer[Any]):
    results = VersionShape(many=True)
    before = serializers.IntegerField(allow_null=True, help_text="Go on with `?before=` this; null: no more.")


class HolidaysOut(serializers.Serializer[Any]):
    country = serializers.CharField()
    holidays = HolidayShape(many=True)


# Both ways ---------------------------------------------------------------------------------------------


def draft_from(code: str, given: dict[str, Any]) -> CalendarDraft:
    """The draft that a body of `CalendarIn` says."""
    return CalendarDraft.of(
        code=code,
        name=given["name"],
        timezone=given["timezone"],
        windows=[(w["weekday"], w["start"], w["end"]) for w in given["windows"]],
        holidays=[(row["day"], row["name"]) for row in given.get("holidays", ())],
        special_days=[
            (row["day"], row["name"], [(w["start"], w["end"]) for w in row["windows"]])
            for row in given.get("special_days", ())
        ],
        holiday_country=given.get("holiday_country", ""),
    )


def shape(calendar: Calendar) -> dict[str, Any]:
    """A calendar as it is saved; its rows are taken from what was loaded beforehand, if it was."""
    windows = sorted(calendar.windows.all(), key=lambda row: (row.weekday, row.start))
    special = sorted(calendar.special_days.all(), key=lambda row: row.day)
    return {
        "code": calendar.code,
        "name": calendar.name,
        "timezone": calendar.timezone,
        "version": calendar.version,
        "windows": [{"weekday": row.weekday, "start": row.start, "end": row.end} for row in windows],
        "holidays": [
            {"day": row.day, "name": row.name}
            for row in sorted(calendar.holidays.all(), key=lambda row: row.day)
        ],
        "special_days": [
            {
                "day": row.day,
                "name": row.name,
                "windows": [{"start": start, "end": end} for start, end in row.windows],
            }
            for row in special
        ],
        "holiday_country": calendar.holiday_country,
    }


def whole(calendar: Calendar) -> dict[str, Any]:
    """A calendar with its hours of now."""
    hours = queries.hours(calendar.pk, now())
    closing = queries.closing_of(calendar.pk, now())
    times = {name: getattr(hours, name) for name in ("is_open", "accepting", "closes_at", "opens_at")}
    return {**shape(calendar), "hours": times, "closing": _closing(closing) if closing else None}


def _closing(closing: DeskClosing) -> dict[str, Any]:
    return {"starts_at": closing.starts_at, "until": closing.until, "reason": closing.reason}


def tried(answer: HoursTried) -> dict[str, Any]:
    times = {name: getattr(answer, name) for name in ("is_open", "next_open", "next_close", "due")}
    return {**times, "steps": [{"at": line.at, "text": line.text} for line in answer.steps]}


def effects(found: Effects) -> dict[str, Any]:
    counts = ("moving", "earlier", "later", "newly_late", "seen", "capped")
    fields = ("clock_id", "title", "url", "metric", "old_due", "new_due")
    samples = [{name: getattr(one, name) for name in fields} for one in found.samples]
    return {**{name: getattr(found, name) for name in counts}, "samples": samples}


def version(told: VersionTold) -> dict[str, Any]:
    changes = [{"kind": line.kind, "text": line.text} for line in told.changes]
    return {
        "number": told.number,
        "created_at": told.created_at,
        "by": told.actor_kind,
        "changes": changes,
    }


def draft_or_saved(calendar: Calendar | None, code: str, given: dict[str, Any] | None) -> CalendarDraft:
    """The draft of a body, else the calendar as it is saved. Raises Invalid when there is neither."""
    if given is not None:
        return draft_from(code, given)
    if calendar is None:
        raise Invalid.field("calendar", str(serializers.Field.default_error_messages["required"]))
    return draft_of(calendar)
