"""Bad clients against a real server: what they get, and that nobody else notices. Raw frames."""

from __future__ import annotations

import asyncio
import json
import random
import socket as sockets
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.livechat.server import Server
from tests.livechat.wire import at, events, send, signed_in
from tests.wsclient import BINARY, CLOSE, PONG, TEXT, Closed, Socket

CODES = {4400, 4401, 4404, 4408, 4413, 4426, 4429, 4500, 1000, 1002, 1006, 1007, 1009}
SEED = 20261122


@asynccontextmanager
async def undisturbed(server: Server) -> AsyncIterator[None]:
    """Around bad behaviour: two others talk before and after, and the server writes no traceback."""
    written = len(server.log())
    talk = server.call("open", name="ana")
    stream = talk["public"]
    async with (
        signed_in(server, "ana", streams=at(stream, 2)) as ana,
        signed_in(server, "max", streams=at(stream, 2)) as other,
    ):
        yield
        key = await send(other, stream, "can you hear me?")
        assert (await other.expect("ack", id=key, within=15))["dup"] is False
        await ana.expect("ev", id=key, within=15)
    assert "Traceback" not in server.log()[written:], server.log()[written:][-3000:]


# --- frames at random -----------------------------------------------------------------------------------
def bad_frames(chance: random.Random, streams: list[str]) -> list[bytes]:
    """Frames that nobody should send: cut, twisted, huge, out of order, about other people's streams."""
    good = [
        {"op": "send", "id": str(uuid.UUID(int=chance.getrandbits(128))), "stream": streams[0], "body": "x"},
        {"op": "sync", "stream": streams[0], "after": 0},
        {"op": "read", "stream": streams[0], "seq": 1},
        {"op": "typing", "stream": streams[0], "on": True},
        {"op": "ping", "n": 1, "seqs": {streams[0]: 1}},
        {"op": "sub", "streams": [{"id": streams[0], "seq": 0}], "topics": ["inbox", "dashboard"]},
        {"op": "unsub", "streams": [streams[0]], "topics": []},
        {"op": "start", "id": str(uuid.UUID(int=chance.getrandbits(128))), "team": "orderhelp", "body": "x"},
        {"op": "hello", "v": 1, "auth": {"ticket": "again"}},
    ]
    values = [None, True, -1, 2**63, 1e308, "", "\u0000", "\ud800", "x" * 9000, [], {}, [[]], "__class__"]
    frames = []
    for _ in range(12):
        frame = dict(chance.choice(good[:-1] if chance.random() < 0.9 else good))
        for name in list(frame):
            if chance.random() < 0.35:
                frame[name] = chance.choice(values)
        if "stream" in frame and chance.random() < 0.3:
            frame["stream"] = chance.choice(streams)
        text = json.dumps(frame).encode()
        twist = chance.random()
        if twist < 0.1:
            text = text[: chance.randrange(len(text))]
        elif twist < 0.15:
            text = bytes(chance.getrandbits(8) for _ in range(chance.randrange(1, 60)))
        elif twist < 0.18:
            text = b'{"op":"ping","x":"' + b"y" * chance.choice([33_000, 70_000]) + b'"}'
        elif twist < 0.2:
            text = b"[" * 9000
        frames.append(text)
    return frames


async def test_frames_at_random_get_a_nack_or_a_close_code(server: Server, talk: dict[str, str]) -> None:
    chance = random.Random(SEED)
    mine, other = server.call("open", name="eve"), talk
    streams = [mine["public"], mine["staff"], other["public"], other["staff"], "a" * 20, "../etc"]

    async def one(name: str) -> None:
        client = await Socket.open(server.port)
        ticket = server.call("ticket", name=name)
        own = at(mine["public"], 2)
        await client.say("hello", v=1, auth={"ticket": ticket}, streams=own, topics=["me"])
        await client.expect("ready", within=15)
        try:
            for frame in bad_frames(chance, streams):
                kind = BINARY if chance.random() < 0.02 else TEXT
                await client.raw(kind, frame)
            await client.raw(CLOSE, struct.pack("!H", 1000))
        except ConnectionError:
            pass  # it was closed for what came before
        assert await client.closed(within=15) in CODES
        for frame in client.seen:
            assert frame["op"] in ("ready", "ack", "nack", "ev", "batch", "pong", "bye", "read", "subscribed",
                                   "typing", "reset", "changed"), frame  # fmt: skip
            if frame["op"] == "nack":
                assert frame["code"]
                assert isinstance(frame["retryable"], bool)
        said = json.dumps(client.seen, ensure_ascii=False)
        heard = {f["stream"] for f in client.seen if f["op"] in ("ev", "batch")}
        assert heard <= ({mine["public"]} if name == "eve" else set())
        assert "Traceback" not in said

    async with undisturbed(server):
        for _ in range(5):
            await asyncio.gather(*(one("eve") for _ in range(4)), *(one("bo") for _ in range(3)))


async def test_ten_thousand_frames_of_one_client(server: Server, talk: dict[str, str]) -> None:
    async with undisturbed(server), signed_in(server, "ana", streams=at(talk["public"], 2)) as flood:
        before = server.memory()
        frame = json.dumps({"op": "sync", "stream": talk["public"], "after": 0}).encode()

        async def pour() -> None:
            try:
                for n in range(10_000):
                    await flood.raw(TEXT, frame)
                    if n % 100 == 0:
                        await asyncio.sleep(0)
            except ConnectionError:
                pass

        pouring = asyncio.create_task(pour())
        assert await flood.closed(within=30) in (4429, 1006)
        await asyncio.gather(pouring, return_exceptions=True)
        assert server.memory() - before < 30_000_000


