"""What saving a draft would do to the clocks that run on its calendar; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sla import clocks, owners
from sla.drafts import CalendarDraft
from sla.models import Calendar, CalendarVersion, Clock, ClockState, Unit

MOST_ROWS = 20_000
MOST_SAMPLES = 10
FIELDS = (
    "owner_kind",
    "owner_id",
    "metric",
    "unit",
    "target",
    "min_target",
    "cutoff",
    "warn_percent",
    "state",
    "consumed",
    "started_at",
    "anchor",
    "due",
    "warned_at",
    "calendar_version_id",
)


@dataclass(frozen=True, slots=True)
class Moved:
    """One clock whose due would change. Instants in UTC; None: it has, or would have, no due time."""

    clock_id: int
    title: str
    url: str
    metric: str
    old_due: datetime | None
    new_due: datetime | None


@dataclass(frozen=True, slots=True)
class Effects:
    """How many running clocks in desk time would get another due time, and which way.

    `newly_late`: due ahead as it is, and at once past under the draft. `seen`: clocks looked at; `capped`: there
    are more than were looked at. `samples`: up to ten, the largest changes first.
    """

    moving: int
    earlier: int
    later: int
    newly_late: int
    samples: tuple[Moved, ...]
    capped: bool
    seen: int


def effects_of(draft: CalendarDraft, *, at: datetime) -> Effects:
    """What saving the draft at an aware instant would change, by the sums of the change itself.

    Clocks bank what they used under the old hours until `at` and go on under the draft. Promises in days and by
    an instant stand, paused clocks have no due to move, and what is late stays late. Reads at most 20,000 clocks,
    in three queries and one for each kind of owner among the samples. Raises Invalid for a draft with problems.
    """
    draft.check()
    at = clocks.whole(at)
    calendar = Calendar.objects.filter(code=draft.code).first()
    versions = list(CalendarVersion.objects.filter(calendar=calendar).order_by("number")) if calendar else []
    spec = draft.spec()
    if calendar is None or not versions or versions[-1].spec == spec:
        return Effects(0, 0, 0, 0, (), capped=False, seen=0)
    versions.append(CalendarVersion(calendar=calendar, number=calendar.version + 1, spec=spec, created_at=at))
    rows = _running(calendar)
    moved = [pair for clock in rows[:MOST_ROWS] if (pair := _move(clock, versions, at))]
    return _summed_up(moved, at, seen=min(len(rows), MOST_ROWS), capped=len(rows) > MOST_ROWS)


def _running(calendar: Calendar) -> list[Clock]:
    rows = Clock.objects.filter(
        calendar_version__calendar=calendar, state=ClockState.RUNNING, unit=Unit.DESK_SECONDS
    )
    return list(rows.only("id", *FIELDS).order_by("id")[: MOST_ROWS + 1])


def _move(
    clock: Clock, versions: list[CalendarVersion], at: datetime
) -> tuple[Clock, datetime | None] | None:
    """The clock after the edit, with the due it would have without it; None when nothing changes."""
    mine = next(n for n, version in enumerate(versions) if version.pk == clock.calendar_version_id)
    clock.calendar_version = versions[mine]
    for version in versions[mine + 1 : -1]:  # edits that it has not been told of yet
        when = clocks.whole(version.created_at)
        if _is_late(clock, when):
            return None
        clocks.move(clock, version, when)
    if _is_late(clock, at):
        return None
    before = clock.due
    clocks.move(clock, versions[-1], at)
    return (clock, before) if clock.due != before else None


def _is_late(clock: Clock, at: datetime) -> bool:
    """What was late by then stays late, with its due."""
    return clock.due is not None and clock.due < at


def _summed_up(
    moved: list[tuple[Clock, datetime | None]], at: datetime, *, seen: int, capped: bool
) -> Effects:
    far = clocks.FAR_FUTURE
    earlier = sum((clock.due or far) < (before or far) for clock, before in moved)
    late = sum(clock.due is not None and clock.due < at for clock, _before in moved)
    first = sorted(moved, key=lambda pair: (-abs((pair[0].due or far) - (pair[1] or far)), pair[0].pk))
    return Effects(
        moving=len(moved),
        earlier=earlier,
        later=len(moved) - earlier,
        newly_late=late,
        samples=_samples(first[:MOST_SAMPLES]),
        capped=capped,
        seen=seen,
    )


def _samples(moved: list[tuple[Clock, datetime | None]]) -> tuple[Moved, ...]:
    labels = owners.describe((clock.owner_kind, clock.owner_id) for clock, _before in moved)
    told = []
    for clock, before in moved:
        label = labels.get((clock.owner_kind, clock.owner_id), owners.OwnerLabel(""))
        told.append(Moved(clock.pk, label.title, label.url, clock.metric, before, clock.due))
    return tuple(told)
