"""The desk that clock tests stand at."""

from __future__ import annotations

from typing import Any

import pytest

from core import events
from sla import owners
from sla.events import ClockBreached, ClockEscalated, ClockMet, ClocksChanged, ClocksMoved, ClockWarned
from tests.sla import kit


@pytest.fixture
def news(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything that this room tells, in order, instead of to the rooms above."""
    heard: list[Any] = []
    for kind in (ClocksChanged, ClocksMoved, ClockWarned, ClockBreached, ClockEscalated, ClockMet):
        monkeypatch.setitem(events._inside, kind, [heard.append])
        monkeypatch.setitem(events._after, kind, [])
    return heard


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the kind "test" owns clocks."""
    monkeypatch.setattr(owners, "_owners", {})
    kit.register_owner()


@pytest.fixture
def desk(db: None, news: list[Any], kinds: None) -> kit.Desk:
    """An office desk (09:00-18:00 New York, Monday to Friday): first response 2 h, resolution 8 h."""
    kit.save_standard()
    return kit.Desk(kit.save_office(), kit.make_owner(), news=news)
