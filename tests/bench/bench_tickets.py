"""What a page of tickets, a ticket, a search and a new ticket cost at 100,000 tickets, and at more on request.

    python scripts/services.py --for-app -- python tests/bench/bench_tickets.py [TICKETS] [TICKETS]

Needs an empty PostgreSQL in DATABASE_URL; makes its own rows there. Pages are whole: address, access, queries,
template. CPU is this process and its PostgreSQL backend together, the median of some rounds. With two numbers (or
`BENCH_TICKETS=1000000 make bench`) it measures both and tells the ratio; a million take some minutes to make. Prints
each figure with its goal; ends with 1 when one was missed. The floor is a signed-in page that shows nothing: where
it is missed, the machine does other work, and the figures beside it are as much too high.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
# name -> (goal in milliseconds, of CPU or of the clock, most queries, most that ten times the tickets may cost)
GOALS: dict[str, tuple[float, str, int, float]] = {
    "a page without content, the floor": (5, "cpu", 4, 1.3),
    "queue, whole page": (20, "cpu", 12, 1.3),
    "a view by due, whole page": (20, "cpu", 12, 1.3),
    "a ticket's panes": (60, "cpu", 15, 1.3),
    "search, a rare word": (100, "wall", 12, 3.0),
    "search, a common word": (175, "wall", 12, 3.0),
    "search, a number": (100, "wall", 12, 3.0),
    "count of a view, capped": (20, "cpu", 1, 1.3),
    "a new ticket with clocks, record and event": (23, "cpu", 25, 1.3),
}


def main(sizes: list[int]) -> int:
    """Measure and print; the exit status."""
    sys.path.insert(0, str(ROOT))
    from tests.bench.begin import by_size, on_postgres

    return on_postgres(by_size, measure, GOALS, sizes)


def measure(size: int) -> dict[str, dict[str, float]]:
    """Every figure at one number of tickets: medians in milliseconds, and queries."""
    from django.test import Client

    from accounts.models import Person
    from tests import deskworld
    from tests.bench.figures import figures
    from tests.factories import actor, log_in
    from tickets import actions
    from tickets.queries import find
    from tickets.queries.viewing import clean_filters, count_up_to, filtered

    began = time.perf_counter()
    house = deskworld.fill(size)
    print(
        f"\n{size:,} tickets with five messages and two clocks each, made in {time.perf_counter() - began:.1f} s"
    )
    client = log_in(Client(), house.agent)
    agent = actor(house.agent)
    live = clean_filters({"status": "live"})
    number = size // 2 // 10 * 10

    def page(url: str) -> Callable[[], Any]:
        def get() -> None:
            answer = client.get(url, headers={"hx-request": "true"})
            assert answer.status_code == 200, (url, answer.status_code)

        return get

    buyer = actor(Person.objects.filter(kind=Person.Kind.BUYER).order_by("pk")[0])

    def open_one() -> None:
        actions.open_ticket(actor=buyer, category="order", subject="Bench", body="Words.")

    works: dict[str, Callable[[], Any]] = {
        "a page without content, the floor": page("/console/told/"),
        "queue, whole page": page("/console/queue/"),
        "a view by due, whole page": page("/console/queue/?status=live&order=due"),
        "a ticket's panes": page(f"/console/t/{number}/panes/"),
        "search, a rare word": lambda: find(agent, deskworld.RARE),
        "search, a common word": lambda: find(agent, deskworld.COMMON),
        "search, a number": lambda: find(agent, str(number)),
        "count of a view, capped": lambda: count_up_to(filtered(agent, live)),
        "a new ticket with clocks, record and event": open_one,
    }
    assert find(agent, deskworld.RARE), "the rare word is there"
    assert len(find(agent, deskworld.COMMON)) == 20, "the common word is everywhere"
    return {name: figures(work) for name, work in works.items()}


if __name__ == "__main__":
    asked = sys.argv[1:] or ["100000", *os.environ.get("BENCH_TICKETS", "").split()]
    sys.exit(main(sorted({int(one) for one in asked})))
