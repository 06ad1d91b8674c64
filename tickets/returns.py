"""What tickets does about returns: each step is told on the return's ticket; the buyer's answer goes back down."""

from __future__ import annotations

from typing import Any

from accounts.queries import actor_of_person
from core import outbox
from core.db import retrying
from core.events import after, inside
from orders.actions import note_answer
from orders.events import ReturnStepped
from orders.models import Return
from tickets.actions.returns import key_of_return, tell_return_step
from tickets.events import MessagePosted
from tickets.models import Message, MessageKind, Ticket


@inside(ReturnStepped)
def note_step(event: ReturnStepped) -> None:
    """Telling may fail, so it is a row that a job carries out."""
    payload = {"return": event.return_id, "seq": event.seq}
    outbox.enqueue("ticket.return_stepped", payload, key=f"return:{event.return_id}:{event.seq}")


@outbox.handler("ticket.return_stepped")
def tell_step(payload: dict[str, Any]) -> None:
    """One line on the return's ticket, and a mail."""
    retrying(tell_return_step, return_id=payload["return"], seq=payload["seq"])


@after(MessagePosted)
def pass_answer_on(event: MessagePosted) -> None:
    """The buyer wrote on the ticket of a return that waits for an answer: the review goes on."""
    if event.kind != MessageKind.REPLY:
        return
    rows = Ticket.objects.filter(pk=event.ticket_id, order__returns__state=Return.State.ASKED)
    for return_id, client_id in rows.values_list("order__returns__pk", "client_id"):
        if client_id == key_of_return(return_id) and _by_buyer(event):
            ticket = Ticket.objects.select_related("requester").get(pk=event.ticket_id)
            retrying(note_answer, actor=actor_of_person(ticket.requester), return_id=return_id)


def _by_buyer(event: MessagePosted) -> bool:
    said = Message.objects.filter(stream__public_id=event.stream_public_id, seq=event.seq)
    return said.filter(author_kind__in=("buyer", "guest")).exists()
