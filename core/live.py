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

from channels.layers import get_channel_layer

from core.actors import Actor
from core.events import on_commit_once

log = logging.getLogger(__name__)
PATIENCE = 2.0  # seconds for one push
Guard = Callable[[Actor, str], list[str] | None]

_topics: dict[str, Guard] = {}
_loop: asyncio.AbstractEventLoop | None = None
_guard = threading.Lock()
_sending: set[asyncio.Task[None]] = set()


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


def push(group_name: str, payload: dict[str, Any]) -> None:
    """Send now, without waiting and without ever raising: a stored message never becomes an error."""

    async def send() -> None:
        try:
            layer = get_channel_layer()
            if layer is not None:
                async with asyncio.timeout(PATIENCE):  # a layer that hangs keeps nothing waiting
                    await layer.group_send(group_name, payload)
        except Exception:
            log.warning("push to %s failed; the sweeper will bring it", group_name, exc_info=True)

    try:
        loop = _push_loop()
        if asyncio._get_running_loop() is loop:  # we are on it: no other thread is to be woken
            task = loop.create_task(send())
            _sending.add(task)
            task.add_done_callback(_sending.discard)
        else:
            asyncio.run_coroutine_threadsafe(send(), loop)
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
