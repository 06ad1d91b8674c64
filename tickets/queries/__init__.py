"""Every read of tickets. `access_ticket` and `access_stream` are the only ways to one."""

from tickets.queries.access import (
    access_attachment,
    access_stream,
    access_ticket,
    access_ticket_by_number,
    categories,
    category_by_code,
    open_escalation,
    streams_of,
    visible_tickets,
)
from tickets.queries.lists import Line, Queue, own_work, promise_for_new, queue
from tickets.queries.searching import FoundTicket, find, search
from tickets.queries.threads import heads, message_by_id, messages_after, thread, wire

__all__ = [
    "FoundTicket",
    "Line",
    "Queue",
    "access_attachment",
    "access_stream",
    "access_ticket",
    "access_ticket_by_number",
    "categories",
    "category_by_code",
    "find",
    "heads",
    "message_by_id",
    "messages_after",
    "open_escalation",
    "own_work",
    "promise_for_new",
    "queue",
    "search",
    "streams_of",
    "thread",
    "visible_tickets",
    "wire",
]
