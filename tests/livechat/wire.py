"""People on sockets of a real server: sign in, send, read what came."""

from __future__ import annotations

import asyncio
import http.client
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.livechat.server import Server
from tests.wsclient import Socket


@asynccontextmanager
async def signed_in(server: Server, name: str, **hello: Any) -> AsyncIterator[Socket]:
    """A socket of this person after its hello; its `ready` is the first frame of `seen`."""
    ticket = server.call("ticket", name=name, session=hello.pop("session", None))
    socket = await Socket.open(server.port)
    try:
        await socket.say("hello", v=1, auth={"ticket": ticket}, **hello)
        await socket.expect("ready")
        yield socket
    finally:
        await socket.close()


def at(stream: str, seq: int = 0, epoch: str | None = None) -> list[dict[str, Any]]:
    return [{"id": stream, "seq": seq, "epoch": epoch}]


async def send(socket: Socket, stream: str, body: str, **fields: Any) -> str:
    """Say it, as one who is sure of it; the id under which its ack will come."""
    key = str(fields.pop("id", uuid.uuid4()))
    fields.setdefault("sure", True)
    await socket.say("send", id=key, stream=stream, kind=fields.pop("kind", "reply"), body=body, **fields)
    return key


async def said(socket: Socket, stream: str, body: str) -> str:
    """`send`, and wait for its ack; sent again when it was told to wait."""
    key = await send(socket, stream, body)
    while True:
        answer = await socket.frame()
        if answer.get("id") == key and answer["op"] == "ack":
            return key
        if answer.get("id") == key and answer["op"] == "nack":
            assert answer["code"] == "too_fast", answer
            await asyncio.sleep(answer["retry_after_ms"] / 1000)
            await send(socket, stream, body, id=key)


async def refused(socket: Socket, stream: str, body: str, **fields: Any) -> dict[str, Any]:
    """`send`, and the nack that says why not; a person's messages are counted over all tests of a server, so one
    that was told to wait is sent again."""
    while True:
        key = await send(socket, stream, body, **fields)
        answer = await socket.expect("nack", id=key)
        if answer["code"] != "too_fast":
            return answer
        await asyncio.sleep(answer["retry_after_ms"] / 1000)


async def events(socket: Socket, stream: str, upto: int) -> list[dict[str, Any]]:
    """All events of a stream that have come, once it has reached a seq."""
    while not any(f["op"] == "ev" and f["stream"] == stream and f["seq"] >= upto for f in socket.seen):
        await socket.frame()
    return [f for f in socket.seen if f["op"] == "ev" and f["stream"] == stream]


def post(server: Server, path: str, session: str) -> int:
    """A page's own POST with its cookies; the status, redirects not followed."""
    token = "a" * 32
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={token}",
        "X-CSRFToken": token,
        "Origin": f"http://127.0.0.1:{server.port}",
    }
    line.request("POST", path, headers=headers)
    status = line.getresponse().status
    line.close()
    return status
