"""Topics and the one way to push. A push is only a hint to look again: what it hints at is in the database.

Rooms register topics with the function that guards them; the socket consumer (livechat) asks here.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from core.actors import Actor
from core.events import on_commit_once

log = logging.getLogger(__name__)
PATIENCE = 2.0  # seconds for what is sent at once
Guard = Callable[[Actor, str], list[str] | None]

_topics: dict[str, Guard] = {}
_loop: asyncio.AbstractEventLoop | None = None
_guard = threading.Lock()


def register_topic(kind: str, guard: Guard) -> None:
    """`guard(actor, argument)` names the groups that carry the topic for this actor, or None: not theirs."""
    _topics[kind] = guard


def topic_groups(actor: Actor, topic: str) -> list[str] | None:
    """The groups behind `kind` or `kind:argument` for this actor; None when unknown or not theirs."""
    kind, _, argument = topic.partition(":")
    guard = _topics.get(kind)
    return guard(actor, argument) if guard else None


def group(*parts: object) -> str:
    """A channel layer's group name from plain parts; other characters than it allows become dots."""
    return re.sub(r"[^a-zA-Z0-9_.-]", ".", "-".join(str(part) for part in parts))[:99]


def stream_group(stream_id: str) -> str:
    """The group of everyone who reads one stream."""
    return group("stream", stream_id)


def use_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Push on this loop from now on: daphne's own, where the worker lives in its process."""
    global _loop
    _loop = loop


def _push_loop() -> asyncio.AbstractEventLoop:
    global _loop
    with _guard:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="push", daemon=True).start()
        return _loop


class Sender:
    """What is pushed on one loop: one batch at a time, in its order; what comes meanwhile is the next batch."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, group_name: str, payload: dict[str, Any]) -> None:
        """Call on the loop."""
        self._waiting.append((group_name, payload))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                async with asyncio.timeout(PATIENCE):  # a layer that hangs keeps nothing waiting for longer
                    await _send_batch(batch)
            except Exception:
                log.warning("%s; the sweeper will bring it", _told(batch), exc_info=True)


async def _send_batch(batch: list[tuple[str, dict[str, Any]]]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    if len(batch) > 1 and hasattr(type(layer), "send_groups"):
        await layer.send_groups(batch)
        return
    for one in batch:
        try:
            await layer.group_send(*one)
        except Exception:
            log.warning("%s; the sweeper will bring it", _told([one]), exc_info=True)


def _told(batch: list[tuple[str, dict[str, Any]]]) -> str:
    return f"{len(batch)} pushes failed, the first to {batch[0][0]}"


_senders: WeakKeyDictionary[asyncio.AbstractEventLoop, Sender] = WeakKeyDictionary()


def _sender_of(loop: asyncio.AbstractEventLoop) -> Sender:
    with _guard:
        return _senders.setdefault(loop, Sender())


def push(group_name: str, payload: dict[str, Any]) -> None:
    """Send now, without waiting and without ever raising: a stored message never becomes an error."""
    try:
        loop = _push_loop()
        sender = _senders.get(loop) or _sender_of(loop)
        if asyncio._get_running_loop() is loop:  # we are on it: no other thread is to be woken
            sender.add(group_name, payload)
        else:
            loop.call_soon_threadsafe(sender.add, group_name, payload)
    except RuntimeError:
        log.warning("no loop to push on")


@dataclass(frozen=True, slots=True)
class _Hint:
    group: str
    topic: str
    ids: tuple[str, ...]

    def __call__(self) -> None:
        push(self.group, {"type": "topic.changed", "topic": self.topic, "ids": list(self.ids)})


def tell(topic: str, ids: Iterable[object], *, groups: Iterable[str]) -> None:
    """After commit, hint to everyone on the topic that these ids changed; what is told twice goes out once."""
    told = tuple(str(one) for one in ids)
    for name in groups:
        on_commit_once(_Hint(name, topic, told))
