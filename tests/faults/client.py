"""A small client of the live protocol, version 1, as a page would be: outbox, resend, gap, sync, back-off, fallback.

A `Storage` stands for what a browser keeps of a person, shared by their tabs. A `Tab` is one page with its socket.
Every wait has the proportions of the real page; `QUICK` makes all of them about ten times shorter.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace

from tests.faults.http import Page, SignedOut
from tests.faults.storage import Entry, Frame, Storage
from tests.wsclient import Closed, Refused, Socket

FINAL = (4403, 4404, 4426)


@dataclass(frozen=True)
class Pace:
    """The client's waits, in seconds."""

    beat: float = 20.0
    pong: float = 10.0
    ack: float = 20.0
    hold: float = 0.5
    step: float = 0.5  # back-off: random(0, min(cap, step * 2^n))
    cap: float = 30.0
    connect: float = 15.0
    socket_again: float = 60.0  # from HTTP back to the socket
    poll: float = 25.0

    def slower(self, times: float) -> Pace:
        """With as much more patience for an answer: who waits for a core is not dead."""
        return replace(self, pong=self.pong * times, ack=self.ack * times, connect=self.connect * times)


REAL = Pace()
# How long a connection may take is the server's matter too (Redis away: it waits for it), so that is not a tenth.
QUICK = Pace(
    beat=2.0, pong=1.0, ack=2.0, hold=0.2, step=0.05, cap=2.0, connect=8.0, socket_again=4.0, poll=1.0
)
SOCKETS_TRIED = 3  # before HTTP
PING_AFTER = 100  # events: the server pushes no more than 200 beyond what it was told of


@dataclass
class View:
    """One stream as a tab shows it."""

    events: list[Frame] = field(default_factory=list)
    epoch: str | None = None
    held: dict[int, Frame] = field(default_factory=dict)
    resets: int = 0
    drawn_anew: bool = False  # after a reset, until the log was fetched

    @property
    def cursor(self) -> int:
        return self.events[-1]["seq"] if self.events else 0


