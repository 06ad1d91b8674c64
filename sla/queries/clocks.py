"""Reads of clocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q, QuerySet

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


def clocks_beside(owner: tuple[str, int], whole: tuple[str, int]) -> tuple[list[Clock], list[Clock]]:
    """The open clocks of one owner as `open_clocks` sorts them, and all of another as `clocks_of`; one query."""
    (kind, owner_id), (other, other_id) = owner, whole
    ours = Q(owner_kind=kind, owner_id=owner_id, state__in=OPEN_STATES)
    found = list(_whole_clocks().filter(ours | Q(owner_kind=other, owner_id=other_id)).order_by("id"))
    first = [clock for clock in found if (clock.owner_kind, clock.owner_id) == owner]
    first.sort(key=lambda clock: clock.due or clocks.FAR_FUTURE)
    return first, [clock for clock in found if (clock.owner_kind, clock.owner_id) == whole]


class Hand(NamedTuple):
    """An open clock as a list shows it."""

    state: str
    due: datetime | None
    warn_at: datetime | None
    warned: bool


def open_hands(owners_of: Mapping[str, Collection[int]]) -> dict[str, dict[int, list[Hand]]]:
    """As `open_clocks` for the ids of several kinds, with what a list shows of each clock alone; one query.

    Every kind that was asked for is there; owners without an open clock are left out.
    """
    found: dict[str, dict[int, list[Hand]]] = {kind: {} for kind in owners_of}
    wanted = Q()
    for kind, ids in owners_of.items():
        if ids:
            wanted |= Q(owner_kind=kind, owner_id__in=ids)
    if not wanted:
        return found
    warned = ExpressionWrapper(Q(warned_at__isnull=False), BooleanField())
    rows = Clock.objects.filter(wanted, state__in=OPEN_STATES).order_by("id").annotate(warned=warned)
    for kind, owner_id, *hand in rows.values_list("owner_kind", "owner_id", *Hand._fields):
        found[kind].setdefault(owner_id, []).append(Hand(*hand))
    for mine in (mine for of_kind in found.values() for mine in of_kind.values()):
        mine.sort(key=lambda hand: hand.due or clocks.FAR_FUTURE)
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
