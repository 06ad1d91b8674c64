"""News goes up. A room publishes a frozen fact in the past tense; rooms above say what they do about it.

`@inside(Fact)` runs in the same transaction: only for what must be true in the same instant.
`@after(Fact)` runs once that transaction has committed: pushes and other hints, which may fail alone.
Effects that must not be lost are Outbox rows (`core.outbox`), written inside.
"""

from __future__ import annotations

import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

log = logging.getLogger(__name__)
LAST = 40  # effects that are looked through for an equal one
E = TypeVar("E")
Handler = Callable[[Any], None]

_history: ContextVar[bool] = ContextVar("history", default=False)
_inside: dict[type, list[Handler]] = defaultdict(list)
_after: dict[type, list[Handler]] = defaultdict(list)


def inside(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler that runs in the publisher's transaction; its failure undoes the action."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        _inside[event].append(handler)
        return handler

    return register


def after(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler that runs after commit; its failure is logged and disturbs nobody."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        _after[event].append(handler)
        return handler

    return register


def publish(event: Any) -> None:
    """Tell the rooms above. Raises RuntimeError outside of a transaction: news without a commit is a rumour."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"publish({type(event).__name__}) outside of a transaction")
    for handler in _inside[type(event)]:
        handler(event)
    for handler in _after[type(event)]:
        on_commit(lambda handler=handler: handler(event))


@contextlib.contextmanager
def history() -> Iterator[None]:
    """What is written in here happened long ago: nobody looks on, so nothing runs after commit."""
    token = _history.set(True)
    try:
        yield
    finally:
        _history.reset(token)


@dataclass(frozen=True, slots=True)
class _Effect:
    run: Callable[[], None]

    def __call__(self) -> None:
        try:
            self.run()
        except Exception:
            log.exception("an effect after commit failed")


def on_commit(effect: Callable[[], None]) -> None:
    """Run after commit. A failing effect is logged with its traceback and stops no other."""
    if not _history.get():
        transaction.on_commit(_Effect(effect), robust=True)


def on_commit_once(effect: Callable[[], None]) -> None:
    """As `on_commit`, unless an equal effect waits for the same commit already.

    One that waits inside a savepoint which this one outlives does not count: it may be rolled back alone.
    """
    connection = transaction.get_connection()
    here, wanted = set(connection.savepoint_ids), _Effect(effect)
    if not any(kept == wanted and ids <= here for ids, kept, _robust in connection.run_on_commit[-LAST:]):
        on_commit(effect)
