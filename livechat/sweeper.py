"""The head sweeper: every two seconds each process asks, in one query, how far its sockets' streams have come.

The channel layer loses messages without a word (Redis away, a queue that is full); this finds every one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from livechat import layer
from livechat.executor import run
from livechat.pump import Pump
from tickets import queries as tickets

log = logging.getLogger(__name__)
SWEEP_EVERY = 2.0  # seconds


class Registry:
    """The sockets that live on one loop, which is one process."""

    def __init__(self) -> None:
        self.pumps: dict[Pump, str] = {}  # with the person's public id
        self.ears: dict[Pump, layer.Ear] = {}
        self.epoch = layer.Epoch()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, pump: Pump, ear: layer.Ear, person: str) -> None:
        """A socket is there; the first one starts the sweeper."""
        self.pumps[pump] = person
        self.ears[pump] = ear
        # Two tasks, so that a layer that hangs delays no sweep: the sweep is what makes up for it.
        for name, job in (("sweep", self._sweep), ("tend", self._tend)):
            if name not in self._tasks or self._tasks[name].done():
                self._tasks[name] = asyncio.create_task(self._repeat(job), name=f"live-{name}")

    def remove(self, pump: Pump) -> None:
        self.pumps.pop(pump, None)
        self.ears.pop(pump, None)

    def count(self, person: str) -> int:
        """How many sockets a person has in this process."""
        return Counter(self.pumps.values())[person]

    async def _repeat(self, job: Callable[[], Awaitable[None]]) -> None:
        while self.pumps:
            try:
                await job()
            except Exception:
                log.exception("a round of the sweeper failed; the next one follows")
            await asyncio.sleep(SWEEP_EVERY)

    async def _tend(self) -> None:
        """Look whether the layer was away, and join the groups that it refused."""
        await asyncio.gather(self.epoch.look(), *[ear.mend() for ear in self.ears.values()])

    async def _sweep(self) -> None:
        streams = sorted({stream for pump in self.pumps for stream in pump.watches})
        if not streams:
            return
        try:
            heads = await run(tickets.heads, streams)
        except Exception:
            log.warning("the heads of %d streams could not be read", len(streams), exc_info=True)
            return
        for pump in list(self.pumps):
            for stream in list(pump.watches):
                if stream in heads:
                    pump.saw_head(stream, heads[stream])


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Registry] = WeakKeyDictionary()


def registry() -> Registry:
    """The registry of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _registries:
        _registries[loop] = Registry()
    return _registries[loop]
