"""What the house holds about a person: each room says how it counts it, hands it out and takes it away.

A room registers in its `privacy.py`. Persons are plain ids here; the room that knows them asks the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """One line of "what we hold": how many things of a kind, in words that are translated when shown."""

    label: Any
    number: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a room hands out: data that JSON can write, and files as (name in the archive, key of the storage)."""

    data: dict[str, Any]
    files: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Room:
    """How one room answers. `erase` opens its own transactions, may run twice, and deletes nothing that counts."""

    code: str
    held: Callable[[int], list[Held]]
    export: Callable[[int], Part]
    erase: Callable[[int], None]


_rooms: dict[str, Room] = {}


def register(
    code: str,
    *,
    held: Callable[[int], list[Held]],
    export: Callable[[int], Part],
    erase: Callable[[int], None],
) -> None:
    """Name a room that holds something about persons; registering it again replaces it."""
    _rooms[code] = Room(code, held, export, erase)


def rooms() -> list[Room]:
    """The registered rooms, lowest first: who erases goes the other way, so that the person goes last."""
    return list(_rooms.values())


def held_about(person_id: int) -> list[Held]:
    """Counts by kind over all rooms; kinds of which there is nothing are left out."""
    return [line for room in rooms() for line in room.held(person_id) if line.number]
