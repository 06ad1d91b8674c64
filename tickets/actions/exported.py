"""A ticket left the house as a file: who took it along, and when."""

from __future__ import annotations

from django.db import transaction

from core.actors import Actor
from tickets.actions.append import add_event
from tickets.models import Message
from tickets.queries.access import access_ticket


def note_export(*, actor: Actor, ticket: str) -> Message:
    """One row for staff on the ticket with this public id. Raises NotFound."""
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        return add_event(row, actor=actor, verb="ticket.exported", data={}, stream="staff")
