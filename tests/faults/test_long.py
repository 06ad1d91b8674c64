"""Faults that take their time: in `make faults` only."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.client import REAL, Tab
from tests.faults.crowd import crowd, patience
from tests.faults.house import House, Seeded
from tests.wsclient import Closed, Socket

pytestmark = [pytest.mark.fault, pytest.mark.nightly]


async def test_the_embedded_shape_killed_twenty_times(embedded: House) -> None:
    """At any moment, in mid-write as well as in mid-start of a talk."""
    chance = random.Random(20)
    async with crowd(embedded) as people:
        async with people.talking():
            for _ in range(20):
                await people.heard(chance.randint(1, 4))
                await asyncio.sleep(chance.random() / 2)
                embedded.servers[0].kill()
                await embedded.restart(embedded.servers[0])
        await people.check()


async def test_the_layer_drops_what_overflows_and_who_is_quiet(tmp_path: Path, seeded: Seeded) -> None:
    """An in-memory layer of five messages that forgets its groups after a second: the sweeper serves them all."""
    house = House.embedded(tmp_path / "narrow", seeded, LAYER="5,1")
    try:
        house.start()
        async with crowd(house, 6) as people:
            async with people.talking():
                await people.heard(100, within=60)
            await people.check()
    finally:
        house.close()


async def _silent(house: House, seconds: float) -> None:
    """Two pages behind a proxy that cuts what is idle; nobody says a word but the heartbeats."""
    async with crowd(house, 1, pace=REAL) as people:
        people.proxy.idle = 60.0
        await asyncio.sleep(seconds)
        assert [tab.closes for tab in people.tabs] == [[], []]
        talk = people.talks[0]
        began, entry = time.monotonic(), people.write(talk["agent"], talk["stream"])
        await people.check()
        assert all(tab.arrived[entry.id] - began < patience(1.0) for tab in people.tabs)


async def test_a_silent_socket_lives_on_in_the_embedded_shape(embedded: House) -> None:
    await _silent(embedded, 75)


async def test_a_silent_socket_lives_on_with_redis(grown: House) -> None:
    await _silent(grown, 75)


async def test_a_frozen_tab_is_let_go_and_comes_back(embedded: House) -> None:
    """After a minute without a frame the server closes; longer makes no difference to either side."""
    async with crowd(embedded) as people:
        frozen = people.tabs[0]
        async with people.talking():
            await people.heard(3)
            frozen.freeze()
            await asyncio.sleep(75)
            frozen.thaw()
            await people.heard(3)
        await people.check()
        assert frozen.closes


async def test_nine_hours_asleep(embedded: House) -> None:
    """By the house's clock; two thousand and some events behind, the page is drawn anew."""
    async with crowd(embedded) as people:
        talk = people.talks[0]
        sleeper = next(tab for tab in people.tabs if tab.me == talk["buyer"]["id"])
        people.write(talk["buyer"]["name"], talk["stream"])
        await people.settled()
        sleeper.freeze()
        people.proxy.cut()
        embedded.shift_clock(9 * 3600)
        await embedded.run("tests.faults.say", talk["ticket"], "2100")
        sleeper.thaw()
        async with people.talking():
            await people.heard(6)
        await people.check(within=20)
        assert sleeper.views[talk["stream"]].resets >= 1


async def test_ten_thousand_frames_end_their_socket_alone(embedded: House) -> None:
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(3)
            page = people.page(embedded.facts["agents"]["bo"])
            ticket = await page.ticket()
            socket = await Socket.open(page.port)
            await socket.say("hello", v=1, auth={"ticket": ticket})

            async def flood() -> None:
                for n in range(10_000):
                    await socket.say("typing", stream="a" * 20, on=bool(n % 2))

            flooding = asyncio.create_task(flood())
            began = time.monotonic()
            code = await socket.closed(within=patience(60))
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
            assert code in (4429, 1006)
            await people.heard(3)
            waits = people.waits(since=began)
        await people.check()
        assert waits[len(waits) // 2] < patience(0.5)


async def test_a_thousand_reconnects_leave_nothing_behind(embedded: House) -> None:
    def lines() -> int:
        assert embedded.servers[0].running is not None
        folder = Path(f"/proc/{embedded.servers[0].running.pid}/fd")
        kinds = []
        for one in folder.iterdir():
            with suppress(OSError):
                kinds.append(os.readlink(one).partition(":")[0])
        return kinds.count("socket")

    async with crowd(embedded, 5) as people:
        await people.settled()
        before = lines()
        async with people.talking():
            while sum(len(tab.closes) for tab in people.tabs) < 1000:
                closes = [len(tab.closes) for tab in people.tabs]
                people.proxy.cut()
                for tab, count in zip(people.tabs, closes, strict=True):
                    await _back(tab, count)
        await people.check()
        await _until(lambda: lines() <= before + 2)


async def _back(tab: Tab, closes: int) -> None:
    """It noticed and is on again; one that had no line just then has nothing to notice."""
    notices = time.monotonic() + 3
    await _until(lambda: tab.ready.is_set() and (len(tab.closes) > closes or time.monotonic() > notices))


async def _until(holds: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(patience(within)):
        while not holds():
            await asyncio.sleep(0.02)


async def test_clocks_two_minutes_apart(grown: House, tmp_path: Path) -> None:
    """One of two servers is two minutes ahead: the order is the log's, not the clocks'."""
    ahead, server = tmp_path / "ahead", grown.servers[1]
    ahead.write_text("120")
    right = server.env["HELPDESK_CLOCK_FILE"]
    try:
        server.kill()
        server.env["HELPDESK_CLOCK_FILE"] = str(ahead)
        await grown.restart(server)
        async with crowd(grown, 4) as people:
            async with people.talking():
                await people.heard(20)
                people.proxy.cut()  # who was on the one is on the other now
                await people.heard(20)
            await people.check()
    finally:
        server.env["HELPDESK_CLOCK_FILE"] = right
        server.kill()


async def test_a_line_that_is_only_opened_is_closed(embedded: House) -> None:
    """Fifty handshakes and not a word: each ends after five seconds, and the house goes on."""
    async with crowd(embedded) as people:
        sockets = [await Socket.open(people.proxy.port) for _ in range(50)]
        async with people.talking():
            codes = await asyncio.gather(*(socket.closed(within=patience(20)) for socket in sockets))
            await people.heard(3)
        assert set(codes) == {4408}
        await people.check()
        with pytest.raises((Closed, ConnectionError)):
            await sockets[0].frame()
