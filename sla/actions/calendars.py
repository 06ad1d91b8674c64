"""Saving a calendar: its rows for people, a version for the sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from core import outbox
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden
from sla.drafts import CalendarDraft
from sla.models import Calendar, CalendarVersion, Holiday, SpecialDay, Window

Windows = Iterable[tuple[int, str, str]]
Holidays = Iterable[tuple[date, str]]
SpecialDays = Iterable[tuple[date, str, Sequence[Sequence[str]]]]


def save_calendar(
    *,
    actor: Actor,
    code: str = "",
    name: str = "",
    timezone: str = "",
    windows: Windows = (),
    holidays: Holidays = (),
    special_days: SpecialDays = (),
    holiday_country: str = "",
    draft: CalendarDraft | None = None,
    expected_version: int | None = None,
) -> Calendar:
    """Make or change the calendar of that code. Other hours make a new version; the same ones keep it.

    `windows`: (weekday, "HH:MM", "HH:MM"), Monday = 0, wall clock of `timezone` (IANA); an end before its
    start runs over midnight, "24:00" is a legal end. `holidays`: (date, name), chosen by a person;
    `holiday_country` only says from which list. `special_days`: (date, name, windows) replace the week and a
    holiday. A `draft` says all of this at once and instead. Clocks that run on the calendar go on under the
    new version from now; what they counted stands.
    Raises Forbidden unless a manager acts; Invalid with every field that is wrong; Conflict when the newest
    version is not the `expected_version` that the writer had read. Then nothing is saved.
    """
    if not actor.is_manager:
        raise Forbidden()
    wanted = draft or CalendarDraft.of(
        code=code,
        name=name,
        timezone=timezone,
        windows=windows,
        holidays=holidays,
        special_days=special_days,
        holiday_country=holiday_country,
    )
    wanted.check()
    with transaction.atomic():
        calendar = _lock_or_make(wanted)
        if expected_version is not None and calendar.version != expected_version:
            raise Conflict()
        store_draft(calendar, wanted, actor)
    return calendar


def store_draft(calendar: Calendar, draft: CalendarDraft, actor: Actor) -> bool:
    """Write the rows of a draft and, when its hours differ from the newest version, a version more: then True.

    The caller holds the calendar's lock and has checked the draft.
    """
    _write_rows(calendar, draft)
    newest, spec = calendar.versions.order_by("-number").first(), draft.spec()
    if newest is not None and newest.spec == spec:
        return False
    _add_version(calendar, spec, actor)
    return True


def _lock_or_make(draft: CalendarDraft) -> Calendar:
    calendar = locked(Calendar.objects.filter(code=draft.code)).first()
    if calendar is None:
        try:
            with transaction.atomic():
                calendar = Calendar.objects.create(code=draft.code, name=draft.name, timezone=draft.timezone)
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


def _write_rows(calendar: Calendar, draft: CalendarDraft) -> None:
    plain = ("name", "timezone", "holiday_country")
    if any(getattr(calendar, field) != getattr(draft, field) for field in plain):
        for field in plain:
            setattr(calendar, field, getattr(draft, field))
        calendar.save(update_fields=plain)
    for kept in (calendar.windows, calendar.holidays, calendar.special_days):
        kept.all().delete()
    Window.objects.bulk_create(
        Window(calendar=calendar, weekday=weekday, start=start, end=end)
        for weekday, start, end in draft.windows
    )
    Holiday.objects.bulk_create(
        Holiday(calendar=calendar, day=day, name=words) for day, words in draft.holidays
    )
    SpecialDay.objects.bulk_create(
        SpecialDay(calendar=calendar, day=day, name=words, windows=[list(w) for w in opens])
        for day, words, opens in draft.special_days
    )