class Tab:
    """One page: follows its streams, empties its person's outbox. `run()` until cancelled."""

    def __init__(
        self,
        page: Page,
        storage: Storage,
        streams: list[str],
        *,
        pace: Pace = QUICK,
        topics: list[str] | None = None,
    ) -> None:
        self.page, self.storage, self.pace = page, storage, pace
        self.views = {stream: View() for stream in streams}
        self.topics = topics or []
        self.me = page.person
        self.socket: Socket | None = None
        self.ready = asyncio.Event()
        self.awake = asyncio.Event()
        self.awake.set()
        self.failures = 0  # tries in a row that came to nothing
        self.closes: list[int] = []
        self.on_at = math.inf  # since when it has its line
        self.told = 0.0  # seconds until a server wants to see it again
        self.ends = ""  # why it gave up for good
        self.frames: list[Frame] = []  # all that are no events
        self.over_http = 0  # messages that went by HTTP
        self.polls = 0  # answers that came by HTTP
        self.arrived: dict[str, float] = {}  # when a message was first on this page
        self.on_since: dict[str, float] = {}  # and since when the page had had its line then
        self.pace_random = random.Random(hash(page.person) & 0xFFFF)
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._wakes: dict[str, asyncio.Event] = {stream: asyncio.Event() for stream in streams}
        self._syncs: dict[str, asyncio.Task[None]] = {}
        self._pong = 0
        self._reconnect = asyncio.Event()
        storage.tabs.append(self)

    # --- the line ---------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Connect, serve, back off, again."""
        while not self.ends:
            try:
                await self._once()
            except SignedOut:
                self.ends = "signed out"
            except (OSError, TimeoutError, asyncio.IncompleteReadError, Refused):
                self.closes.append(0)
            self.on_at = math.inf
            self.ready.clear()
            self.failures += 1
            if self.failures > SOCKETS_TRIED and not self.ends:
                await self._by_http()
            elif not self.ends:
                wait = min(self.pace.cap, self.pace.step * 2 ** min(self.failures, 16))
                told, self.told = self.told, 0.0  # a bye said when to come again
                await asyncio.sleep(min(told, self.pace.cap) or self.pace_random.uniform(0, wait))

    async def _once(self) -> None:
        async with asyncio.timeout(self.pace.connect):
            await self.awake.wait()
            ticket = await self.page.ticket()
            socket = await Socket.open(self.page.port)
        self.socket, self._reconnect = socket, asyncio.Event()
        try:
            async with asyncio.timeout(self.pace.connect):
                streams = [{"id": s, "seq": v.cursor, "epoch": v.epoch} for s, v in self.views.items()]
                await socket.say("hello", v=1, auth={"ticket": ticket}, streams=streams, topics=self.topics)
                self._take_ready(await socket.frame(self.pace.connect))
            await self._serve(socket)
            self._closed(1006)  # it was let go from here
        except Closed as closed:
            self._closed(closed.code)
        finally:
            self.socket = None
            socket.cut()

    def _take_ready(self, frame: Frame) -> None:
        if frame["op"] != "ready":  # a bye: the close follows
            raise TimeoutError
        self.frames.append(frame)
        for info in frame["streams"]:
            self.views[info["id"]].epoch = info["epoch"]
        self.failures = 0
        self.on_at = time.monotonic()
        self.ready.set()

    def _closed(self, code: int) -> None:
        self.closes.append(code)
        if code in FINAL or (code == 4401 and self.closes[-2:] == [4401, 4401]):
            self.ends = str(code)

    async def _serve(self, socket: Socket) -> None:
        jobs = [self._listen(socket), self._beat(socket), self._reconnect.wait()]
        jobs += [self._send_all(socket, stream) for stream in self.views]
        tasks = [asyncio.create_task(job) for job in jobs]  # type: ignore[arg-type]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in [*tasks, *self._syncs.values()]:
                task.cancel()
            await asyncio.gather(*tasks, *self._syncs.values(), return_exceptions=True)
            self._syncs.clear()

    async def _beat(self, socket: Socket) -> None:
        """A ping every so often, and at once after a hundred events; no pong in time: the line is dead."""
        n = 0
        while True:
            told = {s: v.cursor for s, v in self.views.items()}
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pace.beat):
                    while all(v.cursor - told[s] < PING_AFTER for s, v in self.views.items()):
                        await asyncio.sleep(0.1)
            await self.awake.wait()
            n += 1
            began = time.monotonic()
            await socket.say("ping", n=n, seqs={s: v.cursor for s, v in self.views.items()})
            while self._pong < n:
                if time.monotonic() - began > self.pace.pong:
                    return  # the line is dead
                await asyncio.sleep(self.pace.pong / 20)
            self._pong = 0

    def freeze(self) -> None:
        """The machine sleeps, the tab is frozen: nothing is read, nothing is said."""
        self.awake.clear()

    def thaw(self) -> None:
        """It goes on; a timer that drifted means: find out at once whether the line still stands."""
        self.awake.set()
        self._reconnect.set()

    # --- what comes -------------------------------------------------------------------------------------
    async def _listen(self, socket: Socket) -> None:
        while True:
            await self.awake.wait()
            frame = await socket.frame(within=3600)
            await self.awake.wait()
            await self._take(socket, frame)

    async def _take(self, socket: Socket, frame: Frame) -> None:
        op, stream = frame["op"], frame.get("stream")
        if op == "ev" and stream in self.views:
            self._event(socket, stream, frame)
        elif op == "batch":
            for event in frame["events"]:
                self._event(socket, frame["stream"], event)
            if frame["more"]:
                await self._sync(socket, frame["stream"])
            elif self.views[frame["stream"]].drawn_anew:
                await self._follow(socket, frame["stream"])
        elif op in ("ack", "nack") and frame.get("id") in self._answers:
            answer = self._answers[frame["id"]]
            if not answer.done():
                answer.set_result(frame)
        elif op == "reset":
            self._forget(frame["stream"])
            self.views[frame["stream"]].drawn_anew = True
            await self._sync(socket, frame["stream"])
        elif op == "subscribed":
            for info in frame["streams"]:
                self.views[info["id"]].epoch = info["epoch"]
        elif op == "pong":
            self._pong = frame["n"]
            for name, head in frame["heads"].items():
                if head > self.views[name].cursor:
                    self._later(socket, name)
        elif op == "bye":
            self.told = (frame.get("retry_after_ms") or 0) / 1000
        if op != "ev":
            self.frames.append(frame)

    def _forget(self, stream: str) -> None:
        """The copy is of another time."""
        view = self.views[stream]
        view.events, view.held, view.epoch = [], {}, None
        view.resets += 1

    def _event(self, socket: Socket | None, stream: str, event: Frame) -> None:
        """Each event once, in the order of its seq; beyond a gap it is held and the gap is asked for."""
        view = self.views[stream]
        if event["seq"] <= view.cursor:
            return
        view.held[event["seq"]] = event
        while (following := view.held.pop(view.cursor + 1, None)) is not None:
            view.events.append(following)
            self.arrived.setdefault(following.get("id") or "", time.monotonic())
            self.on_since.setdefault(following.get("id") or "", self.on_at)
            self._own(stream, following)
        if view.held and socket is not None:
            self._later(socket, stream)

    def _own(self, stream: str, event: Frame) -> None:
        """An own message that comes back is in the log, whether its ack came or not."""
        if event.get("id") and event["author"].get("id") == self.me:
            answer = self._answers.get(event["id"])
            if answer is not None and not answer.done():
                answer.set_result({"op": "ack", "id": event["id"], "seq": event["seq"], "dup": False})
            elif self.storage.drop(stream, event["id"]):
                self.storage.note_ack(event["id"], event["seq"])

    def _later(self, socket: Socket, stream: str) -> None:
        if stream not in self._syncs or self._syncs[stream].done():
            self._syncs[stream] = asyncio.create_task(self._hold(socket, stream))

    async def _hold(self, socket: Socket, stream: str) -> None:
        before = self.views[stream].cursor
        await asyncio.sleep(self.pace.hold)
        if self.views[stream].cursor == before:
            with suppress(OSError):
                await self._sync(socket, stream)

    async def _follow(self, socket: Socket, stream: str) -> None:
        """The whole log was fetched: from here on like everybody."""
        view = self.views[stream]
        view.drawn_anew = False
        await socket.say("sub", streams=[{"id": stream, "seq": view.cursor, "epoch": None}])

    async def _sync(self, socket: Socket, stream: str) -> None:
        await socket.say("sync", stream=stream, after=self.views[stream].cursor, limit=200)

    # --- what goes --------------------------------------------------------------------------------------
    def wake_sender(self, stream: str) -> None:
        if stream in self._wakes:
            self._wakes[stream].set()

    async def _send_all(self, socket: Socket, stream: str) -> None:
        """One in flight a stream; no answer in time: the line is dead."""
        while True:
            await self.awake.wait()
            self._wakes[stream].clear()
            box = self.storage.outbox[stream]
            if not box:
                await self._wakes[stream].wait()
                continue
            entry = box[0]
            answer = self._answers[entry.id] = asyncio.get_running_loop().create_future()
            try:
                await socket.say(
                    "send", id=entry.id, stream=stream, kind=entry.kind, body=entry.body, sure=True
                )
                async with asyncio.timeout(self.pace.ack):
                    outcome = await answer
            except TimeoutError:
                self._reconnect.set()
                return
            finally:
                del self._answers[entry.id]
            await self._settle(entry, outcome)

    async def _settle(self, entry: Entry, outcome: Frame) -> None:
        if outcome["op"] == "ack":
            self.storage.note_ack(entry.id, outcome["seq"])
            self.storage.drop(entry.stream, entry.id)
        elif outcome["retryable"]:
            await asyncio.sleep((outcome.get("retry_after_ms") or 200) / 1000)
        elif self.storage.drop(entry.stream, entry.id):
            entry.error = outcome
            self.storage.failed.append(entry)

    # --- over HTTP --------------------------------------------------------------------------------------
    async def _by_http(self) -> None:
        """The same by requests, for a while; then the socket is tried again."""
        until = time.monotonic() + self.pace.socket_again
        while time.monotonic() < until:
            await self.awake.wait()
            try:
                for stream in self.views:
                    await self._say_all(stream)
                await self._poll()
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                await asyncio.sleep(self.pace_random.uniform(0, self.pace.cap / 2))

    async def _poll(self) -> None:
        places = [(stream, view.cursor, view.epoch) for stream, view in self.views.items()]
        got = await self.page.poll(places, self.pace.poll)
        self.polls += 1
        for one in got["streams"]:
            if one["reset"]:
                self._forget(one["id"])
                continue
            self.views[one["id"]].epoch = one["epoch"]
            for event in one["events"]:
                self._event(None, one["id"], event)
        await asyncio.sleep(got["again_in_ms"] / 1000)

    async def _say_all(self, stream: str) -> None:
        for entry in list(self.storage.outbox[stream]):
            outcome = await self.page.say(stream, entry.id, entry.kind, entry.body)
            self.over_http += outcome["op"] == "ack"
            await self._settle(entry, outcome)
            if outcome["op"] == "nack" and outcome["retryable"]:
                return
