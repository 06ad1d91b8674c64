"""A return's ticket: opened in the buyer's name with the application, then told each step by the shop.

Each row has an id made from the step, so that a job that runs twice writes once. The order is locked first,
then the ticket.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import translation

from accounts.models import Person
from accounts.queries import actor_of_person
from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from orders.models import OrderRecord, Return
from orders.queries import access_order
from tickets import pushes
from tickets import return_words as words
from tickets.actions.append import Author, Row, digest_of
from tickets.actions.messages import say
from tickets.actions.opening import open_ticket
from tickets.actions.promises import key_of
from tickets.actions.status import move_status
from tickets.models import Channel, MessageKind, Status, Ticket
from tickets.queries.access import access_ticket

CATEGORY = "aftersales"
ENDS = frozenset({"refunded", "refused", "withdrawn"})


def key_of_return(return_id: int) -> uuid.UUID:
    """What tells a return's ticket."""
    return key_of("return", return_id)


def ticket_of_return(return_id: int, order_id: int) -> Ticket | None:
    """The ticket that belongs to a return."""
    rows = Ticket.objects.filter(order_id=order_id, client_id=key_of_return(return_id))
    return rows.order_by("pk").first()


def tell_return_step(*, return_id: int, seq: int) -> Ticket | None:
    """Write what happened in row `seq` of the order's record on the return's ticket, which the first step opens.

    None for a return that is gone.
    """
    with transaction.atomic():
        ret = Return.objects.select_related("order", "reviewer").filter(pk=return_id).first()
        if ret is None:
            return None
        ret.order = access_order(SYSTEM, order_id=ret.order_id, lock=True)
        row = OrderRecord.objects.select_related("detail").get(order_id=ret.order_id, seq=seq)
        with translation.override(ret.order.person.language or "en"):
            ticket = ticket_of_return(ret.pk, ret.order_id) or _open(ret)
            _tell(ret, ticket, row)
        return ticket


def _open(ret: Return) -> Ticket:
    person = ret.order.person
    return open_ticket(
        actor=actor_of_person(person) if person.kind != Person.Kind.STAFF else SYSTEM,
        requester=person,
        category=CATEGORY,
        subject=words.subject(ret),
        body=words.application(ret),
        order=ret.order,
        client_id=key_of_return(ret.pk),
    )


def _tell(ret: Return, ticket: Ticket, row: OrderRecord) -> None:
    step = row.verb.removeprefix("return.")
    said = row.detail.text.get("reason", "") if hasattr(row, "detail") else ""
    ticket = access_ticket(SYSTEM, ticket.public_id, lock=True)
    at = now()
    if step == "asked" and ret.reviewer is not None:
        _say(actor_of_person(ret.reviewer), ticket, said or ret.question, ret.pk, row.seq, at)
        if ticket.is_live and ticket.status != Status.WAITING:
            move_status(SYSTEM, ticket, Status.WAITING, at)
    elif body := words.told(ret, step, row.data, said):
        _say(SYSTEM, ticket, body, ret.pk, row.seq, at)
        if step in ENDS and ticket.is_live:
            move_status(SYSTEM, ticket, Status.SOLVED, at)
    pushes.changed_everywhere(ticket)


def _say(by: Actor, ticket: Ticket, body: str, return_id: int, seq: int, at: datetime) -> None:
    """The words on the thread and by mail; on a ticket of their own where the return's is closed for good."""
    key = key_of("return-step", return_id, seq)
    if ticket.status == Status.CLOSED:
        open_ticket(
            actor=SYSTEM, requester=ticket.requester, category=CATEGORY, subject=ticket.subject, body=body,
            order=ticket.order, channel=Channel.SYSTEM, client_id=key,
        )  # fmt: skip
        return
    row = Row(
        Author.of(by), MessageKind.REPLY, "message.replied", Channel.SYSTEM, at,
        body=body, client_id=key, digest=digest_of(body),
    )  # fmt: skip
    posted = say(by, ticket, row, [])
    mail = {"ticket": ticket.pk, "seq": posted.message.seq}
    outbox.enqueue("ticket.mail", mail, key=f"ticket.mail:{ticket.pk}:{posted.message.seq}")
