"""Reads over several rooms for the console: the queue, a conversation, its context, search."""

from helpdesk.console.queries.chats import hand_over_offer
from helpdesk.console.queries.clocks import METRICS, state_of, used_percent
from helpdesk.console.queries.context import (
    answers_for,
    colleagues,
    context_of,
    escalation_offer,
    last_question,
    own_presence,
    presence_of,
)
from helpdesk.console.queries.conversation import (
    THREAD_LIMIT,
    Due,
    dues,
    head_of,
    priority_label,
    status_labels,
    talk_of,
)
from helpdesk.console.queries.lists import Chosen, Listing, chosen_of, listing, more_of, offered
from helpdesk.console.queries.queue import QueueShown, Row, Section, Waiting, queue_shown, queued_for
from helpdesk.console.queries.search import Found, find

__all__ = [
    "METRICS",
    "THREAD_LIMIT",
    "Chosen",
    "Due",
    "Found",
    "Listing",
    "QueueShown",
    "Row",
    "Section",
    "Waiting",
    "answers_for",
    "chosen_of",
    "colleagues",
    "context_of",
    "dues",
    "escalation_offer",
    "find",
    "hand_over_offer",
    "head_of",
    "last_question",
    "listing",
    "more_of",
    "offered",
    "own_presence",
    "presence_of",
    "priority_label",
    "queue_shown",
    "queued_for",
    "state_of",
    "status_labels",
    "talk_of",
    "used_percent",
]
