"""Hints that come in bursts, sent together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

PAUSE = 1.0  # seconds that hints are gathered before they go out


class Gather:
    """Keeps the newest hint for each group and sends them after a pause that begins with the first of them.

    The timer is no daemon: a command that ends meanwhile sends before it goes.
    """

    def __init__(self, send: Callable[[str, dict[str, Any]], None], pause: float = PAUSE) -> None:
        self.pause = pause
        self._send = send
        self._lock = threading.Lock()
        self._waiting: dict[str, dict[str, Any]] = {}
        self._timer: threading.Timer | None = None

    def add(self, group_name: str, payload: dict[str, Any]) -> None:
        """This group shall hear of it soon; of several hints the last one."""
        with self._lock:
            self._waiting[group_name] = payload
            if self._timer is None:
                self._timer = threading.Timer(self.pause, self.flush)
                self._timer.start()

    def flush(self) -> None:
        """Send what waits, now."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            waiting, self._waiting, self._timer = self._waiting, {}, None
        for group_name, payload in waiting.items():
            self._send(group_name, payload)
