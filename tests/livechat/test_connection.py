"""What happens when something breaks under a socket: faults put in by hand, no database."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from autobahn.exception import Disconnected
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.db import OperationalError

from core.actors import Actor
from core.clock import now
from core.errors import Forbidden
from core.live import group, stream_group
from livechat import connection, doors, joining, operations, pump, sweeper
from livechat.consumers import LiveConsumer
from livechat.identity import Identity
from livechat.joining import Joined
from livechat.layer import Ear

HEADERS = [(b"origin", b"http://127.0.0.1:8000"), (b"host", b"127.0.0.1:8000")]


class House:
    """One stream whose log is a list, in place of the database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.gate = threading.Event()
        self.broken = False
        self.reads = 0
        self.signed_in = True
        actor = Actor(kind="buyer", id=1, user_id=7, name="Ana")
        self.identity = Identity(7, "key", "person", actor)
        monkeypatch.setattr(operations, "identify", lambda ticket: self.identity)
        monkeypatch.setattr(connection, "renew", lambda identity: self.identity if self.signed_in else None)
        monkeypatch.setattr(joining, "look_up", self.look_up)
        monkeypatch.setattr(operations, "buyer_is_here", lambda actor: None)
        monkeypatch.setattr(doors, "say_on_stream", self.say)
        monkeypatch.setattr(pump, "events_after", self.events_after)
        monkeypatch.setattr(sweeper.tickets, "heads", lambda ids: dict.fromkeys(ids, len(self.log)))

    def look_up(self, actor: Actor, streams: list[str], topics: list[str]) -> Joined:
        rows: dict[str, Any] = {
            one: SimpleNamespace(
                public_id=one,
                last_seq=len(self.log),
                epoch="e",
                buyer_read=0,
                agent_read=0,
                pk=1,
                ticket_id=1,
            )
            for one in streams
            if one == "s1"
        }
        return Joined(rows, {}, {one: [one] for one in topics})

    def say(self, actor: Actor, op: Any) -> Any:
        if op.body == "slow":
            self.gate.wait(10)
        if self.broken or op.body == "break":
            raise OperationalError("the database is away")
        self.log.append(op.body)
        return SimpleNamespace(seq=len(self.log), created_at=now(), dup=False)

    def events_after(self, row: Any, after: int, limit: int = 200) -> list[dict[str, Any]]:
        self.reads += 1
        if self.broken:
            raise OperationalError("the database is away")
        found = list(enumerate(self.log, 1))[after : after + limit]
        return [{"op": "ev", "stream": "s1", "seq": seq, "data": {"body": body}} for seq, body in found]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, live_threads: None, settings: Any) -> House:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    return House(monkeypatch)


@asynccontextmanager
async def joined(seq: int = 0, topics: tuple[str, ...] = ()) -> AsyncIterator[WebsocketCommunicator]:
    socket = WebsocketCommunicator(LiveConsumer.as_asgi(), "/ws/", headers=HEADERS)
    assert (await socket.connect())[0]
    streams = [{"id": "s1", "seq": seq}]
    await socket.send_json_to(
        {"op": "hello", "v": 1, "auth": {"ticket": "t"}, "streams": streams, "topics": list(topics)}
    )
    assert (await socket.receive_json_from(5))["op"] == "ready"
    try:
        yield socket
    finally:
        await socket.disconnect()


async def say(socket: WebsocketCommunicator, body: str) -> str:
    key = str(uuid.uuid4())
    await socket.send_json_to({"op": "send", "id": key, "stream": "s1", "kind": "reply", "body": body})
    return key


async def closing(socket: WebsocketCommunicator, timeout: float = 5) -> tuple[list[dict[str, Any]], int]:
    """The frames up to the close, and its code."""
    import json

    frames = []
    while True:
        output = await socket.receive_output(timeout)
        if output["type"] == "websocket.close":
            return frames, output["code"]
        frames.append(json.loads(output["text"]))


