"""A ticket to take away: the thread for people and for machines, and its files, in one archive.

Made on disk and sent from there, file by file, so that its size costs no memory. Staff get both streams, a requester
the public one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.db.models import Sum
from django.template.loader import render_to_string

from core.actors import Actor
from core.errors import TooLarge
from tickets.models import Attachment, Message, Stream, Ticket
from tickets.permissions import stream_kinds
from tickets.queries.threads import display_key, messages_after, wire

MOST_BYTES = 2 * 1024**3
STEP = 200


def export_ticket(actor: Actor, ticket: Ticket) -> IO[bytes]:
    """The archive of an accessed ticket, open at its beginning; it is gone when it is closed.

    Raises TooLarge beyond 2 GB of files.
    """
    streams = list(ticket.streams.filter(kind__in=stream_kinds(actor)))
    files = Attachment.objects.filter(message__stream__in=streams, scan=Attachment.Scan.CLEAN)
    if (files.aggregate(n=Sum("size"))["n"] or 0) > MOST_BYTES:
        raise TooLarge()
    rows = sorted((row for stream in streams for row in _all_of(stream)), key=display_key)
    names = {one.public_id: _place(n, one.name) for n, one in enumerate(files.order_by("pk"), start=1)}
    made = tempfile.TemporaryFile()  # noqa: SIM115  (closed by whoever sends it)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        shown = _shape(actor, ticket, rows, names)
        archive.writestr("thread.json", json.dumps(shown, ensure_ascii=False, indent=1, default=str))
        archive.writestr("thread.html", render_to_string("tickets/export.html", shown))
        for one in files.order_by("pk"):
            _add(archive, names[one.public_id], one)
    made.seek(0)
    return made


def _all_of(stream: Stream) -> Iterator[Message]:
    after = 0
    while rows := messages_after(stream, after, STEP):
        yield from (row for row in rows if not row.data.get("withdrawn"))
        after = rows[-1].seq


def _place(n: int, name: str) -> str:
    """Where a file stands in the archive: numbered, and never outside of its folder."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].lstrip(".") or "file"
    return f"files/{n:03d}-{plain}"


def _shape(actor: Actor, ticket: Ticket, rows: list[Message], names: dict[str, str]) -> dict[str, Any]:
    past = _past(rows) if actor.is_staff else {}
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.category.label,
        "requester": ticket.requester.display_name,
        "order": ticket.order.number if ticket.order else None,
        "created_at": ticket.created_at,
        "rows": [_row(row, names, past.get(row.pk, [])) for row in rows],
    }


def _past(rows: list[Message]) -> dict[int, list[dict[str, Any]]]:
    """What amended messages said before, the oldest words first; one query."""
    amended = Message.objects.filter(pk__in=[row.pk for row in rows if row.amended_at])
    return {
        row.pk: [{"until": past.at, "body": past.body} for past in row.amendments.all()]
        for row in amended.prefetch_related("amendments")
    }


def _row(row: Message, names: dict[str, str], past: list[dict[str, Any]]) -> dict[str, Any]:
    event = wire(row)
    files = [{"name": one["name"], "path": names.get(one["id"], "")} for one in event["data"]["files"]]
    return {
        "seq": row.seq,
        "stream": row.stream.kind,
        "kind": row.kind,
        "verb": row.verb,
        "at": row.created_at,
        "author": event["author"]["name"],
        "text": row.body or event["data"].get("text", ""),
        "amended": row.amended_at is not None,
        "redacted": row.redacted_at is not None,
        "before": past,
        "files": files,
    }


def _add(archive: zipfile.ZipFile, name: str, one: Attachment) -> None:
    """A file by pieces; one that is gone from the disk is left out."""
    try:
        opened = one.file.open("rb")
    except FileNotFoundError:
        return
    with opened as source, archive.open(name, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target)
