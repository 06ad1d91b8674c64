"""What the faces do about news: the managers' screen looks again. Tickets and chats tell it of their own moves."""

from __future__ import annotations

import threading
import time

from core import live
from core.events import after
from sla.events import ClockBreached, ClockMet, ClockWarned
from tickets.pushes import DASHBOARD

PAUSE = 0.5  # seconds: news that comes in bursts is one hint


class Hints:
    """At most one hint in each pause: the first at once, the rest together when it is over."""

    def __init__(self, pause: float = PAUSE) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._last = 0.0
        self._timer: threading.Timer | None = None

    def ask(self) -> None:
        """Something changed."""
        with self._lock:
            if self._timer is not None:
                return
            wait = self._last + self.pause - time.monotonic()
            if wait > 0:
                self._timer = threading.Timer(wait, self._later)
                self._timer.daemon = True
                self._timer.start()
                return
            self._last = time.monotonic()
        self._push()

    def _later(self) -> None:
        with self._lock:
            self._timer, self._last = None, time.monotonic()
        self._push()

    @staticmethod
    def _push() -> None:
        live.push(DASHBOARD, {"type": "topic.changed", "topic": "dashboard", "ids": []})


hints = Hints()


@after(ClockWarned)
def look_at_warned(event: ClockWarned) -> None:
    """A promise of an order, a chat, an escalation or a ticket is in its last part."""
    hints.ask()


@after(ClockBreached)
def look_at_broken(event: ClockBreached) -> None:
    """A promise was broken."""
    hints.ask()


@after(ClockMet)
def look_at_kept(event: ClockMet) -> None:
    """A promise was kept, or met late."""
    hints.ask()
