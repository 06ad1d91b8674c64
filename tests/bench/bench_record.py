"""How fast the orders' record is verified, and that memory does not grow with it.

    python scripts/services.py --for-app -- python tests/bench/bench_record.py [ORDERS]

Needs PostgreSQL in DATABASE_URL; makes its own rows there: eight steps an order, three of them with words. The whole
command is measured as people run it, anchors included. Judged by the CPU that this process and its PostgreSQL backend
took, which is the time of a machine that does nothing else; the clock on the wall stands beside it. Ends with 1 when a goal
was missed.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ORDERS = 25_000
STEPS = 8
LEAST = 20_000  # rows a second
MOST_GROWN = 60  # MB of memory, however many rows there are
BATCH = 1_000


def main(count: int) -> int:
    """Measure and print; the exit status."""
    sys.path.insert(0, str(ROOT))
    from tests.bench.begin import on_postgres

    return on_postgres(measure, count)


def measure(count: int) -> int:
    """All figures, on an empty database."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    rows = fill(count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{rows:,} rows of {count:,} orders, made in {time.perf_counter() - began:.1f} s")
    _verify()  # a first look warms the tables and the interpreter
    before = _peak()
    wall, cpu = _verify()
    grown, rate = _peak() - before, rows / cpu
    print(f"{'verify_record':<40} {rate:12,.0f} rows/s   goal {LEAST:,}   {rate / LEAST:6.1%}")
    print(f"{'  by the clock on the wall':<40} {rows / wall:12,.0f} rows/s")
    print(f"{'memory that it took more':<40} {grown:12,.1f} MB       goal {MOST_GROWN} at most")
    return int(rate < LEAST or grown > MOST_GROWN)


def _verify() -> tuple[float, float]:
    """Seconds by the clock on the wall and of CPU."""
    from django.core.management import call_command

    from tests.bench.cpu import backend_cpu

    began, mine, backend = time.perf_counter(), time.process_time(), backend_cpu()
    call_command("verify_record", stdout=StringIO())
    return time.perf_counter() - began, time.process_time() - mine + backend_cpu() - backend


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(count: int) -> int:
    """Orders with a record as feeds and people leave it, and an anchor over it; how many rows."""
    from django.db import transaction

    from core.actors import SYSTEM
    from core.clock import now
    from orders.actions.record import write_rows
    from orders.anchors import add_anchor
    from orders.models import Order
    from orders.record import chain
    from tests.factories import make_buyer, make_house

    house, buyer, at = make_house(), make_buyer(), now() - timedelta(hours=2)
    for start in range(0, count, BATCH):
        some = range(start, min(start + BATCH, count))
        with transaction.atomic():
            orders = [_order(house.store, buyer, number, at) for number in some]
            Order.objects.bulk_create(orders)
            rows, words = [], []
            for order in orders:
                made, told = chain(_steps(at), order_id=order.pk, head=0, previous="", actor=SYSTEM, at=at)
                rows += made
                words += told
            write_rows(rows, words)
    add_anchor()
    return count * STEPS


def _order(store: object, person: object, number: int, at: object) -> object:
    from orders.models import Order

    return Order(
        store=store, person=person, number=f"B{number}", status="awaiting_delivery", placed_at=at, source="bench",
        record_head=STEPS, created_at=at, updated_at=at,
    )  # fmt: skip


def _steps(at: object) -> list[object]:
    from orders.record import Step

    money = {"amount": "61.96", "currency": "USD"}
    scan = {"tracking_number": "1Z999AA10123456784", "status": "in_transit"}
    said = {"description": "Left the hub", "place": "Incheon, KR"}
    return [
        Step("order.placed", at, {"source": "bench", "lines": 3, **money}),
        Step("order.paid", at, money),
        Step("order.reviewed", at),
        Step("order.packed", at),
        Step("order.dispatched", at),
        *(Step("parcel.scanned", at, scan, said) for _n in range(3)),
    ]


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS))
