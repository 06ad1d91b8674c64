"""The receipt of a sum: which stretches were waited through and which were counted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sla._edges import EPOCH, Table

HEAD = 11  # intervals told one by one before a summary, and after it; 50 steps at the most
TAIL = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a receipt, in UTC. `seconds` is the open time counted in it: 0 for a start and a wait.

    When time is counted backwards, `start` is later than `end` and `seconds` is negative.
    """

    kind: Literal["start", "wait", "count"]
    start: datetime
    end: datetime
    seconds: int

    @property
    def merged(self) -> bool:
        """Whether this step sums up many intervals and the waits between them."""
        return self.kind == "count" and self.end - self.start != timedelta(seconds=self.seconds)


class Counted(NamedTuple):
    """Open seconds between two instants, in the direction of travel."""

    start: int
    end: int
    seconds: int


def explain(table: Table, start: int, end: int) -> list[Step]:
    """Steps from one instant to another over a table that covers both; `end` may lie before `start`."""
    steps = [_step("start", start, start, 0)]
    here = start
    for part in _counted(table, start, end):
        if part.start != here:
            steps.append(_step("wait", here, part.start, 0))
        steps.append(_step("count", part.start, part.end, part.seconds))
        here = part.end
    if here != end:
        steps.append(_step("wait", here, end, 0))
    return steps


def _counted(table: Table, start: int, end: int) -> list[Counted]:
    """The counted stretches in the order of travel, the middle summed up when there are too many."""
    low, high = min(start, end), max(start, end)
    first, stop = bisect_right(table.closes, low), bisect_left(table.opens, high)
    if stop - first <= HEAD + TAIL + 1:
        parts = [_forward(table, index, index, low, high) for index in range(first, stop)]
    else:
        parts = [
            *(_forward(table, index, index, low, high) for index in range(first, first + HEAD)),
            _forward(table, first + HEAD, stop - TAIL - 1, low, high),
            *(_forward(table, index, index, low, high) for index in range(stop - TAIL, stop)),
        ]
    if start <= end:
        return parts
    return [Counted(part.end, part.start, -part.seconds) for part in reversed(parts)]


def _forward(table: Table, first: int, last: int, low: int, high: int) -> Counted:
    """Intervals first..last as one stretch, cut to [low, high)."""
    start, end = max(table.opens[first], low), min(table.closes[last], high)
    return Counted(start, end, table.open_before(end) - table.open_before(start))


def _step(kind: Literal["start", "wait", "count"], start: int, end: int, seconds: int) -> Step:
    return Step(kind, EPOCH + timedelta(seconds=start), EPOCH + timedelta(seconds=end), seconds)
