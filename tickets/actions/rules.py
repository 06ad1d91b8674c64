"""Rules that more than one action asks. Under the ticket's lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Conflict
from tickets.models import Status, Ticket

CLOSE_AFTER = timedelta(days=7)  # solved for so long, a ticket is closed by itself
REOPEN_WITHIN = timedelta(days=14)  # since it was solved, closed by itself or not


def check_open(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """Whether it takes replies: a live one does; a solved one for 14 days, also after it closed by itself.

    What was merged, or is spam, takes none. Staff may reopen a solved one at any time. Raises Conflict
    `merged` (words name the ticket that goes on) or `closed_ticket`.
    """
    if ticket.merged_into_id is not None:
        words = _("This goes on in ticket #%(number)s.") % {"number": ticket.merged_into_id}
        raise Conflict(words, code="merged")
    if not _is_over(actor, ticket, at):
        return
    words = _("This ticket is closed. Open a new one, and we go on from there.")
    raise Conflict(words, code="closed_ticket")


def _is_over(actor: Actor, ticket: Ticket, at: datetime) -> bool:
    late = ticket.solved_at is None or at - ticket.solved_at > REOPEN_WITHIN
    if ticket.status == Status.CLOSED:
        return ticket.is_spam or late or not was_settled(ticket)
    return ticket.status == Status.SOLVED and late and not (actor.is_staff or actor.is_system)


def was_settled(ticket: Ticket) -> bool:
    """Whether it closed by itself after being solved, and not by somebody's hand."""
    if ticket.solved_at is None or ticket.closed_at is None:
        return False
    return ticket.closed_at - ticket.solved_at >= CLOSE_AFTER


def may_write(actor: Actor, ticket: Ticket, at: datetime) -> bool:
    """Whether an accessed ticket takes words of this actor now, for pages that show a pen or do not."""
    try:
        check_open(actor, ticket, at)
    except Conflict:
        return False
    return True
