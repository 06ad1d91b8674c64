"""Every read of orders. `access_order` is the only way to one: missing and hidden look alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Lower

from accounts.models import Person
from core.actors import Actor
from core.db import locked
from core.errors import Conflict, NotFound
from orders import permissions, words
from orders.carriers import link_of, name_for, others_of
from orders.models import Address, Import, Order, OrderRecord, Store, TrackingEvent
from orders.models.order import LAST_DIGITS, PHONE_TAIL
from orders.watch_words import status_words
from sla import queries as sla
from sla.models import ClockState

NEWEST = ("-placed_at", "-id")
TELEPHONE = re.compile(r"[+(]?[0-9][0-9 ()./-]*\Z")


# Orders -------------------------------------------------------------------------------------------------


def access_order(
    actor: Actor,
    public_id: str | None = None,
    *,
    order_id: int | None = None,
    store: str | None = None,
    number: str | None = None,
    lock: bool = False,
) -> Order:
    """An order that this actor may see: by public id, by id, by store code and number, or by number alone.

    Loads store, its calendar and the person. With `lock` the row is locked until the transaction ends.
    Raises NotFound, and Conflict (`ambiguous`, `stores`) for a number that several stores use.
    """
    rows = visible_orders(actor)
    if public_id is not None:
        rows = rows.filter(public_id=public_id)
    elif order_id is not None:
        rows = rows.filter(pk=order_id)
    elif number is not None:
        rows = rows.filter(number=number.strip().removeprefix("#"))
        rows = rows.filter(store__code=store) if store else rows
    else:
        raise NotFound()
    found = list((locked(rows) if lock else rows)[:2])
    if not found:
        raise NotFound()
    if len(found) > 1:
        raise ambiguous(number or "", rows)
    return found[0]


def ambiguous(number: str, rows: QuerySet[Order]) -> Conflict:
    """The error for a number without its store, naming the stores that use it."""
    stores = sorted(rows.order_by().values_list("store__code", flat=True))
    return Conflict(words.ambiguous(number, stores), code="ambiguous", stores=stores)


def visible_orders(actor: Actor) -> QuerySet[Order]:
    """All orders that this actor may see, with store and person; unordered (`NEWEST` for lists)."""
    return Order.objects.filter(permissions.visible_to(actor)).select_related("store__calendar", "person")


def with_parts(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The same orders with lines, addresses and parcels: three queries more, however many orders."""
    return orders.prefetch_related("lines", "addresses", "shipments__events")


def load_parts(order: Order) -> Order:
    """The same for one order that is at hand: four queries."""
    prefetch_related_objects([order], "lines", "addresses", "shipments__events")
    return order


MOST_FOUND = 500  # orders that one word of a search may mean, the newest
MOST_PEOPLE = 200  # whose name begins so


def search_orders(actor: Actor, text: str, *, only: Q | None = None) -> QuerySet[Order]:
    """Orders by number ("#1", "1", "us:1"), tracking number, SKU, e-mail, telephone or the beginning of a name.

    Each is looked up by its own index, the newest `MOST_FOUND` of each that the actor may see; `only` narrows them
    first, so that a state of a common SKU is found as well. No words, no orders.
    """
    text = text.replace("\x00", " ").strip()
    if not text:
        return visible_orders(actor).none()
    rows = Order.objects.filter(permissions.visible_to(actor), only or Q())
    branches = [*_branches(rows, text)]
    if actor.is_staff or actor.is_system:
        branches += _branches_for_staff(rows, text)
    found = branches[0].union(*branches[1:])
    return rows.filter(pk__in=found).select_related("store__calendar", "person")


def _newest(rows: QuerySet[Order]) -> QuerySet[Any]:
    newest = rows.order_by("-pk").values("pk")[:MOST_FOUND]
    return Order.objects.filter(pk__in=newest).order_by().values("pk")


