"""Handing a ticket over: who gets it, and what they have to know, in one step."""

from __future__ import annotations

from django.db import transaction

from core.actors import Actor
from tickets.actions.assignment import assign_ticket
from tickets.actions.messages import post_message
from tickets.models import MessageKind, Ticket
from tickets.queries.access import access_ticket


def hand_over(
    *,
    actor: Actor,
    ticket: str,
    assignee: str | None,
    words: str,
    team: str | None = None,
    client_id: object = None,
) -> Ticket:
    """Assign a ticket (see `assign_ticket`) with a note to whoever gets it; both or neither.

    Raises Invalid (fields body, assignee, team), NotFound, Forbidden, Conflict `closed_ticket`.
    """
    with transaction.atomic():
        access_ticket(actor, ticket, lock=True)
        post_message(actor=actor, ticket=ticket, kind=MessageKind.NOTE, body=words, client_id=client_id)
        return assign_ticket(actor=actor, ticket=ticket, assignee=assignee, team=team)
