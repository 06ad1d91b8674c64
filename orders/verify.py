"""Looks whether anybody touched the record: rows changed, added, taken away, cut off at the end, words altered.

Reads in constant memory. Needs the key of `settings.RECORD_KEY`, which a thief of the database does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction

from core.db import locked
from orders.models import Order, OrderRecord, OrderRecordDetail, Store
from orders.record import digest_of, instant, key, mac_of

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


# What is read of a row, in this order; the covered values stand as `orders.record.covered` puts them.
_COVERED = (
    *("order_id", "seq", "verb", "at", "written_at", "actor_kind", "actor_id"),
    *("data", "for_buyer", "details_digest"),
)
_READ = (*_COVERED, "mac", "pk")
Row = tuple[Any, ...]
Words = dict[int, tuple[dict[str, Any], str]]  # by the row's id: text and salt


def _verify_some(pks: list[int]) -> Iterator[Finding]:
    """One reading of a stretch of orders; what looks wrong is read again under its order's lock.

    Orders are worked on meanwhile: a row that came between two of the queries is no tampering.
    """
    for pk, found in _read(pks):
        if found:
            yield from _again(pk)


def _again(pk: int) -> Iterator[Finding]:
    with transaction.atomic():
        order = locked(Order.objects.select_related("store").filter(pk=pk)).first()
        found = [one for _pk, some in _read([pk]) for one in some] if order else []
    for seq, problem in found:
        assert order is not None
        yield Finding(order.store.code, order.number, seq, problem)


def _read(pks: list[int]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """What looks wrong, by order, for a stretch of orders in the order of their ids."""
    first, last = pks[0], pks[-1]
    heads = dict(Order.objects.filter(pk__in=pks).values_list("pk", "record_head"))
    rows = OrderRecord.objects.filter(order_id__gte=first, order_id__lte=last).order_by("order_id", "seq")
    details = OrderRecordDetail.objects.filter(record__order_id__gte=first, record__order_id__lte=last)
    words = {pk: (text, salt) for pk, text, salt in details.values_list("record_id", "text", "salt")}
    by_order = {pk: list(some) for pk, some in groupby(rows.values_list(*_READ), key=itemgetter(0))}
    for pk in sorted(heads):
        yield pk, list(_verify_one(by_order.get(pk, []), heads[pk], words))


def _verify_one(rows: list[Row], head: int, words: Words) -> Iterator[tuple[int, str]]:
    secret, previous, expected = key(), "", 1
    erased = {seq for row in rows if row[_VERB] == "record.erased" for seq in row[_DATA].get("seqs", [])}
    for *values, mac, pk in rows:
        seq, digest = values[_SEQ], values[_DIGEST]
        if seq != expected:
            missing = f"row {expected}" if seq == expected + 1 else f"rows {expected} to {seq - 1}"
            yield seq, f"{missing} before it was taken away"
        elif mac_of(_as_covered(values), previous, secret) != mac:
            yield seq, "was changed, or a row before it was (its signature does not fit)"
        for problem in _verify_words(digest, words.get(pk), seq in erased):
            yield seq, problem
        previous, expected = mac, seq + 1
    if expected - 1 < head:
        yield 0, f"the end was cut off: rows {expected} to {head} are missing"
    elif expected - 1 > head:
        yield 0, f"the order knows {head} rows, the record has {expected - 1}"


_SEQ, _VERB, _AT, _WRITTEN = (_COVERED.index(name) for name in ("seq", "verb", "at", "written_at"))
_DATA, _FOR_BUYER, _DIGEST = (_COVERED.index(name) for name in ("data", "for_buyer", "details_digest"))


def _as_covered(values: list[Any]) -> list[Any]:
    values[_AT], values[_WRITTEN] = instant(values[_AT]), instant(values[_WRITTEN])
    values[_FOR_BUYER] = bool(values[_FOR_BUYER])
    return values


def _verify_words(digest: str, detail: tuple[dict[str, Any], str] | None, erased: bool) -> Iterator[str]:
    if not digest:
        if detail is not None:
            yield "has words that were not written with it"
    elif detail is None:
        if not erased:
            yield "its words were taken away without a trace"
    elif digest_of(*detail) != digest:
        yield "its words were changed"
