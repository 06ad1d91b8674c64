"""The content of a calendar's version: written once, compiled when it is first counted in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sla.models import CalendarVersion
from sla.worktime import WorkCalendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def make_spec(
    timezone: str,
    windows: Iterable[tuple[int, str, str]],
    holidays: Iterable[date],
    special_days: Iterable[tuple[date, Sequence[Sequence[str]]]],
) -> dict[str, Any]:
    """The plain, sorted content that a version keeps. Weekdays count from Monday = 0."""
    weekly: dict[str, list[list[str]]] = {}
    for weekday, start, end in sorted(windows):
        weekly.setdefault(WEEKDAYS[weekday], []).append([start, end])
    return {
        "timezone": timezone,
        "weekly": weekly,
        "holidays": sorted(day.isoformat() for day in holidays),
        "extra": {day.isoformat(): [list(window) for window in opens] for day, opens in sorted(special_days)},
        "tzdata": tzdata_version(),
    }


@cache
def tzdata_version() -> str:
    """The release of the zone rules that sums run on; part of every version."""
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return ""


def work_calendar(version: CalendarVersion | int) -> WorkCalendar:
    """The sums of one version, compiled once in each process and kept. An int is the version's id: one query.

    Kept by content and not by id, since an id that was rolled back may be given out again. A row keeps its own
    too: versions are never edited.
    """
    if isinstance(version, int):
        version = CalendarVersion.objects.get(pk=version)
    kept: WorkCalendar | None = version.__dict__.get("_work_calendar")
    if kept is None:
        kept = version.__dict__["_work_calendar"] = calendar_of_spec(version.spec)
    return kept


def calendar_of_spec(spec: dict[str, Any]) -> WorkCalendar:
    """The sums of a version's content; the same content gives the same object."""
    return _compiled(json.dumps(spec, sort_keys=True))


@lru_cache(maxsize=512)
def _compiled(content: str) -> WorkCalendar:
    spec = json.loads(content)
    weekly = {day: _pairs(windows) for day, windows in spec["weekly"].items()}
    extra: dict[date | str, Any] = {day: _pairs(windows) for day, windows in spec["extra"].items()}
    return WorkCalendar(spec["timezone"], weekly, spec["holidays"], extra)


def _pairs(windows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [(start, end) for start, end in windows]
