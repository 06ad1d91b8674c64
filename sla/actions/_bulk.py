"""Many clocks changed at once: free owners locked together, sums in memory, few statements.

What is taken by somebody else is left over and done one by one, waiting for its turn.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Protocol

from django.db import transaction

from core.bulk import insert_many, update_many
from core.db import retrying
from core.errors import Conflict
from core.events import publish
from sla import owners
from sla.actions._change import Change, Row
from sla.events import ClocksChanged, ClocksMoved
from sla.models import OPEN_STATES, CalendarVersion, Clock, ClockTransition

log = logging.getLogger(__name__)
SEEN = ("state", "next_fire_at")
MOVED = (
    "calendar_version_id",
    "state",
    "consumed",
    "anchor",
    "due",
    "warn_at",
    "next_fire_at",
    "warned_at",
    "breached_at",
    "fire_failures",
    "levels_fired",
    "levels_due",
    "breach_used",
)  # what other hours can change of a clock


class Candidate(NamedTuple):
    """A clock that was read without a lock."""

    clock_id: int
    kind: str
    owner_id: int


@dataclass(slots=True)
class Outcome:
    """What became of some clocks; `left` are those that have to be done one by one, `failed` could not be."""

    seen: int = 0
    moved: int = 0
    breached: int = 0
    failed: int = 0
    left: list[int] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count the other's clocks here too."""
        self.seen += other.seen
        self.moved += other.moved
        self.breached += other.breached
        self.failed += other.failed


class Work(Protocol):
    """What is done to each of many clocks. Everything here runs inside the transaction of the clocks it is about."""

    def alter(self, found: list[Clock]) -> list[Change]:
        """The changes of these clocks, whose owners are locked."""

    def did_batch(self, outcome: Outcome, last: int) -> None:
        """Clocks up to the id `last` are done or left over."""

    def did_one(self, clock_id: int, outcome: Outcome) -> None:
        """One that had been left over is done, or has failed."""


def do_batch(work: Work, candidates: Sequence[Candidate]) -> Outcome:
    """All of these clocks: those that are free together, the rest one by one. A bad clock stops no other."""
    together = partial(_alter_free, work, candidates)
    try:
        outcome = retrying(in_transaction, work=together)
    except Exception:
        log.exception("a batch of %d clocks failed; doing them one by one", len(candidates))
        outcome = retrying(in_transaction, work=partial(_leave_all, work, candidates))
    do_left(work, outcome)
    return outcome


def do_left(work: Work, outcome: Outcome) -> None:
    """One by one those that were left over, each waiting for its owner; counted into the outcome."""
    for clock_id in outcome.left:
        try:
            outcome.add(retrying(in_transaction, work=partial(_alter_one, work, clock_id)))
        except Exception:
            log.exception("clock %s could not go on under other hours", clock_id)
            outcome.add(retrying(in_transaction, work=partial(_give_up, work, clock_id)))


def in_transaction(work: Callable[[], Outcome]) -> Outcome:
    """All of it or nothing."""
    with transaction.atomic():
        return work()


def _leave_all(work: Work, candidates: Sequence[Candidate]) -> Outcome:
    outcome = Outcome(left=[one.clock_id for one in candidates])
    work.did_batch(outcome, candidates[-1].clock_id)
    return outcome


def _give_up(work: Work, clock_id: int) -> Outcome:
    outcome = Outcome(seen=1, failed=1)
    work.did_one(clock_id, outcome)
    return outcome


def _alter_free(work: Work, candidates: Sequence[Candidate]) -> Outcome:
    """Change the clocks whose owners are free; waits for nobody."""
    held = owners.lock_many((one.kind, one.owner_id) for one in candidates)
    mine = [one.clock_id for one in candidates if (one.kind, one.owner_id) in held]
    changes = work.alter(load(mine))
    wanted = [change for change in changes if change.happened]
    written = _write_many(wanted)
    for kind, ids in _owners_of(written).items():
        publish(ClocksMoved(kind, tuple(ids)))
    done = {change.clock.pk for change in written}
    outcome = _outcome(written, seen=len(changes) - len(wanted) + len(written))
    outcome.left = [one.clock_id for one in candidates if (one.kind, one.owner_id) not in held]
    outcome.left += [change.clock.pk for change in wanted if change.clock.pk not in done]
    work.did_batch(outcome, candidates[-1].clock_id)
    return outcome


def _alter_one(work: Work, clock_id: int) -> Outcome:
    """Change one clock, waiting for its owner's lock. Raises Conflict when it was changed without that."""
    whose = Clock.objects.filter(pk=clock_id).values_list("owner_kind", "owner_id").first()
    changes = work.alter(load([clock_id])) if whose is not None and owners.lock(*whose) else []
    written = [change for change in changes if change.happened]
    for change in written:
        change.clock.fire_failures = 0
        if not change.write():
            raise Conflict()
        publish(ClocksChanged(change.clock.owner_kind, change.clock.owner_id))
    outcome = _outcome(written, seen=len(changes))
    work.did_one(clock_id, outcome)
    return outcome


def load(ids: Iterable[int]) -> list[Clock]:
    """Open clocks by id; those of one version share one row of it, so that it is compiled once."""
    rows = Clock.objects.filter(pk__in=list(ids), state__in=OPEN_STATES)
    found = list(rows.defer("facts").order_by("id"))
    wanted = {clock.calendar_version_id for clock in found}
    versions = CalendarVersion.objects.select_related("calendar").in_bulk(wanted)
    for clock in found:
        clock.calendar_version = versions[clock.calendar_version_id]
    return found


def _write_many(changes: list[Change]) -> list[Change]:
    """Store those whose clock is as it was seen, with their rows and news."""
    rows = []
    for change in changes:
        clock = change.clock
        clock.fire_failures = 0
        seen = (change.seen[name] for name in SEEN)
        rows.append((clock.pk, *seen, *(getattr(clock, name) for name in MOVED)))
    done = update_many(Clock, rows, fields=MOVED, seen=SEEN)
    written = [change for change in changes if change.clock.pk in done]
    lines = [(change.clock.pk, *row) for change in written for row in change.rows]
    insert_many(ClockTransition, lines, fields=("clock_id", *Row._fields))
    for change in written:
        for event in change.news:
            publish(event)
    return written


def _owners_of(changes: list[Change]) -> dict[str, list[int]]:
    ids: dict[str, dict[int, None]] = defaultdict(dict)
    for change in changes:
        ids[change.clock.owner_kind][change.clock.owner_id] = None
    return {kind: list(found) for kind, found in ids.items()}


def _outcome(written: list[Change], *, seen: int) -> Outcome:
    broken = sum(any(row.verb == "breached" for row in change.rows) for change in written)
    return Outcome(seen=seen, moved=len(written), breached=broken)
