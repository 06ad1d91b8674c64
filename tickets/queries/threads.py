"""Streams as they are read: ranges, one merged thread, and the form that travels over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, initials_of
from core.actors import Actor
from tickets import words
from tickets.models import Attachment, Message, MessageKind, Stream, Ticket
from tickets.permissions import stream_kinds

MOST = 200
ABOUT_A_ROW = ("message.amended", "message.redacted", "file.redacted")


def _rows() -> QuerySet[Message]:
    related = ("author", "stream__ticket__requester")
    return Message.objects.select_related(*related).prefetch_related("attachments")


def heads(stream_public_ids: Sequence[str]) -> dict[str, int]:
    """The last seq of each of these streams, in one query. No access check: ids come from accessed streams."""
    rows = Stream.objects.filter(public_id__in=list(stream_public_ids))
    return dict(rows.values_list("public_id", "last_seq"))


def messages_after(stream: Stream, after: int, limit: int = MOST) -> list[Message]:
    """At most `limit` (<= 200) rows of an accessed stream with seq > `after`, in order; three queries at most."""
    most = max(1, min(limit, MOST))
    return list(_rows().filter(stream=stream, seq__gt=max(0, after)).order_by("seq")[:most])


def message_by_id(message_id: int) -> Message:
    """One row with all that `wire` needs."""
    return _rows().get(pk=message_id)


def thread(actor: Actor, ticket: Ticket, limit: int = 100) -> list[Message]:
    """The newest `limit` rows of what this actor reads on an accessed ticket, in the one order of every screen.

    A staff row stands after the public row that was the newest when it was written. Two queries.
    """
    rows = Message.objects.select_related("author", "stream").prefetch_related("attachments")
    rows = rows.filter(stream__ticket=ticket, stream__kind__in=stream_kinds(actor))
    # Bounded by the streams' own count, and not by an order over both: that would read them whole.
    newest = list(rows.filter(seq__gt=F("stream__last_seq") - limit))
    for message in newest:
        message.stream.ticket = ticket
    return sorted(newest, key=display_key)[-limit:]


def display_key(message: Message) -> tuple[int, int, int]:
    """Where a row stands in a thread that merges both streams."""
    if message.stream.kind == Stream.Kind.STAFF:
        return (message.after_public or 0, 1, message.seq)
    return (message.seq, 0, 0)


def author_of(person: Person | None, kind: str) -> dict[str, Any]:
    """A face: public id, kind, name, initials. Rows by the machine carry the shop's name."""
    if person is None:
        letters = "".join(word[0] for word in settings.SHOP_NAME.split()[:2]).upper()
        return {"id": None, "kind": kind, "name": settings.SHOP_NAME, "initials": letters}
    return face(person.public_id, kind, person.display_name)


def face(person: str, kind: str, shown: str) -> dict[str, Any]:
    """Who a row is by, as the wire shows it: a person's public id, their side, how they are called."""
    return {"id": person, "kind": kind, "name": shown, "initials": initials_of(shown)}


def file_shape(attachment: Attachment) -> dict[str, Any]:
    """A file as pages and the wire show it; `url` is guarded by the access check."""
    return {
        "id": attachment.public_id,
        "name": attachment.name,
        "size": attachment.size,
        "type": attachment.content_type,
        "url": reverse("tickets:file", args=[attachment.public_id]),
    }


def text_of(message: Message, zone: str = "") -> str:
    """The human line of an event row, in the active language; blank for replies and notes.

    Instants are in the zone that is named, else in the active one: each reader's own.
    """
    if message.kind != MessageKind.EVENT:
        return ""
    who = author_of(message.author, message.author_kind)["name"]
    return words.line_of(message.verb, message.data, who, zone or timezone.get_current_timezone_name())


def files_of(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    """The files of a message in the order in which they were stored."""
    return [file_shape(one) for one in sorted(attachments, key=lambda one: one.pk)]


def _as_it_is(event: Message) -> dict[str, Any] | None:
    """The row that an event is about, as it reads by now: an event keeps no words of its own."""
    rows = _rows().filter(stream_id=event.stream_id, seq=event.data.get("seq"))
    row = rows.exclude(kind=MessageKind.EVENT).first()
    if row is None:
        return None
    marks = {"amended": row.amended_at is not None, "redacted": row.redacted_at is not None}
    return {"seq": row.seq, "body": row.body, "files": files_of(row.attachments.all()), **marks}


def wire(message: Message) -> dict[str, Any]:
    """The `ev` frame of a row, the same for socket, push and HTTP. Load rows by the queries of this module."""
    data: dict[str, Any] = {
        **message.data,
        **_said(message.body, message.verb, message.created_at, message.channel),
        "files": files_of(message.attachments.all()),
    }
    if message.amended_at is not None or message.redacted_at is not None:
        data["amended"], data["redacted"] = message.amended_at is not None, message.redacted_at is not None
    if message.kind == MessageKind.EVENT:
        data["text"] = text_of(message)
    if message.verb in ABOUT_A_ROW:
        data["now"] = _as_it_is(message)
    shape = _frame(
        message.stream.public_id,
        message.seq,
        kind=message.kind,
        author=author_of(message.author, message.author_kind),
        client_id=message.client_id,
        data=data,
    )
    if message.after_public is not None:
        shape["after_public"] = message.after_public
    return shape


def wire_reply(
    stream: str, seq: int, *, author: dict[str, Any], client_id: object, body: str, at: datetime, channel: str
) -> dict[str, Any]:
    """`wire` of a reply that was stored just now, without files: its row need not be read."""
    data = _said(body, "message.replied", at, channel) | {"files": []}
    return _frame(stream, seq, kind="reply", author=author, client_id=client_id, data=data)


def _said(body: str, verb: str, at: datetime, channel: str) -> dict[str, Any]:
    return {"body": body, "verb": verb, "at": at.isoformat(), "channel": channel}


def _frame(
    stream: str, seq: int, *, kind: str, author: dict[str, Any], client_id: object, data: dict[str, Any]
) -> dict[str, Any]:
    """The fields that every `ev` has."""
    return {
        "op": "ev",
        "stream": stream,
        "seq": seq,
        "kind": kind,
        "author": author,
        "id": str(client_id) if client_id else None,
        "data": data,
    }
