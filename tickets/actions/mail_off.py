"""Whether the requester hears of a ticket by mail."""

from __future__ import annotations

from django.db import transaction

from core.actors import Actor
from core.clock import now
from core.errors import Forbidden
from tickets import pushes
from tickets.models import MailOff, Ticket
from tickets.queries.access import access_ticket


def set_mail(*, actor: Actor, ticket: str, on: bool) -> Ticket:
    """Follow a ticket by mail, or no longer: its requester alone decides. Again changes nothing.

    Raises NotFound, Forbidden for staff.
    """
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if actor.id != row.requester_id:
            raise Forbidden()
        if on:
            MailOff.objects.filter(ticket=row).delete()
        else:
            MailOff.objects.get_or_create(ticket=row, defaults={"at": now()})
        pushes.ticket_changed(row)
    return row
