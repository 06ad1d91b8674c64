"""Locks, retries and connections that have ended, the same at every door."""

from __future__ import annotations

import random
import select
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError, connection, connections, models, transaction

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)
ATTEMPTS = 3
_pause = threading.Event()  # never set: an interruptible wait between attempts


def locked(rows: models.QuerySet[M], *, skip_locked: bool = False) -> models.QuerySet[M]:
    """The rows under FOR NO KEY UPDATE of this table alone. SQLite needs none: its transactions are immediate."""
    if connection.vendor == "sqlite":
        return rows
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)


def is_transient(error: OperationalError) -> bool:
    """Deadlock (40P01), serialization failure (40001), or SQLite's lock that was not had in time."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in ("40P01", "40001") or "database is locked" in str(error)


def retrying(action: Callable[..., T], /, **arguments: Any) -> T:
    """Call an action at a door; again after deadlocks, three times in all, outermost transaction only."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return action(**arguments)
        except OperationalError as error:
            if attempt == ATTEMPTS or transaction.get_connection().in_atomic_block or not is_transient(error):
                raise
            _pause.wait(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")


def has_ended(driver: Any) -> bool:
    """Whether the other end of an idle psycopg connection is gone, by a look at its line and without a query.

    A server that stops closes its lines, which makes them readable. So does a notice that nobody asked for; a
    connection that is given up for one costs a new one and nothing more.
    """
    if driver.closed:
        return True
    line = select.poll()
    line.register(driver.fileno(), select.POLLIN)
    return bool(line.poll(0))


def drop_ended(**_: Any) -> None:
    """Close this thread's kept connections whose server is gone, so that the next query opens a new one.

    Before each request and each piece of work: after a restart of PostgreSQL nobody meets a connection to the old one.
    """
    for one in connections.all(initialized_only=True):
        if one.vendor == "postgresql" and one.connection is not None and not one.in_atomic_block:
            if has_ended(one.connection):
                one.close()
