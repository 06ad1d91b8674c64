"""The world of these tests: a house, a buyer with an order, and the clock at a Tuesday, 10:00 in New York."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import time_machine

from tests.factories import actor, make_buyer, make_house, make_order, make_staff

TUESDAY = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)  # 10:00 in New York, no holiday


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    """Time stands still where it is put, to the microsecond."""
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def world(db: None, clock: Callable[[datetime], None]) -> SimpleNamespace:
    """`world.at(instant)` moves the clock; actors by name."""
    clock(TUESDAY)
    house = make_house()
    buyer, other = make_buyer("Ana Ruiz", timezone="America/New_York"), make_buyer("Otto Other")
    return SimpleNamespace(
        house=house,
        buyer_person=buyer,
        other_person=other,
        order=make_order(buyer, number="2041"),
        buyer=actor(buyer),
        other=actor(other),
        agent=actor(house.agent),
        agent2=actor(house.agent2),
        outsider=actor(house.other_agent),
        specialist=actor(house.specialist),
        manager=actor(house.manager),
        shopper=make_staff("aftersales", name="Lin Shopper"),
        at=clock,
        now=TUESDAY,
    )
