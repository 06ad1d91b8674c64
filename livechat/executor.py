"""Where the socket's database work is done: a few threads of its own, so that one slow query holds up no socket.

Channels' own dispatch asks the one thread-sensitive thread for each frame; here nothing does.
"""

from __future__ import annotations

import asyncio
import contextvars
import zoneinfo
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from django.db import close_old_connections, connections
from django.utils import timezone, translation

from core.actors import Actor
from core.db import drop_ended

T = TypeVar("T")
THREADS = 8
_pool: ThreadPoolExecutor | None = None


def _threads() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
    return _pool


def _job(function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    close_old_connections()
    drop_ended()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


async def run(function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """Run in one of the threads, with a connection that was checked there, not on the loop."""
    work = partial(contextvars.copy_context().run, _job, function, args, kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads(), work)


async def run_as(actor: Actor, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """`run` with the actor's language and zone, so that refusals come in their words."""

    def inside() -> T:
        with translation.override(actor.language or "en"), timezone.override(zone_of(actor)):
            return function(*args, **kwargs)

    return await run(inside)


def zone_of(actor: Actor) -> zoneinfo.ZoneInfo:
    """The actor's zone; UTC where it names none that is known."""
    try:
        return zoneinfo.ZoneInfo(actor.timezone or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")


def shut_down() -> None:
    """End the threads and close their connections (tests, before their database goes)."""
    global _pool
    if _pool is None:
        return
    from threading import Barrier

    barrier = Barrier(THREADS)  # each thread takes exactly one of these
    for closing in [_pool.submit(_close_own, barrier) for _ in range(THREADS)]:
        closing.result(timeout=10)
    _pool.shutdown(wait=True)
    _pool = None


def _close_own(barrier: Any) -> None:
    barrier.wait(timeout=10)
    connections.close_all()
