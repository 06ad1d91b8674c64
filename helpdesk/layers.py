"""The channel layer on Redis: pub/sub, with the settings that keep quiet sockets alive and survive a restart."""

from __future__ import annotations

from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, TimeoutError


class PubSubLayer(RedisPubSubChannelLayer):
    """No read time-out (a quiet consumer is no failure); the first commands after a restart are tried again."""

    def __init__(self, url: str, **config: Any) -> None:
        host = {
            "address": url,
            "socket_timeout": None,
            "max_connections": 1000,
            "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
            "retry_on_error": [ConnectionError, TimeoutError],
        }
        super().__init__(hosts=[host], **config)
