"""Colleagues who are named in a note: it waits in their inbox until they looked."""

from __future__ import annotations

import re

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from tickets import pushes
from tickets.models import Mention, Message, Ticket

MOST = 10


def named_in(body: str) -> list[Person]:
    """Staff whose whole name stands behind an @, the longer name first where one begins like another."""
    if "@" not in body:
        return []
    staff = Person.objects.filter(kind=Person.Kind.STAFF).only("id", "name", "email", "kind")
    by_length = sorted(staff, key=lambda person: -len(person.display_name))
    found, left = [], body
    for person in by_length:
        pattern = re.compile(rf"@{re.escape(person.display_name)}(?!\w)", re.IGNORECASE)
        if pattern.search(left):
            found.append(person)
            left = pattern.sub(" ", left)
    return found[:MOST]


def keep_mentions(actor: Actor, ticket: Ticket, message: Message) -> None:
    """In the transaction that stores the note; one's own name is no mention."""
    people = [person for person in named_in(message.body) if person.pk != actor.id]
    Mention.objects.bulk_create(
        Mention(message=message, ticket=ticket, person=person, at=message.created_at) for person in people
    )
    for person in people:
        pushes.person_told(person.pk, ticket)


def show_to(*, person_id: int, ticket: Ticket, message: Message) -> None:
    """Somebody of another desk is asked to come by this row of the ticket: they see the ticket from now on.

    In the caller's transaction, which tells them.
    """
    at = message.created_at
    Mention.objects.get_or_create(
        message=message, person_id=person_id, defaults={"ticket": ticket, "at": at, "seen_at": at}
    )


def see_mentions(*, actor: Actor, ticket_id: int) -> int:
    """The one who was named looks at the ticket: out of the inbox. How many there were."""
    if not actor.is_staff:
        return 0
    waiting = Mention.objects.filter(ticket_id=ticket_id, person_id=actor.id, seen_at=None)
    return waiting.update(seen_at=now())
