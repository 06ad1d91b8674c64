"""What this room holds about a person: tickets and chats with everything that both sides said, files, marks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import privacy
from core.privacy import Held, Part
from tickets.actions.privacy import erase_tickets
from tickets.models import Attachment, Message, Satisfaction, Stream, Ticket
from tickets.queries.threads import author_of, text_of

MINE = "stream__ticket__requester_id"


def held(person_id: int) -> list[Held]:
    """Counts for the page that says what we hold."""
    said = Message.objects.filter(**{MINE: person_id}, stream__kind=Stream.Kind.PUBLIC).exclude(kind="event")
    return [
        Held(_("Tickets and chats"), Ticket.objects.filter(requester_id=person_id).count()),
        Held(_("Messages"), said.count()),
        Held(_("Files in conversations"), _files(person_id).count()),
        Held(_("Ratings"), Satisfaction.objects.filter(ticket__requester_id=person_id).count()),
    ]


def _files(person_id: int) -> Any:
    """The files of the public streams of a person's tickets that are still kept."""
    public = {f"message__{MINE}": person_id, "message__stream__kind": Stream.Kind.PUBLIC}
    return Attachment.objects.filter(**public).exclude(file="").order_by("pk")


def export(person_id: int) -> Part:
    """Each ticket with its public conversation, by whatever channel, and the files of it."""
    tickets = Ticket.objects.filter(requester_id=person_id).select_related("category", "order").order_by("pk")
    files = tuple((f"{row.ticket_id}/{row.pk}-{row.name}", row.file.name or "") for row in _files(person_id))
    return Part({"tickets": [_ticket(ticket) for ticket in tickets]}, files)


def _ticket(ticket: Ticket) -> dict[str, Any]:
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind=Stream.Kind.PUBLIC)
    rows = rows.select_related("author", "stream__ticket__requester").prefetch_related("attachments")
    mark = Satisfaction.objects.filter(ticket=ticket).first()
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "category": ticket.category.name,
        "order": ticket.order.number if ticket.order else None,
        "status": ticket.status,
        "channel": ticket.channel,
        "opened_at": ticket.created_at,
        "closed_at": ticket.closed_at,
        "rating": {"score": mark.score, "words": mark.words, "at": mark.at} if mark else None,
        "messages": [_message(row) for row in rows.order_by("seq")],
    }


def _message(row: Message) -> dict[str, Any]:
    return {
        "at": row.created_at,
        "by": author_of(row.author, row.author_kind)["name"],
        "kind": row.kind,
        "channel": row.channel,
        "text": row.body or text_of(row, row.stream.ticket.requester.timezone),
        "files": [{"name": file.name, "size": file.size} for file in row.attachments.all()],
    }


privacy.register("tickets", held=held, export=export, erase=erase_tickets)
