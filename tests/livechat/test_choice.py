"""Who is asked first, and how long it may take: the sums alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from livechat.routing import Candidate, about_minutes, in_order

START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SPANISH = frozenset({"es", "order"})


def one(
    person: int, load: int = 0, capacity: int = 3, idle: int = 0, *skills: str, shopper: bool = False
) -> Candidate:
    """`idle`: minutes without a new chat."""
    return Candidate(person, load, capacity, START - timedelta(minutes=idle), frozenset(skills), shopper)


ORDERS: list[tuple[str, list[Candidate], list[int]]] = [
    ("nobody", [], []),
    ("the least loaded", [one(1, 2), one(2, 1), one(3, 0)], [3, 2, 1]),
    ("by the share of places, not their number", [one(1, 1, 2), one(2, 2, 6)], [2, 1]),
    ("who has no room is not asked", [one(1, 3), one(2, 4), one(3, 2)], [3]),
    ("no places at all", [one(1, 0, 0)], []),
    ("of equals the longest idle", [one(1, 0, 3, 5), one(2, 0, 3, 9), one(3, 0, 3, 7)], [2, 3, 1]),
    ("a skill before the load", [one(1, 0), one(2, 2, 3, 0, "es")], [2, 1]),
    ("both skills before one", [one(1, 0, 3, 0, "es"), one(2, 2, 3, 0, "es", "order")], [2, 1]),
    ("a skill that is not asked for counts nothing", [one(1, 1, 3, 0, "fr", "de"), one(2, 0)], [2, 1]),
    ("the personal shopper before all", [one(1, 0, 3, 0, "es", "order"), one(2, 2, 3, 0, shopper=True)], [2, 1]),
    ("a shopper without room is not asked", [one(1, 0), one(2, 3, 3, 0, shopper=True)], [1]),
]  # fmt: skip


@pytest.mark.parametrize("name, candidates, expected", ORDERS, ids=[row[0] for row in ORDERS])
def test_who_is_asked_first(name: str, candidates: list[Candidate], expected: list[int]) -> None:
    assert [found.person_id for found in in_order(candidates, SPANISH)] == expected
    assert [found.person_id for found in in_order(candidates[::-1], SPANISH)] == expected


def test_who_was_asked_is_left_out() -> None:
    found = in_order([one(1), one(2, 1), one(3, 2)], frozenset(), frozenset({1, 3}))
    assert [candidate.person_id for candidate in found] == [2]


WAITS: list[tuple[list[tuple[float, int]], int, int | None]] = [
    ([], 1, None),
    ([(60, 1), (60, 1)], 1, None),  # two are no rule
    ([(60, 1), (60, 1), (60, 1)], 1, 1),
    ([(5, 1), (8, 1), (6, 1)], 1, 1),  # less than a minute is about one
    ([(60, 1), (61, 1), (90, 1)], 1, 2),  # never less than it took
    ([(60, 1), (120, 1), (600, 1)], 1, 2),  # the middle one: one long wait says nothing
    ([(240, 2), (120, 1), (360, 3)], 3, 6),  # each place took two minutes
    ([(60, 1), (120, 1), (180, 1), (240, 1)], 1, 3),
    ([(0, 0), (0, 0), (0, 0)], 4, 1),
]


@pytest.mark.parametrize("waits, place, expected", WAITS)
def test_how_long_it_may_take(waits: list[tuple[float, int]], place: int, expected: int | None) -> None:
    assert about_minutes(waits, place, 3) == expected
