"""Rows of the record. The caller holds the order's lock in its transaction; rows are added, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from core.actors import Actor
from core.clock import now
from orders.actions.bulk import insert_rows
from orders.models import Order, OrderRecord, OrderRecordDetail
from orders.record import Step, chain

Words = tuple[str, dict[str, Any]] | None


def add_record(
    order: Order,
    *,
    actor: Actor,
    verb: str,
    at: datetime,
    data: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
    for_buyer: bool = True,
) -> OrderRecord:
    """Add one step to an order's record; `at` is when it happened.

    The caller holds the order's lock. `data` must not name a person; words go to `text`, which can be erased.
    """
    return add_steps(order, [Step(verb, at, data or {}, text, for_buyer)], actor=actor)[0]


def add_steps(order: Order, steps: Sequence[Step], *, actor: Actor) -> list[OrderRecord]:
    """Add several steps at once, in their order; as `add_record`."""
    if not steps:
        return []
    head, previous = _end_of_chain(order.pk)
    rows, details = chain(steps, order_id=order.pk, head=head, previous=previous or "", actor=actor, at=now())
    write_rows(rows, details)
    order.record_head = head + len(rows)
    order.save(update_fields=["record_head"])
    return rows


def _end_of_chain(order_id: int) -> tuple[int, str | None]:
    """The order's last row as it stands now: something else in this transaction may have added one.

    A tail that was cut off stops nobody's work; the gap that it leaves is found by `verify_record`.
    """
    last = OrderRecord.objects.filter(order=OuterRef("pk"), seq=OuterRef("record_head")).values("mac")
    return Order.objects.values_list("record_head", Subquery(last)).get(pk=order_id)


def write_rows(rows: list[OrderRecord], details: Iterable[Words]) -> None:
    """Insert chained rows with their words."""
    details = list(details)
    if not any(details):
        insert_rows(rows)
        return
    OrderRecord.objects.bulk_create(rows)
    words = [
        OrderRecordDetail(record_id=row.pk, salt=detail[0], text=detail[1])
        for row, detail in zip(rows, details, strict=True)
        if detail
    ]
    OrderRecordDetail.objects.bulk_create(words)


def erase_details(order: Order, *, actor: Actor, seqs: Iterable[int] | None = None) -> int:
    """Erase the words of an order's steps (all, or those of these rows); that is a row of the record too.

    The rows and their chain stay whole: they held digests only. Returns how many were erased. The caller
    holds the order's lock.
    """
    found = OrderRecordDetail.objects.filter(record__order=order)
    if seqs is not None:
        found = found.filter(record__seq__in=list(seqs))
    gone = sorted(found.values_list("record__seq", flat=True))
    if gone:
        found.delete()
        add_record(order, actor=actor, verb="record.erased", at=now(), data={"seqs": gone}, for_buyer=False)
    return len(gone)
