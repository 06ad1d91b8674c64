"""Anchors of the record: for each stretch of its rows a signed sum, so that a cut tail is found.

An order's chain ends where its last row stands; who cuts rows off and lowers the order's counter leaves a chain
that fits. An anchor counts all rows between two ids and adds their signatures up; it is signed with the key that
the database does not hold, together with the anchor before it. What `manage.py anchor_record` prints can be kept
elsewhere: then the anchors themselves cannot be cut off either.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction

from core.clock import now
from orders.models import OrderRecord, RecordAnchor
from orders.record import key

SETTLED = timedelta(hours=1)  # rows as old as this are committed: no earlier id comes in after them
CHUNK, WHOLE = 5000, 1 << 256


def signature(day: str, first: int, last: int, rows: int, total: str, previous: str) -> str:
    """What an anchor is signed with: HMAC-SHA256 over its values and the anchor before."""
    words = f"{day}|{first}|{last}|{rows}|{total}|{previous}"
    return hmac.digest(key(), words.encode(), "sha256").hex()


def sum_of(first: int, last: int) -> tuple[int, str]:
    """How many rows have an id above `first` and up to `last`, and the sum of their signatures, in constant memory."""
    rows, total = 0, 0
    found = (
        OrderRecord.objects.filter(pk__gt=first, pk__lte=last).order_by("pk").values_list("mac", flat=True)
    )
    for mac in found.iterator(CHUNK):
        rows, total = rows + 1, (total + int(mac, 16)) % WHOLE
    return rows, f"{total:064x}"


def line_of(anchor: RecordAnchor) -> str:
    """An anchor as it is printed and kept elsewhere."""
    return f"{anchor.day.isoformat()} {anchor.last} {anchor.mac}"


def add_anchor() -> RecordAnchor | None:
    """The day's anchor (UTC) over what is new; None where today has one or nothing new is an hour old."""
    at = now()
    with transaction.atomic():
        before = RecordAnchor.objects.order_by("-day").first()
        if before is not None and before.day >= at.date():
            return None
        first = before.last if before else 0
        old = OrderRecord.objects.filter(pk__gt=first, written_at__lte=at - SETTLED).order_by("-pk")
        last = old.values_list("pk", flat=True).first()
        if last is None:
            return None
        rows, total = sum_of(first, last)
        day, previous = at.date(), before.mac if before else ""
        mac = signature(day.isoformat(), first, last, rows, total, previous)
        made, new = RecordAnchor.objects.get_or_create(
            day=day, defaults={"first": first, "last": last, "rows": rows, "total": total, "mac": mac}
        )
        return made if new else None


def verify_anchors(kept: str = "") -> Iterator[str]:
    """What is wrong with the anchors and the rows that they cover. `kept`: a line that was printed once."""
    previous, last, lines = "", 0, set()
    for anchor in RecordAnchor.objects.order_by("day").iterator():
        lines.add(line_of(anchor))
        where = f"anchor of {anchor.day.isoformat()}"
        rows, total = anchor.rows, anchor.total
        signed = signature(anchor.day.isoformat(), anchor.first, anchor.last, rows, total, previous)
        if anchor.first != last or signed != anchor.mac:
            yield f"{where}: was changed, or one before it was changed or taken away"
        there, summed = sum_of(anchor.first, anchor.last)
        if there != rows:
            yield f"{where}: {rows} rows were in the record up to id {anchor.last}, {there} are left"
        elif summed != total:
            yield f"{where}: a row up to id {anchor.last} is not the one that was there"
        previous, last = anchor.mac, anchor.last
    if kept and " ".join(kept.split()) not in lines:
        yield f"the anchor “{kept}” is not there: the record was cut back, or it is of another one"
