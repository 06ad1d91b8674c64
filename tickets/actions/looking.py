"""A page beats while it is open: who looks at a ticket, and who writes. Old beats are swept away."""

from __future__ import annotations

from datetime import timedelta

from core.actors import Actor
from core.clock import now
from tickets import pushes
from tickets.models import Looking, Ticket
from tickets.queries.access import access_ticket
from tickets.queries.looking import FRESH, WRITING

KEPT = timedelta(hours=1)


def look_at(*, actor: Actor, ticket: str, writes: bool = False, gone: bool = False) -> None:
    """A beat of a page that shows this ticket; `gone` as it is left. Colleagues hear when something changed.

    NotFound for a ticket that the actor does not see. A visitor leaves no trace.
    """
    row = access_ticket(actor, ticket)
    if actor.id is None:
        return
    mine = Looking.objects.filter(ticket=row, person_id=actor.id)
    if gone:
        if mine.delete()[0]:
            _tell(actor, row)
        return
    at = now()
    before = mine.first()
    values = {"seen_at": at, **({"typed_at": at} if writes else {})}
    Looking.objects.update_or_create(ticket=row, person_id=actor.id, defaults=values)
    if before is None or before.seen_at < at - FRESH or (writes and not _wrote(before)):
        _tell(actor, row)


def _wrote(beat: Looking) -> bool:
    return beat.typed_at is not None and beat.typed_at >= now() - WRITING


def _tell(actor: Actor, ticket: Ticket) -> None:
    """Colleagues alone: a buyer's page does not change when somebody looks."""
    if actor.is_staff:
        pushes.others_changed(ticket)


def forget_looks() -> int:
    """Beats of pages that were left long ago; the number of them."""
    return Looking.objects.filter(seen_at__lt=now() - KEPT).delete()[0]
