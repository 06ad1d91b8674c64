"""The versions of a calendar: what each changed, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from sla.models import CalendarVersion, Holiday
from sla.specs import WEEKDAYS
from sla.words import day_words, weekday_words

PAGE = 20
Windows = list[list[str]]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One difference from the version before. `kind`: "added", "removed" or "changed"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class VersionTold:
    """One version: its number, when (UTC) and by whom it was made, what it changed. The first one changed nothing."""

    number: int
    created_at: datetime
    actor_kind: str
    actor_id: int | None
    changes: tuple[DiffLine, ...]
    version_id: int


def calendar_versions(calendar_id: int, *, before: int | None = None, limit: int = PAGE) -> list[VersionTold]:
    """The newest versions of a calendar, newest first, each with its difference from the one before it.

    `before`: go on under this version's number. Two queries. An empty list for a calendar that nobody saved.
    """
    rows = CalendarVersion.objects.filter(calendar_id=calendar_id)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.order_by("-number")[: limit + 1])
    names = dict(Holiday.objects.filter(calendar_id=calendar_id).values_list("day", "name")) if found else {}
    told = []
    for index, version in enumerate(found[:limit]):
        older = found[index + 1] if index + 1 < len(found) else None
        changes = tuple(differences(older.spec, version.spec, names)) if older else ()
        who = (version.actor_kind, version.actor_id)
        told.append(VersionTold(version.number, version.created_at, *who, changes, version.pk))
    return told


def differences(
    old: dict[str, Any], new: dict[str, Any], names: dict[date, str] | None = None
) -> Iterator[DiffLine]:
    """What one version's content changed in another's, in words. `names` of holidays, where they are known."""
    if old["timezone"] != new["timezone"]:
        told = {"old": old["timezone"], "new": new["timezone"]}
        yield DiffLine("changed", _("Time zone: %(old)s → %(new)s") % told)
    yield from _week(old["weekly"], new["weekly"])
    yield from _holidays(set(old["holidays"]), set(new["holidays"]), names or {})
    yield from _special(old["extra"], new["extra"])
    if old.get("tzdata") != new.get("tzdata"):
        told = {"old": old.get("tzdata") or "–", "new": new.get("tzdata") or "–"}
        yield DiffLine("changed", _("Rules of the world's time zones: %(old)s → %(new)s") % told)


def _week(old: dict[str, Windows], new: dict[str, Windows]) -> Iterator[DiffLine]:
    for weekday, key in enumerate(WEEKDAYS):
        was, now = old.get(key, []), new.get(key, [])
        for kind, windows in (
            ("removed", [w for w in was if w not in now]),
            ("added", [w for w in now if w not in was]),
        ):
            for window in windows:
                told = {"day": weekday_words(weekday), "window": _window(window)}
                yield DiffLine(kind, _("%(day)s %(window)s") % told)


def _holidays(old: set[str], new: set[str], names: dict[date, str]) -> Iterator[DiffLine]:
    for kind, days in (("removed", old - new), ("added", new - old)):
        for text in sorted(days):
            day = date.fromisoformat(text)
            told = {"day": day_words(day, year=True), "name": names.get(day, "")}
            words = _("Holiday %(day)s (%(name)s)") if told["name"] else _("Holiday %(day)s")
            yield DiffLine(kind, words % told)


def _special(old: dict[str, Windows], new: dict[str, Windows]) -> Iterator[DiffLine]:
    for text in sorted(old.keys() | new.keys()):
        was, now = old.get(text), new.get(text)
        if was == now:
            continue
        told = {"day": day_words(date.fromisoformat(text), year=True), "old": _hours(was), "new": _hours(now)}
        if was is None:
            yield DiffLine("added", _("Special day %(day)s: %(new)s") % told)
        elif now is None:
            yield DiffLine("removed", _("Special day %(day)s: %(old)s") % told)
        else:
            yield DiffLine("changed", _("Special day %(day)s: %(old)s → %(new)s") % told)


def _hours(windows: Windows | None) -> str:
    return ", ".join(_window(window) for window in windows or []) or _("closed")


def _window(window: list[str]) -> str:
    return f"{window[0]}–{window[1]}"
