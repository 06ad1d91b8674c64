"""The worker's part of a file: batch by batch, each in one transaction with the count of what is through.

A process that dies loses at most the batch it was in; who takes the job up again begins after the last whole one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.queries import actor_of_person
from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked, retrying
from core.errors import Conflict, Forbidden, NotFound
from orders import permissions
from orders.actions.bulk import insert_rows
from orders.actions.import_jobs import JOB
from orders.actions.imports import bring_in
from orders.actions.promises import Horizon
from orders.imports import places, states
from orders.imports.formats import context_of, reader_for
from orders.imports.lines import Unreadable
from orders.imports.memory import memory_source
from orders.imports.results import Found, Reject
from orders.imports.runner import BATCH, batches, tried
from orders.models import Import, ImportRow

STEP_SECONDS = 1.0  # the rest goes on in another job: mail, clocks and chats wait no longer than this


END, LATER, TAKEN = "end", "later", "taken"  # the file's end; time is over; somebody else is at it


def carry_on(*, run_id: int) -> None:
    """Work on a file for a while; leave the rest to a next job. Safe to run twice at once."""
    run = Import.objects.select_related("store__calendar").filter(pk=run_id).first()
    if run is None or run.state not in states.AT_WORK:
        return
    if run.state == states.QUEUED:
        Import.objects.filter(pk=run.pk, state=states.QUEUED).update(state=states.RUNNING, started_at=now())
        run.state = states.RUNNING
    try:
        if not _work(run, actor_of(run), time.monotonic() + STEP_SECONDS):
            return
    except (Unreadable, Forbidden) as error:
        _end(run, states.FAILED, str(getattr(error, "message", error)))
        return
    except FileNotFoundError:
        _end(run, states.FAILED, _("The file is no longer kept. Send it again."))
        return
    _end(run, states.CHECKED if run.state == states.CHECKING else states.DONE)


def _work(run: Import, actor: Actor, deadline: float) -> bool:
    """True when the end of the file is reached; else the rest is left to a next job, or to who is at it already."""
    place = places.take(run, BATCH)
    try:
        reached = _go_on(run, actor, place, deadline)
    except BaseException:
        place.close()  # it stands behind a batch that was not kept
        raise
    if reached != LATER:
        place.close()
        return reached == END
    places.keep(run, place)
    with transaction.atomic():
        Import.objects.filter(pk=run.pk).update(moved_at=now())
        outbox.enqueue(JOB, {"run": run.pk})
    return False


def _go_on(run: Import, actor: Actor, place: places.Place, deadline: float) -> str:
    if not place.reach(states.done_of(run), deadline):
        return LATER
    horizon, step = Horizon(now()), _try if run.state == states.CHECKING else _bring
    while True:
        done = place.done
        batch = place.next_batch()
        if batch is None:
            return END
        counts = retrying(
            step, actor=actor, run=run, batch=batch, horizon=horizon, done=done, at=place.source.at
        )
        if counts is None:
            return TAKEN
        if time.monotonic() > deadline:
            return LATER


def _bring(
    *, actor: Actor, run: Import, batch: list[Found | Reject], horizon: Horizon, done: int, at: int
) -> Counter[str] | None:
    """One batch of a run; None when the count of what is through is not what it was."""
    with transaction.atomic():
        if not _still(run, done):
            return None
        rows = bring_in(actor=actor, run=run, batch=batch, horizon=horizon)
        Import.objects.filter(pk=run.pk).update(read=at, moved_at=now())
    return Counter(row.outcome for row in rows)


def _try(
    *, actor: Actor, run: Import, batch: list[Found | Reject], horizon: Horizon, done: int, at: int
) -> Counter[str] | None:
    """One batch of a dry run: what it would do is undone, what it would reject is kept to be shown."""
    rows = tried(actor=actor, store=run.store, batch=batch)
    counts = Counter(row.outcome for row in rows)
    with transaction.atomic():
        fresh = _still(run, done)
        if fresh is None:
            return None
        kept = [row for row in rows if row.outcome == "rejected"]
        for row in kept:
            row.pk, row.run = None, run
        insert_rows(kept)
        told = Counter(fresh.checked or {}) + counts
        Import.objects.filter(pk=run.pk).update(read=at, moved_at=now(), checked=dict(told))
    return counts


def _still(run: Import, done: int) -> Import | None:
    """The run under its lock, if it stands where this job thinks it does."""
    fresh = locked(Import.objects.filter(pk=run.pk)).first()
    return fresh if fresh and fresh.state == run.state and states.done_of(fresh) == done else None


def _end(run: Import, state: str, error: str = "") -> None:
    at = now() if state in states.ENDED else None
    changed = Import.objects.filter(pk=run.pk, state=run.state).update(
        state=state, error=error[:500], ended_at=at, read=run.size
    )
    if changed and state in states.ENDED and run.file:
        Import.objects.filter(pk=run.pk).update(file="")
        default_storage.delete(run.file)


def actor_of(run: Import) -> Actor:
    """Who sent the file, with the rights of today. Raises Forbidden when they may not feed the store any more."""
    actor = SYSTEM
    if run.actor_kind != SYSTEM.kind:
        person = Person.objects.filter(pk=run.actor_id).first()
        if person is None:
            raise Forbidden()
        actor = actor_of_person(person)
    if not permissions.can_feed_store(actor, run.store):
        raise Forbidden()
    return actor


# Mending ------------------------------------------------------------------------------------------------


def mend_row(*, actor: Actor, run: str, row: int, cells: Iterable[Iterable[str]]) -> ImportRow:
    """Bring one rejected order in with mended cells; the row says what became of it, and keeps the cells if it fails.

    Raises NotFound, Conflict (`import_state`, `already_mended`).
    """
    with transaction.atomic():
        found = locked(Import.objects.filter(public_id=run).select_related("store__calendar")).first()
        if found is None or not permissions.can_feed_store(actor, found.store):
            raise NotFound()
        if found.state not in states.ENDED:
            raise Conflict(
                _("This file is not in the state for that any more. Look at it again."), code="import_state"
            )
        old = found.rows.filter(pk=row).first()
        if old is None:
            raise NotFound()
        if old.outcome != "rejected":
            raise Conflict(_("This row has come in meanwhile."), code="already_mended")
        items = _read_again(found, [[str(cell) for cell in cells_] for cells_ in cells])
        old.delete()
        Import.objects.filter(pk=found.pk).update(rejected=F("rejected") - 1)
        new: list[ImportRow] = []
        for batch in batches(items, BATCH):
            new += bring_in(actor=actor, run=found, batch=batch, horizon=Horizon(now()))
        for one in new:
            ImportRow.objects.filter(pk=one.pk).update(line=old.line)
            one.line = old.line
    return new[0]


def _read_again(run: Import, cells: list[list[str]]) -> list[Found | Reject]:
    source = memory_source([run.header, *cells], run.filename)
    try:
        items = list(
            reader_for(source, run.format).read(source, context_of(run.store, run.mapping, run.dates))
        )
    except Unreadable as error:
        items = [Reject(1, "", "", str(error), tuple(enumerate(cells, start=2)))]
    return items or [Reject(1, "", "", _("The row is empty."), tuple(enumerate(cells, start=2)))]
