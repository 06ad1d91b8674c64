"""Taking a calendar away that nothing needs."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import ProtectedError
from django.db.models.deletion import Collector
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.db import locked
from core.errors import Conflict, Forbidden, NotFound
from sla.models import Calendar, CalendarVersion, Clock, ClockTransition

MOST_NAMED = 5


def delete_calendar(*, actor: Actor, code: str) -> None:
    """Take a calendar away with its versions, unless something keeps its hours or a clock ever ran on it.

    Raises Forbidden unless a manager acts, NotFound, Conflict (`in_use`) that names what uses it; then nothing
    is changed.
    """
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        calendar = locked(Calendar.objects.filter(code=code)).first()
        if calendar is None:
            raise NotFound()
        if users := [*_rooms_above(calendar), *_clocks(calendar)]:
            told = {"name": calendar.name, "users": ", ".join(users)}
            raise Conflict(_("“%(name)s” is in use: %(users)s.") % told, code="in_use")
        calendar.versions.all().delete()
        calendar.delete()


def _rooms_above(calendar: Calendar) -> list[str]:
    """Teams, stores and whatever else points here and forbids to go, by their own names."""
    try:
        Collector(using=calendar._state.db or DEFAULT_DB_ALIAS).collect([calendar])  # only asked
    except ProtectedError as error:
        found = [one for one in error.protected_objects if not isinstance(one, CalendarVersion)]
        return _named(sorted(found, key=lambda one: (one._meta.label, one.pk)))
    return []


def _named(found: list[Any]) -> list[str]:
    words = [f"{one._meta.verbose_name} {one}" for one in found[:MOST_NAMED]]
    if more := len(found) - MOST_NAMED:
        if more > 0:
            words.append(ngettext("%(n)d more", "%(n)d more", more) % {"n": more})
    return words


def _clocks(calendar: Calendar) -> list[str]:
    count = Clock.objects.filter(calendar_version__calendar=calendar).count()
    if count:
        return [ngettext("%(n)d clock ran on it", "%(n)d clocks ran on it", count) % {"n": count}]
    if ClockTransition.objects.filter(calendar_version__calendar=calendar).exists():
        return [_("clocks once ran on it")]
    return []
