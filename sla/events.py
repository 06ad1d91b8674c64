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
class ClockMet:
    """A promise was fulfilled; `late` when that was after its due."""

    clock_id: int
    owner_kind: str
    owner_id: int
    metric: str
    late: bool
