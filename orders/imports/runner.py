"""Brings a file in: constant memory, batches of orders, what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import retrying
from orders.actions.imports import bring_in, close_import, open_import
from orders.actions.promises import Horizon
from orders.imports import shopify_csv
from orders.imports.lines import Source, Unreadable, look_at, rows_of
from orders.imports.results import Found, Reject
from orders.models import Import, ImportRow, Store

READERS: dict[str, ModuleType] = {shopify_csv.CODE: shopify_csv}
AUTO = "auto"
BATCH = 500


@dataclass(slots=True)
class Watch:
    """Who looks on: `progress` after each batch (bytes read, counts so far), `rejected` for each such row."""

    progress: Callable[[int, Counter[str]], None] = lambda _at, _counts: None
    rejected: Callable[[ImportRow], None] = lambda _row: None
    counts: Counter[str] = field(default_factory=Counter)


def run_import(
    *, actor: Actor, store: Store, source: Source, format_code: str = AUTO, watch: Watch | None = None
) -> Import:
    """Bring all orders of a file into a store; the run with its counts.

    Raises Forbidden, and Unreadable for a file that cannot be read: before anything is written, or, with
    the run closed as failed, where the rest cannot be told apart. What came in before stands.
    """
    watch = watch or Watch()
    look_at(source)
    reader = _reader(source, format_code)
    found = reader.read(source)
    first = next(found, None)  # reads the header: a file that is none leaves no run behind
    run = open_import(actor=actor, store=store, filename=source.name, format_code=reader.CODE)
    horizon = Horizon(now())
    try:
        for batch in batches(_with(first, found), BATCH):
            rows = retrying(bring_in, actor=actor, run=run, batch=batch, horizon=horizon)
            _report(rows, watch, source.at)
    except Exception:
        close_import(actor=actor, run=run, failed=True)
        raise
    return close_import(actor=actor, run=run)


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


def _reader(source: Source, format_code: str) -> ModuleType:
    if format_code != AUTO:
        if format_code not in READERS:
            words = _("The format “%(given)s” is not known. There are: %(known)s.")
            raise Unreadable(words % {"given": format_code[:40], "known": ", ".join([AUTO, *READERS])})
        return READERS[format_code]
    header = next(rows_of(source), None)
    for reader in READERS.values():
        if header is not None and reader.recognises(header.cells):
            return reader
    raise Unreadable(
        _("This is no export of orders that is known. Formats: %(known)s.") % {"known": ", ".join(READERS)}
    )
