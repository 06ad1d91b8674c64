"""Clients that do not keep up, servers that leave, sockets that grow old: no database, faults put in by hand."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from livechat import connection, draining, line, pump, sweeper
from tests.livechat.test_connection import House, closing, house, joined, say

__all__ = ["house"]


@pytest.fixture(autouse=True)
def _stays() -> Iterator[None]:
    yield
    draining.reset()


async def ping(socket: Any, seq: int) -> None:
    await socket.send_json_to({"op": "ping", "n": 1, "seqs": {"s1": seq}})


async def events(socket: Any, upto: int) -> list[int]:
    """The seqs that come, up to this one."""
    got: list[int] = []
    while not got or got[-1] < upto:
        frame = await socket.receive_json_from(5)
        if frame["op"] == "ev":
            got.append(frame["seq"])
    return got


# --- flow control ---------------------------------------------------------------------------------------
async def test_no_more_than_200_go_out_beyond_what_the_client_holds(house: House) -> None:
    house.log += [str(n) for n in range(1, 501)]
    async with joined() as socket:
        assert await events(socket, 200) == list(range(1, 201))
        assert await socket.receive_nothing(0.3)
        await ping(socket, 150)
        assert await events(socket, 350) == list(range(201, 351))
        await ping(socket, 100)  # an older word gives no room
        assert (await socket.receive_json_from(5))["op"] == "pong"
        assert await socket.receive_nothing(0.3)
        await ping(socket, 99_999)  # nobody holds what was not sent
        assert await events(socket, 500) == list(range(351, 501))


async def test_a_client_that_never_says_what_it_holds_is_closed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SILENT_AFTER", 0.6)
    house.log += [str(n) for n in range(1, 301)]
    async with joined() as socket:
        pinging = asyncio.create_task(_ping_on(socket))  # it is not silent, it only takes nothing
        frames, code = await closing(socket)
        pinging.cancel()
        assert code == 4408
        assert [f["seq"] for f in frames if f["op"] == "ev"] == list(range(1, 201))


async def _ping_on(socket: Any) -> None:
    while True:
        await socket.send_json_to({"op": "ping", "n": 1, "seqs": {}})
        await asyncio.sleep(0.1)


# --- the line -------------------------------------------------------------------------------------------
class Wire:
    """A transport that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda: self.told.append(name)


async def test_what_a_client_does_not_take_is_not_said_and_then_the_line_is_cut(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "SWEEP_EVERY", 0.1)
    wire = Wire()
    one = line.Line(wire)
    monkeypatch.setattr(connection, "line", SimpleNamespace(current=SimpleNamespace(get=lambda: one)))
    async with joined() as socket:
        one.pauseProducing()
        house.log += ["a", "b", "c"]
        assert await socket.receive_nothing(0.2)
        one.resumeProducing()
        assert await events(socket, 3) == [1, 2, 3]
        monkeypatch.setattr(connection, "SILENT_AFTER", 0.3)
        one.pauseProducing()
        await socket.send_json_to({"op": "ping", "n": 1})
        await asyncio.wait({socket.future}, timeout=5)
        assert socket.future.done()
        assert wire.told == ["abortConnection"]
        assert socket.output_queue.empty()


async def test_who_writes_faster_than_he_is_answered_is_not_read() -> None:
    wire = Wire()
    one = line.Line(wire)
    queue: asyncio.Queue[int] = asyncio.Queue()
    for n in range(line.UNREAD_MOST + 40):
        queue.put_nowait(n)
        one.came(queue)
    assert wire.told == ["pauseProducing"]
    while not queue.empty():
        queue.get_nowait()
        one.took()
    assert wire.told == ["pauseProducing", "resumeProducing"]


# --- moving ---------------------------------------------------------------------------------------------
async def test_a_server_that_leaves_tells_everyone_and_takes_nobody_in(house: House) -> None:
    async with joined() as one, joined() as two:
        began = time.monotonic()
        leaving = asyncio.create_task(draining.see_off(0.6, 5))
        for socket in (one, two):
            frames, code = await closing(socket)
            assert (code, frames[-1]["op"], frames[-1]["code"]) == (4503, "bye", 4503)
            assert 0 < frames[-1]["retry_after_ms"] <= 2000
        assert await leaving
        assert time.monotonic() - began < 2
    house.signed_in = False
    late = connection_of()
    assert (await late.connect())[0]
    await late.send_json_to({"op": "hello", "v": 1, "auth": {"ticket": "t"}})
    assert (await closing(late))[1] == 4503


def connection_of() -> Any:
    from channels.testing import WebsocketCommunicator

    from livechat.consumers import LiveConsumer
    from tests.livechat.test_connection import HEADERS

    return WebsocketCommunicator(LiveConsumer.as_asgi(), "/ws/", headers=HEADERS)


async def test_what_is_being_written_is_acknowledged_before_the_socket_moves(house: House) -> None:
    async with joined() as socket:
        key = await say(socket, "slow")
        after = await say(socket, "not begun")
        await asyncio.sleep(0.05)
        leaving = asyncio.create_task(draining.see_off(0, 5))
        await asyncio.sleep(0.1)
        threading.Timer(0.1, house.gate.set).start()
        frames, code = await closing(socket)
        assert await leaving
        assert code == 4503
        assert [f["id"] for f in frames if f["op"] == "ack"] == [key]
        assert after not in str(frames)
        assert house.log == ["slow"]


async def test_a_server_does_not_wait_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with joined() as socket:
        await say(socket, "slow")
        await asyncio.sleep(0.05)
        assert not await draining.see_off(0, 0.3)
        house.gate.set()
        assert (await closing(socket))[1] == 4503


async def test_a_socket_is_asked_to_come_anew_after_some_hours(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOVES_AFTER", 0.5)
    monkeypatch.setattr(connection, "MOVES_SPREAD", 0.1)
    async with joined() as socket:
        began = time.monotonic()
        frames, code = await closing(socket)
        assert (code, frames[-1]["code"]) == (4503, 4503)
        assert time.monotonic() - began < 2


async def test_four_hours_give_or_take_half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    lives = []
    for _ in range(50):
        one = SimpleNamespace(emit=None)
        connection.Connection._begin(one)  # type: ignore[arg-type]
        lives.append(one.pump.move_at - time.monotonic())
    assert 3.5 * 3600 - 1 <= min(lives) < max(lives) <= 4.5 * 3600
    assert max(lives) - min(lives) > 600


async def test_a_registry_counts_those_who_wait_with_the_sockets(house: House) -> None:
    async with joined():
        assert sweeper.registry().count("buyer:1") == 1
        assert pump.AHEAD_LIMIT == 200
