"""The short way of a reply, on the loop itself: a few connections of its own (PostgreSQL), and no thread.

Whatever goes wrong here, also when it is not known whether the row was stored, the long way is taken next: it finds
the row by the client's id. After a failure that is done at once for some seconds, so that a database in trouble is
not asked twice for each message. The connection that was used last is taken next: its caches are warm on both sides.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.utils import translation

from core.actors import Actor
from core.db import has_ended
from livechat.protocol import Send
from tickets.actions import quick

log = logging.getLogger(__name__)
CONNECTIONS = 4
GET_WITHIN = 0.3  # seconds to have one of them
DONE_WITHIN = 2.0  # seconds for all; a row that is locked for longer is waited for in a thread
PAUSE = 5.0  # seconds
LIFETIME = 3600.0  # seconds, then a connection makes room for a new one
NAMES = (
    "dbname",
    "user",
    "password",
    "host",
    "port",
    "service",
    "passfile",
    "sslmode",
    "sslrootcert",
    "options",
)


@dataclass(slots=True)
class Line:
    """One connection, by the cursor that is used again and again."""

    cursor: Any
    since: float = field(default_factory=time.monotonic)

    @property
    def is_good(self) -> bool:
        return time.monotonic() - self.since < LIFETIME and not has_ended(self.cursor.connection)


class Lane:
    """The connections of one loop."""

    def __init__(self) -> None:
        self._idle: list[Line] = []
        self._open = 0
        self._waiting: deque[asyncio.Future[Line]] = deque()
        self._closed_until = 0.0

    async def say(self, actor: Actor, op: Send) -> quick.Said | None:
        """The stored row; None when the long way is to be taken. Raises Invalid as that would."""
        if op.kind != "reply" or op.files or time.monotonic() < self._closed_until:
            return None
        with translation.override(actor.language or "en"):
            asked = quick.ask(actor=actor, stream=op.stream, body=op.body, client_id=op.id)
        if asked is None:
            return None
        try:
            async with asyncio.timeout(DONE_WITHIN):
                found = await self._ask(asked.arguments)
        except Exception as error:
            self._closed_until = time.monotonic() + PAUSE
            log.info("the short way is closed for %.0f s: %r", PAUSE, error)
            self.close()  # what happened to one connection has mostly happened to all
            return None
        return None if found is None else quick.told(asked, found)

    def close(self) -> None:
        """End the connections that nobody uses just now; they are opened anew when they are wanted."""
        while self._idle:
            self._drop(self._idle.pop())

    async def _ask(self, arguments: list[Any]) -> tuple[Any, ...] | None:
        line = await self._take()
        try:
            await line.cursor.execute(quick.SAY, arguments)
            found: tuple[Any, ...] | None = await line.cursor.fetchone()
        except BaseException:  # nobody knows what it would answer next
            self._drop(line)
            raise
        self._give(line)
        return found

    async def _take(self) -> Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_good:
                return line
            self._drop(line)
        if self._open < CONNECTIONS:
            return await self._connect()
        turn: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(GET_WITHIN):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # it came at the last moment
                self._give(turn.result())
            raise

    def _give(self, line: Line) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(line)
                return
        self._idle.append(line)

    def _drop(self, line: Line) -> None:
        self._open -= 1
        line.cursor.connection.pgconn.finish()

    async def _connect(self) -> Line:
        from psycopg import AsyncConnection

        known = connection.get_connection_params()
        kwargs = {name: known[name] for name in NAMES if known.get(name)}
        self._open += 1
        try:
            made = await AsyncConnection.connect(**kwargs, autocommit=True, prepare_threshold=0)
        except BaseException:
            self._open -= 1
            raise
        return Line(made.cursor())


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane] = WeakKeyDictionary()


def lane() -> Lane:
    """The lane of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _lanes:
        _lanes[loop] = Lane()
    return _lanes[loop]
