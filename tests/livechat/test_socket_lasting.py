"""The socket on the wire: catching up, marks, topics, chats, and every way in which it ends."""

from __future__ import annotations

import asyncio
import json
import time
import uuid

import pytest

from tests.livechat.server import Server
from tests.livechat.wire import at, events, post, said, send, signed_in
from tests.wsclient import Closed, Socket


# --- catching up ----------------------------------------------------------------------------------------
async def test_what_was_missed_is_read_from_the_log(server: Server, talk: dict[str, str]) -> None:
    for n in range(5):
        server.call("say", name="cy", ticket=talk["ticket"], body=f"while you slept {n}")
    head = server.call("stream", stream=talk["public"])["head"]
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as socket:
        assert [e["seq"] for e in await events(socket, talk["public"], head)] == list(range(3, head + 1))
        await socket.say("sync", stream=talk["public"], after=3, limit=2)
        batch = await socket.expect("batch")
        assert [e["seq"] for e in batch["events"]] == [4, 5]
        assert (batch["head"], batch["more"]) == (head, True)
        await socket.say("sync", stream=talk["public"], after=head, limit=50)
        last = await socket.expect("batch")
        assert (last["events"], last["more"]) == ([], False)


async def test_a_batch_is_no_bigger_than_a_frame_may_be(server: Server, talk: dict[str, str]) -> None:
    for _ in range(3):
        server.call("say", name="cy", ticket=talk["ticket"], body="😀" * 8000)
    head = server.call("stream", stream=talk["public"])["head"]
    async with signed_in(server, "ana") as socket:
        after, got = 2, []
        while after < head:
            await socket.say("sync", stream=talk["public"], after=after, limit=200)
            batch = await socket.expect("batch")
            assert len(json.dumps(batch, ensure_ascii=False).encode()) < 65_536
            after = batch["events"][-1]["seq"]
            assert batch["more"] == (after < head)
            got += [event["seq"] for event in batch["events"]]
        assert got == list(range(3, head + 1))


@pytest.mark.parametrize("seq, epoch", [(2, "another"), (99, None)])
async def test_a_copy_of_another_time_is_reset(
    server: Server, talk: dict[str, str], seq: int, epoch: str | None
) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"], seq, epoch)) as socket:
        assert socket.seen[0]["streams"] == []
        assert (await socket.expect("reset", stream=talk["public"]))["reason"] == "epoch"
        stand = server.call("stream", stream=talk["public"])
        await socket.say("sub", streams=at(talk["public"], stand["head"], stand["epoch"]))
        assert (await socket.expect("subscribed"))["streams"][0]["head"] == stand["head"]


async def test_the_sweeper_brings_what_no_push_announced(server: Server, talk: dict[str, str]) -> None:
    async with (
        signed_in(server, "ana", streams=at(talk["public"], 2)) as ana,
        signed_in(server, "cy", streams=at(talk["public"], 2) + at(talk["staff"])) as cy,
    ):
        began = time.monotonic()
        seq = server.call("say", name="cy", ticket=talk["ticket"], body="by another process")
        assert (await ana.expect("ev", within=3.0, seq=seq))["data"]["body"] == "by another process"
        await cy.expect("ev", within=3.0, seq=seq)
        assert time.monotonic() - began < 3.0


async def test_after_unsub_nothing_comes(server: Server, talk: dict[str, str]) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as socket:
        await socket.say("unsub", streams=[talk["public"]], topics=[])
        await socket.say("ping", n=1)
        assert (await socket.expect("pong"))["heads"] == {}
        server.call("say", name="cy", ticket=talk["ticket"], body="x")
        with pytest.raises(TimeoutError):
            await socket.frame(within=2.6)


async def test_a_killed_server_loses_nothing_that_was_acknowledged(
    server: Server, talk: dict[str, str]
) -> None:
    stream, acked = talk["public"], []
    for _round in range(2):
        async with signed_in(server, "cy", streams=at(stream, 2)) as socket:
            for n in range(6):
                key = await send(socket, stream, f"{_round}-{n}")
                await socket.expect("ack", id=key)
                acked.append(key)
            unsure = await send(socket, stream, f"{_round}-unsure")
            server.kill()
            assert await socket.closed() == 1006
        server.start()
        async with signed_in(server, "cy", streams=at(stream, 2)) as socket:
            await send(socket, stream, f"{_round}-unsure", id=unsure)
            await socket.expect("ack", id=unsure)
            acked.append(unsure)
    log = server.call("log", stream=stream)
    kept = [row[3] for row in log if row[3] in acked]
    assert kept == acked
    assert [row[0] for row in log] == list(range(1, len(log) + 1))


