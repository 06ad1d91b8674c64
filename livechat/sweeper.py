"""The head sweeper: every two seconds each process asks, in one query, how far its sockets' streams have come.

The channel layer loses messages without a word (Redis away, a queue that is full); this finds every one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
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
        self._task: asyncio.Task[None] | None = None

    def add(self, pump: Pump, ear: layer.Ear, person: str) -> None:
        """A socket is there; the first one starts the sweeper."""
        self.pumps[pump] = person
        self.ears[pump] = ear
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="head-sweeper")

    def remove(self, pump: Pump) -> None:
        self.pumps.pop(pump, None)
        self.ears.pop(pump, None)

    def count(self, person: str) -> int:
        """How many sockets a person has in this process."""
        return Counter(self.pumps.values())[person]

    async def _run(self) -> None:
        while self.pumps:
            ears = [ear.mend() for ear in self.ears.values()]
            await asyncio.gather(self._sweep(), self.epoch.look(), *ears)
            await asyncio.sleep(SWEEP_EVERY)

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