# --- who reads nothing ----------------------------------------------------------------------------------
async def test_clients_that_never_read_cost_little(server: Server, talk: dict[str, str]) -> None:
    """Each of twelve is owed six megabytes."""
    server.call("fill", stream=talk["public"], count=200, body="😀" * 8000)
    idle = []
    async with undisturbed(server):
        before = server.memory()
        try:
            for n in range(12):
                client = await Socket.open(server.port)
                idle.append(client)
                client.writer.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
                client.reader._transport.pause_reading()  # type: ignore[attr-defined]
                ticket = server.call("ticket", name=("ana", "cy")[n % 2])
                await client.say("hello", v=1, auth={"ticket": ticket}, streams=at(talk["public"]))
            await asyncio.sleep(2.5)  # longer than a sweep
            assert server.memory() - before < 60_000_000
        finally:
            for client in idle:
                client.cut()


# --- who comes with what --------------------------------------------------------------------------------
@pytest.mark.parametrize("ticket", ["", "x" * 300, "wrong", "é", 5, None, ["x"], {"a": 1}, "\u0000"])
async def test_no_ticket_that_is_none_opens_anything(server: Server, ticket: object) -> None:
    client = await Socket.open(server.port)
    await client.say("hello", v=1, auth={"ticket": ticket}, streams=at("a" * 20), topics=["inbox"])
    assert await client.closed() == 4401
    assert [frame["op"] for frame in client.seen] == ["bye"]


async def test_a_ticket_that_grew_old_is_none(server: Server) -> None:
    ticket = server.call("ticket", name="ana")
    server.call("age_tickets", seconds=61)
    client = await Socket.open(server.port)
    await client.say("hello", v=1, auth={"ticket": ticket})
    assert await client.closed() == 4401


async def test_a_cookie_alone_opens_nothing(server: Server) -> None:
    session = server.call("session", name="ana")
    client = await Socket.open(server.port, headers={"Cookie": f"sessionid={session}"})
    await client.say("hello", v=1, auth={}, topics=["me"])
    assert await client.closed() == 4401


@pytest.mark.parametrize("origin", ["http://127.0.0.1", "HTTP://EVIL.example", "http://127.0.0.1.evil.example",
                                    "file://", "http://127.0.0.1:{port}.evil.example", "http://x@127.0.0.1:{port}"])  # fmt: skip
async def test_no_address_that_only_looks_like_ours(server: Server, origin: str) -> None:
    from tests.wsclient import Refused

    with pytest.raises(Refused) as caught:
        await Socket.open(server.port, origin=origin.format(port=server.port))
    assert caught.value.status in (400, 403)


async def test_script_stays_text_in_names_words_and_ids(server: Server, talk: dict[str, str]) -> None:
    script = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>'
    server.call("rename", name="eve", to=script)
    mine = server.call("open", name="eve")
    try:
        async with (
            signed_in(server, "eve", streams=at(mine["public"], 2)) as eve,
            signed_in(server, "cy", streams=at(mine["public"], 2)) as cy,
        ):
            key = await send(eve, mine["public"], script)
            event = await cy.expect("ev", id=key)
            assert (event["data"]["body"], event["author"]["name"]) == (script, script)
            await eve.say("typing", stream=mine["public"], on=True)
            assert (await cy.expect("typing"))["who"]["name"] == script
            await eve.say("dance", id=script)
            assert (await eve.expect("nack"))["id"] is None  # what is no id is not said again
            await eve.say("sub", streams=[], topics=[script])
            assert script not in json.dumps((await eve.expect("nack"))["message"])
    finally:
        server.call("rename", name="eve", to="Eve")


# --- order of things ------------------------------------------------------------------------------------
async def test_what_comes_after_a_failure_is_not_looked_at(server: Server, talk: dict[str, str]) -> None:
    """A socket that is being closed takes nothing more: bad frame, then good ones in the same packet."""
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as ana:
        await ana.text("not json")
        for _ in range(3):
            await send(ana, talk["public"], "after the end")
        assert await ana.closed() == 4400
        assert not [f for f in ana.seen if f["op"] == "ack"]
    assert all(row[2] != "after the end" for row in server.call("log", stream=talk["public"]))


async def test_an_old_back_up_makes_everyone_fetch_afresh(server: Server, talk: dict[str, str]) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as ana:
        epoch = ana.seen[0]["streams"][0]["epoch"]
    server.call("new_epochs")
    async with signed_in(server, "ana", streams=at(talk["public"], 2, epoch)) as ana:
        assert (await ana.expect("reset", stream=talk["public"]))["reason"] == "epoch"
        await ana.say("sub", streams=at(talk["public"], 0))
        assert [e["seq"] for e in await events(ana, talk["public"], 2)] == [1, 2]


async def test_a_close_frame_or_a_pong_in_between_ends_nothing_badly(server: Server) -> None:
    written = len(server.log())
    client = await Socket.open(server.port)
    await client.raw(PONG, b"unasked")
    await client.raw(CLOSE, b"")
    with pytest.raises(Closed):
        while True:
            await client.frame()
    assert "Traceback" not in server.log()[written:]
