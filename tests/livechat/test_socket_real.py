"""The socket on the wire: a real daphne in its own process, raw frames, people on sessions of their own."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.livechat.server import Server, running
from tests.wsclient import BINARY, Closed, Refused, Socket


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("live")) as one:
        yield one


@pytest.fixture
def talk(server: Server) -> dict[str, str]:
    """A ticket of ana's on her order, taken by cy, with both of its streams."""
    made: dict[str, str] = server.call("open", name="ana")
    return made


@asynccontextmanager
async def signed_in(server: Server, name: str, **hello: Any) -> AsyncIterator[Socket]:
    """A socket of this person after its hello; its `ready` is the first frame of `seen`."""
    socket = await Socket.open(server.port)
    try:
        session = hello.pop("session", None)
        await socket.say(
            "hello", v=1, auth={"ticket": server.call("ticket", name=name, session=session)}, **hello
        )
        await socket.expect("ready")
        yield socket
    finally:
        await socket.close()


def at(stream: str, seq: int = 0, epoch: str | None = None) -> list[dict[str, Any]]:
    return [{"id": stream, "seq": seq, "epoch": epoch}]


async def send(socket: Socket, stream: str, body: str, **fields: Any) -> str:
    key = str(fields.pop("id", uuid.uuid4()))
    await socket.say("send", id=key, stream=stream, kind=fields.pop("kind", "reply"), body=body, **fields)
    return key


async def events(socket: Socket, stream: str, upto: int) -> list[dict[str, Any]]:
    """All events of a stream that have come, once it has reached a seq."""
    while not any(f["op"] == "ev" and f["stream"] == stream and f["seq"] >= upto for f in socket.seen):
        await socket.frame()
    return [f for f in socket.seen if f["op"] == "ev" and f["stream"] == stream]


# --- the door -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "origin", ["http://evil.example", None, "null", "http://127.0.0.1:1", "https://127.0.0.1"]
)
async def test_another_origin_is_refused_before_the_handshake(server: Server, origin: str | None) -> None:
    with pytest.raises(Refused) as caught:
        await Socket.open(server.port, origin=origin)
    assert caught.value.status == 403


async def test_hello_is_answered_with_where_everything_stands(server: Server, talk: dict[str, str]) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"]), topics=["me", "inbox"]) as socket:
        ready = socket.seen[0]
        stand = server.call("stream", stream=talk["public"])
        assert ready["streams"] == [
            {
                "id": talk["public"],
                "head": 2,
                "epoch": stand["epoch"],
                "state": "none",
                "read": {"buyer": 0, "agent": 0},
            }
        ]
        assert ready["topics"] == ["me"]
        assert (ready["hb"], ready["limits"]["chars"]) == (20, 8000)
        assert [e["seq"] for e in await events(socket, talk["public"], 2)] == [1, 2]


async def test_a_ticket_is_good_once(server: Server) -> None:
    ticket = server.call("ticket", name="ana")
    first = await Socket.open(server.port)
    await first.say("hello", v=1, auth={"ticket": ticket})
    await first.expect("ready")
    second = await Socket.open(server.port)
    await second.say("hello", v=1, auth={"ticket": ticket})
    assert await second.closed() == 4401
    assert second.seen[-1]["op"] == "bye"
    await first.close()


@pytest.mark.parametrize(
    "text, code",
    [
        ('{"op":"ping","n":1}', 4401),
        ('{"op":"hello","v":1,"auth":{"ticket":"wrong"}}', 4401),
        ('{"op":"hello","v":1}', 4401),
        ('{"op":"hello","v":9,"auth":{"ticket":"x"}}', 4426),
        ('{"op":"hello","v":1,"auth":{"ticket":"x"},"streams":5}', 4400),
        ("not json", 4400),
        ("[1]", 4400),
        ('{"op":"ping","x":"' + "y" * 33_000 + '"}', 4413),
    ],
)
async def test_a_bad_beginning_ends_it(server: Server, text: str, code: int) -> None:
    socket = await Socket.open(server.port)
    await socket.text(text)
    assert await socket.closed() == code
    assert [f["op"] for f in socket.seen] == ["bye"]
    assert socket.seen[0]["code"] == code


async def test_silence_at_the_door_ends_it(server: Server) -> None:
    socket = await Socket.open(server.port)
    began = time.monotonic()
    assert await socket.closed() == 4408
    assert 4.5 < time.monotonic() - began < 8


