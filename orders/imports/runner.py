"""Brings a file in: constant memory, batches of orders, what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from core.actors import Actor
from core.clock import now
from core.db import retrying
from orders.actions.imports import bring_in, close_import, open_import
from orders.actions.promises import Horizon
from orders.imports.cells import Context
from orders.imports.formats import AUTO, context_of, reader_for
from orders.imports.lines import Source, Unreadable, look_at
from orders.imports.results import Found, Reject
from orders.models import Import, ImportRow, Store

BATCH = 500


@dataclass(slots=True)
class Watch:
    """Who looks on: `progress` after each batch (bytes read, counts so far), `rejected` for each such row."""

    progress: Callable[[int, Counter[str]], None] = lambda _at, _counts: None
    rejected: Callable[[ImportRow], None] = lambda _row: None
    counts: Counter[str] = field(default_factory=Counter)


def run_import(
    *,
    actor: Actor,
    store: Store,
    source: Source,
    format_code: str = AUTO,
    watch: Watch | None = None,
    context: Context | None = None,
) -> Import:
    """Bring all orders of a file into a store; the run with its counts.

    Raises Forbidden, and Unreadable for a file that cannot be read: before anything is written, or, with
    the run closed as failed, where the rest cannot be told apart. What came in before stands.
    """
    watch = watch or Watch()
    look_at(source)
    reader = reader_for(source, format_code)
    found = reader.read(source, context or context_of(store))
    first = next(found, None)  # reads the header: a file that is none leaves no run behind
    run = open_import(
        actor=actor, store=store, filename=source.name, format_code=reader.CODE, header=source.header
    )
    horizon = Horizon(now())
    try:
        for batch in batches(_with(first, found), BATCH):
            rows = retrying(bring_in, actor=actor, run=run, batch=batch, horizon=horizon)
            _report(rows, watch, source.at)
    except Exception:
        close_import(actor=actor, run=run, failed=True)
        raise
    return close_import(actor=actor, run=run)


def try_import(
    *,
    actor: Actor,
    store: Store,
    source: Source,
    format_code: str = AUTO,
    watch: Watch | None = None,
    context: Context | None = None,
) -> Counter[str]:
    """What `run_import` would do, with nothing kept: each batch is brought in and taken back at once.

    The counts and the rejected rows are those of a real run, but that an order which stands in the file
    twice counts as new each time. Raises Forbidden, Unreadable.
    """
    watch = watch or Watch()
    look_at(source)
    reader = reader_for(source, format_code)
    for batch in batches(reader.read(source, context or context_of(store)), BATCH):
        rows = retrying(tried, actor=actor, store=store, batch=batch)
        _report(rows, watch, source.at)
    return watch.counts


def tried(*, actor: Actor, store: Store, batch: list[Found | Reject]) -> list[ImportRow]:
    """What would become of one batch; everything it wrote is undone, and nobody is told."""
    with transaction.atomic():
        run = open_import(actor=actor, store=store, filename="", format_code=AUTO)
        rows = bring_in(actor=actor, run=run, batch=batch, horizon=Horizon(now()))
        transaction.set_rollback(True)
    return rows


def _with(first: Found | Reject | None, rest: Iterator[Found | Reject]) -> Iterator[Found | Reject]:
    if first is not None:
        yield first
        yield from rest


def batches(found: Iterable[Found | Reject], size: int) -> Iterator[list[Found | Reject]]:
    """Lists of at most `size`, none with the same number twice: the later one must see the earlier one."""
    batch: list[Found | Reject] = []
    numbers: set[str] = set()
    try:
        for item in found:
            number = item.data.number if isinstance(item, Found) else ""
            if len(batch) >= size or (number and number in numbers):
                yield batch
                batch, numbers = [], set()
            batch.append(item)
            numbers.add(number)
    except Unreadable:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _report(rows: list[ImportRow], watch: Watch, at: int) -> None:
    for row in rows:
        watch.counts[row.outcome] += 1
        if row.outcome == "rejected":
            watch.rejected(row)
    watch.progress(at, watch.counts)
