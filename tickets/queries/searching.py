"""Tickets by what people know of them: a number, an order, a parcel, an SKU, a person, or words that were said.

Each kind is looked up by its own index. What a requester may not read is not searched for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from accounts.models import Person
from accounts.phones import readings
from core.actors import Actor
from orders.models import Order, OrderLine, Shipment
from orders.queries import search_orders
from tickets.models import Message, MessageKind, Stream, Ticket
from tickets.permissions import stream_kinds, visible_to
from tickets.queries.access import BIGGEST, visible_tickets

WORD = re.compile(r"[^\W_]+", re.UNICODE)
MOST_WORDS = 8
NEWEST = 2000  # rows by id in which a common word is met
FTS = {"tickets_ticket": "tickets_subject_words", "tickets_message": "tickets_message_words"}
MANY = 200  # messages that are looked at for one page of tickets
AROUND = 60  # characters shown on each side of a hit
Parts = tuple[tuple[str, bool], ...]
Hit = tuple[str, Parts]  # why it was found, and the words around


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket, why it was found (number, order, parcel, item, person, subject, said, noted), and the words.

    `parts`: pieces of the text around the hit, each with whether it is one; empty where a number was met.
    """

    ticket: Ticket
    why: str
    parts: Parts = ()


def find(actor: Actor, text: str, *, limit: int = 20) -> list[FoundTicket]:
    """At most `limit` visible tickets: those that a number or an address names, else the newest that fit the words.

    Ten queries at most. A name stands beside the words, since people are called after things.
    """
    text = text.replace("\x00", " ").strip()
    if not text:
        return []
    hits: dict[int, Hit] = {}
    _gather(hits, _named(actor, text, limit), limit)
    if not hits:
        for branch in (_of_people, _by_subject, _by_words):
            if len(hits) < limit:
                _gather(hits, branch(actor, text, limit), limit)
    tickets = visible_tickets(actor).in_bulk(list(hits))
    return [FoundTicket(tickets[key], why, parts) for key, (why, parts) in hits.items() if key in tickets]


def search(actor: Actor, text: str) -> QuerySet[Ticket]:
    """The same as rows to be paged, newest first, 200 at most."""
    keys = [one.ticket.pk for one in find(actor, text, limit=MANY)]
    return visible_tickets(actor).filter(pk__in=keys).order_by("-pk")


def _gather(hits: dict[int, Hit], found: Iterable[tuple[int, Hit]], limit: int) -> None:
    for key, hit in found:
        if len(hits) < limit:
            hits.setdefault(key, hit)


def _seen(actor: Actor) -> QuerySet[Ticket]:
    """Visible tickets without what a list shows of them: only their keys are asked for."""
    return Ticket.objects.filter(visible_to(actor))


# What names a ticket ----------------------------------------------------------------------------------------


