"""The people who talk in a house while it breaks, and the rule that must hold afterwards.

Each acknowledged send is stored once; every list on a screen is the log; each writer's words stand in the order in
which they were written; no gaps; the outboxes are empty within ten seconds of the fault's end.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.faults.client import QUICK, Pace, Tab
from tests.faults.house import House, within_seconds
from tests.faults.http import Page
from tests.faults.proxy import Proxy
from tests.faults.storage import Entry, Storage

LINE = "{} writes that the parcel is on its way; this is line {}."
SETTLED_WITHIN = 10.0  # seconds; for each process that waits for a core as many more


def patience(seconds: float = SETTLED_WITHIN) -> float:
    """So many seconds of a machine that has a core for everybody; more where others work on it as well."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass
class Crowd:
    """Buyers and agents in talks: what they keep, the pages they have open, and the network between."""

    house: House
    proxy: Proxy
    talks: list[dict[str, Any]]
    people: dict[str, Storage] = field(default_factory=dict)
    tabs: list[Tab] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def page(self, who: dict[str, str]) -> Page:
        return Page(self.proxy.port, who["id"], who["session"])

    def open_tab(self, who: dict[str, str], streams: list[str], **more: Any) -> Tab:
        """One more page of a person."""
        storage = self.people.setdefault(who["name"], Storage())
        tab = Tab(self.page(who), storage, streams, **more)
        self.tabs.append(tab)
        self.tasks.append(asyncio.create_task(tab.run()))
        return tab

    async def connected(self, within: float = 20.0) -> None:
        async with within_seconds(patience(within), self.report):
            await asyncio.gather(*(tab.ready.wait() for tab in self.tabs))

    def write(self, name: str, stream: str, body: str = "") -> Entry:
        """A person writes a line."""
        storage = self.people[name]
        return storage.write(stream, body or LINE.format(name, len(storage.written[stream])))

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """Everybody writes, as fast as the house lets them and no more than a few lines ahead of the line."""
        writers = [asyncio.create_task(self._talk(talk)) for talk in self.talks]
        try:
            yield
        finally:
            for writer in writers:
                writer.cancel()
            results = await asyncio.gather(*writers, return_exceptions=True)
        for result in results:
            if not isinstance(result, asyncio.CancelledError):
                raise AssertionError(result)

    async def _talk(self, talk: dict[str, Any]) -> None:
        buyer, agent, stream, turn = talk["buyer"]["name"], talk["agent"], talk["stream"], 0
        while True:
            turn += 1
            if len(self.people[agent].outbox[stream]) < 4:
                self.write(agent, stream)
            if turn % 4 == 1 and len(self.people[buyer].outbox[stream]) < 3:
                self.write(buyer, stream)
            await asyncio.sleep(0.3)

    async def heard(self, count: int, within: float = 20.0) -> None:
        """Until so many more sends were acknowledged than now."""
        goal = self.acked + count
        async with within_seconds(patience(within), self.report):
            while self.acked < goal:
                await asyncio.sleep(0.02)

    @property
    def acked(self) -> int:
        return sum(len(storage.acked) for storage in self.people.values())

    def waits(self, since: float, until: float = math.inf) -> list[float]:
        """Seconds from each ack between two instants (monotonic) until the message was on every page that had its
        line before and kept it, sorted."""
        found = []
        for storage in self.people.values():
            for id, at in storage.acked_at.items():
                shown = [tab.arrived[id] for tab in self.tabs if tab.on_since.get(id, math.inf) < at]
                if since <= at <= until and shown:
                    found.append(max(shown) - at)
        return sorted(found)

    async def drawn_anew(self, within: float = 20.0) -> None:
        """Until every page was told that its copy is of another time.

        A page that is still away may hold as many rows as the new log has, which looks settled.
        """
        views = [view for tab in self.tabs for view in tab.views.values()]
        async with within_seconds(patience(within), self.report):
            while not all(view.resets for view in views):
                await asyncio.sleep(0.02)

    # --- the rule ---------------------------------------------------------------------------------------
    async def settled(self, within: float = SETTLED_WITHIN) -> float:
        """Until every outbox is empty and every list has come to its log's end; how many seconds that took."""
        began = time.monotonic()
        while True:
            if not any(storage.unsent for storage in self.people.values()):
                logs = {talk["stream"]: self.house.log(talk["stream"]) for talk in self.talks}
                if all(len(tab.views[s].events) == len(logs[s]) for tab in self.tabs for s in tab.views):
                    return time.monotonic() - began
            assert time.monotonic() - began < patience(within), self.report()
            await asyncio.sleep(0.05)

    def report(self) -> str:
        """Who waits for what, for a test that failed."""
        waiting = {name: storage.unsent for name, storage in self.people.items() if storage.unsent}
        lines = [f"not settled; unsent: {waiting}"]
        for tab in self.tabs:
            heads = {s: (v.cursor, len(self.house.log(s))) for s, v in tab.views.items()}
            late = {s: pair for s, pair in heads.items() if pair[0] != pair[1]}
            lines.append(
                f"{tab.me} on={tab.ready.is_set()} closes={tab.closes[-5:]} ends={tab.ends!r} late={late}"
            )
        return "\n".join([*lines, self.house.said()])

    async def check(self, *, within: float = SETTLED_WITHIN, expected: str = "") -> float:
        """The rule. `expected`: a pattern of the errors that this fault may leave in the servers' logs."""
        took = await self.settled(within)
        for name, storage in self.people.items():
            assert not storage.failed, (name, storage.failed[:3])
        for talk in self.talks:
            self._check_log(talk["stream"])
        errors = self.house.tracebacks()
        unexpected = [line for line in errors if not (expected and re.search(expected, line))]
        assert not unexpected, unexpected
        return took

    def _check_log(self, stream: str) -> None:
        log = self.house.log(stream)
        assert [row.seq for row in log] == list(range(1, len(log) + 1))
        ids = Counter(row.id for row in log if row.id)
        assert set(ids.values()) <= {1}, [id for id, count in ids.items() if count > 1]
        place = {row.id: row.seq for row in log}
        for name, storage in self.people.items():
            written = [id for id in storage.written[stream] if id in place]
            stored = [row.id for row in log if row.id in set(written)]
            assert stored == written, name
            acked = {id: seq for id, seq in storage.acked.items() if id in storage.written[stream]}
            assert acked == {id: place.get(id) for id in acked}, name
            assert set(storage.written[stream]) == set(acked), name
        shown = [(row.seq, row.id) for row in log]
        for tab in self.tabs:
            if stream in tab.views:
                view = tab.views[stream]
                assert [(e["seq"], e.get("id")) for e in view.events] == shown, tab.me
                bodies = {row.seq: row.body for row in log}
                assert all(e["data"].get("body", bodies[e["seq"]]) == bodies[e["seq"]] for e in view.events)


@asynccontextmanager
async def crowd(house: House, count: int = 3, *, pace: Pace = QUICK, **more: Any) -> AsyncIterator[Crowd]:
    """So many talks with both sides at their pages, connected; ends with the network."""
    proxy, pace = Proxy(list(house.ports)), pace.slower(patience(1.0))
    await proxy.start()
    talks = [{**talk, "agent": ("cy", "max")[n % 2]} for n, talk in enumerate(house.talks(count))]
    people = Crowd(house, proxy, talks)
    try:
        for talk in talks:
            people.open_tab(talk["buyer"], [talk["stream"]], pace=pace, topics=["me"], **more)
        for name in sorted({talk["agent"] for talk in talks}):
            mine = [talk["stream"] for talk in talks if talk["agent"] == name]
            people.open_tab(house.facts["agents"][name], mine, pace=pace, topics=["inbox"], **more)
        await people.connected()
        yield people
    finally:
        for task in people.tasks:
            task.cancel()
        results = await asyncio.gather(*people.tasks, return_exceptions=True)
        await proxy.stop()
    errors = [one for one in results if isinstance(one, Exception)]
    assert not errors, errors
