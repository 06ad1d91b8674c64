"""What tickets does about news from below: clocks that moved. Promises on orders: `promises`."""

from __future__ import annotations

from accounts.events import StaffDeactivated
from core import outbox
from core.events import inside
from sla.events import ClockBreached, ClocksChanged, ClockWarned
from tickets import changes, escalation_rules, levels, marks, parcels, promises, returns  # noqa: F401  # their subscribers and jobs
from tickets.actions.clocks import refresh_due, ticket_behind
from tickets.actions.routing import RULED
from tickets.events import TicketOpened
from tickets.models import LIVE_STATUSES, Ticket


@inside(ClocksChanged)
def keep_due(event: ClocksChanged) -> None:
    """What lists sort by is true in the same instant."""
    ticket_id = ticket_behind(event.owner_kind, event.owner_id)
    if ticket_id is not None:
        refresh_due(ticket_id)


@inside(ClockBreached)
def leave_breach(event: ClockBreached) -> None:
    """Telling staff may fail, so it is a row that a job carries out; once for each breach."""
    ticket_id = ticket_behind(event.owner_kind, event.owner_id)
    if ticket_id is None:
        return
    due = event.due.isoformat()
    payload = {"ticket": ticket_id, "clock": event.clock_id, "metric": event.metric, "due": due}
    outbox.enqueue("ticket.breached", payload, key=f"ticket.breached:{event.clock_id}:{due}")


@inside(ClockWarned)
def nobodys_ticket(event: ClockWarned) -> None:
    """A ticket of nobody whose promise nears is looked at by a job, once for each due."""
    if event.owner_kind == "ticket" and Ticket.objects.filter(pk=event.owner_id, assignee=None).exists():
        key = f"ticket.unowned:{event.clock_id}:{event.due.isoformat()}"
        outbox.enqueue("ticket.unowned", {"ticket": event.owner_id}, key=key)


@inside(TicketOpened)
def give_out(event: TicketOpened) -> None:
    """Teams that give tickets out by rule do so at once."""
    ruled = Ticket.objects.filter(pk=event.ticket_id, assignee=None, team__assignment__in=RULED)
    if ruled.exists():
        outbox.enqueue("ticket.route", {"ticket": event.ticket_id}, key=f"ticket.route:{event.ticket_id}")


@inside(StaffDeactivated)
def take_back(event: StaffDeactivated) -> None:
    """Whose access has ended owns nothing."""
    mine = Ticket.objects.filter(assignee_id=event.person_id, status__in=LIVE_STATUSES)
    if mine.exists():
        outbox.enqueue("ticket.hand_back", {"person": event.person_id})
