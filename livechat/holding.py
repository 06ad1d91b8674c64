"""Requests that wait for news (`?wait=25`), held on the loop: waiting takes no thread and no database connection.

The view answers first, as ever. If it has nothing new and was asked to wait, it says for what (`Held.wait_for`);
its answer is kept back, the streams and topics are watched as a socket's are, and on the first news the
view is asked again, under the rights that its caller has by then. Another server than daphne holds nothing: there
`held_of` is None, the answer goes out at once and says when to ask again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from core import live
from livechat import draining
from livechat.executor import run
from livechat.layer import MISSED, Ear
from livechat.sweeper import registry
from tickets import queries as tickets

log = logging.getLogger(__name__)
WAIT_MOST = 25.0  # seconds
WAITING_MOST = 10  # requests of one person that wait in this process; more are answered at once
SCOPE = "livechat.held"
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Say = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class Held:
    """What a request waits for. `changed`: the topics that brought it back, with the ids that were named."""

    seconds: float
    person: str = ""
    user_id: int | None = None
    cursors: dict[str, int] = field(default_factory=dict)
    topics: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    is_waiting: bool = False
    has_waited: bool = False

    def wait_for(
        self, *, person: str, user_id: int | None, cursors: dict[str, int], topics: dict[str, list[str]]
    ) -> None:
        """Keep the answer back until one of these streams is beyond its cursor, or a topic's groups are told."""
        self.person, self.user_id, self.cursors, self.topics = person, user_id, cursors, topics
        self.is_waiting = self.seconds > 0


def held_of(request: Any) -> Held | None:
    """What holds this request (of Django, or the framework's around it); None where nothing does."""
    inner = getattr(request, "_request", request)
    found: Held | None = getattr(inner, "scope", {}).get(SCOPE)
    return found


class Waiter:
    """One request that waits, in the place of a socket."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._news = asyncio.Event()

    def streams(self) -> Iterable[str]:
        return self._held.cursors

    def saw_head(self, stream: str, head: int) -> None:
        if head > self._held.cursors.get(stream, head):
            self._news.set()

    def move(self, after: float) -> None:
        self._news.set()

    async def news(self, ear: Ear) -> None:
        """Return when there is something to ask the view for."""
        hearing = asyncio.create_task(self._hear(ear))
        try:
            await ear.want(self._groups())
            await self._look()
            await self._news.wait()
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    def _groups(self) -> set[str]:
        groups = {live.stream_group(stream) for stream in self._held.cursors}
        if self._held.user_id is not None:
            groups.add(live.group("user", self._held.user_id))
        return groups.union(*self._held.topics.values())

    async def _look(self) -> None:
        """What was written between the view's look and the joining of groups. The sweeper looks after that."""
        try:
            heads = await run(tickets.heads, list(self._held.cursors)) if self._held.cursors else {}
        except Exception:
            log.warning("the heads could not be read; the sweeper tries again", exc_info=True)
            return
        for stream, head in heads.items():
            self.saw_head(stream, head)

    async def _hear(self, ear: Ear) -> None:
        while True:
            self._take(await ear.next())

    def _take(self, message: Message) -> None:
        kind = message["type"]
        if kind == "stream.event":
            self.saw_head(message["stream"], message["seq"])
        elif kind in ("stream.read", "session.closed", MISSED):
            self._news.set()
        elif kind == "topic.changed" and message["topic"] in self._held.topics:
            self._held.changed.setdefault(message["topic"], []).extend(message["ids"])
            self._news.set()


class Holding:
    """Around the pages: holds those requests that ask for it, and counts all of them for a polite end."""

    def __init__(self, pages: Callable[..., Awaitable[None]]) -> None:
        self.pages = pages

    async def __call__(self, scope: Message, receive: Receive, send: Say) -> None:
        mine = object()
        draining.requests.add(mine)
        try:
            seconds = _asked_to_wait(scope)
            if seconds > 0:
                await self._hold(scope, receive, send, Held(seconds))
            else:
                await self.pages(scope, receive, send)
        finally:
            draining.requests.discard(mine)

    async def _hold(self, scope: Message, receive: Receive, send: Say, held: Held) -> None:
        caller = Caller(receive)
        try:
            answer = await self._answer(scope, caller, held)
            again = await _news_for(held, caller) if held.is_waiting else None
            if again is not None:
                answer = await self._answer(scope, caller, again)
            if not caller.has_left.is_set():
                for message in answer:
                    await send(message)
        finally:
            caller.close()

    async def _answer(self, scope: Message, caller: Caller, held: Held) -> list[Message]:
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self.pages({**scope, SCOPE: held}, caller.receive(), keep)
        return said


class Caller:
    """Who waits at the other end: may leave at any time, and has nothing to say but that (GET has no body)."""

    def __init__(self, receive: Receive) -> None:
        self.has_left = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(receive))

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.has_left.set()

    def receive(self) -> Receive:
        """The request as one run of the pages hears it: an empty body, then silence until the caller leaves."""
        first = True

        async def one() -> Message:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": b"", "more_body": False}
            await self.has_left.wait()
            return {"type": "http.disconnect"}

        return one

    def close(self) -> None:
        self._listening.cancel()


def _asked_to_wait(scope: Message) -> float:
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
        return 0.0
    asked = parse_qs(scope.get("query_string", b"").decode("latin1")).get("wait", ["0"])[-1]
    if not (asked.isascii() and asked.isdigit()) or draining.is_on():
        return 0.0
    return min(WAIT_MOST, float(asked[:4]))


async def _news_for(held: Held, caller: Caller) -> Held | None:
    """Wait; how the view is to be asked again, None when the time is up or the caller has gone."""
    house = registry()
    if house.count(held.person) >= WAITING_MOST:
        return Held(0)
    waiter, ear = Waiter(held), Ear()
    house.add(waiter, ear, held.person)
    told = asyncio.create_task(waiter.news(ear))
    left = asyncio.create_task(caller.has_left.wait())
    try:
        await asyncio.wait({told, left}, timeout=held.seconds, return_when=asyncio.FIRST_COMPLETED)
        is_news = told.done() and not left.done()
        return Held(0, changed=held.changed, has_waited=True) if is_news else None
    finally:
        house.remove(waiter)
        for task in (told, left):
            task.cancel()
        await asyncio.gather(told, left, return_exceptions=True)
        await ear.leave()
