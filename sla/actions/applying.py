"""Hours applied from a date in the past: asked for by a manager, carried out in batches, logged.

A calendar's edit rules from now on. When hours had been wrong for a while, a manager applies the newest ones
from a date: open clocks in desk time are counted anew from it. What was used before stands. A breach once
recorded stands too, since people were told of it and acted on it; the row says how many.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla import clocks, recount
from sla.actions._bulk import Outcome, do_batch, do_left
from sla.actions._change import Change
from sla.actions.recompute import BATCH, in_batches, newer_versions
from sla.models import (
    OPEN_STATES,
    Calendar,
    CalendarVersion,
    Clock,
    ClockTransition,
    Recompute,
    Unit,
)
from sla.queries import current_version

FURTHEST = timedelta(days=90)  # further back nobody remembers what was told


def apply_calendar_from(*, actor: Actor, code: str, from_at: datetime, reason: str) -> Recompute:
    """Count the open clocks of a calendar anew under its newest hours from `from_at`, an aware instant, on.

    Only desk time; promises in days or by an instant stand as people were told. The row that comes back is the
    log and the progress; the outbox carries it out. Raises Forbidden unless a manager acts; NotFound for an
    unknown calendar; Invalid (`from_at`: in the future, more than 90 days ago; `reason`: empty, too long);
    Conflict, code "running", while another one of this calendar is not done.
    """
    if not actor.is_manager:
        raise Forbidden()
    at = now()
    fields = _problems(from_at, reason, at)
    if fields:
        raise Invalid(fields=fields)
    with transaction.atomic():
        calendar = locked(Calendar.objects.filter(code=code)).first()
        if calendar is None:
            raise NotFound()
        if calendar.recomputes.exclude(state=Recompute.State.DONE).exists():
            raise Conflict(
                _("Hours are being applied to this calendar already. Wait for it."), code="running"
            )
        row = _write(calendar, actor, clocks.whole(from_at), reason.strip(), at)
        outbox.enqueue("sla.apply_calendar", {"recompute": row.pk}, key=f"sla.apply_calendar:{row.pk}")
    return row


def _problems(from_at: datetime, reason: str, at: datetime) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    if from_at > at:
        fields["from_at"] = [_("The date must not lie ahead: an edit rules from now on by itself.")]
    elif from_at < at - FURTHEST:
        fields["from_at"] = [
            _("Hours can be applied from at most %(days)d days ago.") % {"days": FURTHEST.days}
        ]
    if not reason.strip() or len(reason.strip()) > 200:
        fields["reason"] = [_("Say why, in at most 200 characters.")]
    return fields


def _write(calendar: Calendar, actor: Actor, from_at: datetime, reason: str, at: datetime) -> Recompute:
    mine = _clocks_of(calendar.pk)
    return Recompute.objects.create(
        calendar=calendar,
        version=current_version(calendar.pk),
        from_at=from_at,
        reason=reason,
        actor_kind=actor.kind,
        actor_id=actor.id,
        created_at=at,
        total=mine.filter(breached_at=None).count(),
        stayed=mine.filter(breached_at__isnull=False).count(),
    )


def carry_on(*, recompute_id: int, seconds: float | None = None) -> bool:
    """Go on where it stopped, for so many seconds or to the end; True when it is done.

    Each batch keeps its place in its own transaction, so that every clock has its turn once, whoever is killed.
    Raises Conflict when another worker is on it.
    """
    until = None if seconds is None else time.monotonic() + seconds
    work = Recounting(_begin(recompute_id))
    do_left(work, Outcome(left=list(work.row.left)))
    rows = _clocks_of(work.row.calendar_id).filter(breached_at=None, started_at__lt=work.row.created_at)
    for candidates in in_batches(rows, work.row.last_clock, BATCH):
        do_batch(work, candidates)
        if until is not None and time.monotonic() >= until:
            return False
    Recompute.objects.filter(pk=recompute_id).exclude(state=Recompute.State.DONE).update(
        state=Recompute.State.DONE, finished_at=now()
    )
    return True


def _begin(recompute_id: int) -> Recompute:
    Recompute.objects.filter(pk=recompute_id, state=Recompute.State.WAITING).update(
        state=Recompute.State.RUNNING, started_at=now()
    )
    return Recompute.objects.select_related("version__calendar").get(pk=recompute_id)


def _clocks_of(calendar_id: int) -> QuerySet[Clock]:
    return Clock.objects.filter(
        state__in=OPEN_STATES, unit=Unit.DESK_SECONDS, calendar_version__calendar_id=calendar_id
    )


class Recounting:
    """Counts clocks anew, and keeps in the row what was done in the transaction that did it."""

    def __init__(self, row: Recompute) -> None:
        self.row = row
        self.by = Actor(kind=row.actor_kind, id=row.actor_id)  # type: ignore[arg-type]

    def alter(self, found: list[Clock]) -> list[Change]:
        """First what is late by the hours that ruled until now; then the count from the date on."""
        at = clocks.whole(now())
        newer = newer_versions(found, at)
        told = _transitions(found)
        known = {row.calendar_version_id for rows in told.values() for row in rows}
        versions = CalendarVersion.objects.select_related("calendar").in_bulk(known - {None})
        versions |= {one.pk: one for one in self.row.calendar.versions.select_related("calendar")}
        changes = [Change(clock, SYSTEM) for clock in found]
        for change in changes:
            change.settle(at, warn=True, newer=newer[change.clock.calendar_version_id])
            if change.clock.breached_at is None:
                self._recount(change, [*told[change.clock.pk], *change.rows], versions, at)
        return changes

    def _recount(
        self, change: Change, rows: list[Any], versions: dict[int, CalendarVersion], at: datetime
    ) -> None:
        clock, row = change.clock, self.row
        used = recount.used(rows, versions, hours=row.version, from_at=row.from_at, until=at)
        if used == clocks.used_at(clock, at):
            return
        clock.consumed = used
        if clock.anchor is not None:
            clock.anchor = at
            clocks.schedule(clock)
        past = clocks.is_past(clock, at)
        if not past and clocks.warning_lies_ahead(clock, at):
            clock.warned_at = None  # a new due, a new warning
            clocks.aim(clock)
        change.note("recounted", at, reason=row.reason, actor=self.by, counted_from=row.from_at)
        if past:
            change.breach(at)

    def did_batch(self, outcome: Outcome, last: int) -> None:
        """The place to go on from; nobody else may have come further."""
        self._keep(outcome, Recompute.objects.filter(last_clock__lt=last), last_clock=last, left=outcome.left)

    def did_one(self, clock_id: int, outcome: Outcome) -> None:
        """One fewer that is left."""
        row = locked(Recompute.objects.filter(pk=self.row.pk)).get()
        if clock_id not in row.left:
            raise Conflict()
        self._keep(outcome, Recompute.objects.all(), left=[pk for pk in row.left if pk != clock_id])

    def _keep(self, outcome: Outcome, row: QuerySet[Recompute], **place: Any) -> None:
        counted = {name: F(name) + getattr(outcome, name) for name in ("seen", "moved", "breached", "failed")}
        if not row.filter(pk=self.row.pk).update(**counted, **place):
            raise Conflict()


def _transitions(found: list[Clock]) -> dict[int, list[ClockTransition]]:
    rows: dict[int, list[ClockTransition]] = defaultdict(list)
    for row in ClockTransition.objects.filter(clock__in=found).order_by("id"):
        rows[row.clock_id].append(row)
    return rows
