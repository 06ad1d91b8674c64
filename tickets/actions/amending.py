"""Changing what was said, with a trace; and taking something out of it for good."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events import on_commit, publish
from core.text import clean_body
from tickets import pushes
from tickets.actions.append import add_event
from tickets.events import MessageChanged
from tickets.models import Amendment, Attachment, Draft, HeldReply, Message, MessageKind, Status, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_attachment, access_stream, access_ticket

BLOCK = "█"
REASONS = ("card", "address", "password", "other_person", "asked")


def say_what() -> str:
    """What a door says that was asked to redact nothing in particular."""
    return _("Say which text is taken out, or that all of it is.")


def amend_message(*, actor: Actor, stream: str, seq: int, body: str) -> Message:
    """Say something one's own again in other words. What it said before stays readable to staff.

    Staff amend their own replies and notes, on a ticket that is not closed. Raises Invalid (field body),
    NotFound, Forbidden for anybody else's words, Conflict `closed_ticket` or `redacted`.
    """
    words = clean_body(body)
    with transaction.atomic():
        ticket, message = _message(actor, stream, seq)
        if not actor.is_staff or message.author_id != actor.id:
            raise Forbidden(_("Only its writer amends a message."))
        if ticket.status == Status.CLOSED:
            raise Conflict(_("This ticket is closed."), code="closed_ticket")
        if message.redacted_at is not None:
            raise Conflict(_("Something was taken out of this message for good."), code="redacted")
        if message.body == words:
            return message
        at = now()
        Amendment.objects.create(message=message, body=message.body, by_id=actor.id, at=at)
        message.body, message.amended_at = words, at
        message.save(update_fields=["body", "amended_at"])
        kind = message.stream.kind
        add_event(ticket, actor=actor, verb="message.amended", data={"seq": seq}, stream=kind, at=at)
        _look_again(ticket, message)
    return message


def redact_message(*, actor: Actor, stream: str, seq: int, text: str, reason: str) -> Message:
    """Take every occurrence of `text` out of a message for good (blank: all of its words), wherever it was kept.

    Its amendments, its copies on merged tickets, drafts and held replies that hold it too. `reason` is one of
    REASONS. Staff only, whoever wrote it. Raises Invalid (fields text, reason), NotFound, Forbidden.
    """
    if reason not in REASONS:
        raise Invalid.field("reason", _("Say why it is taken out."), code="unknown_reason")
    with transaction.atomic():
        ticket, message = _message(actor, stream, seq)
        if not can_work_on(actor, ticket):
            raise Forbidden()
        part = str(text or "").strip()
        if part and part not in message.body:
            words = _("This text is not in the message.")
            raise Invalid.field("text", words, code="not_there")
        for one in _with_copies(message):
            _blot(actor, one, part, reason)
        if part:
            _blot_unsent(ticket, part)
        pushes.ticket_changed(ticket)
    return message


def _message(actor: Actor, stream: str, seq: int) -> tuple[Ticket, Message]:
    """A spoken row under its ticket's lock."""
    readable = access_stream(actor, stream)
    ticket = access_ticket(actor, readable.ticket.public_id, lock=True)
    rows = Message.objects.select_related("stream__ticket").filter(stream=readable, seq=seq)
    message = rows.exclude(kind=MessageKind.EVENT).first()
    if message is None:
        raise NotFound()
    return ticket, message


def _with_copies(message: Message) -> Iterable[Message]:
    """The row, what it is a copy of, and every other copy of that."""
    origin = message.data.get("copy_of", message.pk)
    rows = Message.objects.select_related("stream__ticket")
    return list(rows.filter(Q(pk=origin) | Q(data__copy_of=origin)).order_by("pk"))


def _blot(actor: Actor, message: Message, part: str, reason: str) -> None:
    at = now()
    message.body = _blotted(message.body, part)
    message.redacted_at, message.digest = at, ""  # a digest of few digits could be guessed
    message.save(update_fields=["body", "redacted_at", "digest"])
    for past in message.amendments.all():
        past.body = _blotted(past.body, part)
        past.save(update_fields=["body"])
    ticket, data = message.stream.ticket, {"seq": message.seq, "reason": reason}
    kind = message.stream.kind
    add_event(ticket, actor=actor, verb="message.redacted", data=data, stream=kind, at=at)
    _look_again(ticket, message)


def _blotted(body: str, part: str) -> str:
    return body.replace(part, BLOCK * min(len(part), 8)) if part else BLOCK * 8


def _blot_unsent(ticket: Ticket, part: str) -> None:
    for rows in (Draft.objects.filter(ticket=ticket), HeldReply.objects.filter(ticket=ticket)):
        for one in rows.filter(body__contains=part):
            one.body = _blotted(one.body, part)
            one.save(update_fields=["body"])


def _look_again(ticket: Ticket, message: Message) -> None:
    pushes.ticket_changed(ticket)
    publish(MessageChanged(ticket.pk, message.pk))


def redact_file(*, actor: Actor, file: str, reason: str) -> Attachment:
    """Take a file away for good, every copy of it; its place in the thread says that one was there.

    Raises Invalid (field reason), NotFound, Forbidden for a requester, Conflict when it is on no message yet.
    """
    if reason not in REASONS:
        raise Invalid.field("reason", _("Say why it is taken out."), code="unknown_reason")
    with transaction.atomic():
        found = access_attachment(actor, file)
        if found.ticket is None or found.message is None:
            raise Conflict(_("This file is on no message yet."), code="unbound")
        ticket = access_ticket(actor, found.ticket.public_id, lock=True)
        if not can_work_on(actor, ticket):
            raise Forbidden()
        key, at = found.file.name or "", now()
        same = Attachment.objects.select_related("message__stream__ticket").filter(file=key)
        for one in list(same):
            _remove_row(actor, one, reason)
        on_commit(lambda: default_storage.delete(key))
        found.message.redacted_at = at
        found.message.save(update_fields=["redacted_at"])
    return found


def _remove_row(actor: Actor, one: Attachment, reason: str) -> None:
    message = one.message
    one.delete()
    if message is None:
        return
    data = {"seq": message.seq, "file": one.public_id, "reason": reason}
    kind = message.stream.kind
    add_event(message.stream.ticket, actor=actor, verb="file.redacted", data=data, stream=kind)
    pushes.ticket_changed(message.stream.ticket)
