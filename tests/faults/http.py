"""A signed-in page's requests, over asyncio streams and through the same proxy as its socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

PATIENCE = 10.0
TOKEN = "a" * 32


class SignedOut(Exception):
    """The session is no more."""


class Page:
    """Requests of one session. `port` is the proxy's."""

    def __init__(self, port: int, person: str, session: str) -> None:
        self.port, self.person, self.session = port, person, session

    async def ticket(self) -> str:
        """A single-use ticket for the socket. Raises SignedOut, ConnectionError for a server that cannot now."""
        status, body = await self.request("POST", "/api/v1/live/ticket/", {})
        if status in (401, 403):
            raise SignedOut
        if status != 200:
            raise ConnectionError(f"ticket: {status}")
        return str(body["ticket"])

    async def poll(self, places: list[tuple[str, int, str | None]], wait: float) -> dict[str, Any]:
        """What these streams hold beyond these places; waits up to so many seconds for the first of it."""
        at = "&".join(f"at={stream}:{seq}" + (f":{epoch}" if epoch else "") for stream, seq, epoch in places)
        path = f"/api/v1/live/events/?{at}&wait={int(wait)}"
        status, body = await self.request("GET", path, within=wait + PATIENCE)
        if status in (401, 403):
            raise SignedOut
        if status != 200:
            raise ConnectionError(f"poll: {status}")
        return dict(body)

    async def say(self, stream: str, id: str, kind: str, text: str) -> dict[str, Any]:
        """A message over HTTP; the answer as the socket would have given it."""
        said = {"client_id": id, "kind": kind, "body": text}
        status, body = await self.request("POST", f"/api/v1/streams/{stream}/messages/", said)
        if status >= 500 or body is None:
            raise ConnectionError(f"say: {status}")
        return {"op": "ack", **body} if status == 201 else {"op": "nack", "retryable": False, **body}

    async def request(
        self, method: str, path: str, body: Any = None, within: float = PATIENCE
    ) -> tuple[int, Any]:
        """One request on a connection of its own: status and JSON (None for anything else)."""
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(self._request(method, path, body))
                await writer.drain()
                head, _, content = (await reader.read(-1)).partition(b"\r\n\r\n")
            finally:
                writer.transport.abort()
        if not head:
            raise ConnectionResetError("no answer")
        is_json = b"application/json" in head.lower()
        return int(head.split(b" ", 2)[1]), json.loads(content) if is_json and content else None

    def _request(self, method: str, path: str, body: Any) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        host = f"127.0.0.1:{self.port}"
        lines = [
            f"{method} {path} HTTP/1.0",
            f"Host: {host}",
            f"Origin: http://{host}",
            f"Cookie: sessionid={self.session}; csrftoken={TOKEN}",
            f"X-CSRFToken: {TOKEN}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + content
