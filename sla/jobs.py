"""The ticker, and moving clocks after a calendar was edited."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import outbox, worker
from core.clock import now
from core.db import retrying
from sla import actions
from sla.models import Clock

log = logging.getLogger(__name__)
BATCH = 200
SLICE = 1.0  # seconds of moving clocks before others have their turn
MOST_TRIES = 6


@worker.every(0.5)
def fire_due_clocks() -> int:
    """One round: every clock whose time has come, each in its own transaction; how many fired.

    Any number of workers may run it at once. A clock that fails is logged and put off; the round goes on.
    """
    return sum(_fire(clock_id) for clock_id in _due(now()))


def _due(at: datetime) -> Iterator[int]:
    """Candidates in the order of the index, read unlocked and in batches; none is seen twice in a round."""
    beyond = Q()
    while True:
        rows = Clock.objects.filter(beyond, next_fire_at__lte=at).order_by("next_fire_at", "id")
        batch = list(rows.values_list("id", "next_fire_at")[:BATCH])
        yield from (clock_id for clock_id, _ in batch)
        if len(batch) < BATCH:
            return
        last_id, last_at = batch[-1]
        beyond = Q(next_fire_at__gt=last_at) | Q(next_fire_at=last_at, id__gt=last_id)


def _fire(clock_id: int) -> bool:
    try:
        return retrying(actions.fire_clock, clock_id=clock_id)
    except Exception:
        log.exception("clock %s could not be fired; trying again later", clock_id)
        actions.postpone_clock(clock_id)
        return False


@outbox.handler("sla.move_clocks")
def move_clocks(payload: dict[str, Any]) -> None:
    """After an edit: every open clock of the calendar goes on under its new version.

    A slice at a time, the rest as a row of its own, so that the ticker and the mails have their turn between.
    A clock that is touched before its turn moves by itself. Those that fail are tried again later.
    """
    done = actions.move_clocks(
        calendar_id=payload["calendar_id"], after=payload.get("after", 0), seconds=SLICE
    )
    failed = payload.get("failed", 0) + done.failed
    tries = payload.get("tries", 0)
    if not done.finished:
        _go_on("sla.move_clocks", {**payload, "after": done.after, "failed": failed})
    elif failed and tries < MOST_TRIES:
        again = {"calendar_id": payload["calendar_id"], "tries": tries + 1}
        _go_on("sla.move_clocks", again, delay=2.0**tries)
    elif failed:
        raise RuntimeError(f"{failed} clocks were not moved")


@outbox.handler("sla.apply_calendar")
def apply_calendar(payload: dict[str, Any]) -> None:
    """Hours applied from a date: a slice at a time. The row keeps the place, so a second run is harmless."""
    if not actions.carry_on(recompute_id=payload["recompute"], seconds=SLICE):
        _go_on("sla.apply_calendar", payload)


def _go_on(kind: str, payload: dict[str, Any], *, delay: float = 0) -> None:
    with transaction.atomic():
        outbox.enqueue(kind, payload, delay=delay)