async def test_a_failed_operation_poisons_the_socket(house: House) -> None:
    async with joined() as socket:
        first, broken, after = (
            await say(socket, "one"),
            await say(socket, "break"),
            await say(socket, "three"),
        )
        frames, code = await closing(socket)
        assert code == 4500
        assert [f["op"] for f in frames if f["op"] != "ev"] == ["ack", "nack", "bye"]
        assert frames[0]["id"] == first
        nack = next(f for f in frames if f["op"] == "nack")
        assert (nack["id"], nack["retryable"]) == (broken, True)
        assert after not in str(frames)
        assert house.log == ["one"]


async def test_a_line_that_ends_under_an_answer_is_no_failure(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    hello = '{"op": "hello", "v": 1, "auth": {"ticket": "t"}}'
    heard.put_nowait({"type": "websocket.connect"})
    heard.put_nowait({"type": "websocket.receive", "text": hello})

    async def send(message: dict[str, Any]) -> None:
        said.append(message["type"])
        if message["type"] == "websocket.send":
            raise Disconnected("Attempt to send on a closed protocol")

    scope = {"type": "websocket", "path": "/ws/", "headers": HEADERS}
    async with asyncio.timeout(5):
        await LiveConsumer.as_asgi()(scope, heard.get, send)
    assert said == ["websocket.accept", "websocket.send"]
    assert caplog.records == []


async def test_one_slow_query_holds_up_no_other_socket(house: House) -> None:
    async with joined() as slow, joined() as quick:
        waiting = await say(slow, "slow")
        key = await say(quick, "quick")
        assert (await quick.receive_json_from(0.3))["id"] == key
        house.gate.set()
        assert (await slow.receive_json_from(5))["id"] == waiting


async def test_the_sweeper_brings_what_no_hint_brought(house: House) -> None:
    async with joined() as socket:
        house.log += ["a", "b", "c"]
        got = [await socket.receive_json_from(3) for _ in range(3)]
        assert [(f["op"], f["seq"], f["data"]["body"]) for f in got] == [
            ("ev", 1, "a"),
            ("ev", 2, "b"),
            ("ev", 3, "c"),
        ]


async def test_a_hint_beyond_the_next_makes_the_log_be_read(house: House) -> None:
    async with joined() as socket:
        layer = get_channel_layer()
        house.log += ["a", "b", "c"]

        def hint(seq: int, body: str) -> dict[str, Any]:
            event = {"op": "ev", "stream": "s1", "seq": seq, "data": {"body": body}}
            return {"type": "stream.event", "stream": "s1", "seq": seq, "event": event}

        for message in (hint(3, "c"), hint(1, "a"), hint(3, "c"), hint(2, "b")):
            await layer.group_send(stream_group("s1"), message)
        assert [(await socket.receive_json_from(1))["seq"] for _ in range(3)] == [1, 2, 3]
        assert await socket.receive_nothing(0.3)


async def test_what_was_said_is_never_said_again(house: House) -> None:
    """The same hint twice, and one of long ago: each event once."""
    async with joined() as socket:
        house.log += ["one", "two"]
        for seq in (1, 2, 2, 1):
            event = {"seq": seq, "data": {"body": house.log[seq - 1]}}
            await get_channel_layer().group_send(
                stream_group("s1"), {"type": "stream.event", "stream": "s1", "seq": seq, "event": event}
            )
        assert [(await socket.receive_json_from(2))["seq"] for _ in range(2)] == [1, 2]
        assert await socket.receive_nothing(0.3)


async def test_an_overflow_of_hints_is_read_from_the_log(house: House) -> None:
    sent: list[dict[str, Any]] = []

    async def emit(frame: dict[str, Any]) -> None:
        sent.append(frame)
        one.holds("s1", frame["seq"])  # a client that keeps up

    one = pump.Pump("sid", emit)
    one.watch(SimpleNamespace(public_id="s1", last_seq=0, pk=1), 0)  # type: ignore[arg-type]
    house.log = [str(n) for n in range(1, 801)]
    for seq in range(1, 801):
        event = {"op": "ev", "stream": "s1", "seq": seq, "data": {"body": str(seq)}}
        one.hint({"type": "stream.event", "stream": "s1", "seq": seq, "event": event})
    assert len(one._hints) == pump.HINTS_LIMIT
    running = asyncio.create_task(one.run())
    async with asyncio.timeout(5):
        while len(sent) < 800:
            await asyncio.sleep(0.01)
    running.cancel()
    assert [frame["seq"] for frame in sent] == list(range(1, 801))
    assert house.reads == 13  # the 300 beyond the limit, 25 at a time, and the end of it


async def test_a_log_that_cannot_be_read_is_read_at_the_next_sweep(house: House) -> None:
    async with joined() as socket:
        house.broken = True
        house.log += ["a"]
        assert await socket.receive_nothing(2.3)
        house.broken = False
        assert (await socket.receive_json_from(3))["seq"] == 1


async def test_a_layer_that_is_away_leaves_the_socket_to_the_sweeper(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise ConnectionError("Redis is away")

    with monkeypatch.context() as patch:
        patch.setattr(Ear, "_join_and_leave", away)
        async with joined() as socket:
            house.log += ["a"]
            assert (await socket.receive_json_from(3))["seq"] == 1
            patch.undo()
            await asyncio.sleep(sweeper.SWEEP_EVERY + 0.2)  # the next sweep joins the groups
            await get_channel_layer().group_send(group("user", 7), {"type": "session.closed", "user_id": 7})
            assert (await closing(socket))[1] == 4401


async def test_signing_out_closes_at_once(house: House) -> None:
    async with joined() as socket:
        await get_channel_layer().group_send(group("user", 7), {"type": "session.closed", "user_id": 7})
        frames, code = await closing(socket, 1)
        assert (frames[-1]["op"], code) == ("bye", 4401)


async def test_a_session_that_ended_is_found_by_looking_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOOK_AGAIN_EVERY", 0.2)
    async with joined() as socket:
        assert await socket.receive_nothing(0.5)
        house.signed_in = False
        assert (await closing(socket, 1))[1] == 4401


async def test_an_access_that_was_ended_is_found_by_looking_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(identity: Identity) -> Identity:
        raise Forbidden

    monkeypatch.setattr(connection, "LOOK_AGAIN_EVERY", 0.2)
    async with joined() as socket:
        monkeypatch.setattr(connection, "renew", ended)
        frames, code = await closing(socket, 2)
        assert (frames[-1]["op"], frames[-1]["code"], code) == ("bye", 4403, 4403)


async def test_who_loses_the_right_to_a_stream_hears_no_more_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOOK_AGAIN_EVERY", 0.2)
    async with joined() as socket:
        monkeypatch.setattr(joining, "look_up", lambda *_: Joined({}, {}, {}))
        frame = await socket.receive_json_from(2)
        assert (frame["op"], frame["code"], frame["stream"]) == ("nack", "not_found", "s1")
        house.log += ["secret"]
        assert await socket.receive_nothing(2.5)


async def test_a_socket_that_says_nothing_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENT_AFTER", 0.5)
    async with joined() as socket:
        frames, code = await closing(socket, 2)
        assert (code, frames[-1]["code"]) == (4408, 4408)


async def test_no_topic_is_told_that_was_not_asked_for(house: House) -> None:
    async with joined(topics=("me",)) as socket:
        layer = get_channel_layer()
        await layer.group_send("me", {"type": "topic.changed", "topic": "other", "ids": ["1"]})
        await layer.group_send("me", {"type": "topic.changed", "topic": "me", "ids": ["2"]})
        assert await socket.receive_json_from(1) == {"op": "changed", "topic": "me", "ids": ["2"]}
