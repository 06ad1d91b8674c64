"""The append: the only functions that write a row of a stream.

They run in the caller's transaction, under the ticket's lock. Cleaning, files and digests come before.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import IdempotencyConflict, Invalid
from tickets import pushes
from tickets.models import Channel, Message, MessageKind, Stream, Ticket

AUTHOR_KINDS = {"staff": "staff", "system": "system"}


@dataclass(frozen=True, slots=True)
class Author:
    """Who a row is by: a person's id (None for the machine) and the side that they speak for."""

    id: int | None
    kind: str

    @classmethod
    def of(cls, actor: Actor, fallback_id: int | None = None) -> Author:
        """The actor's side: staff, system, or buyer for everybody else; a visitor's words are the fallback's."""
        person = actor.id if actor.is_known or actor.is_system else fallback_id
        return cls(person, AUTHOR_KINDS.get(actor.kind, "buyer"))


@dataclass(frozen=True, slots=True)
class Row:
    """What is to be stored; `digest` is of what the client sent and tells a replay from a clash."""

    author: Author
    kind: str
    verb: str
    channel: str
    at: datetime
    body: str = ""
    data: dict[str, Any] | None = None
    client_id: uuid.UUID | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A stored row; `dup`: it was there already and nothing was written."""

    message: Message
    dup: bool

    @property
    def seq(self) -> int:
        return self.message.seq

    @property
    def created_at(self) -> datetime:
        return self.message.created_at


def as_client_id(raw: object) -> uuid.UUID | None:
    """A client's id for what it sends; blank is none. Invalid (field `client_id`) for anything but a UUID."""
    if raw is None or raw == "":
        return None
    try:
        return raw if isinstance(raw, uuid.UUID) else uuid.UUID(str(raw))
    except ValueError:
        raise Invalid.field("client_id", _("The client_id is a UUID."), code="bad_client_id") from None


def digest_of(*parts: object) -> str:
    """A digest over what was sent, part by part."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def find_replay(stream: Stream, row: Row) -> Message | None:
    """The row that this client_id has written before, if any.

    Raises IdempotencyConflict when it said something else then.
    """
    if row.client_id is None:
        return None
    found = Message.objects.filter(stream=stream, author_id=row.author.id, client_id=row.client_id).first()
    if found is not None and found.digest != row.digest and not found.redacted_at:
        raise IdempotencyConflict()
    return found


def append(stream: Stream, row: Row) -> Posted:
    """Store a row once. Call under the ticket's lock, inside a transaction.

    A client_id that is known gives its row and writes nothing; with another body it is IdempotencyConflict.
    """
    found = find_replay(stream, row)
    return Posted(found, True) if found else Posted(write_row(stream, row), False)


def write_row(stream: Stream, row: Row) -> Message:
    """Move the stream's counter (its row lock makes seq order commit order) and insert; pushed after commit."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a row of a stream outside of a transaction")
    mine = Stream.objects.filter(pk=stream.pk)
    mine.update(last_seq=F("last_seq") + 1)
    stream.last_seq = mine.values_list("last_seq", flat=True).get()
    message = _message(stream, row, stream.last_seq)
    if stream.kind == Stream.Kind.STAFF:
        message.after_public = _public_head(stream)
    message.save(force_insert=True)
    pushes.row_written(message.pk, stream.public_id, message.seq)
    return message


def write_first_rows(ticket: Ticket, rows: Sequence[Row]) -> list[Message]:
    """Both streams of a ticket that this transaction opens, and the rows that its public one begins with.

    Two statements: nobody else can know these streams before the commit, to write into them or to listen.
    """
    public = Stream(ticket=ticket, kind=Stream.Kind.PUBLIC, last_seq=len(rows))
    Stream.objects.bulk_create([public, Stream(ticket=ticket, kind=Stream.Kind.STAFF)])
    return Message.objects.bulk_create(_message(public, row, seq) for seq, row in enumerate(rows, 1))


def _message(stream: Stream, row: Row, seq: int) -> Message:
    return Message(
        stream=stream,
        seq=seq,
        author_id=row.author.id,
        author_kind=row.author.kind,
        kind=row.kind,
        verb=row.verb,
        data=row.data or {},
        body=row.body,
        client_id=row.client_id,
        digest=row.digest,
        channel=row.channel,
        created_at=row.at,
    )


def _public_head(stream: Stream) -> int:
    public = Stream.objects.filter(ticket_id=stream.ticket_id, kind=Stream.Kind.PUBLIC)
    return public.values_list("last_seq", flat=True).get()


def stream_of(ticket: Ticket, kind: str) -> Stream:
    """One of a ticket's two streams."""
    return Stream.objects.get(ticket_id=ticket.pk, kind=kind)


def add_event(
    ticket: Ticket,
    *,
    actor: Actor,
    verb: str,
    data: dict[str, Any] | None = None,
    stream: str = "public",
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> Message:
    """One event row. The caller holds the ticket's lock and asked for the right.

    `stream`: "public" for what the requester sees (so `data` holds nothing internal), "staff" for the rest.
    With a `client_id` the same event is written once.
    """
    row = Row(
        author=Author.of(actor),
        kind=MessageKind.EVENT,
        verb=verb,
        channel=Channel.SYSTEM,
        at=at or now(),
        data=data,
        client_id=client_id,
        digest=digest_of(verb) if client_id else "",
    )
    return append(stream_of(ticket, stream), row).message


def find_event(ticket: Ticket, client_id: uuid.UUID, stream: str) -> bool:
    """Whether the machine has written the event with this id already."""
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind=stream, author=None)
    return rows.filter(client_id=client_id).exists()
