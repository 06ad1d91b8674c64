"""One ticket for each promise on an order that comes near its date: opened, told again, ended, by the shop itself.

Every action takes the order's lock first, so that what it reads of the promise stands until it is done; then
the ticket's. Each may be called twice: what was written is found and left as it is.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation

from accounts.queries import leads_of
from core import outbox
from core.actors import SYSTEM
from core.clock import now
from core.errors import NotFound
from orders.actions import keep_telling
from orders.models import Order
from orders.new_dates import NewDate, last_scan, new_date
from orders.queries import access_order, load_parts, tellings
from sla.models import Clock
from sla.queries import open_clocks
from tickets import promise_words as words
from tickets import pushes
from tickets.actions.append import Author, Row, add_event, digest_of, find_event
from tickets.actions.assignment import raise_one_step
from tickets.actions.messages import say
from tickets.actions.opening import open_ticket
from tickets.actions.status import move_status
from tickets.models import Channel, Message, MessageKind, Status, Stream, Ticket
from tickets.queries.access import access_ticket

NAMESPACE = uuid.UUID("2f4c1a56-0c0d-4b57-9a54-5a2d4d0f3b11")  # of ids that the machine gives its own rows
CATEGORY_OF = {"dispatch": "order", "delivery": "logistics", "refund": "aftersales"}
MOST_TURNS = 2  # so often the machine tells the buyer a date; after that a person must
GRACE = timedelta(minutes=1)  # news of the very last second may still come in


def key_of(*parts: object) -> uuid.UUID:
    """The id of what the machine writes once about a promise."""
    return uuid.uuid5(NAMESPACE, ":".join(map(str, parts)))


def warn_of_promise(*, order_id: int, metric: str) -> Ticket | None:
    """Open the promise's ticket and tell the buyer what is left to do and the new date.

    None, with nothing written, for a promise that was met or fell away meanwhile; the known ticket when there
    is one. It belongs to the category's desk, and to the buyer's personal shopper where there is one.
    """
    with transaction.atomic():
        order, clock = _promise(order_id, metric)
        if order is None or clock is None:
            return None
        known = ticket_of(order_id, metric)
        said = tellings(order_id).get(metric)
        if known is not None and said is not None and said.at >= clock.started_at:
            return known  # what was told before is of a promise that was moved since, as the buyer agreed
        told = new_date(order, clock, at=now())
        with translation.override(order.person.language or "en"):
            subject, body = words.first(order, clock, told, last_scan(order, now()))
        if known is not None and known.status != Status.CLOSED:  # it speaks of a parcel that is late or stuck
            return _say_first(order, clock, told, known, body)
        ticket = open_ticket(
            actor=SYSTEM,
            requester=order.person,
            category=CATEGORY_OF.get(metric, "order"),
            subject=subject,
            body=body,
            order=order,
            channel=Channel.SYSTEM,
            client_id=new_key(order_id, metric, known),
        )
        _keep(order, clock, told, ticket, turn=1)
    return ticket


def _say_first(order: Order, clock: Clock, told: NewDate, known: Ticket, body: str) -> Ticket:
    """The warning on the ticket that the order's parcel has already."""
    ticket, at = access_ticket(SYSTEM, known.public_id, lock=True), now()
    tell_buyer(ticket, body, key_of("first", clock.pk), at)
    if ticket.status == Status.SOLVED:
        move_status(SYSTEM, ticket, Status.OPEN, at)
    _keep(order, clock, told, ticket, turn=1)
    pushes.changed_everywhere(ticket)
    return ticket


def miss_promise(*, order_id: int, metric: str, due: datetime) -> Ticket | None:
    """The promised time has passed: a line that both sides read, and the ticket is ranked one step higher.

    Opens the ticket where the warning came too late to. None when the promise is met or gone by now.
    """
    with transaction.atomic():
        order, clock = _promise(order_id, metric)
        if order is None or clock is None:
            return None
        ticket = warn_of_promise(order_id=order_id, metric=metric)
        assert ticket is not None  # the promise is open, and its order is locked
        row = access_ticket(SYSTEM, ticket.public_id, lock=True)
        data = {"metric": metric, "due": due.isoformat()}
        if _once(row, "promise.missed", data, key_of("missed", clock.pk, due), Stream.Kind.PUBLIC):
            raise_one_step(row, now())
            pushes.changed_everywhere(row)
    return row


def pass_told_date(*, order_id: int, metric: str, told_for: datetime) -> Ticket | None:
    """The date that the buyer was told last has passed as well, and the promise is still open.

    The desk's lead is told, the ticket is opened again, and the buyer hears once more; not a third time: then
    it is up to people. None when the promise ended, was moved, or another date was told meanwhile.
    """
    with transaction.atomic():
        order, clock = _promise(order_id, metric)
        ticket = ticket_of(order_id, metric)
        if order is None or clock is None or ticket is None:
            return None
        said = tellings(order_id).get(metric)
        if said is None or said.due != told_for or said.at < clock.started_at:
            return None
        row = access_ticket(SYSTEM, ticket.public_id, lock=True)
        _tell_lead(row, metric, told_for)
        if said.turn < MOST_TURNS and row.status != Status.CLOSED:
            at = now()
            told = new_date(order, clock, at=at, since=said.at)
            with translation.override(row.language or "en"):
                body = words.again(order, clock, told, said, last_scan(order, at))
            tell_buyer(row, body, key_of("again", clock.pk, said.turn), at)
            _keep(order, clock, told, row, turn=said.turn + 1)
        pushes.changed_everywhere(row)
    return row


