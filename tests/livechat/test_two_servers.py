"""Two daphnes on one PostgreSQL and one Redis: both sides of a talk on different servers."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from redis.asyncio import Redis

from tests.livechat.server import Server, running
from tests.livechat.wire import at, events, send, signed_in

pytestmark = pytest.mark.pg


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers that are ready, on a database that is theirs alone."""
    address, redis = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    name = f"live_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    own = urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    try:
        with ExitStack() as stack:
            shared = {"DATABASE_URL": own, "REDIS_URL": redis, "SECRET_KEY": uuid.uuid4().hex * 2}
            first = stack.enter_context(running(tmp_path_factory.mktemp("first"), **shared))
            second = first.sibling()
            stack.callback(second.stop)
            yield first, second
    finally:
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_message_crosses_from_one_server_to_the_other_by_its_push(
    pair: tuple[Server, Server],
) -> None:
    first, second = pair
    talk = first.call("open", name="ana")
    second.call = first.call  # type: ignore[method-assign]
    async with (
        signed_in(first, "ana", streams=at(talk["public"], 2)) as ana,
        signed_in(second, "cy", streams=at(talk["public"], 2), topics=["inbox"]) as cy,
    ):
        assert ana.seen[0]["layer_epoch"].partition(".")[0] == cy.seen[0]["layer_epoch"].partition(".")[0]
        waits = []
        for n in range(5):
            began = time.monotonic()
            key = await send(ana, talk["public"], f"hello {n}")
            await cy.expect("ev", id=key)
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.3)  # at other phases of the sweep, which alone would need up to two seconds
        assert sorted(waits)[2] < 0.5
        await cy.expect("changed", topic="inbox")
        await cy.say("typing", stream=talk["public"], on=True)
        assert (await ana.expect("typing"))["who"]["name"] == "Cy"


async def test_both_write_at_once_and_both_read_the_same(pair: tuple[Server, Server]) -> None:
    first, second = pair
    second.call = first.call  # type: ignore[method-assign]
    talk = first.call("open", name="eve")
    stream = talk["public"]
    async with (
        signed_in(first, "cy", streams=at(stream)) as one,
        signed_in(second, "max", streams=at(stream)) as other,
    ):
        keys = [[], []]  # type: list[list[str]]
        for n in range(15):
            for mine, socket in zip(keys, (one, other), strict=True):
                mine.append(await send(socket, stream, f"{n}"))
        for mine, socket in zip(keys, (one, other), strict=True):
            for key in mine:
                await socket.expect("ack", id=key)
        log = first.call("log", stream=stream)
        assert [row[0] for row in log] == list(range(1, 33))
        for socket in (one, other):
            got = await events(socket, stream, 32)
            assert [(e["seq"], str(e["id"])) for e in got] == [(row[0], row[3]) for row in log]
        for mine in keys:
            assert [row[3] for row in log if row[3] in mine] == mine


async def test_redis_that_hangs_delays_a_message_by_a_sweep_and_is_told_afterwards(
    pair: tuple[Server, Server],
) -> None:
    first, second = pair
    second.call = first.call  # type: ignore[method-assign]
    talk = first.call("open", name="ana")
    stream = talk["public"]
    async with (
        signed_in(first, "ana", streams=at(stream, 2)) as ana,
        signed_in(second, "cy", streams=at(stream, 2)) as cy,
        Redis.from_url(os.environ["REDIS_URL"]) as redis,
    ):
        before = cy.seen[0]["layer_epoch"]
        await redis.execute_command("CLIENT", "PAUSE", "5000", "ALL")
        began = time.monotonic()
        key = await send(ana, stream, "can you hear me?")
        await ana.expect("ack", id=key, within=1.0)
        await cy.expect("ev", id=key, within=3.0)
        assert time.monotonic() - began < 4.5  # while Redis still hung
        epoch = before
        async with asyncio.timeout(15):
            while epoch == before:
                await cy.say("ping", n=1)
                epoch = (await cy.expect("pong"))["layer_epoch"]
                await asyncio.sleep(0.2)
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        for n in range(3):
            key = await send(ana, stream, f"and now? {n}")
            await cy.expect("ev", id=key, within=3.0)
        log = first.call("log", stream=stream)
        assert [e["seq"] for e in await events(cy, stream, len(log))] == list(range(3, len(log) + 1))


@pytest.mark.nightly
async def test_a_minute_of_silence_over_redis_breaks_nothing(pair: tuple[Server, Server]) -> None:
    first, second = pair
    second.call = first.call  # type: ignore[method-assign]
    stream = first.call("open", name="ana")["public"]
    async with (
        signed_in(first, "ana", streams=at(stream, 2)) as ana,
        signed_in(second, "cy", streams=at(stream, 2)) as cy,
    ):
        for n in range(5):
            await asyncio.sleep(14)
            for one in (ana, cy):
                await one.say("ping", n=n)
                await one.expect("pong")
        began = time.monotonic()
        key = await send(cy, stream, "still there?")
        await ana.expect("ev", id=key)
        assert time.monotonic() - began < 1.5
