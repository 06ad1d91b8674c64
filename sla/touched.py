"""What else lives by a desk's hours. Rooms above register what other hours would end; this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sla.worktime import WorkCalendar

Counts = Mapping[str, int]
_askers: dict[str, Callable[[int, WorkCalendar, datetime], Counts]] = {}


def register(kind: str, ask: Callable[[int, WorkCalendar, datetime], Counts]) -> None:
    """Name something ("chats") that a change of hours may end; registering it again replaces it.

    `ask(calendar_id, calendar, at)` counts what would be ended if these were the calendar's hours at an instant.
    """
    _askers[kind] = ask


def would_end(calendar_id: int, calendar: WorkCalendar, at: datetime) -> dict[str, dict[str, int]]:
    """What each room would end, by kind."""
    return {kind: dict(ask(calendar_id, calendar, at)) for kind, ask in sorted(_askers.items())}
