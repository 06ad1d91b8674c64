"""The embedded shape, and the network and the pages before it: what every run breaks."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.crowd import LINE, Crowd, crowd, patience
from tests.faults.house import House
from tests.wsclient import BINARY, TEXT, Socket

pytestmark = pytest.mark.fault
NIGHTLY = pytest.mark.nightly


KILLS = ["kill-after-commit", *(pytest.param(f"kill-{at}-commit", marks=NIGHTLY) for at in ("before", "at"))]


@pytest.mark.parametrize("hook", KILLS)
async def test_the_embedded_shape_killed(embedded: House, hook: str) -> None:
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(3)
            embedded.arm(hook)
            victim = await embedded.met(hook)
            await embedded.died(victim)
            await embedded.restart(victim)
        await people.check()


@pytest.mark.parametrize("seconds", [3, pytest.param(10, marks=NIGHTLY)])
@NIGHTLY
async def test_sqlite_is_locked(embedded: House, seconds: int) -> None:
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(3)
            database = embedded.home / "helpdesk.sqlite3"
            shared = sqlite3.connect(database, timeout=30, isolation_level=None, check_same_thread=False)
            with closing(shared) as lite:
                await asyncio.to_thread(lite.execute, "begin exclusive")
                await asyncio.sleep(seconds)
                lite.execute("rollback")
            await people.heard(4)
        await people.check()


@NIGHTLY
async def test_a_thread_that_is_not_the_loops_is_heard_at_once(embedded: House) -> None:
    """A page's post runs in another thread; its push goes by the loop, long before the next sweep."""
    async with crowd(embedded, 1) as people:
        talk = people.talks[0]
        page = people.page(talk["buyer"])
        waits = []
        for n in range(5):
            said = {"client_id": str(uuid.uuid4()), "kind": "reply", "body": LINE.format("A page", n)}
            status, _ = await page.request("POST", f"/api/v1/streams/{talk['stream']}/messages/", said)
            assert status == 201
            began = time.monotonic()
            while not all(said["client_id"] in tab.arrived for tab in people.tabs):
                await asyncio.sleep(0.005)
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.3)  # at another phase of the sweep
        assert sorted(waits)[2] < patience(0.5), waits
        await people.check()


@NIGHTLY
async def test_an_old_back_up_is_restored(embedded: House) -> None:
    """What was said after it is gone; the pages drop it too, by the streams' new epoch, and go on."""
    server, database = embedded.servers[0], embedded.home / "helpdesk.sqlite3"
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(3)
        await people.settled()
        back_up(database, embedded.home / "copy")
        async with people.talking():
            await people.heard(6)
        await people.settled()
        server.kill()
        back_up(embedded.home / "copy", database)
        await embedded.run("django", "new_epochs")
        stored = {row.id for talk in people.talks for row in embedded.log(talk["stream"])}
        for storage in people.people.values():
            storage.forget_all_but(stored)
        async with people.talking():
            await embedded.restart(server)
            await people.heard(4)
        await people.drawn_anew()
        await people.check()
        assert all(view.resets == 1 for tab in people.tabs for view in tab.views.values())


