"""Who is asked to take a chat: a pure choice among those who are there. Nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is there. `load`: chats that take a place, of `capacity`; `idle_since`: without a new chat."""

    person_id: int
    load: int
    capacity: int
    idle_since: datetime
    skills: frozenset[str] = frozenset()
    is_shopper: bool = False

    @property
    def has_room(self) -> bool:
        return self.load < self.capacity


def in_order(
    candidates: Iterable[Candidate], needs: frozenset[str], skipped: frozenset[int] = frozenset()
) -> list[Candidate]:
    """Those who can take it, who is asked first first.

    The buyer's personal shopper, then who has most of the skills that are needed, then the smallest share of the
    places taken, then the longest without a new chat.
    """
    able = [one for one in candidates if one.has_room and one.person_id not in skipped]
    return sorted(
        able,
        key=lambda one: (
            not one.is_shopper,
            -len(needs & one.skills),
            one.load / one.capacity,
            one.idle_since,
            one.person_id,
        ),
    )


def about_minutes(waits: Iterable[tuple[float, int]], place: int, least: int) -> int | None:
    """How many minutes one at a place of the queue waits, from what it took others: pairs of seconds and place.

    The middle one of the seconds for each place, times the place, in whole minutes from 1; None from fewer than
    `least` pairs: what is not known is not said.
    """
    each = sorted(seconds / max(1, began) for seconds, began in waits)
    if len(each) < least:
        return None
    middle = len(each) // 2
    typical = each[middle] if len(each) % 2 else (each[middle - 1] + each[middle]) / 2
    return max(1, -(-int(typical * place) // 60))
