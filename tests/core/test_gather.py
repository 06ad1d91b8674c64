"""Hints in bursts: together, the newest of each group, and never lost."""

from __future__ import annotations

from typing import Any

from core.gather import Gather


def test_a_burst_is_one_hint_for_each_group() -> None:
    sent: list[tuple[str, Any]] = []
    hints = Gather(lambda group, payload: sent.append((group, payload)), pause=3600)
    for n in range(100):
        hints.add("inbox-1", {"n": n})
        hints.add("inbox-2", {"n": -n})
    assert sent == []
    hints.flush()
    assert sent == [("inbox-1", {"n": 99}), ("inbox-2", {"n": -99})]
    hints.flush()
    assert len(sent) == 2


def test_the_pause_sends_by_itself() -> None:
    import threading

    arrived = threading.Event()
    hints = Gather(lambda group, payload: arrived.set(), pause=0.01)
    hints.add("inbox-1", {})
    assert arrived.wait(10)
    arrived.clear()
    hints.add("inbox-1", {})  # a timer that ran out is followed by another
    assert arrived.wait(10)