# --- marks, topics, presence ----------------------------------------------------------------------------
async def test_read_marks_grow_and_are_told(server: Server, talk: dict[str, str]) -> None:
    stream = talk["public"]
    async with (
        signed_in(server, "ana", streams=at(stream, 2)) as ana,
        signed_in(server, "cy", streams=at(stream, 2)) as cy,
    ):
        await cy.say("read", stream=stream, seq=2)
        mark = await ana.expect("read")
        assert (mark["stream"], mark["who"], mark["seq"]) == (stream, "agent", 2)
        await cy.say("read", stream=stream, seq=1)
        await ana.say("read", stream=stream, seq=9999)
        mark = await cy.expect("read", who="buyer")
        assert mark["seq"] == 2
        assert {"buyer": 2, "agent": 2}.items() <= server.call("stream", stream=stream).items()


async def test_typing_reaches_the_others_and_is_never_stored(server: Server, talk: dict[str, str]) -> None:
    stream = talk["public"]
    async with (
        signed_in(server, "ana", streams=at(stream, 2)) as ana,
        signed_in(server, "cy", streams=at(stream, 2) + at(talk["staff"])) as cy,
    ):
        await ana.say("typing", stream=stream, on=True)
        told = await cy.expect("typing")
        assert (told["who"]["name"], told["who"]["kind"], told["ttl"], told["on"]) == (
            "Ana",
            "buyer",
            6,
            True,
        )
        await ana.say("typing", stream=stream, on=False)
        assert (await cy.expect("typing", on=False))["ttl"] == 0
        await cy.say("typing", stream=talk["staff"], on=True)
        await cy.say("typing", stream=stream, on=True)
        assert (await ana.expect("typing"))["stream"] == stream
        assert not [f for f in cy.seen if f["op"] == "typing" and f["who"]["name"] == "Cy"]
        assert server.call("stream", stream=stream)["head"] == 2


async def test_topics_hint_to_look_again(server: Server, talk: dict[str, str]) -> None:
    topic = f"ticket:{talk['ticket']}"
    async with (
        signed_in(server, "ana", streams=at(talk["public"], 2), topics=["me", topic]) as ana,
        signed_in(server, "cy", topics=["inbox", topic]) as cy,
        signed_in(server, "bo", topics=["inbox", topic]) as bo,
    ):
        assert cy.seen[0]["topics"] == ["inbox", topic]
        assert bo.seen[0]["topics"] == ["inbox"]
        await send(ana, talk["public"], "hello?")
        assert (await cy.expect("changed", topic="inbox"))["ids"] == [talk["ticket"]]
        await cy.expect("changed", topic=topic)
        with pytest.raises(TimeoutError):
            await bo.expect("changed", within=1.0)


async def test_a_ping_tells_the_heads_and_the_layers_epoch(server: Server, talk: dict[str, str]) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as socket:
        await socket.say("ping", n=7, seqs={talk["public"]: 2})
        pong = await socket.expect("pong")
        assert (pong["n"], pong["heads"]) == (7, {talk["public"]: 2})
        assert pong["layer_epoch"] == socket.seen[0]["layer_epoch"]


async def test_a_quiet_socket_is_still_there_after_a_while(server: Server, talk: dict[str, str]) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as socket:
        with pytest.raises(TimeoutError):
            await socket.frame(within=6.5)  # longer than hello's deadline and three sweeps
        key = await said(socket, talk["public"], "quiet, not gone")
        await socket.expect("ev", id=key)


async def test_an_agents_socket_is_the_heartbeat(server: Server) -> None:
    assert not server.call("presence", name="lin")
    async with signed_in(server, "lin") as socket:
        await socket.say("ping", n=1)
        await socket.expect("pong")
        assert server.call("presence", name="lin")


async def test_a_person_has_at_most_ten_sockets(server: Server) -> None:
    sockets = []
    try:
        for _ in range(10):
            socket = await Socket.open(server.port)
            sockets.append(socket)
            await socket.say("hello", v=1, auth={"ticket": server.call("ticket", name="max")})
            await socket.expect("ready")
        late = await Socket.open(server.port)
        await late.say("hello", v=1, auth={"ticket": server.call("ticket", name="max")})
        assert await late.closed() == 4429
        assert late.seen[-1]["retry_after_ms"] > 0
    finally:
        for socket in sockets:
            socket.cut()


