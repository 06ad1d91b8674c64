"""What lists of orders and searches cost at 100,000 orders, and at more on request.

    python scripts/services.py --for-app -- python tests/bench/bench_orders.py [ORDERS] [ORDERS]

Needs an empty PostgreSQL in DATABASE_URL; makes its own rows there. Pages are whole: address, access, queries,
template. With two numbers (or `BENCH_ORDERS=1000000 make bench`) it measures both and tells the ratio. Prints each
figure with its goal; ends with 1 when one was missed. One buyer is a wholesaler with one order of each hundred, so
that a list of one's own is long too.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
# name -> (goal in milliseconds, of CPU or of the clock, most queries, most that ten times the orders may cost)
LIST = (20.0, "cpu", 12, 1.3)
# A search meets more orders where there are ten times as many; tickets' may grow threefold.
RARE = (100.0, "wall", 12, 1.6)
MANY = (175.0, "wall", 12, 1.6)
BOX, BOX_MANY = (100.0, "wall", 14, 1.6), (175.0, "wall", 14, 1.6)  # tickets are looked for beside orders
GOALS: dict[str, tuple[float, str, int, float]] = {
    "a page without content, the floor": (5, "cpu", 4, 1.3),
    "my orders, a buyer of five": LIST,
    "my orders, a wholesaler": LIST,
    "my orders, a wholesaler's delivered ones": LIST,
    "my orders, a wholesaler seeks a common SKU": MANY,
    "API: newest 50": LIST,
    "API: deep in the list": LIST,
    "API: one status": LIST,
    "API: two rare states": LIST,
    "API: a small store": LIST,
    "API: a small store's cancelled ones": LIST,
    "API: search by number": RARE,
    "API: search by tracking number": RARE,
    "API: search by e-mail": RARE,
    "API: search a rare SKU": RARE,
    "API: search a common SKU": MANY,
    "API: search a common SKU, cancelled ones": MANY,
    "API: search a name's common beginning": MANY,
    "console: box, a number": BOX,
    "console: box, an e-mail": BOX,
    "console: box, a telephone number": BOX,
    "console: box, a common SKU": BOX_MANY,
    "console: box, a name's common beginning": BOX_MANY,
}


def main(sizes: list[int]) -> int:
    """Measure and print; the exit status."""
    sys.path.insert(0, str(ROOT))
    from tests.bench.begin import by_size, on_postgres

    return on_postgres(by_size, measure, GOALS, sizes)


def measure(size: int) -> dict[str, dict[str, float]]:
    """Every figure at one number of orders: medians in milliseconds, and queries."""
    from django.test import Client

    from accounts.models import Person
    from tests import orderworld
    from tests.bench.figures import figures
    from tests.factories import log_in, make_user

    began = time.perf_counter()
    house, wholesaler = orderworld.fill(size)
    print(f"\n{size:,} orders of two lines and a parcel each, made in {time.perf_counter() - began:.1f} s")
    buyer = Person.objects.get(email="bench7@buyers.example")
    staff, whole, few = Client(), Client(), Client()
    log_in(staff, house.agent)
    for client, person in ((whole, wholesaler), (few, buyer)):
        make_user(person)
        log_in(client, person)
    number = size // 2 + 3

    def page(client: Client, url: str, *, holds: str = "", **headers: str) -> Callable[[], Any]:
        def get() -> None:
            answer = client.get(url, headers=headers)
            assert answer.status_code == 200, (url, answer.status_code)
            assert holds.encode() in answer.content, (url, holds)

        return get

    def api(query: str, holds: str = '"number"') -> Callable[[], Any]:
        return page(staff, f"/api/v1/orders/?{query}", holds=holds)

    def box(text: str) -> Callable[[], Any]:
        return page(staff, f"/console/search/?q={text}", holds="#B", **{"hx-request": "true"})

    link = "/api/v1/orders/?limit=200"
    for _page in range(10):
        link = staff.get(link).json()["next"]
    deep = link.partition("?")[2]
    works: dict[str, Callable[[], Any]] = {
        "a page without content, the floor": page(staff, "/console/told/", **{"hx-request": "true"}),
        "my orders, a buyer of five": page(few, "/orders/", holds="#B"),
        "my orders, a wholesaler": page(whole, "/orders/", holds="#B"),
        "my orders, a wholesaler's delivered ones": page(whole, "/orders/?status=delivered", holds="#B"),
        "my orders, a wholesaler seeks a common SKU": page(
            whole, f"/orders/?q={orderworld.COMMON}", holds="#B"
        ),
        "API: newest 50": api("", f'"B{size}"'),
        "API: deep in the list": api(deep.replace("limit=200", "limit=50")),
        "API: one status": api("status=cancelled"),
        "API: two rare states": api("status=cancelled,returned"),
        "API: a small store": api("store=small"),
        "API: a small store's cancelled ones": api("store=small&status=awaiting_payment,cancelled"),
        "API: search by number": api(f"search=B{number}", f'"B{number}"'),
        "API: search by tracking number": api(f"search=1ZBENCH{number:011}", f'"B{number}"'),
        "API: search by e-mail": api("search=bench7@buyers.example"),
        "API: search a rare SKU": api(f"search={orderworld.RARE}"),
        "API: search a common SKU": api(f"search={orderworld.COMMON}"),
        "API: search a common SKU, cancelled ones": api(f"search={orderworld.COMMON}&status=cancelled"),
        "API: search a name's common beginning": api("search=Buyer"),
        "console: box, a number": box(f"B{number}"),
        "console: box, an e-mail": box("bench7@buyers.example"),
        "console: box, a telephone number": box("(415) 000-0007"),
        "console: box, a common SKU": box(orderworld.COMMON),
        "console: box, a name's common beginning": box("Buyer"),
    }
    return {name: figures(work) for name, work in works.items()}


if __name__ == "__main__":
    asked = sys.argv[1:] or ["100000", *os.environ.get("BENCH_ORDERS", "").split()]
    sys.exit(main(sorted({int(one) for one in asked})))
