"""Which messages of shops' systems are tried again, and how long their text is kept: it may name a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from accounts.models import Person
from core import outbox
from core.clock import now
from orders.actions.import_jobs import erase_imports
from orders.hooks.models import IncomingHook
from orders.models import Order

JOB = "orders.hook"
S = IncomingHook.State
BODY_KEPT = {S.DONE: 30, S.IGNORED: 30, S.FAILED: 90, S.WAITING: 90}  # days
ROW_KEPT = 365  # days
LOOK_AGAIN = 14  # days in which what waits is tried again by itself
BATCH = 500


def queue_again(hooks: Iterable[IncomingHook]) -> int:
    """Put messages into the queue; how many. In the caller's transaction."""
    found = [hook.pk for hook in hooks]
    IncomingHook.objects.filter(pk__in=found).update(state=S.QUEUED)
    for pk in found:
        outbox.enqueue(JOB, {"hook": pk})
    return len(found)


def look_again() -> int:
    """Messages that wait for their order, the newest first: it may have come by another way."""
    since = now() - timedelta(days=LOOK_AGAIN)
    with transaction.atomic():
        rows = IncomingHook.objects.filter(state=S.WAITING, received_at__gte=since).order_by("-pk")
        return queue_again(rows.only("pk")[:BATCH])


def forget_hooks() -> int:
    """Empty the bodies whose time is over and drop rows after a year; how many bodies were emptied."""
    at = now()
    emptied = 0
    for state, days in BODY_KEPT.items():
        old = IncomingHook.objects.filter(state=state, received_at__lt=at - timedelta(days=days))
        emptied += old.exclude(body=b"").update(body=b"", headers={})
    IncomingHook.objects.filter(received_at__lt=at - timedelta(days=ROW_KEPT)).exclude(
        state=S.QUEUED
    ).delete()
    return emptied


def erase_hooks(person_id: int) -> None:
    """Empty the messages about a person's orders, and those that hold the person's address in their text."""
    mine = Order.objects.filter(person_id=person_id)
    IncomingHook.objects.filter(order__in=mine.values("pk")).update(body=b"", headers={}, error="")
    told = {
        *mine.values_list("email", flat=True),
        *Person.objects.filter(pk=person_id).values_list("email", flat=True),
    }
    erase_imports(told)
    addresses = [address.lower().encode() for address in told if address]
    rows = IncomingHook.objects.filter(order=None).exclude(body=b"").only("pk", "body")
    found = [row.pk for row in rows.iterator(200) if any(one in bytes(row.body).lower() for one in addresses)]
    IncomingHook.objects.filter(pk__in=found).exclude(state=S.QUEUED).update(body=b"", headers={}, error="")
    IncomingHook.objects.filter(pk__in=found, state=S.QUEUED).update(
        body=b"", headers={}, error="", state=S.IGNORED
    )
