"""What a page costs, and how it is told beside its goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS, EACH = 7, 5  # the backend's time is told in hundredths of a second: some calls in each round
Goal = tuple[
    float, str, int, float
]  # milliseconds, of "cpu" or "wall"; most queries; most growth at ten times the rows


def figures(work: Callable[[], Any]) -> dict[str, float]:
    """Median milliseconds of one call by the clock and of CPU (ours and PostgreSQL's), and its queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.bench.cpu import backend_cpu

    work()  # warm
    with CaptureQueriesContext(connection) as captured:
        work()
    queries = len(captured)  # the next request forgets them
    walls, cpus = [], []
    for _ in range(ROUNDS):
        mine, backend = time.process_time(), backend_cpu()
        for _ in range(EACH):
            began = time.perf_counter()
            work()
            walls.append(time.perf_counter() - began)
        cpus.append((time.process_time() - mine + backend_cpu() - backend) / EACH)
    cpu = statistics.median(cpus)
    return {"wall": statistics.median(walls) * 1000, "cpu": cpu * 1000, "queries": queries}


def tell(name: str, goal_of: Goal, found: dict[str, float], first: dict[str, float] | None) -> int:
    """Print one line; 1 when a goal was missed. `first`: the figures of the smaller size, if there was one."""
    goal, kind, most, growth = goal_of
    bad = []
    if first is None and found[kind] > goal:
        bad.append(f"{kind} over {goal:.0f} ms")
    if found["queries"] > most:
        bad.append(f"over {most} queries")
    grown = found["cpu"] / first["cpu"] if first else 1.0  # the clock tells what else the machine does, too
    if grown > growth:
        bad.append(f"grew beyond {growth}x")
    print(
        f"{name:<44} {found['wall']:8.1f} ms  cpu {found['cpu']:7.1f} ms  {found['queries']:3.0f} queries"
        f"  goal {goal:4.0f} ms {kind:<4}"
        + (f"  {grown:4.2f}x" if first else "")
        + f"  {', '.join(bad) or 'reached'}"
    )
    return int(bool(bad))
