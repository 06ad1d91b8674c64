"""From the log to the socket. What the channel layer brings is a hint; what is sent comes in the log's order.

For each stream a cursor: an event at or before it is dropped, the next one is sent, one beyond it makes the
pump read the range from the log. A hint that was lost is made up for by the sweeper (`livechat.sweeper`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.actors import VISITOR
from core.live import stream_group
from livechat.executor import run_as
from livechat.layer import MISSED
from livechat.protocol import BATCH_LIMIT, NOT_SIGNED_IN, SYNC_LIMIT, TYPING_TTL, Fatal, dump
from tickets import queries as tickets
from tickets.models import Stream

log = logging.getLogger(__name__)
HINTS_LIMIT = 500  # waiting for one socket; beyond it the log is read instead
AT_ONCE = 25  # rows that are read together, so that a slow client keeps few of them in memory
AHEAD_LIMIT = 200  # events that are sent beyond what the client has said that it holds
PRESENCE = ("stream", "who", "state", "ttl")  # of a chat's buyer, for staff alone
Frame = dict[str, Any]
Emit = Callable[[Frame], Awaitable[None]]


@dataclass(slots=True)
class Watch:
    """One socket's place in one stream."""

    row: Stream
    cursor: int
    head: int
    behind: bool = False
    held: int = 0  # what the client has said that it holds
    stalled_at: float | None = None  # since when the client would have to say that it holds more

    @property
    def room(self) -> int:
        """How many more events the client may be sent now."""
        return AHEAD_LIMIT - (self.cursor - self.held)

    @property
    def group(self) -> str:
        return stream_group(self.row.public_id)


def events_after(row: Stream, after: int, limit: int = SYNC_LIMIT) -> list[Frame]:
    """The next events of a stream in wire shape, oldest first."""
    return [tickets.wire(message) for message in tickets.messages_after(row, after, limit)]


def fitting(events: list[Frame]) -> list[Frame]:
    """As many of these, from the first on, as one frame may carry; one at least."""
    room = BATCH_LIMIT
    for n, event in enumerate(events):
        room -= len(dump(event).encode())
        if room < 0:
            return events[: max(n, 1)]
    return events


class Pump:
    """Hints in, frames out, for one socket; `run` is the only one that sends events."""

    def __init__(self, sid: str, emit: Emit) -> None:
        self.sid = sid
        self.emit = emit
        self.actor = VISITOR
        self.watches: dict[str, Watch] = {}
        self.topics: dict[str, list[str]] = {}
        self._hints: deque[Frame] = deque()
        self._wake = asyncio.Event()
        self.move_at = float("inf")
        self.moved = asyncio.Event()

    def watch(self, row: Stream, cursor: int) -> None:
        """Follow a stream from a cursor on; what the log holds beyond it is sent at once."""
        behind = row.last_seq > cursor
        self.watches[row.public_id] = Watch(row, cursor, row.last_seq, behind, held=cursor)
        if behind:
            self._wake.set()

    def hint(self, message: Frame) -> None:
        """Take what the layer brought. Never waits: over the limit the stream is marked to be read instead."""
        if message["type"] == MISSED:
            self._missed()
        elif len(self._hints) < HINTS_LIMIT:
            self._hints.append(message)
        elif message["type"] == "stream.event":
            self.saw_head(message["stream"], message["seq"])
        elif message["type"] == "session.closed":
            self._hints.appendleft(message)
        self._wake.set()

    def _missed(self) -> None:
        """The layer lost something: every stream is read, and every topic is looked at again."""
        for watch in self.watches.values():
            watch.behind = True
        for topic in self.topics:
            self._hints.append({"type": "topic.changed", "topic": topic, "ids": []})

    def streams(self) -> Iterable[str]:
        return self.watches

    def holds(self, stream: str, seq: int) -> None:
        """The client says that it holds the stream up to here: there is room for more."""
        watch = self.watches.get(stream)
        if watch is None or not watch.held < min(seq, watch.cursor):
            return
        watch.held, has_stalled = min(seq, watch.cursor), watch.stalled_at is not None
        watch.stalled_at = None
        if has_stalled:
            self.saw_head(stream, watch.head)

    def stalled_since(self) -> float | None:
        """Since when the oldest stream waits for the client to say that it holds more; None when none does."""
        return min(
            (one.stalled_at for one in self.watches.values() if one.stalled_at is not None), default=None
        )

    def move(self, after: float) -> None:
        """The client is to go elsewhere in so many seconds, or sooner if that was said before."""
        self.move_at = min(self.move_at, time.monotonic() + after)
        self.moved.set()

    def saw_head(self, stream: str, head: int) -> None:
        """The log is known to reach `head`."""
        watch = self.watches.get(stream)
        if watch is None:
            return
        watch.head = max(watch.head, head)
        if watch.head > watch.cursor:
            watch.behind = True
            self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. Raises Fatal when a hint says that the person signed out."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._hints:
                await self._take(self._hints.popleft())
            for watch in [one for one in self.watches.values() if one.behind]:
                await self._read(watch)

    async def _take(self, message: Frame) -> None:
        kind = message["type"]
        if kind == "stream.event":
            await self._event(message)
        elif kind == "stream.read" and message["stream"] in self.watches:
            await self.emit(
                {"op": "read", "stream": message["stream"], "who": message["who"], "seq": message["seq"]}
            )
        elif kind == "stream.typing" and message["stream"] in self.watches:
            await self._typing(message)
        elif kind == "stream.presence" and message["stream"] in self.watches and self.actor.is_staff:
            await self.emit({"op": "presence", **{name: message[name] for name in PRESENCE}})
        elif kind == "topic.changed" and message["topic"] in self.topics:
            await self.emit({"op": "changed", "topic": message["topic"], "ids": message["ids"]})
        elif kind == "session.closed":
            raise Fatal(NOT_SIGNED_IN, "signed out")

    async def _event(self, message: Frame) -> None:
        watch = self.watches.get(message["stream"])
        if watch is None or message["seq"] <= watch.cursor:
            return
        if message["seq"] == watch.cursor + 1 and message.get("event") and watch.room > 0:
            await self._say(watch, message["event"])
        else:
            self.saw_head(message["stream"], message["seq"])

    async def _typing(self, message: Frame) -> None:
        if message["sender"] == self.sid:
            return
        frame = {"op": "typing", "stream": message["stream"], "who": message["who"]}
        on = message.get("on", True)
        await self.emit({**frame, "ttl": message.get("ttl", TYPING_TTL) if on else 0, "on": on})

    async def _say(self, watch: Watch, event: Frame) -> None:
        watch.cursor = event["seq"]
        watch.head = max(watch.head, watch.cursor)
        await self.emit({**event, "op": "ev", "stream": watch.row.public_id})

    async def _read(self, watch: Watch) -> None:
        """Bring a stream up to its head. A log that cannot be read now is tried again by the next sweep."""
        watch.behind = False
        while self.watches.get(watch.row.public_id) is watch:
            if watch.room <= 0:
                watch.stalled_at = watch.stalled_at or time.monotonic()
                return
            asked = min(AT_ONCE, watch.room)
            try:
                events = await run_as(self.actor, events_after, watch.row, watch.cursor, asked)
            except Exception:
                log.warning(
                    "stream %s could not be read; the sweeper tries again", watch.row.pk, exc_info=True
                )
                return
            for event in events:
                if event["seq"] > watch.cursor:
                    await self._say(watch, event)
            if len(events) < asked:
                return
