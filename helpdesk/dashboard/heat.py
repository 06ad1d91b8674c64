"""Where the cells and outlines of the week's map stand: plain numbers for an SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Team
from helpdesk.dashboard.reports import Arrivals
from sla.models import Window

LEFT, WIDE, HIGH = 36.0, 27.0, 33.0


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday (Monday = 0): how many arrived, one of six tints, where it is drawn."""

    day: int
    hour: int
    count: int
    level: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """The hours of a desk on neighbouring days."""

    x: float
    y: float
    width: float
    height: float
    is_chat: bool


def cells(found: Arrivals) -> list[list[Cell]]:
    """Seven rows of 24."""
    return [
        [_cell(day, hour, count, found.most) for hour, count in enumerate(row)]
        for day, row in enumerate(found.hours)
    ]


def _cell(day: int, hour: int, count: int, most: int) -> Cell:
    level = -(-5 * count // most) if most else 0
    return Cell(day, hour, count, level, LEFT + 1 + WIDE * hour, 1 + HIGH * day)


def outlines(teams: Iterable[Team]) -> list[Outline]:
    """The service hours of these desks, in their own zone; one query."""
    chat = {team.calendar_id: team.takes_chat for team in teams}
    days: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for window in Window.objects.filter(calendar_id__in=chat).order_by("weekday"):
        days[window.calendar_id, window.start, window.end].append(window.weekday)
    found = []
    for (calendar, start, end), weekdays in days.items():
        for first, last in _runs(weekdays):
            opens, closes = _hours(start), _hours(end)
            x, width = LEFT + WIDE * opens, WIDE * (closes - opens)
            found.append(Outline(x, HIGH * first, width, HIGH * (last - first + 1), chat[calendar]))
    return found


def _runs(days: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _hours(wall: str) -> float:
    hours, _colon, minutes = wall.partition(":")
    return int(hours) + int(minutes) / 60
