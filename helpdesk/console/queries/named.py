"""Notes in which somebody was named and that they have not looked at yet."""

from __future__ import annotations

from dataclasses import dataclass

from core.actors import Actor
from tickets.models import Mention, Ticket
from tickets.permissions import visible_to

MOST = 20
LONG = 120


@dataclass(frozen=True, slots=True)
class Named:
    """A ticket on which one was named: by whom, and the note's words in one line."""

    ticket: Ticket
    by: str
    words: str
    times: int


def named_for(actor: Actor) -> list[Named]:
    """Each ticket once, the newest note first; one query. Tickets out of one's sight are left out."""
    rows = (
        Mention.objects.filter(person_id=actor.id, seen_at=None)
        .filter(ticket__in=Ticket.objects.filter(visible_to(actor)).values("pk"))
        .select_related("ticket__requester", "message__author")
        .order_by("-pk")[: MOST * 2]
    )
    grouped: dict[int, list[Mention]] = {}
    for row in rows:
        grouped.setdefault(row.ticket_id, []).append(row)
    return [_named(found[0], len(found)) for found in list(grouped.values())[:MOST]]


def _named(row: Mention, times: int) -> Named:
    by = row.message.author.display_name if row.message.author else ""
    return Named(row.ticket, by, " ".join(row.message.body.split())[:LONG], times)
