"""What a client may ask for over the socket: each operation reads its shape, calls the room's action, answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from accounts import actions as accounts
from core import live
from core.clock import now
from core.db import retrying
from core.errors import DeskError, Forbidden, Invalid, NotFound, TooFast
from core.text import BODY_LIMIT
from livechat import doors, draining, joining, origins, protocol
from livechat.actions import buyer_is_here
from livechat.connection import BEAT_EVERY, Connection
from livechat.executor import run, run_as
from livechat.identity import Identity, identify, identify_visitor
from livechat.lane import lane
from livechat.limits import for_sends
from livechat.protocol import (
    Fatal,
    Hello,
    Op,
    Ping,
    Position,
    Read,
    Refused,
    Send,
    Start,
    Sub,
    Sync,
    Typing,
    Unsub,
)
from livechat.pump import Frame, Watch, events_after, fitting
from livechat.sweeper import registry
from tickets import actions as ticket_actions
from tickets import queries as tickets
from tickets.models import Stream

log = logging.getLogger(__name__)
SOCKETS_LIMIT = 10  # a person, in one process


class Operations(Connection):
    """The operations, by the class of their frame."""

    async def operate(self, op: Op) -> None:
        handler: Callable[[Any], Awaitable[None]] = getattr(self, f"on_{type(op).__name__.lower()}")
        try:
            await handler(op)
        except DeskError as error:
            raise Refused(error, getattr(op, "id", None)) from None
        await self._beat()

    @property
    def who(self) -> Identity:
        """The person; there is one from hello on."""
        if self.identity is None:
            raise Fatal(protocol.NOT_SIGNED_IN, "hello comes first")
        return self.identity

    # --- hello, sub, unsub ------------------------------------------------------------------------------
    async def on_hello(self, op: Hello) -> None:
        if draining.is_on():
            raise Fatal(protocol.MOVING, "please come again", 1000)  # the ticket is still good
        identity = await self._identified(op)
        if registry().count(identity.actor.key) >= SOCKETS_LIMIT:
            raise Fatal(protocol.TOO_FAST, "too many sockets", 30_000)
        self.identity = identity
        self.pump.actor = identity.actor
        self.sends = for_sends(identity.actor.key, is_staff=identity.actor.is_staff)
        registry().add(self.pump, self.ear, identity.actor.key)
        self.greeted.set()
        await self.ear.want({identity.group})
        await registry().epoch.first_look()
        await self._beat(first=True)
        await self._join("ready", op.streams, op.topics, **self._greeting())

    async def _identified(self, op: Hello) -> Identity:
        try:
            found = await (run(identify_visitor, op.access) if op.access else run(identify, op.ticket))
        except Forbidden:
            raise Fatal(protocol.FORBIDDEN, "this log-in has no right to be here") from None
        if found is None:
            raise Fatal(protocol.NOT_SIGNED_IN, "the ticket is not good (any more)")
        return found

    def _greeting(self) -> Frame:
        limits = {"chars": BODY_LIMIT, "frame": protocol.FRAME_LIMIT, "sync": protocol.SYNC_LIMIT}
        return {
            "sid": self.sid,
            "server_time": now(),
            "limits": limits,
            "hb": protocol.HEARTBEAT,
            "user": self.who.person,
            "layer_epoch": registry().epoch.value,
        }

    async def on_sub(self, op: Sub) -> None:
        await self._join("subscribed", op.streams, op.topics)

    async def on_unsub(self, op: Unsub) -> None:
        for stream in op.streams:
            self.pump.watches.pop(stream, None)
        for topic in op.topics:
            self.pump.topics.pop(topic, None)
        await self.ear.want(self._groups())

    def _groups(self) -> set[str]:
        groups = {self.who.group}
        groups.update(watch.group for watch in self.pump.watches.values())
        return groups.union(*self.pump.topics.values())

    async def _join(
        self, op: str, places: tuple[Position, ...], topics: tuple[str, ...], **more: Any
    ) -> None:
        """Into the groups first, then a look at the log: nothing can fall between the two."""
        self._check_room(places, topics)
        actor = self.who.actor
        asked = [place.id for place in places]
        first = await run_as(actor, joining.look_up, actor, asked, list(topics))
        if op == "ready" and (asked or topics) and not (first.rows or first.topics):
            raise Fatal(protocol.MISSING, "nothing that was asked for is here")
        self.pump.topics.update(first.topics)
        streams = {live.stream_group(stream) for stream in first.rows}
        await self.ear.want(self._groups() | streams)
        joined = await run_as(actor, joining.look_up, actor, asked, [])
        resets = {
            place.id: joining.reset_of(joined.rows[place.id], place.seq, place.epoch)
            for place in places
            if place.id in joined.rows
        }
        infos = [
            joining.info_of(row, joined.states) for row in joined.rows.values() if not resets[row.public_id]
        ]
        await self.emit({"op": op, **more, "streams": infos, "topics": list(first.topics)})
        for place in places:
            await self._follow(place, joined.rows.get(place.id), resets.get(place.id))
        for topic in set(topics) - set(first.topics):
            await self.emit(protocol.nack(None, NotFound(), topic=topic))

    def _check_room(self, places: tuple[Position, ...], topics: tuple[str, ...]) -> None:
        streams = len({place.id for place in places} | set(self.pump.watches))
        wanted = len(set(topics) | set(self.pump.topics))
        if streams > protocol.STREAMS_LIMIT or wanted > protocol.TOPICS_LIMIT:
            raise Invalid("This is more than one socket may follow.", code="too_many")

    async def _follow(self, place: Position, row: Stream | None, reset: str | None) -> None:
        if row is None:
            await self.emit(protocol.nack(None, NotFound(), stream=place.id))
        elif reset:
            self.pump.watches.pop(place.id, None)
            await self.emit({"op": "reset", "stream": place.id, "reason": reset})
        else:
            self.pump.watch(row, place.seq)

    # --- messages ---------------------------------------------------------------------------------------
    async def on_send(self, op: Send) -> None:
        self._check_speed()
        actor = self.who.actor
        sent = await lane().say(actor, op) or await run_as(actor, doors.say_on_stream, actor, op)
        await self.emit(
            {
                "op": "ack",
                "id": op.id,
                "stream": op.stream,
                "seq": sent.seq,
                "created_at": sent.created_at,
                "dup": sent.dup,
            }
        )

    async def on_start(self, op: Start) -> None:
        if self.who.visitor is not None:
            raise Forbidden()  # a widget's door counts addresses and keeps what the page said
        self._check_speed()
        actor = self.who.actor
        made = await run_as(actor, doors.start, actor, op, origins.address_of(self.scope))
        await self.emit({"op": "ack", "id": op.id, **made})

    def _check_speed(self) -> None:
        wait = self.sends.take() if self.sends else 0
        if wait:
            raise TooFast(retry_after_ms=wait)

    async def on_sync(self, op: Sync) -> None:
        actor = self.who.actor
        self.pump.holds(op.stream, op.after)

        def read() -> tuple[Stream, list[Frame]]:
            row = tickets.access_stream(actor, op.stream)
            return row, fitting(events_after(row, op.after, op.limit))

        row, events = await run_as(actor, read)
        reached = events[-1]["seq"] if events else op.after
        head = max(row.last_seq, reached)
        await self.emit(
            {
                "op": "batch",
                "stream": op.stream,
                "events": events,
                "head": head,
                "more": bool(events) and reached < head,
            }
        )

    async def on_read(self, op: Read) -> None:
        self._watched(op.stream)
        actor = self.who.actor
        await run_as(actor, retrying, ticket_actions.mark_read, actor=actor, stream=op.stream, seq=op.seq)

    async def on_typing(self, op: Typing) -> None:
        """To those who read the stream now, and nowhere else."""
        watch = self._watched(op.stream)
        actor = self.who.actor
        kind = "staff" if actor.is_staff else "buyer"
        who = {"id": self.who.person, "name": actor.name, "kind": kind}
        payload = {"type": "stream.typing", "stream": op.stream, "who": who, "sender": self.sid, "on": op.on}
        live.push(watch.group, {**payload, "ttl": protocol.TYPING_TTL})

    def _watched(self, stream: str) -> Watch:
        watch = self.pump.watches.get(stream)
        if watch is None:
            raise NotFound()
        return watch

    # --- heartbeat --------------------------------------------------------------------------------------
    async def on_ping(self, op: Ping) -> None:
        """From what the sweeper knows, so that a slow database never looks like a dead socket."""
        for stream, seq in op.seqs.items():
            self.pump.holds(stream, seq)
        heads = {stream: watch.head for stream, watch in self.pump.watches.items()}
        await self.emit({"op": "pong", "n": op.n, "heads": heads, "layer_epoch": registry().epoch.value})

    async def _beat(self, *, first: bool = False) -> None:
        at = time.monotonic()
        if self.identity is None or (at - self.beat_at < BEAT_EVERY and not first):
            return
        self.beat_at = at
        actor = self.identity.actor
        try:
            await run(retrying, accounts.heartbeat if actor.is_staff else buyer_is_here, actor=actor)
        except Exception:  # a sign of life that was not written is no failed operation; the next one follows
            log.warning("a sign of life could not be written", exc_info=True)

    async def recheck(self, identity: Identity) -> None:
        """Who lost the right to a stream or a topic stops hearing it."""
        actor = identity.actor
        held = await run_as(actor, joining.look_up, actor, list(self.pump.watches), list(self.pump.topics))
        for stream in set(self.pump.watches) - set(held.rows):
            self.pump.watches.pop(stream)
            await self.emit(protocol.nack(None, NotFound(), stream=stream))
        self.pump.topics = held.topics
        await self.ear.want(self._groups())
