"""Tickets by what people know of them: a number, an order, a parcel, an SKU, a person, or words that were said.

Each kind is looked up by its own index. What a requester may not read is not searched for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from accounts.models import Person
from core.actors import Actor
from orders.models import Order, OrderLine, Shipment
from tickets.models import Message, MessageKind, Stream, Ticket
from tickets.permissions import stream_kinds, visible_to
from tickets.queries.access import BIGGEST, visible_tickets

WORD = re.compile(r"[^\W_]+", re.UNICODE)
MOST_WORDS = 8
MANY = 200  # messages that are looked at for one page of tickets
AROUND = 60  # characters shown on each side of a hit


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket, why it was found (number, order, parcel, item, person, subject, said, noted), and the words.

    `parts`: pieces of the text around the hit, each with whether it is one; empty where a number was met.
    """

    ticket: Ticket
    why: str
    parts: tuple[tuple[str, bool], ...] = ()


def find(actor: Actor, text: str, *, limit: int = 20) -> list[FoundTicket]:
    """At most `limit` visible tickets, those that a number names first, then the newest that the words fit."""
    text = text.replace("\x00", " ").strip()
    found: dict[int, FoundTicket] = {}
    for branch in (_named, _by_subject, _by_words) if text else ():
        for one in branch(actor, text, limit):
            found.setdefault(one.ticket.pk, one)
            if len(found) >= limit:
                return list(found.values())
    return list(found.values())


def search(actor: Actor, text: str) -> QuerySet[Ticket]:
    """The same as rows to be paged, newest first, 200 at most."""
    keys = [one.ticket.pk for one in find(actor, text, limit=MANY)]
    return visible_tickets(actor).filter(pk__in=keys).order_by("-pk")


# What names a ticket ----------------------------------------------------------------------------------------


def _named(actor: Actor, text: str, limit: int) -> Iterator[FoundTicket]:
    bare = text.removeprefix("#").strip()
    if bare.isascii() and bare.isdigit() and int(bare) <= BIGGEST:
        yield from _found(visible_tickets(actor).filter(pk=int(bare)), "number", 1)
    tracking = "".join(text.split())
    orders = Order.objects.filter(number__in={bare, bare.upper()})
    yield from _on_orders(actor, orders.values("pk"), "order", limit)
    parcels = Shipment.objects.filter(tracking_number__in={tracking, tracking.upper()})
    yield from _on_orders(actor, parcels.values("order_id"), "parcel", limit)
    items = OrderLine.objects.filter(sku__in={text, text.upper()}).order_by()
    yield from _on_orders(actor, items.values("order_id"), "item", limit)
    if actor.is_staff:
        yield from _of_people(actor, text, limit)


def _on_orders(actor: Actor, order_ids: Any, why: str, limit: int) -> Iterator[FoundTicket]:
    return _found(visible_tickets(actor).filter(order_id__in=order_ids), why, limit)


def _of_people(actor: Actor, text: str, limit: int) -> Iterator[FoundTicket]:
    if "@" in text:
        people = Person.objects.filter(email=text.lower())
    elif len(text) >= 3 and not any(letter.isdigit() for letter in text):
        people = Person.objects.alias(low=Lower("name")).filter(low__contains=text.lower())
    else:
        return iter(())
    keys = list(people.values_list("pk", flat=True)[:50])
    return _found(visible_tickets(actor).filter(requester_id__in=keys), "person", limit) if keys else iter(())


def _found(rows: QuerySet[Ticket], why: str, limit: int) -> Iterator[FoundTicket]:
    return (FoundTicket(ticket, why) for ticket in rows.order_by("-pk")[:limit])


# Words ------------------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """The words of a search in lower case, each once, eight at most."""
    return list(dict.fromkeys(word.lower() for word in WORD.findall(text[:400])))[:MOST_WORDS]


def _match(table: str, column: str, fts: str, words: list[str]) -> RawSQL:
    """A condition in the words of this database; the last word may be unfinished. No operator comes from outside."""
    if connection.vendor == "postgresql":
        terms = " & ".join([f"'{word}'" for word in words]) + ":*"
        sql = f"to_tsvector('simple', {table}.{column}) @@ to_tsquery('simple', %s)"
    else:
        terms = " ".join(f'"{word}"' for word in words) + "*"
        sql = f"{table}.id IN (SELECT rowid FROM {fts} WHERE {fts} MATCH %s)"  # noqa: S608
    return RawSQL(sql, [terms], BooleanField())  # noqa: S611


def _by_subject(actor: Actor, text: str, limit: int) -> Iterator[FoundTicket]:
    words = words_of(text)
    if not words:
        return
    fits = _match("tickets_ticket", "subject", "tickets_subject_words", words)
    for ticket in visible_tickets(actor).filter(fits).order_by("-pk")[:limit]:
        yield FoundTicket(ticket, "subject", parts_of(ticket.subject, words))


def _by_words(actor: Actor, text: str, limit: int) -> Iterator[FoundTicket]:
    words = words_of(text)
    if not words:
        return
    rows = Message.objects.filter(
        kind__in=(MessageKind.REPLY, MessageKind.NOTE), stream__kind__in=stream_kinds(actor)
    ).filter(_match("tickets_message", "body", "tickets_message_words", words))
    if not actor.is_manager:
        rows = rows.filter(stream__ticket_id__in=Ticket.objects.filter(visible_to(actor)).values("pk"))
    said = rows.order_by("-pk").values_list("stream__ticket_id", "stream__kind", "body")[:MANY]
    first: dict[int, tuple[str, str]] = {}
    for ticket_id, kind, body in said:
        first.setdefault(ticket_id, (kind, body))
    yield from _with_tickets(actor, first, words, limit)


def _with_tickets(
    actor: Actor, first: dict[int, tuple[str, str]], words: Iterable[str], limit: int
) -> Iterator[FoundTicket]:
    keys = list(first)[:limit]
    tickets = visible_tickets(actor).in_bulk(keys)
    for key in keys:
        if key in tickets:
            kind, body = first[key]
            why = "noted" if kind == Stream.Kind.STAFF else "said"
            yield FoundTicket(tickets[key], why, parts_of(body, words))


def parts_of(text: str, words: Iterable[str]) -> tuple[tuple[str, bool], ...]:
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
