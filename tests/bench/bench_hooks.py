"""How many signed messages a second are kept, how long an answer takes, and how fast a job takes them in.

    python scripts/services.py --for-app -- python tests/bench/bench_hooks.py [MESSAGES]

Needs an empty PostgreSQL in DATABASE_URL; makes its own rows there. One sender, one process: each message goes through
the whole chain of middleware by the test client, signed, with a delivery id of its own. Ends with 1 when a goal was missed.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
GOAL = 200.0  # messages a second, by the clock: on a machine that does other work, look at those of processor time
SLOWEST = 100.0  # milliseconds, of 99 in 100 answers
CHUNK = 50
ADDRESS = "/api/v1/hooks/shopify/us/"


def main(messages: int) -> int:
    """Measure and print; the exit status."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with tempfile.TemporaryDirectory() as home:
        os.environ["HELPDESK_HOME"] = home
        import django

        django.setup()
        return measure(messages)


def ready(n: int, order: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A message as it leaves the shop's own computer: its writing and signing is not our time."""
    from orders.hooks.signatures import sign
    from tests.orders.hooking import HEADERS, SECRET

    body = json.dumps(order).encode()
    signature, topic, number = HEADERS["shopify"]
    return body, {signature: sign(body, SECRET.encode()), topic: "orders/create", number: f"d-{n}"}


def measure(messages: int) -> int:
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from core import outbox
    from orders.hooks.models import IncomingHook
    from orders.models import Order
    from tests.bench.cpu import backend_cpu
    from tests.factories import make_policies, make_store
    from tests.orders.hooking import SECRET, send, shopify_order

    call_command("migrate", verbosity=0)
    make_store()
    make_policies()
    os.environ["HOOK_SECRET_SHOPIFY_US"] = SECRET
    client = Client()  # its chain of middleware is put together once, as a server's is
    told = [
        ready(n, shopify_order(id=n, name=f"#{n}", email=f"buyer{n // 3}@example.com"))
        for n in range(messages)
    ]
    send("shopify", "orders/create", shopify_order(id=-1, name="#first"), delivery="first", client=client)
    took = []
    backend = backend_cpu()
    began, cpu = time.perf_counter(), time.process_time()
    for body, headers in told:
        start = time.perf_counter()
        answer = client.post(ADDRESS, body, content_type="application/json", headers=headers)
        took.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, answer.content
    whole, used = time.perf_counter() - began, time.process_time() - cpu
    used += backend_cpu() - backend
    rate, slow = messages / whole, statistics.quantiles(took, n=100)[98]
    print(
        f"{connection.vendor}: {messages:,} messages kept in {whole:.1f} s, {used:.1f} s of processor, its own and PostgreSQL's"
    )
    print(
        f"       kept: {rate:8,.0f} messages/s  (goal {GOAL:.0f}); {messages / used:,.0f}/s of processor time"
        f", load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"     answer: {statistics.median(took):8.1f} ms median, {slow:.1f} ms at p99  (goal {SLOWEST:.0f})"
    )
    start = time.perf_counter()
    while outbox.run_due(CHUNK):
        pass
    work = time.perf_counter() - start
    done = IncomingHook.objects.filter(state="done").count()
    assert done == messages + 1 == Order.objects.count(), done
    print(f"   taken in: {done / work:8,.0f} orders/s by one worker")
    return int(rate < GOAL or slow > SLOWEST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
