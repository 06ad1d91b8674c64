"""The channel layers: pub/sub on Redis, and this process's own where it is the only one."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, TimeoutError

from livechat.layer import MISSED


class PubSubLayer(RedisPubSubChannelLayer):
    """No read time-out (a quiet consumer is no failure); the first commands after a restart are tried again."""

    def __init__(self, url: str, **config: Any) -> None:
        host = {
            "address": url,
            "socket_timeout": None,
            "socket_connect_timeout": 2,
            "max_connections": 1000,
            "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
            "retry_on_error": [ConnectionError, TimeoutError],
        }
        super().__init__(hosts=[host], **config)

    async def send_groups(self, batch: list[tuple[str, dict[str, Any]]]) -> None:
        """`group_send` of several messages, in their order, in one round trip to Redis."""
        layer = self._get_layer()
        by_shard: dict[Any, list[tuple[str, bytes]]] = {}
        for group, message in batch:
            channel = layer._get_group_channel_name(group)
            some = by_shard.setdefault(layer._get_shard(channel), [])
            some.append((channel, self.serialize(message)))
        for shard, some in by_shard.items():
            async with shard._lock:
                shard._ensure_redis()
                together = shard._redis.pipeline(transaction=False)
                for channel, data in some:
                    together.publish(channel, data)
                await together.execute()


class LocalLayer(InMemoryChannelLayer):
    """Within one process. Nobody is put out for having been slow; who missed something is told that.

    Messages are shared by all who get them: they are read and never changed.
    """

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._missed: set[str] = set()

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        self.require_valid_channel_name(channel)
        queue = self.channels.setdefault(channel, asyncio.Queue(maxsize=self.get_capacity(channel)))
        try:
            queue.put_nowait((inf, message))
        except asyncio.QueueFull:
            raise ChannelFull(channel) from None

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.require_valid_group_name(group)
        for channel in list(self.groups.get(group, ())):
            try:
                await self.send(channel, message)
            except ChannelFull:
                self._missed.add(channel)

    async def receive(self, channel: str) -> dict[str, Any]:
        if channel in self._missed:
            self._missed.discard(channel)
            return {"type": MISSED}
        message: dict[str, Any] = await super().receive(channel)
        return message

    async def group_discard(self, group: str, channel: str) -> None:
        await super().group_discard(group, channel)
        self._missed.discard(channel)

    def _clean_expired(self) -> None:
        """Hints do not grow old, and a socket that reads slowly is still a socket."""
