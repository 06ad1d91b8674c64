"""What a chat costs at the very least: a plain Channels consumer with one insert by a pool, for comparison."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from channels.generic.websocket import AsyncWebsocketConsumer
from psycopg_pool import AsyncConnectionPool

TABLE = """CREATE TABLE IF NOT EXISTS bare_message (
    id bigserial PRIMARY KEY, room text NOT NULL, client_id text NOT NULL UNIQUE, body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now())"""
INSERT = "INSERT INTO bare_message (room, client_id, body) VALUES (%s, %s, %s) RETURNING id, created_at"
_pool: AsyncConnectionPool | None = None


async def pool() -> AsyncConnectionPool:
    """The pool of this process."""
    global _pool
    if _pool is None:
        _pool = AsyncConnectionPool(os.environ["BARE_DSN"], min_size=2, max_size=8, open=False)
        await _pool.open()
    return _pool


class Bare(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        self.room = parse_qs(self.scope["query_string"].decode())["room"][0]
        await self.channel_layer.group_add(f"room-{self.room}", self.channel_name)
        await self.accept()
        await self.send(text_data='{"op":"ready"}')

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(f"room-{self.room}", self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        said = json.loads(text_data or "")
        async with (await pool()).connection() as line:
            row = await (await line.execute(INSERT, (self.room, said["id"], said["body"]))).fetchone()
        assert row is not None
        seq, at = row[0], row[1].isoformat()
        await self.send(text_data=json.dumps({"op": "ack", "id": said["id"], "seq": seq, "created_at": at}))
        event = {"op": "ev", "id": said["id"], "seq": seq, "data": {"body": said["body"], "at": at}}
        await self.channel_layer.group_send(f"room-{self.room}", {"type": "said", "event": event})

    async def said(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message["event"]))


application = Bare.as_asgi()
