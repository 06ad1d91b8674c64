"""Looks whether anybody touched the record: rows changed, added, taken away, cut off at the end, words altered.

Reads in constant memory. Needs the key of `settings.RECORD_KEY`, which a thief of the database does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from orders.models import Order, OrderRecord, OrderRecordDetail, Store
from orders.record import covered, digest_of, key, mac_of

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with an order's record: where and what. `seq` 0: the record as a whole."""

    store: str
    number: str
    seq: int
    problem: str

    def __str__(self) -> str:
        where = f", row {self.seq}" if self.seq else ""
        return f"order {self.store}:{self.number}{where}: {self.problem}"


def verify(store: Store | None = None) -> Iterator[Finding]:
    """Everything that is wrong with the records (of one store), order by order; nothing when all is whole."""
    orders = Order.objects.filter(store=store) if store else Order.objects.all()
    for pks in _chunks(orders.order_by("pk").values_list("pk", flat=True).iterator(CHUNK)):
        yield from _verify_some(pks)


def count_rows(store: Store | None = None) -> int:
    """How many rows there are to look at."""
    rows = OrderRecord.objects.all()
    return (rows.filter(order__store=store) if store else rows).count()


def _chunks(pks: Iterator[int]) -> Iterator[list[int]]:
    chunk: list[int] = []
    for pk in pks:
        chunk.append(pk)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _verify_some(pks: list[int]) -> Iterator[Finding]:
    heads = Order.objects.filter(pk__in=pks).values_list("pk", "store__code", "number", "record_head")
    first, last = pks[0], pks[-1]
    rows = OrderRecord.objects.filter(order_id__gte=first, order_id__lte=last).order_by("order_id", "seq")
    details = {
        detail.record_id: detail
        for detail in OrderRecordDetail.objects.filter(
            record__order_id__gte=first, record__order_id__lte=last
        )
    }
    by_order = {pk: list(group) for pk, group in groupby(rows, key=lambda row: row.order_id)}
    for pk, store, number, head in heads.order_by("pk"):
        for seq, problem in _verify_one(by_order.get(pk, []), head, details):
            yield Finding(store, number, seq, problem)


def _verify_one(
    rows: list[OrderRecord], head: int, details: dict[int, OrderRecordDetail]
) -> Iterator[tuple[int, str]]:
    secret, previous, expected = key(), "", 1
    erased = {seq for row in rows if row.verb == "record.erased" for seq in row.data.get("seqs", [])}
    for row in rows:
        if row.seq != expected:
            missing = f"row {expected}" if row.seq == expected + 1 else f"rows {expected} to {row.seq - 1}"
            yield row.seq, f"{missing} before it was taken away"
        elif mac_of(covered(row), previous, secret) != row.mac:
            yield row.seq, "was changed, or a row before it was (its signature does not fit)"
        yield from _verify_words(row, details.get(row.pk), row.seq in erased)
        previous, expected = row.mac, row.seq + 1
    if expected - 1 < head:
        yield 0, f"the end was cut off: rows {expected} to {head} are missing"
    elif expected - 1 > head:
        yield 0, f"the order knows {head} rows, the record has {expected - 1}"


def _verify_words(
    row: OrderRecord, detail: OrderRecordDetail | None, erased: bool
) -> Iterator[tuple[int, str]]:
    if not row.details_digest:
        if detail is not None:
            yield row.seq, "has words that were not written with it"
    elif detail is None:
        if not erased:
            yield row.seq, "its words were taken away without a trace"
    elif digest_of(detail.text, detail.salt) != row.details_digest:
        yield row.seq, "its words were changed"
