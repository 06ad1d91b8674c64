"""Rules that more than one action asks. Under the ticket's lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Conflict
from tickets.models import Status, Ticket

REOPEN_WITHIN = timedelta(days=14)


def check_open(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """A closed ticket takes no more replies; a requester's solved one for 14 days. Conflict `closed_ticket`."""
    long_solved = (
        ticket.status == Status.SOLVED
        and not (actor.is_staff or actor.is_system)
        and ticket.solved_at is not None
        and at - ticket.solved_at > REOPEN_WITHIN
    )
    if ticket.status == Status.CLOSED or long_solved:
        words = _("This ticket is closed. Open a new one, and we go on from there.")
        raise Conflict(words, code="closed_ticket")