# --- chats ----------------------------------------------------------------------------------------------
async def test_a_chat_is_started_over_the_socket_and_refused_alike(server: Server) -> None:
    order = server.call("place", name="ana")
    async with signed_in(server, "ana") as ana, signed_in(server, "lin", topics=["inbox"]) as lin:
        key = str(uuid.uuid4())
        await ana.say("start", id=key, team="orderhelp", body="Where is it?")
        assert "order" in (await ana.expect("nack", id=key))["fields"]
        await ana.say("start", id=key, team="orderhelp", order=order, body="Where is it?")
        ack = await ana.expect("ack", id=key)
        assert [ack["state"], ack["session"]] == ["waiting", server.call("chats")[-1][0]]
        await lin.expect("changed", topic="inbox")
        await ana.say("start", id=str(uuid.uuid4()), team="orderhelp", order=order, body="Again")
        nack = await ana.expect("nack")
        assert (nack["code"], nack["session"], nack["ticket"]) == (
            "already_open",
            ack["session"],
            ack["ticket"],
        )
        await lin.say("sub", streams=at(ack["stream"]))
        info = (await lin.expect("subscribed"))["streams"][0]
        assert (info["state"], info["head"]) == ("waiting", ack["head"])
        reply = await send(lin, ack["stream"], "Hello, I am Lin")
        await lin.expect("ack", id=reply)
        assert server.call("chats")[-1][1] == "active"
        await ana.say("sub", streams=at(ack["stream"]))
        await ana.expect("ev", id=reply)
        head = server.call("stream", stream=ack["stream"])["head"]
        assert [e["data"]["verb"] for e in await events(ana, ack["stream"], head)] == [
            "ticket.opened",
            "message.replied",
            "chat.waiting",
            "message.replied",
            "chat.joined",
        ]
    server.call("end_chats")


# --- the end --------------------------------------------------------------------------------------------
async def test_a_used_session_that_was_ended_gets_no_socket(server: Server) -> None:
    session = server.call("session", name="ana")
    ticket = server.call("ticket", name="ana", session=session)
    server.call("sign_out", session=session)
    socket = await Socket.open(server.port)
    await socket.say("hello", v=1, auth={"ticket": ticket})
    assert await socket.closed() == 4401


async def test_logging_out_closes_the_sockets_at_once(server: Server, talk: dict[str, str]) -> None:
    session = server.call("session", name="ana")
    async with (
        signed_in(server, "ana", session=session, streams=at(talk["public"], 2)) as ana,
        signed_in(server, "eve") as eve,
    ):
        assert await asyncio.to_thread(post, server, "/accounts/logout/", session) in (200, 302)
        assert await ana.closed(within=3.0) == 4401
        assert ana.seen[-1]["op"] == "bye"
        await eve.say("ping", n=1)
        await eve.expect("pong")
    assert await asyncio.to_thread(post, server, "/api/v1/live/ticket/", session) in (401, 403)


async def test_a_cut_line_leaves_nothing_behind(server: Server, talk: dict[str, str]) -> None:
    for _ in range(12):  # more than one person's sockets: each must be forgotten
        socket = await Socket.open(server.port)
        await socket.say("hello", v=1, auth={"ticket": server.call("ticket", name="eve")})
        await socket.expect("ready")
        socket.cut()
        await asyncio.sleep(0.05)
    async with signed_in(server, "eve") as socket:
        await socket.say("ping", n=1)
        await socket.expect("pong")
    with pytest.raises((Closed, ConnectionError)):
        await socket.frame()


@pytest.mark.nightly
async def test_a_socket_that_is_quiet_for_over_a_minute_is_still_heard(
    server: Server, talk: dict[str, str]
) -> None:
    """Longer than the layer used to keep whoever did not read; the client says only that it lives."""
    async with (
        signed_in(server, "ana", streams=at(talk["public"], 2)) as ana,
        signed_in(server, "cy", streams=at(talk["public"], 2)) as cy,
    ):
        for n in range(5):
            with pytest.raises(TimeoutError):
                await ana.frame(within=14)
            for one in (ana, cy):
                await one.say("ping", n=n)
                await one.expect("pong")
        began = time.monotonic()
        key = await send(cy, talk["public"], "still there?")
        await ana.expect("ev", id=key)
        assert time.monotonic() - began < 1.5  # by its push, not by a sweep
