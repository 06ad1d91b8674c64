"""A reply in a running talk whose only effect is the log's: stored by one function of the database.

The function locks the ticket as every action does, and does nothing unless all holds that makes the long way
(`tickets.actions.messages.post_message`) do no more than this: the talk goes on and is its writer's, the ticket is
open, nothing was escalated, no response is owed, nothing waits for the buyer's word. Otherwise, and on SQLite, it
answers None and the long way is taken, which says what is wrong. Both leave the same rows: a test compares them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import shown_name
from core import live
from core.actors import Actor
from core.clock import now
from core.text import clean_body
from tickets import pushes
from tickets.actions.append import as_client_id, digest_of
from tickets.models import Channel, MessageKind
from tickets.queries.service import says_something
from tickets.queries.threads import face, wire_reply

SAY = (
    "SELECT * FROM ticket_say(%s::text, %s::bigint, %s::boolean, %s::boolean, %s::bigint[],"
    " %s::text, %s::uuid, %s::text, %s::timestamptz)"
)
CHANNEL = Channel.CHAT.value


@dataclass(frozen=True, slots=True)
class Said:
    """A row that was stored; of what is found again the long way knows (`tickets.actions.append.Posted`)."""

    pk: int
    seq: int
    created_at: datetime
    dup: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the database, and what the row will say."""

    actor: Actor
    stream: str
    words: str
    key: uuid.UUID
    at: datetime

    @property
    def side(self) -> str:
        """Which side its writer speaks for."""
        return "staff" if self.actor.is_staff else "buyer"

    @property
    def arguments(self) -> list[Any]:
        """For `SAY`."""
        actor, digest = self.actor, digest_of(MessageKind.REPLY.value, self.words)
        teams = sorted(actor.team_ids)
        who = [self.stream, actor.id, actor.is_staff, actor.is_manager, teams]
        return [*who, self.words, self.key, digest, self.at]


def ask(*, actor: Actor, stream: str, body: str, client_id: object) -> Asked | None:
    """What to ask; None when this is not the way. Raises Invalid for words that are none, or too many."""
    if connection.vendor != "postgresql" or not _may_be(actor):
        return None
    words, key = clean_body(body), as_client_id(client_id)
    if key is None or (actor.is_staff and ("{{" in words or not says_something(words))):
        return None
    return Asked(actor, stream, words, key, now())


def told(asked: Asked, found: tuple[Any, ...]) -> Said:
    """The database has stored it: what came of it, pushed to those who read on."""
    pk, seq, ticket, requester_id, order, person, name, email, erased_at = found
    author = face(person, asked.side, shown_name(name, email, erased=erased_at is not None))
    event = wire_reply(
        asked.stream, seq, author=author, client_id=asked.key, body=asked.words, at=asked.at, channel=CHANNEL
    )
    payload = {"type": "stream.event", "stream": asked.stream, "seq": seq, "event": event}
    live.push(live.stream_group(asked.stream), payload)
    pushes.talk_went_on(ticket, requester_id, order)
    return Said(pk, seq, asked.at)


def say_at_once(*, actor: Actor, stream: str, body: str, client_id: object) -> Said | None:
    """`ask` and have it done over this thread's connection; None when the long way is to be taken."""
    if connection.in_atomic_block:
        return None
    asked = ask(actor=actor, stream=stream, body=body, client_id=client_id)
    if asked is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(SAY, asked.arguments)
        found = cursor.fetchone()
    return None if found is None else told(asked, found)


def _may_be(actor: Actor) -> bool:
    return actor.is_known and not actor.is_system and actor.only_ticket is None
