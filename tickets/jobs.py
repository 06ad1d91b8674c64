"""What the worker does for tickets: breaches, mails, closing, tidying. All may run twice."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from typing import Any

from accounts.models import Person
from core import outbox, worker
from core.actors import SYSTEM
from core.clock import now
from core.db import retrying
from tickets import actions, letters
from tickets.actions import bulk, looking, routing
from tickets.actions.held import release_reply
from tickets.actions.rules import CLOSE_AFTER
from tickets.mailed import note_mails
from tickets.models import HeldReply, Message, MessageKind, Status, Stream, Ticket

log = logging.getLogger(__name__)
NAMESPACE = uuid.UUID("2f4c1a56-0c0d-4b57-9a54-5a2d4d0f3b11")  # of ids that the machine gives its own rows
STALE_MAIL = timedelta(days=1)


@outbox.handler("ticket.breached")
def tell_breach(payload: dict[str, Any]) -> None:
    """Say among staff what was due."""
    public_id = Ticket.objects.filter(pk=payload["ticket"]).values_list("public_id", flat=True).first()
    if public_id is None:
        return
    breach = uuid.uuid5(NAMESPACE, f"breach:{payload['clock']}:{payload['due']}")
    retrying(
        actions.note_breach, ticket=public_id, breach=breach, metric=payload["metric"], due=payload["due"]
    )


@outbox.handler("ticket.mail")
def mail_reply(payload: dict[str, Any]) -> None:
    """The shop's words to the requester and to those who get a copy. History is not mailed."""
    rows = Message.objects.select_related("stream__ticket__requester", "author")
    message = rows.filter(
        stream__ticket_id=payload["ticket"], stream__kind=Stream.Kind.PUBLIC, seq=payload["seq"]
    ).first()
    if message is None or message.kind != MessageKind.REPLY or message.created_at < now() - STALE_MAIL:
        return
    sent = letters.send(letters.replies(message))
    note_mails(message.stream.ticket, sent, "reply", message.seq)


@worker.every(600, shared=True)
def close_what_stayed_solved() -> None:
    """Solved for 7 days is closed; one transaction each."""
    ripe = Ticket.objects.filter(status=Status.SOLVED, solved_at__lte=now() - CLOSE_AFTER)
    for ticket_id in ripe.values_list("pk", flat=True)[:200]:
        retrying(actions.close_settled, ticket_id=ticket_id)


@worker.every(3600, shared=True)
def tidy_files() -> None:
    """Files that nobody sent within a day go."""
    actions.forget_unbound()


@outbox.handler(bulk.JOB)
def change_many(payload: dict[str, Any]) -> None:
    """Carry out one change to many tickets, from where it stands."""
    bulk.carry_out(payload["job"])


@outbox.handler("ticket.route")
def route(payload: dict[str, Any]) -> None:
    """Give a new ticket out by its team's rule; nobody there: the round below tries again."""
    retrying(routing.route_ticket, ticket_id=payload["ticket"])


@outbox.handler("ticket.hand_back")
def take_from_who_left(payload: dict[str, Any]) -> None:
    """A manager ended somebody's access: their tickets go back to the teams."""
    person = Person.objects.filter(pk=payload["person"]).values_list("public_id", flat=True).first()
    if person is not None:
        retrying(routing.hand_back, actor=SYSTEM, person=person)


@outbox.handler("ticket.unowned")
def to_the_lead(payload: dict[str, Any]) -> None:
    """Nobody took it and its promise nears."""
    retrying(routing.give_to_lead, ticket_id=payload["ticket"])


@worker.every(15)
def route_what_waits() -> None:
    """Tickets of nobody, as soon as somebody can take one."""
    for ticket_id in routing.unowned(now()):
        retrying(routing.route_ticket, ticket_id=ticket_id)


@worker.every(1)
def release_held_replies() -> None:
    """Replies whose time to be taken back is over; any number of workers may run it at once."""
    due = HeldReply.objects.filter(state=HeldReply.State.HELD, release_at__lte=now())
    for held_id in list(due.order_by("release_at", "pk").values_list("pk", flat=True)[:100]):
        try:
            retrying(release_reply, held_id=held_id)
        except Exception:
            log.exception("held reply %s could not be released; trying again", held_id)


@worker.every(600, shared=True)
def forget_looks() -> None:
    """Beats of pages that were left long ago."""
    looking.forget_looks()
