"""What this room tells the rooms above. Published inside the action's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClocksChanged:
    """Some clock of this owner made a transition: what the owner keeps of its due times is stale."""

    owner_kind: str
    owner_id: int


@dataclass(frozen=True, slots=True)
class ClockWarned:
    """A share of the target is used up. Once for each due; `due` in UTC."""

    clock_id: int
    owner_kind: str
    owner_id: int
    metric: str
    due: datetime


@dataclass(frozen=True, slots=True)
class ClockBreached:
    """A promise was not kept in time. Once for each clock; `due` in UTC is when, not when it was noticed."""

    clock_id: int
    owner_kind: str
    owner_id: int
    metric: str
    due: datetime


@dataclass(frozen=True, slots=True)
class ClockEscalated:
    """A broken promise is still open at a level of its target. Once for each (clock, level, due).

    `level` counts from 1. `act` is tell, reassign, priority or escalate; `to` names whom or what.
    """

    clock_id: int
    owner_kind: str
    owner_id: int
    metric: str
    due: datetime
    level: int
    act: str
    to: str


@dataclass(frozen=True, slots=True)
class ClocksMoved:
    """The hours of many owners' clocks were changed at once: what the owners keep of due times is stale.

    Told instead of a ClocksChanged for each, of kinds that were registered with `lock_many` alone.
    """

    owner_kind: str
    owner_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClockMet:
    """A promise was fulfilled; `late` when that was after its due."""

    clock_id: int
    owner_kind: str
    owner_id: int
    metric: str
    late: bool
