"""What tickets does about news from below: clocks that moved. Promises on orders: `promises`."""

from __future__ import annotations

from core import outbox
from core.events import inside
from sla.events import ClockBreached, ClocksChanged
from tickets import promises  # noqa: F401  # its subscribers and jobs
from tickets.actions.clocks import refresh_due
from tickets.models import Escalation


def ticket_behind(owner_kind: str, owner_id: int) -> int | None:
    """The ticket that an owner of clocks is, or belongs to; None for owners of other rooms."""
    if owner_kind == "ticket":
        return owner_id
    if owner_kind == "escalation":
        return Escalation.objects.filter(pk=owner_id).values_list("ticket_id", flat=True).first()
    return None


@inside(ClocksChanged)
def keep_due(event: ClocksChanged) -> None:
    """What lists sort by is true in the same instant."""
    ticket_id = ticket_behind(event.owner_kind, event.owner_id)
    if ticket_id is not None:
        refresh_due(ticket_id)


@inside(ClockBreached)
def leave_the_ladder(event: ClockBreached) -> None:
    """Lifting the ticket may fail, so it is a row that a job carries out; once for each breach."""
    ticket_id = ticket_behind(event.owner_kind, event.owner_id)
    if ticket_id is None:
        return
    due = event.due.isoformat()
    payload = {"ticket": ticket_id, "clock": event.clock_id, "metric": event.metric, "due": due}
    outbox.enqueue("ticket.breached", payload, key=f"ticket.breached:{event.clock_id}:{due}")
