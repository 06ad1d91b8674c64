"""The wire below a socket, as far as ASGI keeps it from us: whether it takes more, and how much waits to be read.

A client that does not read would make the server keep everything that is said to it; one that writes faster
than it is answered, everything that it says. Here the first is waited for and the second is not read.
"""

from __future__ import annotations

import asyncio
import sys
from contextvars import ContextVar
from typing import Any

UNREAD_MOST = 100  # frames of one client that wait to be taken; beyond it nothing more is read
UNREAD_FEW = 20  # then reading goes on
current: ContextVar[Line | None] = ContextVar("line", default=None)


class Line:
    """One connection, both ways. The transport calls the three methods of a producer when its buffer fills."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._writable = asyncio.Event()
        self._writable.set()
        self._unread: asyncio.Queue[Any] | None = None
        self._is_paused = False

    def pauseProducing(self) -> None:
        self._writable.clear()

    def resumeProducing(self) -> None:
        self._writable.set()

    def stopProducing(self) -> None:
        self._writable.set()  # whoever waits finds out that the line has ended

    @property
    def is_clear(self) -> bool:
        """Whether what was said so far has left, but for the little that the transport keeps."""
        return self._writable.is_set()

    async def clear(self, within: float) -> bool:
        """Wait until the line takes more; False when it did not `within` seconds."""
        if self._writable.is_set():
            return True
        try:
            async with asyncio.timeout(within):
                await self._writable.wait()
        except TimeoutError:
            return False
        return True

    def came(self, queue: asyncio.Queue[Any]) -> None:
        """A frame came in and waits in this queue."""
        self._unread = queue
        if not self._is_paused and queue.qsize() >= UNREAD_MOST:
            self._is_paused = True
            self._transport.pauseProducing()

    def took(self) -> None:
        """A frame was taken out of it."""
        if self._is_paused and self._unread is not None and self._unread.qsize() <= UNREAD_FEW:
            self._is_paused = False
            self._transport.resumeProducing()

    def abort(self) -> None:
        """End it without a word: nobody would read one."""
        self._transport.abortConnection()


def install() -> None:
    """Under daphne, give every socket its line. Under any other server sockets do without."""
    if "daphne.server" not in sys.modules:
        return
    from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

    class SteadyProtocol(WebSocketProtocol):  # type: ignore[misc]
        def onConnect(self, request: Any) -> Any:
            self.line = Line(self.transport)
            token = current.set(self.line)  # the application's task starts with a copy of this context
            try:
                return super().onConnect(request)
            finally:
                current.reset(token)

        def onOpen(self) -> None:
            self.transport.unregisterProducer()  # the HTTP channel that the socket grew out of
            self.transport.registerProducer(self.line, True)
            super().onOpen()

        # Both without the line for a debugger that costs more than the frame, whether or not somebody reads it.
        def dataReceived(self, data: bytes) -> None:
            self._dataReceived(data)

        def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
            if sync or chopsize or self.send_queue or self.state != self.STATE_OPEN or self.logOctets:
                super().sendData(data, sync, chopsize)
                return
            self.transport.write(data)
            self.trafficStats.outgoingOctetsWireLevel += len(data)

        def onMessage(self, payload: bytes, isBinary: bool) -> None:
            super().onMessage(payload, isBinary)
            if not self.muted:
                self.line.came(self.application_queue)

        def _closeConnection(self, abort: bool = False) -> None:
            self.transport.unregisterProducer()  # a transport with a producer never ends
            super()._closeConnection(abort)

    WebSocketFactory.protocol = SteadyProtocol
