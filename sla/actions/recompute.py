"""After an edit of a calendar its open clocks go on under the new hours: in batches, while the desk works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, QuerySet

from core.actors import SYSTEM
from core.clock import now
from core.db import locked
from core.errors import NotFound
from sla import clocks
from sla.actions._bulk import Candidate, Outcome, do_batch
from sla.actions._change import Change
from sla.actions.calendars import store_draft
from sla.drafts import draft_of
from sla.models import OPEN_STATES, Calendar, CalendarVersion, Clock, Unit
from sla.specs import tzdata_version

BATCH = 500
READ = 20_000  # candidates read at once
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a run did: clocks looked at, gone on under newer hours, broken by then, that failed; and its time."""

    seen: int
    moved: int
    breached: int
    failed: int
    seconds: float


@dataclass(slots=True)
class Progress(Outcome):
    """How far a run is. `after`: clocks up to this id had their turn."""

    total: int = 0
    after: int = 0
    finished: bool = False


def recompute_clocks(
    *,
    calendar_code: str | None = None,
    batch: int = BATCH,
    report: Callable[[Progress], object] | None = None,
) -> Recomputed:
    """Let every open clock go on under the newest hours of its calendar, one calendar's or all; waits until done.

    First each calendar that was compiled with another release of the zones' rules gets a version with this one.
    What was counted stands; promises in days or by an instant, which people were told, stand whole. `batch`
    clocks to a transaction; `report` hears of the progress after each. Safe to run at any time, twice, or beside
    the workers. Raises NotFound for an unknown calendar.
    """
    began = time.monotonic()
    calendars = Calendar.objects.order_by("id")
    if calendar_code is not None:
        calendars = calendars.filter(code=calendar_code)
    if not calendars:
        raise NotFound()
    for calendar in calendars:
        renew_zone_rules(calendar.pk)
    one = calendars[0].pk if calendar_code is not None else None
    done = move_clocks(calendar_id=one, batch=batch, report=report)
    return Recomputed(done.seen, done.moved, done.breached, done.failed, time.monotonic() - began)


def renew_zone_rules(calendar_id: int) -> bool:
    """A version more, with the same hours, for a calendar whose newest one knows older rules of its zone."""
    with transaction.atomic():
        calendar = locked(Calendar.objects.filter(pk=calendar_id)).get()
        newest = calendar.versions.order_by("-number").first()
        if newest is None or newest.spec["tzdata"] == tzdata_version():
            return False
        return store_draft(calendar, draft_of(calendar), SYSTEM)


def move_clocks(
    *,
    calendar_id: int | None,
    after: int = 0,
    batch: int = BATCH,
    seconds: float | None = None,
    report: Callable[[Progress], object] | None = None,
) -> Progress:
    """Clocks that are behind their calendar, from the id `after` on; for so many seconds, or to the end."""
    until = None if seconds is None else time.monotonic() + seconds
    behind = _behind(calendar_id)
    progress = Progress(after=after, total=behind.filter(pk__gt=after).count() if report else 0)
    for candidates in in_batches(behind, after, batch):
        progress.add(do_batch(Moving(), candidates))
        progress.after = candidates[-1].clock_id
        if report is not None:
            report(progress)
        if until is not None and time.monotonic() >= until:
            return progress
    progress.finished = True
    return progress


class Moving:
    """Settles clocks, which takes them through each newer version of their calendar."""

    def alter(self, found: list[Clock]) -> list[Change]:
        at = clocks.whole(now())
        newer = newer_versions(found, at)
        changes = [Change(clock, SYSTEM) for clock in found]
        for change in changes:
            change.settle(at, warn=True, newer=newer[change.clock.calendar_version_id])
        return changes

    def did_batch(self, outcome: Outcome, last: int) -> None:
        """Nothing to keep: what is moved is no candidate any more."""

    def did_one(self, clock_id: int, outcome: Outcome) -> None:
        """Nothing to keep."""


def newer_versions(found: list[Clock], at: datetime) -> dict[int, list[CalendarVersion]]:
    """For each version that these clocks have, those that replaced it up to an instant, oldest first; one query."""
    had = {clock.calendar_version_id: clock.calendar_version for clock in found}
    calendars = {version.calendar_id for version in had.values()}
    rows = CalendarVersion.objects.filter(
        calendar_id__in=calendars, created_at__lt=at + timedelta(seconds=1)
    ).select_related("calendar")
    later = list(rows.order_by("number"))
    return {
        pk: [one for one in later if one.calendar_id == old.calendar_id and one.number > old.number]
        for pk, old in had.items()
    }


def _behind(calendar_id: int | None) -> QuerySet[Clock]:
    """Open clocks in desk time that count in a version which was replaced."""
    stale = CalendarVersion.objects.filter(number__lt=F("calendar__version"))
    if calendar_id is not None:
        stale = stale.filter(calendar_id=calendar_id)
    ids = list(stale.values_list("pk", flat=True))
    return Clock.objects.filter(state__in=OPEN_STATES, unit=Unit.DESK_SECONDS, calendar_version_id__in=ids)


def in_batches(rows: QuerySet[Clock], after: int, batch: int) -> Iterator[list[Candidate]]:
    """Candidates by id, read unlocked and many at once."""
    while True:
        plain = rows.filter(pk__gt=after).order_by("pk").values_list("pk", "owner_kind", "owner_id")
        read = [Candidate(*row) for row in plain[:READ]]
        yield from _cut(read, batch)
        if len(read) < READ:
            return
        after = read[-1].clock_id


def _cut(items: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(items[start : start + size]) for start in range(0, len(items), size))
