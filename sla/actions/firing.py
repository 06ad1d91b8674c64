"""What time does to a clock. These start from the clock, so they take its owner's lock themselves."""

from __future__ import annotations

import random
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from core.actors import SYSTEM
from core.clock import now
from core.events import publish
from sla import clocks, owners
from sla.actions._change import Change
from sla.events import ClocksChanged
from sla.models import OPEN_STATES, Clock

FIRST_WAIT = 5.0  # seconds until a clock is tried again whose round failed; doubles, to an hour
LONGEST_WAIT = 3600.0


def fire_clock(clock_id: int) -> bool:
    """Warn, breach or escalate a clock whose time has come, at the true instants, in a transaction of its own.

    False, with nothing changed, when its owner is locked by someone else or gone, when another worker was
    faster, or when nothing is due yet. What a subscriber raises undoes it all and goes to the caller.
    """
    seen = Clock.objects.filter(pk=clock_id).values("owner_kind", "owner_id").first()
    if seen is None:
        return False
    with transaction.atomic():
        if not owners.lock(seen["owner_kind"], seen["owner_id"], skip_locked=True):
            return False
        clock = _load(clock_id)
        return clock is not None and _bring_up(clock)


def postpone_clock(clock_id: int) -> None:
    """After a failed round: try this clock later, each time twice as late, so that it stops no other.

    Its due and warning stand; a change by anyone else meanwhile wins.
    """
    clock = Clock.objects.filter(pk=clock_id, next_fire_at__isnull=False).first()
    if clock is None:
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0**clock.fire_failures) * random.uniform(0.8, 1.2)
    Clock.objects.filter(pk=clock_id, state=clock.state, next_fire_at=clock.next_fire_at).update(
        next_fire_at=now() + timedelta(seconds=wait), fire_failures=F("fire_failures") + 1
    )


def _load(clock_id: int) -> Clock | None:
    rows = Clock.objects.select_related("calendar_version__calendar", "policy_version")
    return rows.filter(pk=clock_id, state__in=OPEN_STATES).first()


def _bring_up(clock: Clock) -> bool:
    change = Change(clock, SYSTEM)
    change.settle(clocks.whole(now()), warn=True)
    if not change.happened:
        return False
    clock.fire_failures = 0
    if not change.write():
        return False
    publish(ClocksChanged(clock.owner_kind, clock.owner_id))
    return True