def _named(actor: Actor, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    bare = text.removeprefix("#").strip()
    if bare.isascii() and bare.isdigit() and int(bare) <= BIGGEST:
        for key in _seen(actor).filter(pk=int(bare)).values_list("pk", flat=True):
            yield key, ("number", ())
    orders = _orders(text, bare)
    if not orders:
        return
    rows = _seen(actor).filter(order_id__in=orders).order_by("-pk").values_list("pk", "order_id")
    yield from sorted(
        ((key, (orders[order_id], ())) for key, order_id in rows[:limit] if order_id), key=_by_kind
    )


def _by_kind(found: tuple[int, Hit]) -> tuple[int, int]:
    return ("order", "parcel", "item").index(found[1][0]), -found[0]


def _orders(text: str, bare: str) -> dict[int, str]:
    """Orders that a number, a tracking number or an SKU names, and which of them it was; one query.

    Of an SKU the newest: a common one stands in too many orders to read them all.
    """
    tracking = "".join(text.split())
    rows = Order.objects.filter(number__in={bare, bare.upper()}).order_by().values_list("pk", Value("order"))
    parcels = Shipment.objects.filter(tracking_number__in={tracking, tracking.upper()}).order_by()
    found = rows.union(
        parcels.values_list("order_id", Value("parcel")), *(_with_item(sku) for sku in {text, text.upper()})
    )
    kinds: dict[int, str] = {}
    for order_id, why in found[:MANY]:
        kinds.setdefault(order_id, why)
    return kinds


def _with_item(sku: str) -> QuerySet[Any, Any]:
    newest = OrderLine.objects.filter(sku=sku).order_by("-order_id").values("pk")[:MANY]
    return OrderLine.objects.filter(pk__in=newest).order_by().values_list("order_id", Value("item"))


def _of_people(actor: Actor, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    if not actor.is_staff:
        return
    if "@" in text:
        people = Person.objects.filter(email=text.lower())
    elif numbers := readings(text):
        called = search_orders(actor, text).values_list("person_id", flat=True)[:50]
        people = Person.objects.filter(Q(mobile__in=numbers) | Q(pk__in=set(called)))
    elif len(text) >= 3 and not any(letter.isdigit() for letter in text):
        people = Person.objects.alias(low=Lower("name")).filter(low__contains=text.lower())
    else:
        return
    keys = list(people.values_list("pk", flat=True)[:50])
    rows = _seen(actor).filter(requester_id__in=keys).order_by("-pk") if keys else Ticket.objects.none()
    for key in rows.values_list("pk", flat=True)[:limit]:
        yield key, ("person", ())


# Words ------------------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """The words of a search in lower case, each once, eight at most."""
    return list(dict.fromkeys(word.lower() for word in WORD.findall(text[:400])))[:MOST_WORDS]


def _terms(words: list[str]) -> str:
    """The words for either engine, the last one maybe unfinished. No operator comes from outside."""
    if connection.vendor == "postgresql":
        return " & ".join([f"'{word}'" for word in words]) + ":*"
    return " ".join(f'"{word}"' for word in words) + "*"


def _fitting(rows: QuerySet[Any], column: str, words: list[str], only: str = "") -> list[QuerySet[Any]]:
    """Rows whose column holds the words, as one or two questions: who has enough of the first needs no second.

    A common word is met among the newest rows at once; sorting all its hits would take long. A rare one is asked of
    the index alone; a look through the newest rows would take long. PostgreSQL cannot know which it is.
    """
    table, terms = rows.model._meta.db_table, [_terms(words)]
    if connection.vendor != "postgresql":
        fts = FTS[table]
        sql = f"{table}.id IN (SELECT rowid FROM {fts} WHERE {fts} MATCH %s)"  # noqa: S608
        return [rows.filter(RawSQL(sql, terms, BooleanField()))]  # noqa: S611
    fits = f"to_tsvector('simple', {column}) @@ to_tsquery('simple', %s)"
    newest = f"{table}.id > (SELECT max(id) - {NEWEST} FROM {table}) AND {fits}"  # noqa: S608
    fence = f"{table}.id IN (SELECT id FROM {table} WHERE {only}{fits} OFFSET 0)"  # noqa: S608
    return [rows.filter(RawSQL(sql, terms, BooleanField())) for sql in (newest, fence)]  # noqa: S611


def _by_subject(actor: Actor, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    words = words_of(text)
    if not words:
        return
    for rows in _fitting(_seen(actor).order_by("-pk"), "subject", words):
        found = list(rows.values_list("pk", "subject")[:limit])
        yield from ((key, ("subject", parts_of(subject, words))) for key, subject in found)
        if len(found) == limit:
            return


def _by_words(actor: Actor, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    words = words_of(text)
    if not words:
        return
    rows = Message.objects.filter(
        kind__in=(MessageKind.REPLY, MessageKind.NOTE), stream__kind__in=stream_kinds(actor)
    )
    if not actor.is_manager:
        rows = rows.filter(stream__ticket_id__in=_seen(actor).values("pk"))
    spoken = "kind IN ('reply', 'note') AND "
    for some in _fitting(rows.order_by("-pk"), "body", words, spoken):
        said = some.values_list("stream__ticket_id", "stream__kind", "body")[:MANY]
        first: dict[int, tuple[str, str]] = {}
        for ticket_id, kind, body in said:
            first.setdefault(ticket_id, (kind, body))
        for key, (kind, body) in list(first.items())[:limit]:
            why = "noted" if kind == Stream.Kind.STAFF else "said"
            yield key, (why, parts_of(body, words))
        if len(first) >= limit:
            return


def parts_of(text: str, words: Iterable[str]) -> Parts:
    """The text around the first hit in one line, cut into pieces that are hits and pieces that are not."""
    flat = " ".join(text.split())
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\w*" for word in words), re.IGNORECASE)
    hit = pattern.search(flat)
    start = max(0, hit.start() - AROUND) if hit else 0
    end = min(len(flat), (hit.end() if hit else 0) + AROUND)
    piece = ("…" if start else "") + flat[start:end] + ("…" if end < len(flat) else "")
    parts, last = [], 0
    for found in pattern.finditer(piece):
        parts += [(piece[last : found.start()], False), (found.group(), True)]
        last = found.end()
    parts.append((piece[last:], False))
    return tuple((text, is_hit) for text, is_hit in parts if text)
