"""What somebody writes on a ticket and did not send yet: drafts, and replies that can still be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.actors import Actor
from core.clock import now
from tickets.deed_words import deeds_shape
from tickets.models import Draft, HeldReply, Ticket
from tickets.queries.threads import file_shape

TOLD_FOR = timedelta(
    minutes=2
)  # so long a reply that could not be sent stands at the foot of its writer's pages


def drafts_of(actor: Actor, ticket: Ticket) -> dict[str, Draft]:
    """One's own drafts on a ticket, by kind; one query, and one more for their files when there are any."""
    rows = Draft.objects.filter(ticket=ticket, author_id=actor.id).prefetch_related("attachments")
    return {row.kind: row for row in rows} if actor.is_known else {}


def draft_shape(draft: Draft | None) -> dict[str, Any]:
    """A draft as pages take it: body, version (0: there is none), files, what is done with it, when it was kept."""
    if draft is None or draft.pk is None:
        return {"body": "", "version": 0, "files": [], "deeds": [], "at": None}
    files = [file_shape(row) for row in draft.attachments.all() if row.message_id is None]
    return {
        "body": draft.body,
        "version": draft.version,
        "files": files,
        "deeds": deeds_shape(draft.deeds),
        "at": draft.updated_at.isoformat(),
    }


def unsent_replies(actor: Actor) -> list[HeldReply]:
    """One's own replies that wait to be sent, and those that could not be, just now; the newest last."""
    if not actor.is_staff:
        return []
    rows = HeldReply.objects.select_related("ticket__requester").filter(author_id=actor.id)
    states = (HeldReply.State.HELD, HeldReply.State.REFUSED)
    recent = rows.filter(state__in=states, release_at__gte=now() - TOLD_FOR)
    return list(recent.order_by("release_at", "pk")[:5])