def end_promise(*, order_id: int, metric: str, clock_id: int, how: str, at: datetime) -> Ticket | None:
    """The promise was kept, kept late or fell away (`how`: kept, late, cancelled) at this instant.

    The buyer is told that it was met. Where no person has spoken the ticket is solved; where one has, a line
    among staff leaves that to them. None when the buyer was never told of any danger.
    """
    with transaction.atomic():
        try:
            order = load_parts(access_order(SYSTEM, order_id=order_id, lock=True))
        except NotFound:
            return None
        ticket = ticket_of(order_id, metric)
        if ticket is None:
            return None
        row = access_ticket(SYSTEM, ticket.public_id, lock=True)
        alone = not people_spoke(row)
        data = {"metric": metric, "at": at.isoformat(), "how": how, "alone": alone}
        if not _once(row, "promise.ended", data, key_of("ended", clock_id), Stream.Kind.PUBLIC):
            return row
        if how != "cancelled" and row.status != Status.CLOSED:
            with translation.override(row.language or "en"):
                body = words.ended(order, metric, how, at)
            tell_buyer(row, body, key_of("ended-words", clock_id), now())
        _solve_or_leave(row, data, alone, clock_id)
        pushes.changed_everywhere(row)
    return row


def _solve_or_leave(ticket: Ticket, data: dict[str, Any], alone: bool, clock_id: int) -> None:
    if not ticket.is_live:
        return
    if alone:
        move_status(SYSTEM, ticket, Status.SOLVED, now())
    else:
        _once(ticket, "promise.over", data, key_of("over", clock_id), Stream.Kind.STAFF)


# What they share ---------------------------------------------------------------------------------------


def _promise(order_id: int, metric: str) -> tuple[Order | None, Clock | None]:
    """The order under its lock with its parcels, and its open clock of this metric."""
    try:
        order = load_parts(access_order(SYSTEM, order_id=order_id, lock=True))
    except NotFound:
        return None, None
    running = open_clocks("order", [order_id])[order_id]
    return order, next((clock for clock in running if clock.metric == metric), None)


def ticket_of(order_id: int, metric: str) -> Ticket | None:
    """The ticket that speaks of a promise; of two (the first was closed for good) the newer one."""
    keys = (key_of("risk", order_id, metric), key_of("risk", order_id, metric, "again"))
    return Ticket.objects.filter(order_id=order_id, client_id__in=keys).order_by("-pk").first()


def new_key(order_id: int, metric: str, closed: Ticket | None) -> uuid.UUID:
    """What tells the ticket that is to be opened; `closed`: the one there was, on which nothing is said any more."""
    key = key_of("risk", order_id, metric)
    return key if closed is None else key_of("risk", order_id, metric, "again")


def _keep(order: Order, clock: Clock, told: NewDate, ticket: Ticket, *, turn: int) -> None:
    """The order's record says what the buyer was told; when that date passes, the worker looks again."""
    at = now()
    keep_telling(order, actor=SYSTEM, clock=clock, told=told, at=at, ticket=ticket.public_id, turn=turn)
    told_for = told.due.isoformat()
    payload = {"order": order.pk, "metric": clock.metric, "told_for": told_for}
    wait = (told.due - at + GRACE).total_seconds()
    outbox.enqueue(
        "ticket.promise_date_passed", payload, key=f"promise.told:{clock.pk}:{turn}", delay=max(0.0, wait)
    )


def _once(ticket: Ticket, verb: str, data: dict[str, Any], key: uuid.UUID, stream: str) -> bool:
    """Write an event row once; False when it was there."""
    if find_event(ticket, key, stream):
        return False
    add_event(ticket, actor=SYSTEM, verb=verb, data=data, stream=stream, client_id=key)
    return True


def tell_buyer(ticket: Ticket, body: str, key: uuid.UUID, at: datetime) -> None:
    """The shop's words on the thread and by mail. The caller knows that they were not said before."""
    said = Row(
        Author.of(SYSTEM), MessageKind.REPLY, "message.replied", Channel.SYSTEM, at,
        body=body, client_id=key, digest=digest_of(body),
    )  # fmt: skip
    seq = say(SYSTEM, ticket, said, []).message.seq
    mail = {"ticket": ticket.pk, "seq": seq}
    outbox.enqueue("ticket.mail", mail, key=f"ticket.mail:{ticket.pk}:{seq}")


def _tell_lead(ticket: Ticket, metric: str, told_for: datetime) -> None:
    """A line among staff, a hint to the desk's leads, and the ticket is open again and ranked higher."""
    leads = leads_of(ticket.team_id)
    names = ", ".join(person.display_name for person in leads)
    data = {"metric": metric, "due": told_for.isoformat(), "leads": names}
    if not _once(ticket, "promise.told_date_passed", data, key_of("passed", ticket.pk, told_for), "staff"):
        return
    if ticket.status == Status.SOLVED:
        move_status(SYSTEM, ticket, Status.OPEN, now())
    raise_one_step(ticket, now())
    for person in leads:
        pushes.person_told(person.pk, ticket)


def people_spoke(ticket: Ticket) -> bool:
    """Whether a person wrote on it: the buyer, or staff to the buyer or among themselves."""
    said = (MessageKind.REPLY, MessageKind.NOTE)
    rows = Message.objects.filter(stream__ticket=ticket, kind__in=said)
    return rows.exclude(author_kind="system").exists()
