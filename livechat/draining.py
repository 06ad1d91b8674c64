"""The end of a server that others go on without: it says so, sees its people off, and stops.

On SIGTERM `/readyz` turns to 503, each socket is told to move at a moment of its own (`bye` 4503), what is being
written is finished and acknowledged, long polls are answered. It stops once nobody is left, or after twice
the spread. A second signal stops at once; Ctrl-C spreads nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from django.conf import settings

from livechat import sweeper

log = logging.getLogger(__name__)
LOOK_EVERY = 0.05  # seconds
LAST_WORDS = 0.2  # seconds for what was said last to leave the machine
LAST_THREADS = 5.0  # seconds for threads that are still at work once the loop has stopped
QUICK = 2.0  # seconds that Ctrl-C waits at most
_on = False
_tasks: set[asyncio.Future[None]] = set()
requests: set[object] = set()  # HTTP requests being answered in this process


def is_on() -> bool:
    """Whether this process is leaving: nobody new, please."""
    return _on


def begin() -> None:
    """From now on this process takes nobody in."""
    global _on
    _on = True


def reset() -> None:
    """As if it had never begun (tests)."""
    global _on
    _on = False


async def see_off(spread: float, within: float) -> bool:
    """Tell everyone on this loop to move, over `spread` seconds; True when all have gone `within` seconds."""
    begin()
    house = sweeper.registry()
    house.move_all(spread)
    until = time.monotonic() + within
    while house.followers or requests:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(LOOK_EVERY)
    return True


def install() -> None:
    """Under daphne, take its signals once its loop runs. Under any other server this does nothing."""
    if "daphne.server" not in sys.modules:
        return
    from twisted.internet import reactor

    loop: Any = reactor
    loop.callWhenRunning(lambda: loop.callLater(0, _take_signals, loop))


def _take_signals(reactor: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _frame: reactor.callFromThread(_leave, reactor, number))


def _leave(reactor: Any, number: int) -> None:
    if is_on():
        _stop(reactor)
        return
    begin()
    spread = 0.0 if number == signal.SIGINT else float(settings.DRAIN_SECONDS)
    _tasks.add(asyncio.ensure_future(_drain(reactor, spread)))


async def _drain(reactor: Any, spread: float) -> None:
    try:
        if not await see_off(spread, max(QUICK, 2 * spread)):
            log.warning("%d sockets were still here at the end", len(sweeper.registry().followers))
        await asyncio.sleep(LAST_WORDS)
    finally:
        _stop(reactor)


def _stop(reactor: Any) -> None:
    if not reactor.running:
        return
    reactor.stop()
    # A request's thread that waits for an answer of this loop waits for ever now, and the process with it.
    last = threading.Timer(LAST_THREADS, os._exit, [0])
    last.daemon = True
    last.start()
