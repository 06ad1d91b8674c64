"""What a clock would have used if other hours had ruled from a date on. Pure sums over its transitions.

Its rows say when it ticked and in which hours each stretch was counted. A recount gives the stretches of one
calendar from its date on to the hours applied; everything before stands as it was counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sla.models import TICKING_STATES, CalendarVersion
from sla.specs import work_calendar

BANKING = ("started", "paused", "resumed", "met", "cancelled", "retargeted", "moved", "recounted")


class Row(Protocol):
    """What is read of a transition. Rows from before versions were kept on them have none."""

    @property
    def at(self) -> datetime: ...
    @property
    def verb(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def consumed(self) -> int: ...
    @property
    def calendar_version_id(self) -> int | None: ...
    @property
    def counted_from(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time in which a clock ticked, and the hours that count in it."""

    start: datetime
    end: datetime
    version: CalendarVersion

    @property
    def seconds(self) -> int:
        return work_calendar(self.version).between(self.start, self.end)


def used(
    rows: Sequence[Row],
    versions: Mapping[int, CalendarVersion],
    *,
    hours: CalendarVersion,
    from_at: datetime,
    until: datetime,
) -> int:
    """Desk seconds used up to `until`, with `hours` in force from `from_at`.

    `rows`: the transitions in their order, the first of them the start; `versions`: those that they name, and all
    of the calendar of `hours`. Stretches in other calendars, and in later versions than `hours`, stand.
    """
    banked = [row for row in rows if row.verb in BANKING]
    floor = min([from_at, *(row.counted_from for row in banked if row.counted_from is not None)])
    base = max((n for n, row in enumerate(banked) if row.at <= floor), default=0)
    stretches: list[Stretch] = []
    for row, end in zip(banked[base:], [*(row.at for row in banked[base + 1 :]), until], strict=True):
        version = _version_of(row, versions, hours)
        if row.counted_from is not None:
            stretches = applied(stretches, version, row.counted_from)
        if row.state in TICKING_STATES and row.at < end:
            stretches.append(Stretch(row.at, end, version))
    return banked[base].consumed + sum(one.seconds for one in applied(stretches, hours, from_at))


def applied(stretches: list[Stretch], hours: CalendarVersion, from_at: datetime) -> list[Stretch]:
    """The same stretches with what lies after `from_at`, in earlier versions of the calendar, given to `hours`."""
    changed: list[Stretch] = []
    for one in stretches:
        older = one.version.calendar_id == hours.calendar_id and one.version.number <= hours.number
        if not older or one.end <= from_at:
            changed.append(one)
            continue
        if one.start < from_at:
            changed.append(Stretch(one.start, from_at, one.version))
        changed.append(Stretch(max(one.start, from_at), one.end, hours))
    return changed


def _version_of(row: Row, versions: Mapping[int, CalendarVersion], hours: CalendarVersion) -> CalendarVersion:
    """The hours that counted from a row on; for rows that name none, those that the calendar had then."""
    if row.calendar_version_id is not None and row.calendar_version_id in versions:
        return versions[row.calendar_version_id]
    known = [one for one in versions.values() if one.calendar_id == hours.calendar_id]
    known.sort(key=lambda one: one.number)
    return next((one for one in reversed(known) if one.created_at <= row.at), known[0])
