"""A server that is told to stop, as a deploy does it: a real daphne, SIGTERM, and people who are talking."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.livechat.server import Server
from tests.livechat.wire import at, send, signed_in


@pytest.fixture
def leaving(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A second server on the first one's database, with people of the first: it is about to leave."""
    shared = {
        "DATABASE_URL": f"sqlite:///{server.home / 'helpdesk.sqlite3'}",
        "SECRET_KEY": (server.home / "secret_key").read_text().strip(),
        "HELPDESK_DRAIN_SECONDS": "2",
    }
    other = Server(tmp_path, **shared)
    other.start()
    other.call = server.call  # type: ignore[method-assign]
    yield other
    other.stop()


def readiness(server: Server) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)["status"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["status"]


def poll(server: Server, session: str, stream: str, after: int) -> tuple[float, int]:
    """A request that waits for news; how long it took, and its status."""
    address = f"http://127.0.0.1:{server.port}/api/v1/live/events/?at={stream}:{after}&wait=25"
    began = time.monotonic()
    request = urllib.request.Request(address, headers={"Cookie": f"sessionid={session}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["streams"][0]["events"] == []
        return time.monotonic() - began, answer.status


async def test_sigterm_sees_everyone_off_and_loses_nothing(leaving: Server, talk: dict[str, str]) -> None:
    stream = talk["public"]
    assert readiness(leaving) == (200, "ready")
    session, quiet = leaving.call("session", name="ana"), leaving.call("open", name="ana")["public"]
    async with (
        signed_in(leaving, "ana", streams=at(stream, 2)) as ana,
        signed_in(leaving, "cy", streams=at(stream, 2)) as cy,
        signed_in(leaving, "max", streams=at(stream, 2)) as boss,
    ):
        polling = asyncio.create_task(asyncio.to_thread(poll, leaving, session, quiet, 2))
        await asyncio.sleep(0.5)
        keys = [await send(cy, stream, f"{n}") for n in range(8)]
        os.kill(leaving.pid, signal.SIGTERM)
        assert await asyncio.to_thread(_until_draining, leaving)
        codes = await asyncio.gather(*(one.closed(within=10) for one in (ana, cy, boss)))
        assert list(codes) == [4503] * 3
        for one in (ana, cy, boss):
            bye = [frame for frame in one.seen if frame["op"] == "bye"][-1]
            assert 0 < bye["retry_after_ms"] <= 2000
        acked = [frame["id"] for frame in cy.seen if frame["op"] == "ack"]
    assert await asyncio.to_thread(leaving.ended, 10) == 0
    took, status = await asyncio.wait_for(polling, 5)
    assert (status, took < 20) == (200, True)
    kept = [row[3] for row in leaving.call("log", stream=stream) if row[3] in keys]
    assert kept == keys[: len(kept)]  # in their order, none left out
    assert acked == kept  # and whatever was stored was acknowledged
    assert "Traceback" not in leaving.log()


def _until_draining(server: Server) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            if readiness(server) == (503, "draining"):
                return True
        except OSError:
            return False
        time.sleep(0.02)
    return False


async def test_nobody_there_and_it_stops_at_once(leaving: Server) -> None:
    began = time.monotonic()
    os.kill(leaving.pid, signal.SIGTERM)
    assert await asyncio.to_thread(leaving.ended, 10) == 0
    assert time.monotonic() - began < 3
