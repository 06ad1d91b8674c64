"""Streams over HTTP: the same words, rights and refusals as the socket's, and requests that wait for news."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.test import Client

from core.live import group, stream_group
from livechat import api_streams, draining, executor, holding, limits, sweeper
from livechat.holding import Held, Holding
from tests.livechat.test_doors import as_json, client
from tests.livechat.world import World, streams
from tickets import actions as tickets


@pytest.fixture
def talk(world: World) -> dict[str, str]:
    """A ticket of ana's with a first message, its streams by kind."""
    limits._sends.clear()
    order = world.order("ana")
    row = tickets.open_ticket(
        actor=world.actor("ana"), category="order", subject="s", body="first", order=order
    )
    return {"ticket": row.public_id, **streams(row)}


def news(one: Client, *at: str, **more: Any) -> Any:
    return one.get("/api/v1/live/events/", {"at": at, **more}, headers={"accept": "application/json"})


# --- reading --------------------------------------------------------------------------------------------
def test_all_streams_of_a_tab_come_in_one_answer(world: World, talk: dict[str, str]) -> None:
    answer = news(client(world, "cy"), f"{talk['public']}:0", f"{talk['staff']}:0", "nobody:0").json()
    assert [one["id"] for one in answer["streams"]] == [talk["public"], talk["staff"]]
    public = answer["streams"][0]
    assert [event["op"] for event in public["events"]] == ["ev"] * public["head"]
    assert (public["more"], public["reset"], public["read"]) == (False, None, {"buyer": 0, "agent": 0})
    assert (answer["missing"], answer["again_in_ms"]) == (["nobody"], 0)


def test_whoever_has_everything_is_told_when_to_ask_again(world: World, talk: dict[str, str]) -> None:
    ana = client(world, "ana")
    head = news(ana, f"{talk['public']}:0").json()["streams"][0]["head"]
    answer = news(ana, f"{talk['public']}:{head}", wait=25).json()  # nothing holds a request here
    assert (answer["streams"][0]["events"], answer["again_in_ms"]) == ([], api_streams.AGAIN_IN_MS)


def test_another_persons_stream_and_the_staffs_are_missing(world: World, talk: dict[str, str]) -> None:
    eve, ana = client(world, "eve"), client(world, "ana")
    assert news(eve, f"{talk['public']}:0").json()["missing"] == [talk["public"]]
    assert news(ana, f"{talk['staff']}:0").json()["missing"] == [talk["staff"]]
    assert eve.get(f"/api/v1/streams/{talk['public']}/events/").status_code == 404
    assert news(Client(), f"{talk['public']}:0").status_code == 401


@pytest.mark.parametrize("after, epoch, reason", [(99, "", "epoch"), (1, ":another", "epoch")])
def test_a_copy_of_another_time_is_reset(
    world: World, talk: dict[str, str], after: int, epoch: str, reason: str
) -> None:
    answer = news(client(world, "ana"), f"{talk['public']}:{after}{epoch}").json()
    assert (answer["streams"][0]["reset"], answer["streams"][0]["events"]) == (reason, [])


@pytest.mark.parametrize("asked", [{"at": "x"}, {"at": "x:-1"}, {"at": ["a:1"] * 21}, {"at": "../x:1"},
                                   {"topic": "No!"}, {"wait": "26"}, {"wait": "x"}, {"limit": "0"}])  # fmt: skip
def test_bad_questions_are_refused(world: World, asked: dict[str, Any]) -> None:
    answer = client(world, "ana").get("/api/v1/live/events/", asked)
    assert (answer.status_code, answer.json()["retryable"]) == (400, False)
    assert set(answer.json()["fields"]) == set(asked)


# --- writing --------------------------------------------------------------------------------------------
def test_a_message_is_stored_once_and_answered_as_over_the_socket(world: World, talk: dict[str, str]) -> None:
    ana, key = client(world, "ana"), str(uuid.uuid4())
    address = f"/api/v1/streams/{talk['public']}/messages/"
    first = as_json(ana, address, client_id=key, body="<b>Hello</b>")
    again = as_json(ana, address, client_id=key, body="<b>Hello</b>")
    assert (first.status_code, first.json()["dup"], again.json()["dup"]) == (201, False, True)
    assert {**first.json(), "dup": True} == again.json()
    assert set(first.json()) == {"id", "stream", "seq", "created_at", "dup"}
    other = as_json(ana, address, client_id=key, body="Other words")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_refusals_say_whether_to_send_again(world: World, talk: dict[str, str]) -> None:
    ana = client(world, "ana")
    address = f"/api/v1/streams/{talk['public']}/messages/"
    standing = limits.Bucket(1, 5, clock=lambda: 0.0)  # however slow this machine
    limits._sends[world.actor("ana").key] = standing
    answers = [as_json(ana, address, client_id=str(uuid.uuid4()), body=f"{n}") for n in range(6)]
    assert [one.status_code for one in answers] == [201] * 5 + [429]
    late = answers[-1].json()
    assert (late["code"], late["retryable"], 0 < late["retry_after_ms"] <= 1000) == ("too_fast", True, True)
    limits._sends.clear()
    empty = as_json(ana, address, client_id=str(uuid.uuid4()), body=" ").json()
    assert (empty["code"], empty["retryable"], empty["retry_after_ms"]) == ("empty", False, None)
    assert as_json(ana, address, body="x").json()["fields"]["client_id"]
    note = as_json(ana, address, client_id=str(uuid.uuid4()), body="x", kind="note").json()
    assert note["code"] == "wrong_stream"
    hidden = f"/api/v1/streams/{talk['staff']}/messages/"
    assert as_json(ana, hidden, client_id=str(uuid.uuid4()), body="x", kind="note").status_code == 404


