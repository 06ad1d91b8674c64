"""Tickets as owners of very many clocks that are moved at once: their locks, and what they keep of them."""

from __future__ import annotations

from core.db import locked
from core.events import inside
from sla.events import ClocksMoved
from tickets.actions.dues import refresh_dues
from tickets.models import Escalation, Ticket


def lock_tickets(owner_ids: list[int]) -> set[int]:
    """The rows that are free, by id; waits for none."""
    rows = locked(Ticket.objects.filter(pk__in=owner_ids).order_by("pk"), skip_locked=True)
    return set(rows.values_list("pk", flat=True))


def lock_escalations(owner_ids: list[int]) -> set[int]:
    """The tickets first, then those escalations whose ticket is ours: the house's order."""
    behind = dict(Escalation.objects.filter(pk__in=owner_ids).values_list("pk", "ticket_id"))
    held = lock_tickets(sorted(set(behind.values())))
    mine = [pk for pk, ticket_id in behind.items() if ticket_id in held]
    rows = locked(Escalation.objects.filter(pk__in=mine).order_by("pk"), skip_locked=True)
    return set(rows.values_list("pk", flat=True))


@inside(ClocksMoved)
def keep_dues(event: ClocksMoved) -> None:
    """What lists sort by is true in the same instant, for all of them."""
    if event.owner_kind == "ticket":
        refresh_dues(event.owner_ids)
    elif event.owner_kind == "escalation":
        refresh_dues(Escalation.objects.filter(pk__in=event.owner_ids).values_list("ticket_id", flat=True))
