"""The life of one socket: origin, hello, watch, farewell. What is said in between is `livechat.operations`.

Four tasks serve it: one reads the client's frames in their order, one hears the channel layer, one sends events,
one watches the time. Whichever ends first ends the socket, with a `bye` where there is something to say.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from autobahn.exception import Disconnected
from channels.consumer import AsyncConsumer

from core import live
from core.errors import Forbidden, TooFast
from livechat import line, origins
from livechat.executor import run
from livechat.identity import Identity, renew
from livechat.layer import Ear
from livechat.limits import Bucket, for_frames
from livechat.protocol import (
    BAD_FRAME,
    FAILED,
    FORBIDDEN,
    MOVING,
    NOT_SIGNED_IN,
    SILENT,
    TOO_FAST,
    Fatal,
    Hello,
    Op,
    Ping,
    Refused,
    bye,
    dump,
    failed,
    nack,
    parse,
)
from livechat.pump import Frame, Pump
from livechat.sweeper import registry

log = logging.getLogger(__name__)
HELLO_WITHIN = 5.0  # seconds
SILENT_AFTER = 60.0
LOOK_AGAIN_EVERY = 60.0  # is this session still signed in, are these streams still theirs
BEAT_EVERY = 15.0  # a member of staff's heartbeat, at most
MISSES_LIMIT = 200  # frames refused for their speed, in a row
MOVES_AFTER = 4 * 3600.0  # a socket is asked to come anew, so that none outlives what it was built on
MOVES_SPREAD = 1800.0  # sooner or later by up to this
FINISH_WITHIN = 15.0  # what is being done may end before the socket moves
LAST_WORD_WITHIN = 2.0  # for a farewell to get on a line that is full


class Gone(Exception):
    """The client closed."""


class Connection(AsyncConsumer):
    """One socket. Its dispatch is its own: no frame waits for another socket's query."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Frame]],
        send: Callable[[Frame], Awaitable[None]],
    ) -> None:
        self.scope, self.base_send = scope, send
        await receive()  # websocket.connect
        if not origins.is_allowed(scope):
            await send({"type": "websocket.close"})  # before accept: HTTP 403
            return
        self._begin()
        await send({"type": "websocket.accept"})
        tasks = [
            asyncio.create_task(job)
            for job in (self._listen(receive), self._hear(), self.pump.run(), self._watch())
        ]
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self.is_ending = True
            await self._farewell([task.exception() for task in done])
        finally:
            registry().remove(self.pump)
            await self.ear.leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self) -> None:
        live.use_loop(asyncio.get_running_loop())
        self.sid = secrets.token_hex(8)
        self.identity: Identity | None = None
        self.greeted = asyncio.Event()
        self.pump = Pump(self.sid, self.emit)
        self.pump.move(MOVES_AFTER + random.uniform(-MOVES_SPREAD, MOVES_SPREAD))
        self.line = line.current.get()
        self.turn = asyncio.Lock()  # held while a frame is dealt with
        self.is_ending = False
        self.ear = Ear()
        self.frames = for_frames()
        self.sends: Bucket | None = None
        self.misses = 0
        self.heard_at = self.beat_at = time.monotonic()

    async def emit(self, frame: Frame) -> None:
        """Say something to the client, once the line takes it. Raises Gone when it has ended, or takes nothing.

        That ends the socket without a word: what is kept for a client that does not read stays small.
        """
        if self.line is not None and not self.line.is_clear:
            if not await self.line.clear(LAST_WORD_WITHIN if self.is_ending else SILENT_AFTER):
                self.line.abort()
                raise Gone
        try:
            await self.base_send({"type": "websocket.send", "text": dump(frame)})
        except Disconnected:
            raise Gone from None

    # --- tasks ------------------------------------------------------------------------------------------
    async def _listen(self, receive: Callable[[], Awaitable[Frame]]) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                raise Gone
            self.heard_at = time.monotonic()
            if self.line is not None:
                self.line.took()
            async with self.turn:
                await self._frame(message.get("text"))

    async def _hear(self) -> None:
        while True:
            self.pump.hint(await self.ear.next())

    async def _watch(self) -> None:
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                await self.greeted.wait()
        except TimeoutError:
            raise Fatal(SILENT, "no hello in 5 s") from None
        look_at = time.monotonic() + LOOK_AGAIN_EVERY
        while True:
            now = time.monotonic()
            silent_at = self._check_heard(now)
            if now >= self.pump.move_at:
                await self._move()
            if now >= look_at:
                look_at = now + LOOK_AGAIN_EVERY
                await self._look_again()
            await self._sleep_until(min(silent_at, look_at, self.pump.move_at))

    def _check_heard(self, now: float) -> float:
        """Until when the client may be silent. Raises Fatal 4408 when that is over."""
        if now >= self.heard_at + SILENT_AFTER:
            raise Fatal(SILENT, "nothing was heard for 60 s")
        stalled = self.pump.stalled_since()
        if stalled is not None and now >= stalled + SILENT_AFTER:
            raise Fatal(SILENT, "what was sent was not taken for 60 s")
        # A stream may stall at any moment: looked at four times in the time that it is given.
        return min(self.heard_at + SILENT_AFTER, now + SILENT_AFTER / 4)

    async def _sleep_until(self, due: float) -> None:
        self.pump.moved.clear()
        try:
            async with asyncio.timeout(max(0.05, due - time.monotonic())):
                await self.pump.moved.wait()
        except TimeoutError:
            pass

    async def _move(self) -> None:
        """Raises Fatal 4503 once the frame in hand is answered. Those after it are sent again, elsewhere."""
        try:
            async with asyncio.timeout(FINISH_WITHIN):
                await self.turn.acquire()  # never given back: nothing more is begun
        except TimeoutError:
            log.warning("an operation outlasted its socket")
        raise Fatal(MOVING, "please come again", random.randint(100, 2000))

    # --- frames -----------------------------------------------------------------------------------------
    async def _frame(self, text: str | None) -> None:
        """One frame. A refusal is answered; a failure poisons the socket, so that order is kept by resending."""
        try:
            op = parse(text)
            self._check_turn(op)
        except Refused as refused:
            await self._refuse(refused)
            return
        own = getattr(op, "id", None)
        try:
            await self.operate(op)
        except Refused as refused:
            await self._refuse(refused)
        except (Fatal, Gone):
            raise
        except Exception:
            log.exception("the operation %s failed", type(op).__name__.lower())
            await self.emit(failed(own))
            raise Fatal(FAILED, "operation failed", 1000) from None

    async def _refuse(self, refused: Refused) -> None:
        if self.identity is None:
            raise Fatal(BAD_FRAME, "hello was not understood")
        await self.emit(nack(refused.id, refused.error))

    def _check_turn(self, op: Op) -> None:
        """Hello first and once; nobody faster than the house reads."""
        if (self.identity is None) != isinstance(op, Hello):
            known = self.identity is not None
            raise Fatal(BAD_FRAME, "hello comes once") if known else Fatal(NOT_SIGNED_IN, "hello comes first")
        wait = self.frames.take()
        if wait and not isinstance(op, Ping):
            self.misses += 1
            if self.misses > MISSES_LIMIT:
                raise Fatal(TOO_FAST, "too many frames", 10_000)
            raise Refused(TooFast(retry_after_ms=wait), getattr(op, "id", None))
        self.misses = 0 if not wait else self.misses

    async def operate(self, op: Op) -> None:
        raise NotImplementedError

    async def recheck(self, identity: Identity) -> None:
        raise NotImplementedError

    # --- the watch and the end --------------------------------------------------------------------------
    async def _look_again(self) -> None:
        """Raises Fatal 4401 for a session that ended, 4403 for an access that was ended. A database that does not
        answer proves nothing."""
        if self.identity is None:
            return
        try:
            fresh = await run(renew, self.identity)
        except Forbidden:
            raise Fatal(FORBIDDEN, "this log-in has no right to be here") from None
        except Exception:
            log.warning("a session could not be looked up; it is asked again in a minute", exc_info=True)
            return
        if fresh is None:
            raise Fatal(NOT_SIGNED_IN, "signed out")
        self.identity = fresh
        await self.recheck(fresh)

    async def _farewell(self, causes: list[BaseException | None]) -> None:
        if any(isinstance(cause, Gone) for cause in causes):
            return
        fatal = next((cause for cause in causes if isinstance(cause, Fatal)), None)
        if fatal is None:
            log.error("a socket's task ended", exc_info=next((cause for cause in causes if cause), None))
            fatal = Fatal(FAILED, "internal error", 1000)
        try:
            await self.emit(bye(fatal))
        except Gone:
            return
        await self.base_send({"type": "websocket.close", "code": fatal.code})