def test_without_the_csrf_token_nothing_is_written(world: World, talk: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.users["ana"])
    address = f"/api/v1/streams/{talk['public']}/messages/"
    assert as_json(strict, address, client_id=str(uuid.uuid4()), body="x").status_code == 403


def test_marks_grow_and_typing_is_stored_nowhere(world: World, talk: dict[str, str]) -> None:
    ana = client(world, "ana")
    mark = as_json(ana, f"/api/v1/streams/{talk['public']}/read/", seq=1).json()
    assert mark == {"stream": talk["public"], "who": "buyer", "seq": 1}
    assert as_json(ana, f"/api/v1/streams/{talk['public']}/read/", seq=0).json()["seq"] == 1
    assert as_json(ana, f"/api/v1/streams/{talk['public']}/typing/", on=True).status_code == 204
    assert as_json(client(world, "eve"), f"/api/v1/streams/{talk['public']}/read/", seq=1).status_code == 404


# --- waiting --------------------------------------------------------------------------------------------
Pages = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Desk:
    """A view that has nothing until `news` is said, held by the real holder; heads come from a number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.head = 3
        self.asked: list[Held | None] = []
        self.refuses = False
        monkeypatch.setattr(holding.tickets, "heads", lambda ids: dict.fromkeys(ids, self.head))
        monkeypatch.setattr(sweeper, "SWEEP_EVERY", 0.1)

    async def pages(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        held = scope.get(holding.SCOPE)
        self.asked.append(held)
        if held and held.seconds and self.head == 3 and not self.refuses:
            held.wait_for(person="buyer:1", user_id=7, cursors={"s1": 3}, topics={"me": ["person-1"]})
        body = f"{self.head} {dict(held.changed) if held else None}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def get(self, query: str = "wait=5", leave: asyncio.Event | None = None) -> str:
        """Ask; the body of the answer."""
        said: list[dict[str, Any]] = []
        first = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if first:
                return first.pop()
            await (leave or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        scope = {"type": "http", "method": "GET", "path": "/api/v1/x/", "query_string": query.encode()}
        await Holding(self.pages)(scope, receive, send)
        return said[-1]["body"].decode() if said else ""


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, live_threads: None) -> Iterator[Desk]:
    yield Desk(monkeypatch)
    draining.reset()


async def began(desk: Desk) -> None:
    """Until a request waits."""
    async with asyncio.timeout(5):
        while not sweeper.registry().followers:
            await asyncio.sleep(0.01)


async def test_a_request_comes_back_with_the_first_push(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.get())
    await began(desk)
    desk.head = 4
    await get_channel_layer().group_send(
        stream_group("s1"), {"type": "stream.event", "stream": "s1", "seq": 4, "event": {}}
    )
    assert await asyncio.wait_for(waiting, 2) == "4 {}"
    assert [held.has_waited for held in desk.asked if held] == [False, True]
    assert not sweeper.registry().followers


async def test_a_push_that_was_lost_is_found_by_the_sweeper(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.get())
    await began(desk)
    desk.head = 4
    assert await asyncio.wait_for(waiting, 2) == "4 {}"


async def test_a_topic_brings_it_back_with_the_ids(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.get())
    await began(desk)
    await asyncio.sleep(0.05)
    layer = get_channel_layer()
    await layer.group_send("person-1", {"type": "topic.changed", "topic": "other", "ids": ["1"]})
    await layer.group_send("person-1", {"type": "topic.changed", "topic": "me", "ids": ["2"]})
    assert await asyncio.wait_for(waiting, 2) == "3 {'me': ['2']}"


async def test_signing_out_brings_it_back_to_be_refused(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.get())
    await began(desk)
    await asyncio.sleep(0.05)
    desk.refuses = True
    await get_channel_layer().group_send(group("user", 7), {"type": "session.closed", "user_id": 7})
    await asyncio.wait_for(waiting, 2)
    assert len(desk.asked) == 2


async def test_nothing_comes_and_the_first_answer_goes_out(desk: Desk) -> None:
    assert await asyncio.wait_for(desk.get("wait=1"), 3) == "3 {}"
    assert len(desk.asked) == 1


async def test_waiting_takes_no_thread(desk: Desk) -> None:
    waiting = [asyncio.create_task(desk.get()) for _ in range(holding.WAITING_MOST + 3)]
    await began(desk)
    await asyncio.sleep(0.3)
    assert sum(task.done() for task in waiting) == 3  # more than ten of one person are answered at once
    pool = executor._threads()
    async with asyncio.timeout(2):
        while pool._work_queue.qsize():
            await asyncio.sleep(0.01)
    assert await executor.run(lambda: "free") == "free"
    desk.head = 4
    await asyncio.wait_for(asyncio.gather(*waiting), 3)


async def test_who_leaves_is_forgotten(desk: Desk) -> None:
    leave = asyncio.Event()
    waiting = asyncio.create_task(desk.get(leave=leave))
    await began(desk)
    leave.set()
    assert await asyncio.wait_for(waiting, 2) == ""
    assert not sweeper.registry().followers
    assert not draining.requests


async def test_a_server_that_leaves_answers_those_who_wait(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.get())
    await began(desk)
    assert await draining.see_off(10, 2)  # no jitter for an answer
    assert await asyncio.wait_for(waiting, 2) == "3 {}"
    assert await desk.get() == "3 None"  # and holds no more


@pytest.mark.parametrize("query", ["", "wait=0", "wait=-1", "wait=x", "wait=1.5", "wait=٣"])
async def test_what_is_no_number_of_seconds_waits_for_nothing(desk: Desk, query: str) -> None:
    assert await asyncio.wait_for(desk.get(query), 2) == "3 None"
