"""What goes in and out of `/api/v1/tickets/`: shapes alone, rules live in the actions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.models import Escalation, Priority, Status, Ticket
from tickets.queries.threads import author_of

SETTABLE = [choice for choice in Status.choices if choice[0] != Status.NEW]


class FaceShape(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    name = serializers.CharField()
    initials = serializers.CharField()


class TicketOrderShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    store = serializers.CharField()
    number = serializers.CharField()


class StreamShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=["public", "staff"])
    head = serializers.IntegerField()


class TicketShape(serializers.Serializer[Any]):
    """A ticket. Instants are UTC; `due` is the earliest promise that runs, null without one."""

    number = serializers.IntegerField()
    id = serializers.CharField()
    subject = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    category = serializers.CharField()
    channel = serializers.CharField()
    team = serializers.CharField()
    requester = FaceShape()
    assignee = FaceShape(allow_null=True)
    order = TicketOrderShape(allow_null=True)
    due = serializers.DateTimeField(allow_null=True)
    sla_state = serializers.ChoiceField(choices=["fine", "warned", "late", "paused", "none"])
    created_at = serializers.DateTimeField()
    last_message_at = serializers.DateTimeField()
    solved_at = serializers.DateTimeField(allow_null=True)


class AssignedShape(TicketShape):
    warnings = serializers.ListField(child=serializers.CharField(), help_text="Why it may wait, in words.")


class TicketDetailShape(TicketShape):
    streams = StreamShape(many=True)


class TicketPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TicketShape(many=True)


class EventShape(serializers.Serializer[Any]):
    """A row of a stream, as the socket sends it."""

    op = serializers.CharField()
    stream = serializers.CharField()
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=["reply", "note", "event"])
    author = FaceShape()
    id = serializers.CharField(allow_null=True, help_text="The client_id that its writer gave it.")
    after_public = serializers.IntegerField(required=False)
    data = serializers.DictField()  # type: ignore[assignment]


class MessagesShape(serializers.Serializer[Any]):
    stream = serializers.CharField()
    head = serializers.IntegerField()
    more = serializers.BooleanField()
    results = EventShape(many=True)


class EscalationShape(serializers.Serializer[Any]):
    ticket = serializers.IntegerField()
    state = serializers.CharField()
    to_team = serializers.CharField()
    question = serializers.CharField()
    checked = serializers.CharField()
    promised_for = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class RatingShape(serializers.Serializer[Any]):
    ticket = serializers.IntegerField()
    score = serializers.IntegerField()
    words = serializers.CharField()
    at = serializers.DateTimeField()


class Words(serializers.CharField):
    """Text that the action cleans and measures, so that the words of a refusal are the same at every door."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **options)

    def run_validators(self, value: Any) -> None:
        """No check of characters here: the action drops what cannot be kept."""


class OpenIn(serializers.Serializer[Any]):
    category = serializers.CharField(max_length=50)
    subject = Words()
    body = Words()
    order = serializers.CharField(
        required=False, allow_blank=True, help_text="`store:number`, or the number alone."
    )
    requester = serializers.CharField(
        required=False, help_text="Staff: the public id of the person it is for."
    )
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, help_text="Staff only.")
    language = serializers.CharField(required=False, max_length=10)
    client_id = serializers.UUIDField(required=False)
    attachments = serializers.ListField(child=serializers.CharField(), required=False)


class Sure(serializers.BooleanField):
    """Yes: what a lead would ask about (409 `doubts`) is done all the same, and flagged."""

    def __init__(self) -> None:
        help_text = "Staff: done although 409 `doubts` said what a lead would ask about; the lead is told."
        super().__init__(default=False, help_text=help_text)


class MessageIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["reply", "note"], default="reply")
    body = Words()
    client_id = serializers.UUIDField(required=False)
    attachments = serializers.ListField(child=serializers.CharField(), required=False)
    sure = Sure()


class AssignIn(serializers.Serializer[Any]):
    assignee = serializers.CharField(allow_null=True, help_text="A person's public id; null: nobody.")
    team = serializers.CharField(required=False)


class StatusIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=SETTABLE)
    sure = Sure()


class PriorityIn(serializers.Serializer[Any]):
    priority = serializers.ChoiceField(choices=Priority.choices)


class EscalateIn(serializers.Serializer[Any]):
    question = Words()
    checked = Words()
    to_team = serializers.CharField()
    promised_for = serializers.DateTimeField(help_text="ISO 8601 with its offset; the buyer is told it.")
    tell_buyer = Words(required=False)


class RatingIn(serializers.Serializer[Any]):
    score = serializers.IntegerField(min_value=1, max_value=5)
    words = Words(required=False)


def shape_of(ticket: Ticket) -> dict[str, Any]:
    """A ticket as the contract writes it; loaded by `visible_tickets`, so it costs no query."""
    order, assignee = ticket.order, ticket.assignee
    return {
        "number": ticket.number,
        "id": ticket.public_id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.category.code,
        "channel": ticket.channel,
        "team": ticket.team.code,
        "requester": author_of(ticket.requester, "buyer"),
        "assignee": author_of(assignee, "staff") if assignee else None,
        "order": _order_of(ticket) if order else None,
        "due": ticket.due_sort.isoformat() if ticket.due_sort.year < 9999 else None,
        "sla_state": ticket.sla_state,
        "created_at": ticket.created_at.isoformat(),
        "last_message_at": ticket.last_message_at.isoformat(),
        "solved_at": ticket.solved_at.isoformat() if ticket.solved_at else None,
    }


def _order_of(ticket: Ticket) -> dict[str, Any]:
    order, store = ticket.order, ticket.store
    assert order is not None
    return {"id": order.public_id, "store": store.code if store else "", "number": order.number}


def escalation_shape(escalation: Escalation) -> dict[str, Any]:
    """An escalation as the contract writes it."""
    return {
        "ticket": escalation.ticket_id,
        "state": escalation.state,
        "to_team": escalation.to_team.code,
        "question": escalation.question,
        "checked": escalation.checked,
        "promised_for": escalation.promised_for.isoformat(),
        "created_at": escalation.created_at.isoformat(),
    }
