"""How fast a file of 100,000 order lines comes in, and what memory it takes.

    python scripts/services.py --for-app -- python tests/bench/bench_import.py [LINES]

On PostgreSQL when DATABASE_URL names one, else on SQLite in a temporary home. Makes its own file and database,
prints lines/s of the first import and of the same file again, `verify_record` rows/s, and the peak of memory.
"""

from __future__ import annotations

import csv
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COLUMNS = 79  # of the real export; those that are not read are blank


def write(path: Path, lines: int) -> int:
    """An export of about so many lines, two to an order, a buyer for every five orders; the orders' number."""
    from tests.orders.conftest import HEADER, line, row

    header = [*HEADER, *(f"Unused {n}" for n in range(COLUMNS - len(HEADER)))]
    orders = lines // 2
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        for n in range(orders):
            person = f"Buyer {n // 5}"
            first = row(f"#{n}", Email=f"buyer{n // 5}@example.com", Shipping_Name=person)
            writer.writerow({**first, "Lineitem sku": f"SKU-{n % 997}"})
            writer.writerow(line(f"#{n}", Lineitem_sku=f"SKU-{n % 991}"))
    return orders


def main(lines: int) -> None:
    """Measure and print."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with tempfile.TemporaryDirectory() as home:
        os.environ["HELPDESK_HOME"] = home
        import django

        django.setup()
        measure(Path(home), lines)


def measure(home: Path, lines: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from core.actors import SYSTEM
    from orders.imports.lines import Source
    from orders.imports.runner import run_import
    from orders.verify import count_rows, verify
    from tests.factories import make_policies, make_store

    call_command("migrate", verbosity=0)
    store = make_store()
    make_policies()
    path = home / "orders.csv"
    orders = write(path, lines)
    before = peak()
    print(f"{connection.vendor}: {lines:,} lines, {orders:,} orders, {path.stat().st_size / 1e6:.1f} MB")
    for what in ("first import", "the same again"):
        with path.open("rb") as file:
            start, cpu = time.perf_counter(), time.process_time()
            run = run_import(actor=SYSTEM, store=store, source=Source(file, path.name))
            took, used = time.perf_counter() - start, time.process_time() - cpu
        counts = f"{run.created:,} created, {run.unchanged:,} unchanged, {run.rejected:,} rejected"
        print(
            f"{what:>15}: {lines / took:8,.0f} lines/s  ({took:.1f} s, {used:.1f} s of it Python)  {counts}"
        )
    start = time.perf_counter()
    wrong = sum(1 for _finding in verify())
    took = time.perf_counter() - start
    print(f"{'verify_record':>15}: {count_rows() / took:8,.0f} rows/s   {wrong} findings")
    print(f"{'peak memory':>15}: {peak():.0f} MB, {before:.0f} MB before the import")


def peak() -> float:
    """The largest size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
