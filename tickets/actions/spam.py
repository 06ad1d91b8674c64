"""Rubbish: closed at once, without clocks, mail or a place in any count; and taken back when it was none."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden
from core.events import publish
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import add_event
from tickets.events import TicketChanged
from tickets.models import Status, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_ticket


def set_spam(*, actor: Actor, ticket: str, on: bool) -> Ticket:
    """Mark a ticket as spam, or say that it is none; then it is open again, its promises from its first instant.

    Raises Forbidden for a requester, Conflict `closed_ticket` for one that was closed otherwise, `chatting`.
    """
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_work_on(actor, row):
            raise Forbidden()
        if row.is_spam == on:
            return row
        if on:
            _check_can_be_spam(row)
        at = now()
        row.is_spam, row.updated_at = on, at
        row.status, row.closed_at = (Status.CLOSED, at) if on else (Status.OPEN, None)
        row.save(update_fields=["is_spam", "updated_at", "status", "closed_at"])
        verb = "ticket.spam" if on else "ticket.not_spam"
        add_event(row, actor=actor, verb=verb, stream="staff", at=at)
        if on:
            clocks.call_off(actor, row, at, "spam")
        else:
            clocks.restart(actor, row, at)
        publish(TicketChanged(row.pk, ("status",)))
        pushes.changed_everywhere(row)
    return row


def _check_can_be_spam(ticket: Ticket) -> None:
    if ticket.status == Status.CLOSED:
        raise Conflict(_("This ticket is closed."), code="closed_ticket")
    if ticket.chatting:
        raise Conflict(_("Somebody chats here. End the chat first."), code="chatting")
