"""What a socket needs of the channel layer: its groups, and to know when the layer was away.

A layer that fails never fails a socket: the sweeper alone serves it until the layer is back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

log = logging.getLogger(__name__)
AGAIN_AFTER = 2.0  # seconds between tries to reach a layer that is away
PATIENCE = 2.0  # seconds for one command of it
MISSED = "layer.missed"  # the type of the message that says that others were lost
_PROCESS = secrets.token_hex(4)


class Epoch:
    """A word that changes whenever hints may have been lost: Redis restarted, or was not reached for a while.

    In memory it is fixed for the life of the process.
    """

    KEY = "helpdesk:live:epoch"

    def __init__(self) -> None:
        self._word = _PROCESS
        self._outages = 0
        self._away = False
        self._looked = False
        self._redis: Any = None

    @property
    def value(self) -> str:
        return f"{self._word}.{self._outages}"

    async def first_look(self) -> None:
        """Have looked once, so that the first word that a socket is told is the layer's and not this process's."""
        if not self._looked:
            await self.look()

    async def look(self) -> None:
        """Ask Redis for its word, giving it one when it has none. Never raises."""
        self._looked = True
        if not settings.REDIS_URL:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                self._word = await self._ask()
        except Exception:
            self._away = True
            return
        if self._away:
            self._away = False
            self._outages += 1

    async def _ask(self) -> str:
        if self._redis is None:
            from redis.asyncio import Redis

            self._redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
        await self._redis.set(self.KEY, secrets.token_hex(8), nx=True)
        return str(await self._redis.get(self.KEY))


class Ear:
    """One socket's channel and the groups that it is in."""

    def __init__(self) -> None:
        self._layer = get_channel_layer()
        self._channel: str | None = None
        self._open = asyncio.Event()
        self._lock = asyncio.Lock()
        self._wanted: set[str] = set()
        self._joined: set[str] = set()

    async def next(self) -> dict[str, Any]:
        """The next message for this socket, however long that takes. Never raises for a layer that is away."""
        while True:
            try:
                if self._channel is None:
                    self._channel = await self._new_channel()
                    self._open.set()
                message: dict[str, Any] = await self._layer.receive(self._channel)
                return message
            except Exception:
                log.warning("the channel layer is away; the sweeper serves this socket", exc_info=True)
                self._channel = None
                self._joined.clear()
                await asyncio.sleep(AGAIN_AFTER)

    async def _new_channel(self) -> str:
        async with asyncio.timeout(PATIENCE):
            return str(await self._layer.new_channel())

    @property
    def is_off(self) -> bool:
        """Whether it is not in the groups that it should be in."""
        return self._wanted != self._joined

    async def want(self, groups: set[str]) -> None:
        """Make these the groups. What the layer refuses now is tried again by `mend`."""
        self._wanted = set(groups)
        await self.mend()

    async def mend(self) -> None:
        """Join and leave until the groups are those wanted. Gives up after two seconds, without a word to anyone."""
        async with self._lock:
            if not self.is_off:
                return
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._open.wait()
                    await self._join_and_leave()
            except Exception:
                log.warning("a group could not be joined; the sweeper serves this socket", exc_info=True)

    async def _join_and_leave(self) -> None:
        for name in self._wanted - self._joined:
            await self._layer.group_add(name, self._channel)
            self._joined.add(name)
        for name in self._joined - self._wanted:
            await self._layer.group_discard(name, self._channel)
            self._joined.discard(name)

    async def leave(self) -> None:
        """Out of every group, before the channel is dropped."""
        if self._channel is not None:
            await self.want(set())