def _branches(rows: QuerySet[Order], text: str) -> Iterator[QuerySet[Any]]:
    bare, tracking = text.removeprefix("#").strip(), "".join(text.split())
    store, colon, number = text.partition(":")
    yield rows.filter(number__in={bare, bare.upper()}).order_by().values("pk")
    yield rows.filter(shipments__tracking_number__in={tracking, tracking.upper()}).order_by().values("pk")
    for sku in {text, text.upper()}:  # one at a time: two together would be read whole and sorted
        yield _newest(rows.filter(lines__sku=sku))
    if colon:
        number = number.strip().removeprefix("#")
        yield rows.filter(store__code=store.strip().lower(), number=number).order_by().values("pk")


def _branches_for_staff(rows: QuerySet[Order], text: str) -> Iterator[QuerySet[Any]]:
    if "@" in text:
        yield _newest(rows.filter(email=text.lower()))
    elif digits := _digits(text):
        called = Address.objects.exclude(phone="").alias(tail=LAST_DIGITS).filter(tail=digits)
        yield rows.exclude(phone="").alias(tail=LAST_DIGITS).filter(tail=digits).order_by().values("pk")
        yield rows.filter(addresses__in=called.values("pk")).order_by().values("pk")
    elif len(text) >= 3 and any(letter.isalpha() for letter in text):
        named = Person.objects.alias(low=Lower("name")).filter(low__startswith=text.lower())
        yield _newest(rows.filter(person__in=named.order_by("low", "pk").values("pk")[:MOST_PEOPLE]))


def _digits(text: str) -> str:
    """The end of what may be a telephone number, as indexes keep it; "" for what is none."""
    if not TELEPHONE.match(text):
        return ""
    digits = "".join(sign for sign in text if sign.isdigit())
    return digits[-PHONE_TAIL:] if 7 <= len(digits) <= 15 else ""


# Stores -------------------------------------------------------------------------------------------------


def access_store(actor: Actor, code: str) -> Store:
    """A store that this actor works for; NotFound otherwise."""
    store = visible_stores(actor).filter(code=code).first()
    if store is None:
        raise NotFound()
    return store


def visible_stores(actor: Actor) -> QuerySet[Store]:
    """The stores that this actor works for, by code."""
    rows = Store.objects.filter(permissions.stores_visible_to(actor))
    return rows.select_related("calendar").order_by("code")


def store_keys(code: str) -> list[int]:
    """The key of the store that is called so, as a list: a plan for a list of orders needs the key itself."""
    return list(Store.objects.filter(code=code).values_list("pk", flat=True))


