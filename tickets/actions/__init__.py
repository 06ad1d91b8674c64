"""The only writer of tickets: one function for each thing that a person or a clock can do."""

from tickets.actions.append import Posted, add_event, as_client_id
from tickets.actions.assignment import (
    assign_ticket,
    hand_over,
    note_breach,
    set_category,
    set_priority,
    take_ticket,
)
from tickets.actions.attachments import forget_unbound, store_attachment
from tickets.actions.categories import save_category
from tickets.actions.escalations import answer_escalation, escalate_ticket, return_escalation
from tickets.actions.mentions import show_to
from tickets.actions.messages import post_message
from tickets.actions.opening import open_ticket
from tickets.actions.quick import say_at_once
from tickets.actions.rating import rate_ticket
from tickets.actions.reading import Read, mark_read
from tickets.actions.status import chat_ended, close_settled, set_chatting, set_status

__all__ = [
    "Posted",
    "Read",
    "add_event",
    "answer_escalation",
    "as_client_id",
    "assign_ticket",
    "chat_ended",
    "close_settled",
    "escalate_ticket",
    "forget_unbound",
    "hand_over",
    "mark_read",
    "note_breach",
    "open_ticket",
    "post_message",
    "rate_ticket",
    "return_escalation",
    "save_category",
    "say_at_once",
    "set_category",
    "set_chatting",
    "set_priority",
    "set_status",
    "show_to",
    "store_attachment",
    "take_ticket",
]
