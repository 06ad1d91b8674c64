"""Reads of clocks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Min, Q, QuerySet

from core.actors import Actor
from core.errors import NotFound
from sla import clocks, owners
from sla.models import OPEN_STATES, TICKING_STATES, Clock, ClockState


def _whole_clocks() -> QuerySet[Clock]:
    """Clocks with what their sums and labels need."""
    return Clock.objects.select_related("calendar_version__calendar", "policy_version__policy")


def clocks_of(kind: str, owner_id: int) -> list[Clock]:
    """All clocks that an owner ever had, oldest first."""
    return list(_whole_clocks().filter(owner_kind=kind, owner_id=owner_id).order_by("id"))


def open_clocks(kind: str, ids: Iterable[int]) -> dict[int, list[Clock]]:
    """The open clocks (running, paused, breached) of many owners, earliest due first; one query."""
    found: dict[int, list[Clock]] = {owner_id: [] for owner_id in ids}
    rows = _whole_clocks().filter(owner_kind=kind, owner_id__in=list(found), state__in=OPEN_STATES)
    for clock in rows.order_by("id"):
        found[clock.owner_id].append(clock)
    for mine in found.values():
        mine.sort(key=lambda clock: clock.due or clocks.FAR_FUTURE)
    return found


class Dues(NamedTuple):
    """What lists show of an owner's open clocks: the earliest due of those that tick, and how many are how."""

    due: datetime | None = None
    open: int = 0
    ticking: int = 0
    warned: int = 0
    late: int = 0


def open_dues(kind: str, ids: Iterable[int]) -> dict[int, Dues]:
    """The dues of many owners at once; those without an open clock are left out. One query."""
    ticking = Q(state__in=TICKING_STATES)
    rows = (
        Clock.objects.filter(owner_kind=kind, owner_id__in=list(ids), state__in=OPEN_STATES)
        .values_list("owner_id")
        .annotate(
            earliest=Min("due", filter=ticking),
            open=Count("pk"),
            ticking=Count("pk", filter=ticking),
            warned=Count("pk", filter=ticking & Q(warned_at__isnull=False)),
            late=Count("pk", filter=Q(state=ClockState.BREACHED)),
        )
        .order_by()
    )
    return {owner_id: Dues(*found) for owner_id, *found in rows}


def visible_clocks(actor: Actor) -> QuerySet[Clock]:
    """The clocks of all owners that this actor may see."""
    return _whole_clocks().filter(owners.visible_to(actor))


def access_clock(actor: Actor, clock_id: int) -> Clock:
    """A clock that this actor may see; NotFound otherwise."""
    clock = visible_clocks(actor).filter(pk=clock_id).first()
    if clock is None:
        raise NotFound()
    return clock
