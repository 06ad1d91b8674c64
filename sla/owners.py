"""Whose clocks these are. Rooms above register their kinds in `wiring.py`; this room knows none of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Q

from core.actors import Actor


@dataclass(frozen=True, slots=True)
class OwnerLabel:
    """How a clock's owner is called and where it is seen; `url` may be empty."""

    title: str
    url: str = ""


class Lock(Protocol):
    """Locks the owner's row in the caller's transaction. False: it is gone, or taken and `skip_locked`."""

    def __call__(self, owner_id: int, /, *, skip_locked: bool) -> bool: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """What a kind of owner can be asked for.

    `visible_to(actor)` is a Q over the `owner_id` of clocks; `describe(ids)` labels those that it knows.
    """

    lock: Lock
    visible_to: Callable[[Actor], Q]
    describe: Callable[[list[int]], dict[int, OwnerLabel]]
    lock_many: Callable[[list[int]], set[int]] | None = None


_owners: dict[str, Owner] = {}


def register(
    kind: str,
    *,
    lock: Callable[..., bool],
    visible_to: Callable[[Actor], Q],
    describe: Callable[[list[int]], dict[int, OwnerLabel]],
    lock_many: Callable[[list[int]], set[int]] | None = None,
) -> None:
    """Name a kind of owner ("ticket", "order"); registering it again replaces it.

    `lock(owner_id, skip_locked=…)` takes the row in the house's lock order and tells whether it has it.
    `visible_to(actor)` gives a Q on clocks, such as `Q(owner_id__in=visible_tickets(actor).values("id"))`.
    `lock_many(owner_ids)` takes those that are free, waits for none, and gives the ids that it has. A room that
    offers it hears ClocksMoved for many owners at once, in place of a ClocksChanged for each.
    """
    _owners[kind] = Owner(lock, visible_to, describe, lock_many)


def kinds() -> list[str]:
    """The registered kinds, sorted."""
    return sorted(_owners)


def lock(kind: str, owner_id: int, *, skip_locked: bool = False) -> bool:
    """Lock an owner before its clocks change. False: gone or taken. LookupError for a kind nobody registered."""
    if kind not in _owners:
        raise LookupError(f"no room registered clocks of the kind {kind!r}")
    return _owners[kind].lock(owner_id, skip_locked=skip_locked)


def lock_many(pairs: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Lock what is free of many owners, waiting for none; those that are locked now. Kinds that can only be
    locked one by one are left out.
    """
    held: set[tuple[str, int]] = set()
    for kind, ids in _by_kind(pairs).items():
        take = _owners[kind].lock_many if kind in _owners else None
        if take is not None:
            held |= {(kind, owner_id) for owner_id in take(sorted(ids))}
    return held


def visible_to(actor: Actor) -> Q:
    """Which clocks this actor may see: those of owners that the actor may see, and no other."""
    seen = Q(pk__in=())
    for kind, owner in _owners.items():
        seen |= Q(owner_kind=kind) & owner.visible_to(actor)
    return seen


def describe(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], OwnerLabel]:
    """Labels of many owners, one call for each kind; owners that are gone are left out."""
    labels: dict[tuple[str, int], OwnerLabel] = {}
    for kind, wanted in _by_kind(pairs).items():
        known: dict[int, Any] = _owners[kind].describe(wanted) if kind in _owners else {}
        labels |= {(kind, owner_id): label for owner_id, label in known.items()}
    return labels


def _by_kind(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, owner_id in dict.fromkeys(pairs):
        ids[kind].append(owner_id)
    return ids
