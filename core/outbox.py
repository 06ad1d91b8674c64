"""The outbox: effects written as rows in the action, claimed by conditional UPDATE, retried with back-off.

Handlers run at least once, so they must be idempotent. A job whose process died is taken up after LEASE.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from core.clock import now
from core.models import Outbox

log = logging.getLogger(__name__)
Handler = Callable[[dict[str, Any]], None]

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 8
_handlers: dict[str, Handler] = {}
_unsent: set[str] = set()


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register who carries out a kind of effect."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def enqueue(kind: str, payload: dict[str, Any], *, key: str | None = None, delay: float = 0) -> None:
    """Write the effect beside the change that asks for it. `delay` in seconds; the same `key` once only."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"outbox {kind} outside of a transaction")
    if kind in _unsent:
        return
    at = now()
    Outbox.objects.bulk_create(
        [Outbox(kind=kind, key=key, payload=payload, created_at=at, run_after=at + timedelta(seconds=delay))],
        ignore_conflicts=key is not None,
    )


@contextmanager
def unsent(kinds: Iterable[str]) -> Iterator[None]:
    """Meanwhile effects of these kinds are not even written: for a history that nobody is mailed of."""
    added = set(kinds) - _unsent
    _unsent.update(added)
    try:
        yield
    finally:
        _unsent.difference_update(added)


def run_due(limit: int = 50) -> int:
    """Carry out what is due; the number of rows tried. One bad row stops nothing."""
    at = now()
    due = Q(state=Outbox.State.READY, run_after__lte=at) | Q(
        state=Outbox.State.RUNNING, claimed_at__lte=at - LEASE
    )
    rows = list(Outbox.objects.filter(due).order_by("run_after", "id")[:limit])
    return sum(_claim(row) and _carry_out(row) for row in rows)


def forget_words(words: Iterable[str]) -> int:
    """Empty every effect whose payload holds one of these words (addresses of a person who is erased).

    What waits is called off: nothing leaves the house for them any more. The number of rows; the table is read.
    """
    rows = Outbox.objects.annotate(text=Cast("payload", TextField()))
    holds = [Q(text__icontains=word) for word in words]
    if not holds:
        return 0
    found = rows.filter(reduce(or_, holds)).values_list("pk", flat=True)
    return _empty(Outbox.objects.filter(pk__in=list(found)))


def forget_row(key: str) -> int:
    """Empty the effect with this key, whatever became of it."""
    return _empty(Outbox.objects.filter(key=key))


def _empty(rows: QuerySet[Outbox]) -> int:
    return rows.update(payload={}, state=Outbox.State.DONE, last_error="", claimed_at=None)


def _claim(row: Outbox) -> bool:
    return bool(
        Outbox.objects.filter(pk=row.pk, state=row.state, claimed_at=row.claimed_at).update(
            state=Outbox.State.RUNNING, claimed_at=now(), attempts=F("attempts") + 1
        )
    )


def _carry_out(row: Outbox) -> bool:
    mine = Outbox.objects.filter(pk=row.pk)
    try:
        _handlers[row.kind](row.payload)
    except Exception as error:
        log.exception("outbox %s %s failed", row.kind, row.pk)
        tries = row.attempts + 1
        wait = min(3600.0, 2.0**tries) * random.uniform(0.5, 1.5)
        final = tries >= MAX_ATTEMPTS
        mine.update(
            state=Outbox.State.FAILED if final else Outbox.State.READY,
            claimed_at=None,
            run_after=now() + timedelta(seconds=wait),
            last_error=repr(error)[:2000],
        )
    else:
        mine.update(state=Outbox.State.DONE, done_at=now(), last_error="")
    return True
