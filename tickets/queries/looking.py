"""Who looks at a ticket right now, and who writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.actors import Actor
from core.clock import now
from tickets.models import Looking, Ticket

FRESH = timedelta(seconds=45)  # two beats of a page, and some
WRITING = timedelta(seconds=8)


@dataclass(frozen=True, slots=True)
class Other:
    """A colleague on the same ticket."""

    name: str
    initials: str
    writes: bool


def requester_is_looking(ticket: Ticket) -> bool:
    """Whether the requester has the ticket's page open."""
    beat = Looking.objects.filter(ticket=ticket, person_id=ticket.requester_id, seen_at__gte=now() - FRESH)
    return beat.exists()


def others_on(actor: Actor, ticket: Ticket) -> list[Other]:
    """Staff who look at it too, those who write first; nobody for a requester."""
    if not actor.is_staff:
        return []
    at = now()
    rows = Looking.objects.select_related("person").filter(ticket=ticket, seen_at__gte=at - FRESH)
    rows = rows.filter(person__kind="staff").exclude(person_id=actor.id)
    found = [
        Other(
            row.person.display_name,
            row.person.initials,
            row.typed_at is not None and row.typed_at >= at - WRITING,
        )
        for row in rows
    ]
    return sorted(found, key=lambda other: (not other.writes, other.name))
