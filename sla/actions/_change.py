"""One clock being changed: what was seen of it, the rows of its transitions, the news for the rooms above."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from core.actors import SYSTEM, Actor
from core.errors import Conflict
from core.events import publish
from sla import clocks, queries
from sla.events import ClockBreached, ClockEscalated, ClocksChanged, ClockWarned
from sla.models import CalendarVersion, Clock, ClockState, ClockTransition

FIELDS = (
    "facts",
    "policy_version_id",
    "calendar_version_id",
    "unit",
    "target",
    "min_target",
    "cutoff",
    "warn_percent",
    "state",
    "consumed",
    "anchor",
    "due",
    "warn_at",
    "next_fire_at",
    "warned_at",
    "breached_at",
    "ended_at",
    "fire_failures",
    "levels",
    "levels_fired",
    "levels_due",
    "breach_used",
)


class Row(NamedTuple):
    """A transition that is still to be written, in the words of ClockTransition."""

    at: datetime
    verb: str
    state: str
    due: datetime | None
    consumed: int
    reason: str
    actor_kind: str
    actor_id: int | None
    calendar_version_id: int
    counted_from: datetime | None


class Change:
    """Collects what happens to one clock; `write` stores it all or nothing.

    Its owner's lock is held by the caller, so the state it saw stands; the UPDATE asks for it all the same.
    """

    def __init__(self, clock: Clock, actor: Actor) -> None:
        self.clock, self.actor = clock, actor
        self.seen = {"state": clock.state, "next_fire_at": clock.next_fire_at}
        self.rows: list[Row] = []
        self.news: list[Any] = []

    @property
    def happened(self) -> bool:
        return bool(self.rows)

    def note(
        self,
        verb: str,
        at: datetime,
        *,
        reason: str = "",
        actor: Actor | None = None,
        counted_from: datetime | None = None,
    ) -> None:
        """Add the row of a transition, with the clock as it is now."""
        clock, by = self.clock, actor or self.actor
        by_whom = (by.kind, by.id, clock.calendar_version_id, counted_from)
        self.rows.append(Row(at, verb, clock.state, clock.due, clock.consumed, reason[:200], *by_whom))

    def tell(self, event: Any) -> None:
        """Publish this once the clock is written."""
        self.news.append(event)

    def write(self) -> bool:
        """Store the clock, its rows, its news. False, with nothing stored, when it was changed meanwhile."""
        values = {name: getattr(self.clock, name) for name in FIELDS}
        if not Clock.objects.filter(pk=self.clock.pk, **self.seen).update(**values):
            return False
        self._write_rows()
        for event in self.news:
            publish(event)
        return True

    def _write_rows(self) -> None:
        ClockTransition.objects.bulk_create(self.transitions())

    def transitions(self) -> list[ClockTransition]:
        """The rows of what happened, for the clock as it is stored."""
        return [ClockTransition(clock=self.clock, **row._asdict()) for row in self.rows]

    # What time does -------------------------------------------------------------------------------

    def settle(self, at: datetime, *, warn: bool = False, newer: list[CalendarVersion] | None = None) -> None:
        """Bring the clock up to `at`: edits of its calendar, a due that passed; `warn`: warning and levels too.

        Every transition begins here, so that what was late by then is late whoever noticed it first. Warnings
        and levels are the ticker's alone: nobody is alarmed about what was just done. `newer`: the versions
        after the clock's, oldest first, where the caller has them at hand.
        """
        for version in queries.versions_since(self.clock.calendar_version, at) if newer is None else newer:
            self._pass(clocks.whole(version.created_at), warn=warn)
            self._move(version)
        self._pass(at, warn=warn)

    def _pass(self, at: datetime, *, warn: bool) -> None:
        self._pass_due(at, warn=warn)
        if warn:
            self._pass_levels(at)

    def _pass_due(self, at: datetime, *, warn: bool) -> None:
        clock = self.clock
        if clock.state != ClockState.RUNNING or clock.due is None:
            return
        if warn and clock.warned_at is None and clock.warn_at and clock.warn_at <= at:
            clock.warned_at = clock.warn_at
            clocks.aim(clock)
            self.note("warned", clock.warn_at, actor=SYSTEM)
            self.tell(ClockWarned(clock.pk, clock.owner_kind, clock.owner_id, clock.metric, clock.due))
        if clock.due < at:  # exactly at due it is still kept
            self.breach(clock.due)

    def _pass_levels(self, at: datetime) -> None:
        """Tell the levels that were reached, in order, each at its own instant."""
        clock = self.clock
        while (reached := clocks.level_at(clock)) is not None and reached <= at:
            level = clock.levels[clock.levels_fired]
            act, to = str(level["act"]), str(level["to"])
            clock.levels_fired += 1
            clocks.aim(clock)
            self.note("escalated", reached, reason=f"level {clock.levels_fired}: {act} {to}", actor=SYSTEM)
            whose = (clock.pk, clock.owner_kind, clock.owner_id, clock.metric)
            assert clock.due is not None
            self.tell(ClockEscalated(*whose, clock.due, clock.levels_fired, act, to))

    def breach(self, due: datetime) -> None:
        """The promise was broken at `due`, whenever that is noticed. A paused clock stays paused.

        Levels that were told for the same due (a breach taken back, and broken again) are not told twice.
        """
        clock = self.clock
        clock.due = clock.breached_at = due
        clock.breach_used = max(clock.target, clock.consumed) if clocks.pauses(clock) else 0
        if clock.levels_due != due:
            clock.levels_fired, clock.levels_due = 0, due
        if clock.state == ClockState.RUNNING:
            clock.state = ClockState.BREACHED
        clocks.aim(clock)
        self.note("breached", due, actor=SYSTEM)
        self.tell(ClockBreached(clock.pk, clock.owner_kind, clock.owner_id, clock.metric, due))

    def bank(self, at: datetime) -> None:
        """Keep what was used up to `at`; the clock counts on from there."""
        clocks.bank(self.clock, at)

    def _move(self, version: CalendarVersion) -> None:
        """Go on under an edited calendar: what was counted stands, only the rest is counted anew.

        Days and instants that a person was told stand as they are.
        """
        clock = self.clock
        if not clocks.pauses(clock):
            return
        at = clocks.whole(version.created_at)
        clocks.move(clock, version, at)
        self.note("moved", at, reason=f"calendar {version.calendar.code} v{version.number}", actor=SYSTEM)


def need_transaction() -> None:
    """Clocks change with their owner or not at all. Raises RuntimeError outside of a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("clocks change inside the transaction that holds their owner's lock")


def insert_all(owner: tuple[str, int], changes: list[Change]) -> None:
    """Store new clocks of one owner with their first rows, and tell the owner once."""
    Clock.objects.bulk_create(change.clock for change in changes)
    ClockTransition.objects.bulk_create(row for change in changes for row in change.transitions())
    publish(ClocksChanged(*owner))


def write_all(owner: tuple[str, int], changes: list[Change]) -> list[Clock]:
    """Store what happened and tell the owner once. Raises Conflict when a clock was changed without its lock."""
    written = [change for change in changes if change.happened]
    for change in written:
        if not change.write():
            raise Conflict()
    if written:
        publish(ClocksChanged(*owner))
    return [change.clock for change in written]
