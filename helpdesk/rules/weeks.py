"""Weeks as rectangles: what a drawing of opening hours is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sla.specs import WEEKDAYS

DAY = 1440  # minutes, and the width of a drawn day
MINI_ROW = 7  # the height of a day in the small drawing, with the gap below it


@dataclass(frozen=True, slots=True)
class MiniBar:
    """One stretch in the small week: minutes across, rows down."""

    x: int
    width: int
    y: int


def minutes(text: str) -> int:
    """Minutes after midnight of an "HH:MM" that was checked before."""
    hours, _colon, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def mini(spec: dict[str, Any]) -> list[MiniBar]:
    """The weekly windows of a version in small, wall clock of the desk; one over midnight is two."""
    return [
        MiniBar(start, end - start, MINI_ROW * (row % 7))
        for index, day in enumerate(WEEKDAYS)
        for window in spec["weekly"].get(day, ())
        for row, start, end in _halves(index, minutes(window[0]), minutes(window[1]))
        if end > start
    ]


def _halves(row: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    if end > start:
        yield row, start, end
    else:
        yield row, start, DAY
        yield row + 1, 0, end
