"""The ways to a ticket, a stream, a file. Missing and hidden look alike: NotFound."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.actors import Actor
from core.db import locked
from core.errors import Invalid, NotFound
from tickets.models import Attachment, Category, Escalation, Stream, Ticket
from tickets.permissions import sees_staff_stream, stream_kinds, visible_to

RELATED = ("requester", "order", "store", "category", "team", "assignee")
BIGGEST = 2**63 - 1


def visible_tickets(actor: Actor) -> QuerySet[Ticket]:
    """The tickets that this actor sees, with what a list shows of each."""
    return Ticket.objects.filter(visible_to(actor)).select_related(*RELATED)


def _access(actor: Actor, which: Q, lock: bool) -> Ticket:
    rows = visible_tickets(actor).filter(which)
    ticket = (locked(rows) if lock else rows).first()
    if ticket is None:
        raise NotFound()
    return ticket


def access_ticket(actor: Actor, public_id: str, *, lock: bool = False) -> Ticket:
    """A ticket by its public id; NotFound when there is none or it is not theirs. `lock` inside a transaction."""
    return _access(actor, Q(public_id=public_id), lock)


def access_ticket_by_number(actor: Actor, number: int, *, lock: bool = False) -> Ticket:
    """A ticket by the number that people say aloud; NotFound as above."""
    if not 0 < number <= BIGGEST:
        raise NotFound()
    return _access(actor, Q(pk=number), lock)


def access_stream(actor: Actor, stream_public_id: str) -> Stream:
    """A stream with its ticket; NotFound for another's, and for the staff stream when the actor is not staff."""
    stream = Stream.objects.select_related("ticket").filter(public_id=stream_public_id).first()
    if stream is None or stream.kind not in stream_kinds(actor):
        raise NotFound()
    if not Ticket.objects.filter(visible_to(actor), pk=stream.ticket_id).exists():
        raise NotFound()
    return stream


def streams_of(actor: Actor, ticket: Ticket) -> dict[str, Stream]:
    """The ticket's streams by kind; a requester gets the public one alone. The ticket was accessed before."""
    return {stream.kind: stream for stream in ticket.streams.filter(kind__in=stream_kinds(actor))}


def access_attachment(actor: Actor, public_id: str) -> Attachment:
    """A file: unbound, its uploader's own; bound, as its message. NotFound otherwise."""
    row = Attachment.objects.select_related("message__stream").filter(public_id=public_id).first()
    if row is None or row.scan != Attachment.Scan.CLEAN:
        raise NotFound()
    if row.message is None:
        if actor.is_known and row.uploader_id == actor.id:
            return row
        raise NotFound()
    if row.message.stream.kind == Stream.Kind.STAFF and not sees_staff_stream(actor):
        raise NotFound()
    if not Ticket.objects.filter(visible_to(actor), pk=row.message.stream.ticket_id).exists():
        raise NotFound()
    return row


def categories() -> QuerySet[Category]:
    """What a contact can be about, in order."""
    return Category.objects.select_related("team")


def category_by_code(code: object) -> Category:
    """A category; Invalid (field `category`) when there is none, since people choose it in a form."""
    found = Category.objects.select_related("team").filter(code=str(code or "")).first()
    if found is None:
        raise Invalid.field("category", _("Choose what this is about."), code="unknown_category")
    return found


def open_escalation(ticket: Ticket) -> Escalation | None:
    """The question that waits for its answer, if there is one."""
    rows = ticket.escalations.filter(state=Escalation.State.OPEN)
    return rows.select_related("to_team", "from_person", "specialist").first()
