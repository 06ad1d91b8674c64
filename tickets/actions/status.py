"""Where a ticket stands, and whether somebody is present on it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import add_event
from tickets.actions.doubts import check_solving
from tickets.actions.flags import raise_flag
from tickets.actions.rules import check_open
from tickets.events import TicketChanged
from tickets.models import LIVE_STATUSES, Channel, Escalation, Message, Status, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_ticket
from tickets.queries.service import doubts_about_solving

SETTABLE = (Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED)
BY_REQUESTER = (Status.SOLVED, Status.OPEN)  # "solved, thank you" and "open again"
DONE = (Status.SOLVED, Status.CLOSED)


def set_status(*, actor: Actor, ticket: str, status: str, sure: bool = True) -> Ticket:
    """Move the ticket with this public id. Staff set any status but new; a requester solves and reopens.

    Raises Invalid for an unknown one, Forbidden, Conflict `closed_ticket` for a closed one, and
    `open_escalation` when staff would solve what a specialist still has to answer, `doubts` when they would
    solve what the buyer still waits for an answer to, unless they are `sure`.
    """
    if status not in SETTABLE:
        raise Invalid.field("status", _("There is no such status."), code="unknown_status")
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        check_may_set(actor, row, status)
        if not sure and status == Status.SOLVED and row.status not in DONE:
            _owed_answer(actor, row)  # a refusal comes before a question
            check_solving(actor, row)
        if move_status(actor, row, status, now()):
            row.refresh_from_db(fields=["due_sort", "sla_state"])
    return row


def check_may_set(actor: Actor, ticket: Ticket, status: str) -> None:
    """Staff set every status, a requester solved and open. Forbidden otherwise."""
    if not can_work_on(actor, ticket) and status not in BY_REQUESTER:
        raise Forbidden()


def move_status(actor: Actor, ticket: Ticket, status: str, at: datetime) -> bool:
    """The step itself, under the ticket's lock: False when nothing changes. Rows first, then clocks."""
    was = ticket.status
    if status == was or (was == Status.NEW and status == Status.OPEN and not can_work_on(actor, ticket)):
        return False
    if status not in SETTABLE:
        raise Invalid.field("status", _("There is no such status."), code="unknown_status")
    if status != Status.CLOSED:
        check_open(actor, ticket, at)
    owed = _owed_answer(actor, ticket) if status in DONE else None
    doubts = doubts_about_solving(actor, ticket) if status == Status.SOLVED else []
    _write(ticket, status, at)
    raise_flag(actor, ticket, _tell_status(actor, ticket, was, at), doubts)
    _move_clocks(actor, ticket, was, at)
    if owed is not None:
        owed.state, owed.answered_at = Escalation.State.RETURNED, at
        owed.save(update_fields=["state", "answered_at"])
    publish(TicketChanged(ticket.pk, ("status",)))
    pushes.changed_everywhere(ticket)
    return True


def _owed_answer(actor: Actor, ticket: Ticket) -> Escalation | None:
    """Staff may not solve over an open question; when the requester does, nobody waits for it any more."""
    found = Escalation.objects.filter(ticket=ticket, state=Escalation.State.OPEN).first()
    if found is not None and actor.is_staff:
        words = _("A specialist still has to answer. Answer the question or give it back first.")
        raise Conflict(words, code="open_escalation")
    return found


def _write(ticket: Ticket, status: str, at: datetime) -> None:
    ticket.status, ticket.updated_at = status, at
    if status in DONE:
        ticket.solved_at = ticket.solved_at or at
        ticket.unanswered_since = None
        ticket.closed_at = at if status == Status.CLOSED else None
    else:
        ticket.solved_at = None
    ticket.save(update_fields=["status", "updated_at", "solved_at", "closed_at", "unanswered_since"])


def _tell_status(actor: Actor, ticket: Ticket, was: str, at: datetime) -> Message:
    """The requester reads of solved, closed and reopened; the rest is the desk's own affair."""
    data = {"from": was, "to": ticket.status}
    verb, stream = "ticket.status", "staff"
    if ticket.status in DONE:
        verb, stream = f"ticket.{ticket.status}", "public"
    elif was in DONE:
        verb, stream = "ticket.reopened", "public"
    return add_event(ticket, actor=actor, verb=verb, data=data, stream=stream, at=at)


def _move_clocks(actor: Actor, ticket: Ticket, was: str, at: datetime) -> None:
    if ticket.status in DONE:
        if was not in DONE:
            clocks.stop(actor, ticket, at, ticket.status)
            for escalation in Escalation.objects.filter(ticket=ticket):
                clocks.cancel_escalation(actor, escalation, at, ticket.status)
    elif was in DONE:
        clocks.reopen(actor, ticket, at)
        if ticket.status in clocks.PARKED:
            clocks.park(actor, ticket, at, ticket.status)
    elif ticket.status in clocks.PARKED and was not in clocks.PARKED:
        clocks.park(actor, ticket, at, ticket.status)
    elif ticket.status not in clocks.PARKED and was in clocks.PARKED:
        clocks.unpark(actor, ticket, at, ticket.status)


def close_settled(ticket_id: int) -> bool:
    """Close a ticket that stayed solved for as long as it could be reopened. True when it was closed."""
    with transaction.atomic():
        row = (
            Ticket.objects.filter(pk=ticket_id, status=Status.SOLVED)
            .values_list("public_id", flat=True)
            .first()
        )
        if row is None:
            return False
        ticket = access_ticket(SYSTEM, row, lock=True)
        return ticket.status == Status.SOLVED and move_status(SYSTEM, ticket, Status.CLOSED, now())


def set_chatting(ticket: Ticket, *, on: bool, actor: Actor = SYSTEM) -> None:
    """Whether somebody is present on it: no next response runs meanwhile. The caller holds the ticket's lock.

    Turning it off this way starts nothing: that is `chat_ended`.
    """
    if ticket.chatting == on:
        return
    at = now()
    ticket.chatting, ticket.updated_at = on, at
    ticket.save(update_fields=["chatting", "updated_at"])
    if on:
        clocks.suspend_next_response(actor, ticket, at)


def chat_ended(ticket: Ticket, at: datetime, *, actor: Actor = SYSTEM, as_ticket: bool = False) -> None:
    """Nobody is present any more: the next response counts from the oldest unanswered message, if there is one.

    `as_ticket`: the chat goes on as one; where nobody of staff had answered, it is promised what a ticket is.
    The caller holds the ticket's lock.
    """
    if not ticket.chatting:
        return
    set_chatting(ticket, on=False, actor=actor)
    had_first = ticket.first_response_at is not None or ticket.opened_by_staff
    if ticket.status in LIVE_STATUSES and ticket.unanswered_since:
        if had_first:
            clocks.start_next_response(actor, ticket, ticket.unanswered_since)
        elif as_ticket:
            ticket.channel = Channel.WEB
            ticket.save(update_fields=["channel"])
            clocks.promise_as_ticket(actor, ticket, at)
    pushes.changed_everywhere(ticket)
