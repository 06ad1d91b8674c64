"""The list of habits names journeys that there are: none is proved by a test that was renamed or taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.habits import HABITS

JOURNEYS = Path(__file__).resolve().parents[1] / "journeys"


def test_there_are_twelve() -> None:
    assert len(HABITS) == 12


@pytest.mark.parametrize("named", sorted({one for proofs in HABITS.values() for one in proofs}))
def test_each_is_proved_by_what_there_is(named: str) -> None:
    file, _, function = named.partition("::")
    text = (JOURNEYS / file).read_text()
    assert "def test_" in text or "def " in text
    assert not function or f"def {function}(" in text