# The record ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an order's record, for people: `title` in the reader's language, `who` did it.

    `text` is what was said with it (a reason, a scan's words); empty once it was erased.
    """

    seq: int
    verb: str
    at: datetime
    title: str
    who: str
    actor_kind: str
    data: dict[str, Any]
    text: dict[str, Any]
    for_buyer: bool


def record_of(actor: Actor, order: Order) -> list[Entry]:
    """The record of an order that the actor may see, oldest first: all of it for staff, what concerns them for buyers.

    Two queries. Buyers read "the shop" where staff read a name, and no words that staff keep for themselves.
    """
    everything = permissions.can_read_all_of_record(actor)
    rows = OrderRecord.objects.filter(order=order).select_related("detail").order_by("at", "seq")
    found = list(rows if everything else rows.filter(for_buyer=True))
    ids = {row.actor_id for row in found if row.actor_id and row.actor_kind == "staff"}
    names = {p.pk: p.display_name for p in Person.objects.filter(pk__in=ids)} if everything and ids else {}
    return [_entry(row, actor, names, everything) for row in found]


def _entry(row: OrderRecord, actor: Actor, names: dict[int, str], everything: bool) -> Entry:
    text = row.detail.text if hasattr(row, "detail") else {}
    return Entry(
        seq=row.seq,
        verb=row.verb,
        at=row.at,
        title=words.title_of(row.verb, row.data),
        who=words.who(row.actor_kind, row.actor_id, actor, names),
        actor_kind=row.actor_kind,
        data=row.data,
        text=text if everything or row.verb != "order.changed" else {},
        for_buyer=row.for_buyer,
    )


@dataclass(frozen=True, slots=True)
class Telling:
    """What the buyer was told last about a promise. `due`: the new date, or by when more is told ("look").

    `ticket` is a public id; `turn` counts how often the buyer was told. Instants in UTC.
    """

    metric: str
    at: datetime
    due: datetime
    basis: str
    holds: bool
    ticket: str
    turn: int

    @property
    def is_date(self) -> bool:
        return self.basis != "look"


def tellings(order_id: int) -> dict[str, Telling]:
    """What the buyer of an accessed order was told last about each of its promises, by metric. One query."""
    rows = OrderRecord.objects.filter(order_id=order_id, verb="promise.told").order_by("seq")
    return {row.data["metric"]: _telling(row) for row in rows}


def _telling(row: OrderRecord) -> Telling:
    data = row.data
    return Telling(
        metric=data["metric"],
        at=row.at,
        due=datetime.fromisoformat(data["new_due"]),
        basis=data["basis"],
        holds=data["holds"],
        ticket=data["ticket"],
        turn=data["turn"],
    )


# Promises and parcels -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise on an order. `state`: running, at_risk, broken, kept, late, cancelled. Instants in UTC.

    `told`: what the buyer was told last, once it was in danger.
    """

    metric: str
    title: str
    due: datetime | None
    state: str
    started_at: datetime
    ended_at: datetime | None
    told: Telling | None = None

    @property
    def is_met(self) -> bool:
        return self.state in ("kept", "late")


def promises(order: Order, at: datetime) -> list[Promise]:
    """What was promised on an order and how it stands at an instant, oldest first. One query; two after a warning.

    A promise past its due is broken from that very second on, also before the ticker notices.
    """
    clocks = sla.clocks_of("order", order.pk)
    told = tellings(order.pk) if any(clock.warned_at for clock in clocks) else {}
    return [
        Promise(
            metric=clock.metric,
            title=words.promise_title(clock.metric),
            due=clock.due,
            state=_state(clock, at),
            started_at=clock.started_at,
            ended_at=clock.ended_at,
            told=told.get(clock.metric),
        )
        for clock in clocks
    ]


def _state(clock: Any, at: datetime) -> str:
    ended = {ClockState.MET: "kept", ClockState.LATE: "late", ClockState.CANCELLED: "cancelled"}
    if clock.state in ended:
        return ended[clock.state]
    if clock.due is not None and clock.due < at:
        return "broken"
    return "at_risk" if clock.warn_at is not None and clock.warn_at <= at else "running"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel and where to follow it; `carrier` and `link` may be empty. `scans`: newest first.

    `others`: carriers whose numbers look the same, where only the number tells.
    """

    tracking_number: str
    carrier: str
    others: list[str]
    link: str
    status: str
    status_words: str
    expected_on: date | None
    dispatched_at: datetime | None
    delivered_at: datetime | None
    scans: list[TrackingEvent]


def parcels(order: Order) -> list[Parcel]:
    """The parcels of an order; no query where `with_parts` loaded them, two otherwise."""
    return [
        Parcel(
            tracking_number=parcel.tracking_number,
            carrier=parcel.carrier.strip() or name_for(parcel),
            others=others_of(parcel),
            link=link_of(parcel),
            status=parcel.status,
            status_words=status_words(parcel.status),
            expected_on=parcel.expected_on,
            dispatched_at=parcel.dispatched_at,
            delivered_at=parcel.delivered_at,
            scans=list(parcel.events.all()),
        )
        for parcel in order.shipments.all()
    ]


# Imports ------------------------------------------------------------------------------------------------


def visible_imports(actor: Actor) -> QuerySet[Import]:
    """The files that came in for the stores of this actor, newest first."""
    stores = Store.objects.filter(permissions.stores_visible_to(actor))
    return Import.objects.filter(Q(store__in=stores)).select_related("store", "mends").order_by("-id")


def access_import(actor: Actor, public_id: str) -> Import:
    """One of them; NotFound otherwise."""
    run = visible_imports(actor).filter(public_id=public_id).first()
    if run is None:
        raise NotFound()
    return run