def back_up(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


# --- the network ----------------------------------------------------------------------------------------
@NIGHTLY
async def test_lines_are_cut_in_mid_frame(embedded: House) -> None:
    async with crowd(embedded) as people:
        async with people.talking():
            for more in (1, 9, 40):
                await people.heard(3)
                people.proxy.cut_in_mid_frame(more)
            await people.heard(3)
        await people.check()
        assert sum(len(tab.closes) for tab in people.tabs) >= 3


@pytest.mark.parametrize("seconds", [4, pytest.param(120, marks=NIGHTLY)])
@NIGHTLY
async def test_a_black_hole(embedded: House, seconds: int) -> None:
    """Lines stand and nothing goes through; all that was sent into it comes out in the end, perhaps twice."""
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(3)
            people.proxy.stall()
            await asyncio.sleep(seconds)
            async with asyncio.timeout(patience(20)):
                while not all(tab.closes for tab in people.tabs):  # each page notices by itself
                    await asyncio.sleep(0.05)
            people.proxy.resume()
            await people.heard(3)
        await people.check()


async def test_acknowledgements_are_lost(embedded: House) -> None:
    """First acks alone, where the event itself tells; then the events too, where only sending again does."""
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(2)
            people.proxy.lose = lambda frame: frame["op"] == "ack"
            await people.heard(6)
            assert people.proxy.lost > 3
            people.proxy.lose = lambda frame: frame["op"] in ("ack", "ev", "batch")
            lost = people.proxy.lost
            async with asyncio.timeout(patience(20)):
                while people.proxy.lost < lost + 12:
                    await asyncio.sleep(0.05)
            people.proxy.lose = None
            await people.heard(3)
        await people.check()


@pytest.mark.parametrize("seconds", [2, pytest.param(30, marks=NIGHTLY)])
@NIGHTLY
async def test_three_in_ten_segments_are_lost(embedded: House, seconds: int) -> None:
    """TCP sends them again after 0.2, 0.4, 0.8 … seconds, and holds back what came after."""
    async with crowd(embedded) as people:
        async with people.talking():
            people.proxy.loss = 0.3
            await asyncio.sleep(seconds)
            await people.heard(3)
            people.proxy.loss = 0.0
        await people.check()


async def test_no_websocket_comes_through(embedded: House) -> None:
    """The same by requests; and over the socket again once it does."""
    async with crowd(embedded) as people:
        people.proxy.refuse_sockets = True
        people.proxy.cut()
        async with people.talking():
            async with asyncio.timeout(patience(20)):
                while not all(tab.over_http > 1 and tab.polls for tab in people.tabs):
                    await asyncio.sleep(0.05)
            people.proxy.refuse_sockets = False
            await people.connected()
            await people.heard(3)
        await people.check()


# --- the pages ------------------------------------------------------------------------------------------
@NIGHTLY
async def test_a_tab_sleeps_and_wakes_up(embedded: House) -> None:
    """Frozen, its line cut meanwhile, its list from the cache: 210 events later it shows what the log holds."""
    async with crowd(embedded) as people:
        talk = people.talks[0]
        sleeper = next(tab for tab in people.tabs if tab.me == talk["buyer"]["id"])
        async with people.talking():
            await people.heard(3)
            sleeper.freeze()
            people.proxy.cut()
            await embedded.run("tests.faults.say", talk["ticket"], "210")
            sleeper.thaw()
            await people.heard(3)
        await people.check()
        assert len(sleeper.views[talk["stream"]].events) > 210


@NIGHTLY
async def test_a_tabs_storage_is_cleared(embedded: House) -> None:
    """What was not sent yet is lost, as storage is all that knew of it; what was acknowledged is not."""
    async with crowd(embedded) as people:
        talk = people.talks[0]
        name, stream = talk["buyer"]["name"], talk["stream"]
        people.write(name, stream)
        await people.settled()
        people.proxy.stall()
        lost = people.write(name, stream)
        people.proxy.cut()
        storage, tab = people.people[name], people.tabs[0]
        storage.outbox.clear()
        storage.written[stream].remove(lost.id)
        tab.views[stream].events.clear()
        tab.views[stream].epoch = None
        people.proxy.resume()
        people.write(name, stream)
        await people.check()
        assert lost.id not in {row.id for row in embedded.log(stream)}


@NIGHTLY
async def test_two_tabs_empty_one_outbox_at_once(embedded: House) -> None:
    async with crowd(embedded, 2) as people:
        for talk in people.talks:
            people.open_tab(talk["buyer"], [talk["stream"]])
        await people.connected()
        async with people.talking():
            await people.heard(4)
            people.proxy.cut()
            await people.heard(6)
        await people.check()
        answers = [frame for tab in people.tabs for frame in tab.frames if frame["op"] == "ack"]
        assert len(answers) > 0


# --- load and noise -------------------------------------------------------------------------------------
async def test_noise_disturbs_nobody(embedded: House) -> None:
    """Bad JSON, binary, huge frames, frames without end: their socket ends or is refused, the others talk on."""
    async with crowd(embedded) as people:
        async with people.talking():
            await people.heard(3)
            noise = [noisy(people, n) for n in range(len(NOISE))]
            ends = await asyncio.wait_for(asyncio.gather(*noise), patience(20))
            assert ends == [code for _, code in NOISE]
            await people.heard(3)
        await people.check()


NOISE: list[tuple[tuple[int, bytes], int]] = [
    ((TEXT, b"{"), 4400),
    ((TEXT, b'["op","send"]'), 4400),
    ((TEXT, b"\xff\xfe"), 1006),
    ((BINARY, os.urandom(64)), 4400),
    ((TEXT, b'{"op":"send","body":"' + b"x" * 40_000 + b'"}'), 4413),
    ((TEXT, b"x" * 100_000), 1006),
]


async def noisy(people: Crowd, number: int) -> int:
    """A signed-in page that says something impossible; the code that its socket ends with."""
    page = people.page(people.house.facts["agents"]["bo"])
    ticket = await page.ticket()  # first: a line that was opened has five seconds for its hello
    socket = await Socket.open(page.port)
    await socket.say("hello", v=1, auth={"ticket": ticket})
    await socket.expect("ready", within=patience(10))
    await socket.raw(*NOISE[number][0])
    return await socket.closed()
