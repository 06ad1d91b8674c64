"""How far each side has read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from core import live
from core.actors import Actor
from core.events import on_commit
from tickets.models import Stream
from tickets.queries.access import access_stream


@dataclass(frozen=True, slots=True)
class Read:
    """A read mark: `who` is buyer or agent."""

    stream: str
    who: str
    seq: int


def mark_read(*, actor: Actor, stream: str, seq: int) -> Read:
    """Move the mark of the actor's side up to `seq`: it only grows and never passes the head.

    Pushed to the stream's readers when it moved. Raises NotFound.
    """
    row = access_stream(actor, stream)
    who = "agent" if actor.is_staff or actor.is_system else "buyer"
    field, seen = f"{who}_read", min(seq, row.last_seq)
    if seen <= getattr(row, field):
        return Read(stream, who, getattr(row, field))
    with transaction.atomic():
        if Stream.objects.filter(pk=row.pk, **{f"{field}__lt": seen}).update(**{field: seen}):
            payload = {"type": "stream.read", "stream": stream, "who": who, "seq": seen}
            on_commit(lambda: live.push(live.stream_group(stream), payload))
    return Read(stream, who, seen)
