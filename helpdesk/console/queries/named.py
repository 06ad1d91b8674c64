"""Notes in which somebody was named and that they have not looked at yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from accounts.models import shown_name
from core.actors import Actor
from tickets.models import Mention

MOST = 20
LONG = 120


@dataclass(frozen=True, slots=True)
class Named:
    """A ticket on which one was named: by whom, and the note's words in one line."""

    number: int
    by: str
    words: str
    times: int


class _Note(NamedTuple):
    number: int
    author_id: int | None
    body: str
    name: str | None
    email: str | None
    erased_at: datetime | None


_AUTHOR = tuple(f"message__author__{name}" for name in ("name", "email", "erased_at"))


def named_for(actor: Actor) -> list[Named]:
    """Each ticket once, the newest note first; one query. Staff see a ticket by being named on it."""
    if not actor.is_staff:
        return []
    rows = Mention.objects.filter(person_id=actor.id, seen_at=None).order_by("-pk")[: MOST * 2]
    grouped: dict[int, list[_Note]] = {}
    for row in rows.values_list("ticket_id", "message__author_id", "message__body", *_AUTHOR):
        grouped.setdefault(row[0], []).append(_Note(*row))
    return [_named(found[0], len(found)) for found in list(grouped.values())[:MOST]]


def _named(note: _Note, times: int) -> Named:
    by = shown_name(note.name, note.email, erased=note.erased_at is not None) if note.author_id else ""
    return Named(note.number, by, " ".join(note.body.split())[:LONG], times)
