"""A network that misbehaves on request: a TCP proxy on loopback between people and servers.

It goes to the next server when one does not answer, as a load balancer does. On top of the bytes it can read the
server's WebSocket frames, so that a single kind of frame can be lost.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections.abc import Callable
from contextlib import suppress

CHUNK = 65536
TEXT = 0x1
RETRANSMIT = 0.2  # seconds until TCP sends a lost segment again, doubled each time
Frame = tuple[int, bytes, bytes]  # opcode, payload, as it travelled


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.client, self.server = client, server
        self.is_socket = False  # its handshake asked for a WebSocket
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.waiting: asyncio.TimerHandle | None = None
        self.cut_after: int | None = None  # bytes towards the client after which the line ends

    def moved(self) -> None:
        """Something went through: the line is not idle."""
        if self.waiting is not None:
            self.waiting.cancel()
        if self.proxy.idle:
            self.waiting = asyncio.get_running_loop().call_later(self.proxy.idle, self.cut)

    def cut(self) -> None:
        """RST to both sides."""
        self.flowing.set()
        for side in (self.client, self.server):
            side.transport.abort()


class Proxy:
    """Listens on `port`; `servers` may change at any time."""

    def __init__(self, servers: list[int]) -> None:
        self.servers = servers
        self.port = 0
        self.links: set[Link] = set()
        self.loss = 0.0  # probability that a segment must be sent again
        self.idle = 0.0  # seconds without a byte in either direction after which a line is cut; 0: never
        self.refuse_sockets = False  # a firewall that knows no WebSocket: handshakes get 403
        self.lose: Callable[[dict[str, object]], bool] | None = None  # which frames of the server vanish
        self.lost = 0
        self._stalled = False
        self._turn = 0
        self._serving: set[asyncio.Task[None]] = set()
        self._random = random.Random(7)
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        self._listening = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """No new connections, and an end of those that there are."""
        if self._listening is not None:
            self._listening.close()
        self.cut()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def stall(self) -> None:
        """A black hole: connections stand, new ones are taken, and nothing goes through."""
        self._stalled = True
        for link in self.links:
            link.flowing.clear()

    def resume(self) -> None:
        """What was held goes on its way."""
        self._stalled = False
        for link in self.links:
            link.flowing.set()

    def cut(self) -> int:
        """RST for every connection; how many there were."""
        links = list(self.links)
        for link in links:
            link.cut()
        return len(links)

    def cut_in_mid_frame(self, bytes_more: int = 9) -> int:
        """Each socket ends with an RST after so many more bytes from its server, in the middle of a frame."""
        links = [link for link in self.links if link.is_socket]
        for link in links:
            link.cut_after = bytes_more
        return len(links)

    # --- one connection ---------------------------------------------------------------------------------
    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            is_socket = b"upgrade: websocket" in head.lower()
            if is_socket and self.refuse_sockets:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            from_server, to_server = await self._reach()
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
            return
        link = Link(self, writer, to_server)
        link.is_socket = is_socket
        if self._stalled:
            link.flowing.clear()
        self.links.add(link)
        up = asyncio.create_task(self._up(link, head, reader))
        down = asyncio.create_task(self._down(link, from_server))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if up.done() and not down.done():  # a request that was said to its end still gets its answer
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(down), 5)
        finally:
            self.links.discard(link)
            if link.waiting is not None:
                link.waiting.cancel()
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            link.server.transport.abort()
            with suppress(OSError):
                link.client.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The next server in turn that takes the connection. OSError when none does."""
        self._turn += 1
        error: OSError = ConnectionRefusedError()
        for n in range(len(self.servers)):
            try:
                return await asyncio.open_connection(
                    "127.0.0.1", self.servers[(self._turn + n) % len(self.servers)]
                )
            except OSError as refused:
                error = refused
        raise error

    async def _up(self, link: Link, head: bytes, reader: asyncio.StreamReader) -> None:
        data = head
        with suppress(OSError):
            while data:
                await self._travel(link)
                link.moved()
                link.server.write(data)
                await link.server.drain()
                data = await reader.read(CHUNK)

    async def _down(self, link: Link, reader: asyncio.StreamReader) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if link.is_socket:
                await self._say(link, await reader.readuntil(b"\r\n\r\n"))
                while True:
                    await self._frame(link, *await read_frame(reader))
            while data := await reader.read(CHUNK):
                await self._say(link, data)

    async def _frame(self, link: Link, opcode: int, payload: bytes, raw: bytes) -> None:
        if self.lose is not None and opcode == TEXT and self.lose(json.loads(payload)):
            self.lost += 1
            return
        await self._say(link, raw)

    async def _say(self, link: Link, data: bytes) -> None:
        await self._travel(link)
        link.moved()
        if link.cut_after is not None:
            if len(data) > link.cut_after:
                link.client.write(data[: link.cut_after])
                await link.client.drain()
                await asyncio.sleep(0.01)  # RST overtakes what is still in the buffer
                link.cut()
                return
            link.cut_after -= len(data)
        link.client.write(data)
        await link.client.drain()

    async def _travel(self, link: Link) -> None:
        """How long a segment needs: as long as the line stands still, and each loss its retransmission."""
        again = RETRANSMIT
        while self.loss and self._random.random() < self.loss:
            await asyncio.sleep(again)
            again *= 2
        await link.flowing.wait()


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """A frame of the server (unmasked). IncompleteReadError at the end of the line."""
    raw = head = await reader.readexactly(2)
    size = head[1] & 0x7F
    if size >= 126:
        more = await reader.readexactly(2 if size == 126 else 8)
        size = struct.unpack("!H" if size == 126 else "!Q", more)[0]
        raw += more
    payload = await reader.readexactly(size)
    return head[0] & 0x0F, payload, raw + payload
