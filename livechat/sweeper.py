"""The head sweeper: every two seconds each process asks, in one query, how far its sockets' streams have come.

The channel layer loses messages without a word (Redis away, a queue that is full); this finds every one of them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol
from weakref import WeakKeyDictionary

from livechat import layer
from livechat.executor import run
from tickets import queries as tickets

log = logging.getLogger(__name__)
SWEEP_EVERY = 2.0  # seconds


class Follower(Protocol):
    """Whoever follows streams in this process: a socket, or a request that waits for news."""

    def streams(self) -> Iterable[str]:
        """Public ids of what it follows."""

    def saw_head(self, stream: str, head: int) -> None:
        """The log is known to reach `head`."""

    def move(self, after: float) -> None:
        """This process is leaving: be gone in so many seconds."""


class Registry:
    """Those who live on one loop, which is one process."""

    def __init__(self) -> None:
        self.followers: dict[Follower, str] = {}  # with the person's public id
        self.ears: dict[Follower, layer.Ear] = {}
        self.epoch = layer.Epoch()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, follower: Follower, ear: layer.Ear, person: str) -> None:
        """One is there; the first one starts the sweeper."""
        self.followers[follower] = person
        self.ears[follower] = ear
        # Two tasks, so that a layer that hangs delays no sweep: the sweep is what makes up for it.
        for name, job in (("sweep", self._sweep), ("tend", self._tend)):
            if name not in self._tasks or self._tasks[name].done():
                self._tasks[name] = asyncio.create_task(self._repeat(job), name=f"live-{name}")

    def remove(self, follower: Follower) -> None:
        self.followers.pop(follower, None)
        self.ears.pop(follower, None)

    def count(self, person: str) -> int:
        """How many sockets and waiting requests a person has in this process."""
        return Counter(self.followers.values())[person]

    def move_all(self, spread: float) -> None:
        """Everyone leaves, each at a moment of its own within `spread` seconds."""
        for follower in list(self.followers):
            follower.move(random.uniform(0, spread))

    async def _repeat(self, job: Callable[[], Awaitable[None]]) -> None:
        while self.followers:
            try:
                await job()
            except Exception:
                log.exception("a round of the sweeper failed; the next one follows")
            await asyncio.sleep(SWEEP_EVERY)

    async def _tend(self) -> None:
        """Look whether the layer was away, and join the groups that it refused."""
        await asyncio.gather(self.epoch.look(), *[ear.mend() for ear in self.ears.values() if ear.is_off])

    async def _sweep(self) -> None:
        streams = sorted({stream for one in self.followers for stream in one.streams()})
        if not streams:
            return
        try:
            heads = await run(tickets.heads, streams)
        except Exception:
            log.warning("the heads of %d streams could not be read", len(streams), exc_info=True)
            return
        for one in list(self.followers):
            for stream in list(one.streams()):
                if stream in heads:
                    one.saw_head(stream, heads[stream])


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Registry] = WeakKeyDictionary()


def registry() -> Registry:
    """The registry of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _registries:
        _registries[loop] = Registry()
    return _registries[loop]
