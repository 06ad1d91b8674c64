"""A parcel that is late or stuck, on a ticket: the shop speaks first, once; and a line when it moves again.

One ticket for the order's way to the buyer: the one that its delivery promise has, or will have. The order's
lock comes first, then the ticket's. Each may be called twice: what was said is found and left as it is.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import translation

from core.actors import SYSTEM
from core.clock import now
from core.errors import NotFound
from orders import watch
from orders.actions import keep_parcel_telling
from orders.models import Order, ParcelFinding
from orders.queries import access_order, load_parts, tellings
from sla.models import Metric
from sla.queries import open_clocks
from tickets import parcel_words as words
from tickets import pushes
from tickets.actions import promises
from tickets.actions.append import add_event, find_event
from tickets.actions.opening import open_ticket
from tickets.actions.status import move_status
from tickets.models import LIVE_STATUSES, Channel, Status, Stream, Ticket
from tickets.queries.access import access_ticket

DELIVERY = Metric.DELIVERY.value


def tell_of_parcels(*, order_id: int) -> Ticket | None:
    """Say what is wrong with an order's parcels now, as far as nobody has said it: to the buyer, or among staff.

    Several things at a time are one message. None where all is said, or over meanwhile.
    """
    with transaction.atomic():
        order = _order(order_id)
        rows = ParcelFinding.objects.filter(order_id=order_id, cleared_at=None, told_at=None)
        found = list(rows.select_related("shipment").order_by("found_at", "pk")) if order else []
        for_buyer = [row for row in found if row.then == watch.BUYER]
        for_staff = [row for row in found if row.then == watch.NOTE]
        ticket = None
        if order is not None and for_buyer:
            ticket = _tell_buyer(order, for_buyer)
        if order is not None and for_staff:
            ticket = _note(order, for_staff, ticket) or ticket
        return ticket


def _order(order_id: int) -> Order | None:
    try:
        return load_parts(access_order(SYSTEM, order_id=order_id, lock=True))
    except NotFound:
        return None


def _tell_buyer(order: Order, found: list[ParcelFinding]) -> Ticket:
    at = now()
    with translation.override(order.person.language or "en"):
        subject, body = words.told(order, found)
        ticket = promises.ticket_of(order.pk, DELIVERY)
        if ticket is None or ticket.status == Status.CLOSED:
            ticket = open_ticket(
                actor=SYSTEM,
                requester=order.person,
                category=promises.CATEGORY_OF[DELIVERY],
                subject=subject,
                body=body,
                order=order,
                channel=Channel.SYSTEM,
                client_id=promises.new_key(order.pk, DELIVERY, ticket),
            )
        else:
            ticket = access_ticket(SYSTEM, ticket.public_id, lock=True)
            promises.tell_buyer(ticket, body, promises.key_of("parcel", found[0].pk), at)
            if ticket.status == Status.SOLVED:
                move_status(SYSTEM, ticket, Status.OPEN, at)
            pushes.changed_everywhere(ticket)
    keep_parcel_telling(order, found, actor=SYSTEM, ticket=ticket.public_id, at=at, buyer=True)
    return ticket


def _note(order: Order, found: list[ParcelFinding], ticket: Ticket | None) -> Ticket | None:
    """A line among staff on the ticket that was just told, else on the newest open one; no ticket, no line."""
    if ticket is None:
        rows = Ticket.objects.filter(order=order, status__in=LIVE_STATUSES)
        ticket = rows.order_by("-created_at", "-pk").first()
    if ticket is None:
        return None
    row = access_ticket(SYSTEM, ticket.public_id, lock=True)
    for one in found:
        data = {
            "kind": one.kind,
            "status": one.status,
            "since": one.since.isoformat(),
            "number": one.shipment.tracking_number,
        }
        key = promises.key_of("parcel-note", one.pk)
        add_event(row, actor=SYSTEM, verb="parcel.late", data=data, stream=Stream.Kind.STAFF, client_id=key)
    keep_parcel_telling(order, found, actor=SYSTEM, ticket=row.public_id, at=now(), buyer=False)
    pushes.changed_everywhere(row)
    return row


def end_parcel(*, order_id: int, finding_id: int) -> Ticket | None:
    """What the buyer was told of a parcel is over: a line that both sides read. Staff read theirs.

    Where no person has spoken and nothing else waits on the ticket, it is solved. None where nothing was said.
    """
    with transaction.atomic():
        order = _order(order_id)
        row = (
            ParcelFinding.objects.select_related("shipment").filter(pk=finding_id).first() if order else None
        )
        if row is None or not row.ticket or row.cleared_at is None:
            return None
        ticket = access_ticket(SYSTEM, row.ticket, lock=True)
        stream = Stream.Kind.PUBLIC if row.then == watch.BUYER else Stream.Kind.STAFF
        key = promises.key_of("parcel-over", row.pk)
        if find_event(ticket, key, stream):
            return ticket
        data = {"kind": row.kind, "by": row.cleared_by, "number": row.shipment.tracking_number}
        add_event(ticket, actor=SYSTEM, verb="parcel.moving", data=data, stream=stream, client_id=key)
        if row.then == watch.BUYER and _is_done(ticket, order_id):
            move_status(SYSTEM, ticket, Status.SOLVED, now())
        pushes.changed_everywhere(ticket)
        return ticket


def _is_done(ticket: Ticket, order_id: int) -> bool:
    """The machine opened it, nobody has spoken, no other parcel and no promise in danger hangs on it."""
    ours = (promises.key_of("risk", order_id, DELIVERY), promises.key_of("risk", order_id, DELIVERY, "again"))
    if not ticket.is_live or ticket.client_id not in ours or promises.people_spoke(ticket):
        return False
    if ParcelFinding.objects.filter(ticket=ticket.public_id, cleared_at=None).exists():
        return False
    warned = any(clock.metric == DELIVERY for clock in open_clocks("order", [order_id])[order_id])
    return not (warned and DELIVERY in tellings(order_id))