async def test_binary_frames_and_a_second_hello_end_it(server: Server) -> None:
    async with signed_in(server, "ana") as socket:
        await socket.raw(BINARY, b"\x00\x01")
        assert await socket.closed() == 4400
    async with signed_in(server, "ana") as socket:
        await socket.say("hello", v=1, auth={"ticket": "x"})
        assert await socket.closed() == 4400


# --- messages -------------------------------------------------------------------------------------------
async def test_what_is_sent_is_acknowledged_and_reaches_both_sides(
    server: Server, talk: dict[str, str]
) -> None:
    stream = talk["public"]
    async with (
        signed_in(server, "ana", streams=at(stream, 2)) as ana,
        signed_in(server, "ana", streams=at(stream, 2)) as tab,
        signed_in(server, "cy", streams=at(stream, 2)) as cy,
    ):
        key = await send(ana, stream, "Hello <b>there</b> 👋")
        ack = await ana.expect("ack", id=key)
        assert (ack["seq"], ack["dup"], ack["stream"]) == (3, False, stream)
        assert ack["created_at"]
        for socket in (ana, tab, cy):
            event = (await events(socket, stream, 3))[-1]
            assert (event["seq"], event["kind"], event["id"]) == (3, "reply", key)
            assert event["data"]["body"] == "Hello <b>there</b> 👋"
            assert event["author"]["name"] == "Ana"
        answer = await send(cy, stream, "Hi Ana")
        await cy.expect("ack", id=answer)
        assert (await events(ana, stream, 4))[-1]["author"]["kind"] == "staff"


async def test_the_same_id_again_is_a_duplicate_and_other_words_are_a_conflict(
    server: Server, talk: dict[str, str]
) -> None:
    stream = talk["public"]
    async with signed_in(server, "ana", streams=at(stream, 2)) as socket:
        key = await send(socket, stream, "once")
        first = await socket.expect("ack", id=key)
        await send(socket, stream, "once", id=key)
        again = await socket.expect("ack", id=key)
        assert (again["seq"], again["dup"], again["created_at"]) == (first["seq"], True, first["created_at"])
        await send(socket, stream, "other words", id=key)
        nack = await socket.expect("nack", id=key)
        assert (nack["code"], nack["retryable"]) == ("idempotency_conflict", False)
        assert len(server.call("log", stream=stream)) == 3


async def test_twenty_each_at_once_arrive_everywhere_in_one_order(
    server: Server, talk: dict[str, str]
) -> None:
    stream = talk["public"]
    async with (
        signed_in(server, "ana", streams=at(stream)) as ana,
        signed_in(server, "cy", streams=at(stream)) as cy,
        signed_in(server, "cy", streams=at(stream)) as tab,
    ):

        async def speak(socket: Socket, who: str) -> None:
            for n in range(20):
                key = await send(socket, stream, f"{who} {n}")
                while True:
                    answer = await socket.frame()
                    if answer["op"] == "nack" and answer["code"] == "too_fast":
                        await asyncio.sleep(answer["retry_after_ms"] / 1000)
                        await send(socket, stream, f"{who} {n}", id=key)
                    elif answer["op"] == "ack" and answer["id"] == key:
                        break

        await asyncio.gather(speak(ana, "ana"), speak(cy, "cy"))
        log = server.call("log", stream=stream)
        assert [row[0] for row in log] == list(range(1, 43))
        for socket in (ana, cy, tab):
            got = await events(socket, stream, len(log))
            assert [(e["seq"], e["data"]["body"]) for e in got] == [(row[0], row[2]) for row in log]
        for who in ("ana", "cy"):
            assert [row[2] for row in log if row[2].startswith(f"{who} ")] == [
                f"{who} {n}" for n in range(20)
            ]


async def test_bad_words_are_refused_one_by_one_and_the_socket_goes_on(
    server: Server, talk: dict[str, str]
) -> None:
    stream = talk["public"]
    async with signed_in(server, "cy", streams=at(stream, 2)) as socket:
        for body, code in (("", "empty"), ("   ", "empty"), ("x" * 8001, "too_long"), ("\u200b", "empty")):
            key = await send(socket, stream, body)
            nack = await socket.expect("nack", id=key)
            assert (nack["code"], list(nack["fields"]), nack["retryable"]) == (code, ["body"], False)
        await socket.say("dance", id="abc")
        assert (await socket.expect("nack", id="abc"))["code"] == "unknown_op"
        await socket.say("send", id="7", stream=stream, body="x")
        assert "id" in (await socket.expect("nack", id="7"))["fields"]
        key = await send(socket, stream, "😀" * 8000)
        assert (await socket.expect("ack", id=key))["seq"] == 3


