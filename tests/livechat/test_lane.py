"""The short way on the loop: what it stores, and that whatever goes wrong there is done the long way."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from django.db import connection

from core import live
from livechat import executor, lane
from livechat.protocol import Send
from tests.core.test_ended import end, own_pid
from tests.livechat.test_quick import talking
from tests.livechat.world import World, build
from tickets.models import Message


def words(stream: str, **changes: Any) -> Send:
    return Send(
        **(
            {"id": str(uuid.uuid4()), "stream": stream, "kind": "reply", "body": "Today.", "files": ()}
            | changes
        )
    )


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_it_stores_once_and_survives_its_own_failures(
    monkeypatch: pytest.MonkeyPatch, live_threads: None
) -> None:
    monkeypatch.setattr(live, "push", lambda *_: None)
    world = build()
    chat, stream = talking(world, "ana")
    actor, stranger = world.actor("ana"), world.actor("eve")

    async def talk() -> None:
        one = lane.Lane()
        try:
            first = words(stream)
            said = await one.say(actor, first)
            assert said is not None
            assert await one.say(actor, first) is None  # said before: the long way knows
            assert await one.say(stranger, words(stream)) is None
            assert await one.say(actor, words(stream, kind="note")) is None
            assert await one.say(actor, words(stream, files=("f",))) is None
            asking = one._ask
            monkeypatch.setattr(one, "_ask", _stored_and_lost(asking))
            lost = words(stream)
            assert await one.say(actor, lost) is None  # stored, and nobody was told
            monkeypatch.setattr(one, "_ask", asking)
            assert await one.say(actor, words(stream)) is None  # closed for some seconds
            again = await executor.run_as(actor, _long, actor, lost)
            assert again.dup
            monkeypatch.setattr(lane, "PAUSE", 0.0)
            one._closed_until = 0.0
            both = await asyncio.gather(*(one.say(actor, words(stream, body=f"{n}")) for n in range(12)))
            assert all(row is not None for row in both)
        finally:
            one.close()

    asyncio.run(talk())
    seqs = list(
        Message.objects.filter(stream__public_id=stream).order_by("seq").values_list("seq", flat=True)
    )
    assert seqs == list(range(1, len(seqs) + 1))
    assert Message.objects.filter(stream__ticket=chat.ticket, body="Today.").count() == 2


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_connections_that_a_restart_ended_are_not_met_again(
    monkeypatch: pytest.MonkeyPatch, live_threads: None
) -> None:
    monkeypatch.setattr(live, "push", lambda *_: None)
    monkeypatch.setattr(executor, "THREADS", 1)
    executor.shut_down()
    world = build()
    _chat, stream = talking(world, "ana")
    actor = world.actor("ana")

    async def talk() -> None:
        one = lane.Lane()
        both = await asyncio.gather(*(one.say(actor, words(stream)) for _ in range(2)))
        assert all(both)
        kept = [line.cursor.connection.info.backend_pid for line in one._idle]
        kept.append(await executor.run(own_pid))
        for pid in kept:
            await asyncio.to_thread(_end_from_outside, pid)
        assert await one.say(actor, words(stream)) is not None  # the short way at once, by a new connection
        assert await executor.run(own_pid) not in kept
        one.close()

    asyncio.run(talk())


def _end_from_outside(pid: int) -> None:
    end(pid)
    connection.close()


def _long(actor: Any, op: Send) -> Any:
    from livechat import doors

    return doors.say_on_stream(actor, op)


def _stored_and_lost(asking: Any) -> Any:
    async def lose(arguments: list[Any]) -> None:
        await asking(arguments)
        raise OSError("the line was cut before the answer came")

    return lose


@pytest.mark.django_db
def test_without_postgresql_there_is_none(world: World) -> None:
    if connection.vendor == "sqlite":
        assert asyncio.run(lane.Lane().say(world.actor("ana"), words("any"))) is None
