"""Reads of clocks."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from core.actors import Actor
from core.errors import NotFound
from sla import clocks, owners
from sla.models import OPEN_STATES, Clock


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


def open_dues(kind: str, ids: Iterable[int]) -> dict[int, list[Clock]]:
    """The open clocks of many owners as far as lists care: state, due and warned_at alone; one query."""
    found: dict[int, list[Clock]] = {owner_id: [] for owner_id in ids}
    rows = Clock.objects.filter(owner_kind=kind, owner_id__in=list(found), state__in=OPEN_STATES)
    for clock in rows.only("owner_id", "state", "due", "warned_at"):
        found[clock.owner_id].append(clock)
    return found


def visible_clocks(actor: Actor) -> QuerySet[Clock]:
    """The clocks of all owners that this actor may see."""
    return _whole_clocks().filter(owners.visible_to(actor))


def access_clock(actor: Actor, clock_id: int) -> Clock:
    """A clock that this actor may see; NotFound otherwise."""
    clock = visible_clocks(actor).filter(pk=clock_id).first()
    if clock is None:
        raise NotFound()
    return clock
