"""The ticker, and moving clocks after a calendar was edited."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from core import outbox, worker
from core.clock import now
from core.db import retrying
from sla import actions
from sla.models import OPEN_STATES, Clock, Unit

log = logging.getLogger(__name__)
BATCH = 200


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

    A clock that is touched before its turn moves by itself. Failures are logged, the rest is moved, and the
    outbox tries again.
    """
    behind = Clock.objects.filter(
        state__in=OPEN_STATES,
        unit=Unit.DESK_SECONDS,
        calendar_version__calendar_id=payload["calendar_id"],
        calendar_version__number__lt=F("calendar_version__calendar__version"),
    )
    failed = 0
    for clock_id in behind.order_by("id").values_list("id", flat=True).iterator(chunk_size=1000):
        try:
            retrying(actions.move_clock, clock_id=clock_id)
        except Exception:
            log.exception("clock %s could not be moved to its calendar's new version", clock_id)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} clocks were not moved")