async def test_too_fast_says_when_to_come_again(server: Server, talk: dict[str, str]) -> None:
    stream = talk["public"]
    async with signed_in(server, "ana", streams=at(stream, 2)) as socket:
        keys = [await send(socket, stream, f"{n}") for n in range(8)]
        answers = {}
        while len(answers) < 8:
            frame = await socket.frame()
            if frame["op"] in ("ack", "nack"):
                answers[frame["id"]] = frame
        refused = [answers[key] for key in keys if answers[key]["op"] == "nack"]
        assert 2 <= len(refused) <= 3
        assert all(one["code"] == "too_fast" and 0 < one["retry_after_ms"] <= 1000 for one in refused)
        assert all(one["retryable"] for one in refused)


async def test_frames_without_end_are_refused_and_then_the_socket_ends(
    server: Server, talk: dict[str, str]
) -> None:
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as socket:

        async def flood() -> None:
            try:
                for _ in range(2000):
                    await socket.say("typing", stream=talk["public"], on=True)
            except ConnectionError:
                pass

        flooding = asyncio.create_task(flood())
        assert await socket.closed() == 4429
        flooding.cancel()
        codes = [f["code"] for f in socket.seen if f["op"] == "nack"]
        assert set(codes) == {"too_fast"}
    async with signed_in(server, "ana", streams=at(talk["public"], 2)) as socket:
        key = await send(socket, talk["public"], "still here")
        await socket.expect("ack", id=key)


# --- rights ---------------------------------------------------------------------------------------------
async def test_another_persons_stream_does_not_exist(server: Server, talk: dict[str, str]) -> None:
    wanted = {
        "streams": at(talk["public"]),
        "topics": [f"ticket:{talk['ticket']}", "inbox", "dashboard", "nope"],
    }
    async with signed_in(server, "eve", **wanted) as eve:
        assert (eve.seen[0]["streams"], eve.seen[0]["topics"]) == ([], [])
        key = await send(eve, talk["public"], "let me in")
        assert (await eve.expect("nack", id=key))["code"] == "not_found"
        for op, more in (("read", {"seq": 2}), ("sync", {"after": 0}), ("typing", {"on": True})):
            await eve.say(op, stream=talk["public"], **more)
            assert (await eve.expect("nack", code="not_found"))["message"]
        await eve.say("sub", streams=at("a" * 20))
        missing = await eve.expect("nack", code="not_found", stream="a" * 20)
        await eve.say("sub", streams=at(talk["public"]))
        hidden = await eve.expect("nack", code="not_found", stream=talk["public"])
        assert {**missing, "stream": ""} == {**hidden, "stream": ""}
        server.call("say", name="cy", ticket=talk["ticket"], body="secret")
        await asyncio.sleep(2.5)  # longer than a sweep: nothing may come
        with pytest.raises(TimeoutError):
            await eve.frame(within=0.2)
        assert not [f for f in eve.seen if f["op"] in ("ev", "batch")]


async def test_the_staff_stream_never_reaches_a_buyer(server: Server, talk: dict[str, str]) -> None:
    both = at(talk["public"], 2) + at(talk["staff"])
    async with signed_in(server, "ana", streams=both) as ana, signed_in(server, "cy", streams=both) as cy:
        assert [s["id"] for s in ana.seen[0]["streams"]] == [talk["public"]]
        assert len(cy.seen[0]["streams"]) == 2
        key = await send(cy, talk["staff"], "a note about her", kind="note")
        ack = await cy.expect("ack", id=key)
        assert (await events(cy, talk["staff"], ack["seq"]))[-1]["kind"] == "note"
        wrong = await send(cy, talk["public"], "a note in public", kind="note")
        assert "stream" in (await cy.expect("nack", id=wrong))["fields"]
        mine = await send(ana, talk["staff"], "me too", kind="note")
        assert (await ana.expect("nack", id=mine))["code"] == "not_found"
        end = await send(cy, talk["public"], "the end")
        await cy.expect("ack", id=end)
        await ana.expect("ev", id=end)
        assert "a note about her" not in json.dumps(ana.seen)
        assert talk["staff"] not in json.dumps([f for f in ana.seen if f["op"] != "nack"])


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
        key = await send(socket, talk["public"], "quiet, not gone")
        await socket.expect("ack", id=key)
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


def post(server: Server, path: str, session: str) -> int:
    """A page's own POST with its cookies; the status, redirects not followed."""
    token = "a" * 32
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={token}",
        "X-CSRFToken": token,
        "Origin": f"http://127.0.0.1:{server.port}",
    }
    line.request("POST", path, headers=headers)
    status = line.getresponse().status
    line.close()
    return status


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
