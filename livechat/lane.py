"""The short way of a reply, on the loop itself: a few connections of its own (PostgreSQL), and no thread.

Whatever goes wrong here, also when it is not known whether the row was stored, the long way is taken next: it finds
the row by the client's id. After a failure that is done at once for some seconds, so that a database in trouble is
not asked twice for each message.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.utils import translation

from core.actors import Actor
from livechat.protocol import Send
from tickets.actions import quick
from tickets.actions.append import Posted

log = logging.getLogger(__name__)
CONNECTIONS = 4
GET_WITHIN = 0.3  # seconds to have one of them
DONE_WITHIN = 2.0  # seconds for all; a row that is locked for longer is waited for in a thread
PAUSE = 5.0  # seconds
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


class Lane:
    """The connections of one loop."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._closed_until = 0.0

    async def say(self, actor: Actor, op: Send) -> Posted | None:
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
            return None
        return None if found is None else quick.told(asked, found)

    async def _ask(self, arguments: list[Any]) -> tuple[Any, ...] | None:
        pool = self._pool or await self._open()
        async with pool.connection(timeout=GET_WITHIN) as line:
            cursor = await line.execute(quick.SAY, arguments)
            found: tuple[Any, ...] | None = await cursor.fetchone()
            return found

    async def _open(self) -> Any:
        from psycopg_pool import AsyncConnectionPool

        async with self._opening:
            if self._pool is None:
                known = connection.get_connection_params()
                kwargs = {name: known[name] for name in NAMES if known.get(name)}
                pool = AsyncConnectionPool(
                    kwargs={**kwargs, "autocommit": True}, min_size=1, max_size=CONNECTIONS, open=False
                )
                await pool.open()
                self._pool = pool
        return self._pool


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane] = WeakKeyDictionary()


def lane() -> Lane:
    """The lane of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _lanes:
        _lanes[loop] = Lane()
    return _lanes[loop]
