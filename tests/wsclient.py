"""A small WebSocket client over asyncio streams, for tests that need the wire itself: raw frames, cut lines."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
from typing import Any

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
PATIENCE = 10.0


class Refused(Exception):
    """The handshake was answered by something other than 101; `status` is the HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Closed(Exception):
    """The other end closed; `code` is 1006 where it said none."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Socket:
    """One client. All frames are kept in `seen`; those that `expect` passed over wait for a later one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.seen: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []

    @classmethod
    async def open(
        cls,
        port: int,
        *,
        path: str = "/ws/",
        origin: str | None = "",
        host: str = "127.0.0.1",
        headers: dict[str, str] | None = None,
    ) -> Socket:
        """Shake hands. `origin` "" stands for the server's own, None for no such header. Raises Refused."""
        reader, writer = await asyncio.open_connection(host, port)
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if origin is not None:
            lines.append(f"Origin: {origin or f'http://{host}:{port}'}")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status = int(head.split(b" ", 2)[1])
        if status != 101:
            writer.close()
            raise Refused(status)
        return cls(reader, writer)

    async def say(self, op: str, **fields: Any) -> None:
        """One frame of the protocol."""
        await self.raw(TEXT, json.dumps({"op": op, **fields}, ensure_ascii=False).encode())

    async def text(self, text: str) -> None:
        await self.raw(TEXT, text.encode())

    async def raw(self, opcode: int, payload: bytes) -> None:
        """One masked frame, whatever is in it."""
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.writer.write(head + mask + masked)
        await self.writer.drain()

    async def frame(self, within: float = PATIENCE) -> dict[str, Any]:
        """The next frame of the protocol. Raises Closed, TimeoutError."""
        async with asyncio.timeout(within):
            while True:
                opcode, payload = await self._frame()
                if opcode == PING:
                    await self.raw(PONG, payload)
                elif opcode == CLOSE:
                    code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                    self._check_said_why(code)
                    raise Closed(code)
                elif opcode == TEXT:
                    got: dict[str, Any] = json.loads(payload)
                    self.seen.append(got)
                    self._waiting.append(got)
                    return got

    def _check_said_why(self, code: int) -> None:
        """The reason text of a close never arrives: each close code of ours comes after a `bye` that says it."""
        last = self.seen[-1] if self.seen else {}
        if code >= 4000:
            assert (last.get("op"), last.get("code")) == ("bye", code), (code, last)
            assert last["reason"], last

    async def _frame(self) -> tuple[int, bytes]:
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", await self.reader.readexactly(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", await self.reader.readexactly(8))[0]
            return first & 0x0F, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed(1006) from None

    async def expect(self, op: str, within: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The first frame of this operation with these fields that no `expect` has taken, come or to come."""
        async with asyncio.timeout(within):
            while True:
                for got in self._waiting:
                    if got["op"] == op and all(got.get(name) == value for name, value in fields.items()):
                        self._waiting.remove(got)
                        return got
                await self.frame(within)

    async def closed(self, within: float = PATIENCE) -> int:
        """The code that the server closes with; frames before it are kept in `seen`."""
        try:
            async with asyncio.timeout(within):
                while True:
                    await self.frame(within)
        except Closed as closed:
            return closed.code

    async def close(self) -> None:
        """Say goodbye and go."""
        try:
            await self.raw(CLOSE, struct.pack("!H", 1000))
        except ConnectionError:
            pass
        self.cut()

    def cut(self) -> None:
        """The line is gone, without a word (RST)."""
        self.writer.transport.abort()
