"""The socket on the wire: who gets in, what is said, who hears it. A real daphne, raw frames."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.livechat.server import Server
from tests.livechat.wire import at, events, refused, said, send, signed_in
from tests.wsclient import BINARY, Refused, Socket


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


async def test_too_fast_says_when_to_come_again(server: Server) -> None:
    stream = server.call("open", name="eve")["public"]  # who has not written for a while
    async with signed_in(server, "eve", streams=at(stream, 2)) as socket:
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
        await said(socket, talk["public"], "still here")


# --- rights ---------------------------------------------------------------------------------------------
async def test_another_persons_stream_does_not_exist(server: Server, talk: dict[str, str]) -> None:
    wanted = {
        "streams": at(talk["public"]),
        "topics": [f"ticket:{talk['ticket']}", "inbox", "dashboard", "nope", "me"],
    }
    async with signed_in(server, "eve", **wanted) as eve:
        assert (eve.seen[0]["streams"], eve.seen[0]["topics"]) == ([], ["me"])
        assert (await refused(eve, talk["public"], "let me in"))["code"] == "not_found"
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
        assert (await refused(ana, talk["staff"], "me too", kind="note"))["code"] == "not_found"
        end = await send(cy, talk["public"], "the end")
        await cy.expect("ack", id=end)
        await ana.expect("ev", id=end)
        assert "a note about her" not in json.dumps(ana.seen)
        assert talk["staff"] not in json.dumps([f for f in ana.seen if f["op"] != "nack"])
