"""The channel layers: a burst, a reader who is slow, a push from another thread, settings that survive Redis."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import Any

import pytest
from channels import layers as channels_layers
from channels.layers import channel_layers, get_channel_layer

from core import live
from helpdesk.layers import LocalLayer, PubSubLayer
from livechat import pump
from livechat.layer import MISSED, Ear


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> LocalLayer:
    one = LocalLayer(capacity=1000)
    monkeypatch.setattr(channel_layers, "backends", {"default": one})
    return one


async def heard(ear: Ear, count: int) -> list[Any]:
    async with asyncio.timeout(5):
        return [(await ear.next()).get("n") for _ in range(count)]


async def listening(*groups: str) -> Ear:
    """An ear that has joined and reads nothing meanwhile."""
    ear = Ear()
    first = asyncio.create_task(ear.next())
    await ear.want(set(groups))
    await get_channel_layer().group_send(groups[0], {"type": "x", "n": "joined"})
    assert (await asyncio.wait_for(first, 5))["n"] == "joined"
    return ear


async def test_a_burst_of_five_hundred_arrives_whole_and_in_order(layer: LocalLayer) -> None:
    ear = await listening("g")
    for n in range(500):
        await layer.group_send("g", {"type": "x", "n": n})
    assert await heard(ear, 500) == list(range(500))


async def test_who_did_not_listen_for_a_minute_still_belongs_to_the_group(
    layer: LocalLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = await listening("g")
    await layer.group_send("g", {"type": "x", "n": 1})
    later = time.time() + 3 * 86_400
    monkeypatch.setattr(channels_layers.time, "time", lambda: later)
    await layer.group_send("g", {"type": "x", "n": 2})
    assert await heard(ear, 2) == [1, 2]


async def test_more_than_fits_is_told_and_disturbs_nobody_else(layer: LocalLayer) -> None:
    layer.capacity = 10
    slow, quick = await listening("g"), await listening("g")
    for n in range(25):
        await layer.group_send("g", {"type": "x", "n": n})
        assert await heard(quick, 1) == [n]
    assert (await slow.next())["type"] == MISSED


async def test_what_was_missed_is_read_from_the_log_and_topics_are_looked_at() -> None:
    said: list[dict[str, Any]] = []

    async def emit(frame: dict[str, Any]) -> None:
        said.append(frame)

    one = pump.Pump("sid", emit)
    one.watches["s1"] = pump.Watch(None, 3, 3)  # type: ignore[arg-type]
    one.topics["inbox"] = ["inbox-1"]
    one.hint({"type": MISSED})
    assert one.watches["s1"].behind
    await one._take(one._hints.popleft())
    assert said == [{"op": "changed", "topic": "inbox", "ids": []}]


async def test_a_push_from_another_thread_goes_over_the_servers_loop_at_once(
    layer: LocalLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_loop", asyncio.get_running_loop())
    ear = await listening("g")
    threading.Thread(target=live.push, args=("g", {"type": "x", "n": 7})).start()
    began = time.monotonic()
    assert await heard(ear, 1) == [7]
    assert time.monotonic() - began < 1


async def test_a_layer_that_hangs_keeps_no_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        async def group_send(self, *_: Any) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(live, "get_channel_layer", Hanging)
    monkeypatch.setattr(live, "PATIENCE", 0.1)
    monkeypatch.setattr(live, "_loop", asyncio.get_running_loop())
    before = len(asyncio.all_tasks())
    for _ in range(20):
        live.push("g", {})
    async with asyncio.timeout(3):
        while len(asyncio.all_tasks()) <= before:
            await asyncio.sleep(0.01)
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)


async def test_what_is_pushed_while_the_layer_is_busy_goes_out_together_and_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Busy:
        def __init__(self) -> None:
            self.sent: list[list[str]] = []
            self.free, self.done = asyncio.Event(), asyncio.Event()

        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            self.sent.append([group])
            await self.free.wait()

        async def send_groups(self, batch: list[tuple[str, dict[str, Any]]]) -> None:
            self.sent.append([group for group, _message in batch])
            if "torn" in self.sent[-1]:
                self.done.set()
                raise OSError("torn")
            self.done.set()

    layer = Busy()
    monkeypatch.setattr(live, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(live, "_loop", asyncio.get_running_loop())
    for groups in (["a"], ["b", "c", "torn"], ["d", "e"]):
        layer.done.clear()
        for group in groups:
            live.push(group, {})
        if groups == ["a"]:
            while not layer.sent:
                await asyncio.sleep(0)
            continue
        layer.free.set()
        async with asyncio.timeout(5):
            await layer.done.wait()
    assert layer.sent == [["a"], ["b", "c", "torn"], ["d", "e"]]


@pytest.mark.pg
async def test_redis_takes_several_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one = PubSubLayer(os.environ["TEST_REDIS_URL"])
    monkeypatch.setattr(channel_layers, "backends", {"default": one})
    monkeypatch.setattr(live, "_loop", asyncio.get_running_loop())
    ear = await listening("many")
    for n in range(40):
        live.push("many", {"type": "x", "n": n})
    assert await heard(ear, 40) == list(range(40))
    await ear.leave()
    await one.flush()


async def test_the_redis_layer_never_gives_up_a_quiet_socket() -> None:
    one = PubSubLayer("redis://127.0.0.1:1/0")
    shard = one._get_layer()._shards[0]
    shard._ensure_redis()
    kept = shard._redis.connection_pool
    assert kept.connection_kwargs["socket_timeout"] is None
    assert {error.__name__ for error in kept.connection_kwargs["retry_on_error"]} == {
        "ConnectionError",
        "TimeoutError",
    }
    assert kept.connection_kwargs["retry"]._retries == 3
    assert kept.max_connections == 1000
    await shard.flush()
