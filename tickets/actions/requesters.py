"""A requester turns out to be somebody who is known: their tickets go to that person."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Person
from core.actors import Actor
from core.db import locked
from core.errors import Forbidden
from tickets import pushes
from tickets.actions.append import add_event
from tickets.models import Attachment, Message, Ticket


def move_tickets(*, actor: Actor, tickets: list[int], source: Person, target: Person) -> list[int]:
    """Make `target` the requester and the author of what `source` asked and wrote on these tickets; their numbers.

    For the machine alone, once the shop has vouched for who the source is. Runs under locks of all of them, by
    number; a ticket of anybody else is left alone. Each keeps a line of it for staff. Raises Forbidden.
    """
    if not actor.is_system:
        raise Forbidden()
    with transaction.atomic():
        rows = Ticket.objects.filter(pk__in=tickets, requester=source).order_by("pk")
        return [_move(actor, ticket, source, target) for ticket in locked(rows)]


def _move(actor: Actor, ticket: Ticket, source: Person, target: Person) -> int:
    Message.objects.filter(stream__ticket=ticket, author=source).update(author=target)
    Attachment.objects.filter(ticket=ticket, uploader=source).update(uploader=target)
    Ticket.objects.filter(pk=ticket.pk).update(requester=target)
    ticket.requester = target
    data = {"before": source.public_id, "name": target.display_name}
    add_event(ticket, actor=actor, verb="ticket.identified", data=data, stream="staff")
    pushes.changed_everywhere(ticket)
    return ticket.pk
