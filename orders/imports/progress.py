"""A bar of progress for people at a terminal; nothing at all where nobody looks."""

from __future__ import annotations

import time
from collections import Counter
from typing import IO

WIDTH = 30
EVERY = 0.1  # seconds between two drawings


class Bar:
    """Draws on one line of a terminal: how much of the file is read, what came of it, how fast."""

    def __init__(self, stream: IO[str], size: int) -> None:
        self.stream, self.size = stream, max(1, size)
        self.shown = bool(getattr(stream, "isatty", lambda: False)())
        self._drawn = 0.0

    def __call__(self, at: int, counts: Counter[str]) -> None:
        """Draw again, at most ten times a second."""
        moment = time.monotonic()
        if not self.shown or (moment - self._drawn < EVERY and at < self.size):
            return
        self._drawn = moment
        share = min(1.0, at / self.size)
        done = round(share * WIDTH)
        told = ", ".join(
            f"{counts[name]:,} {name}" for name in ("created", "updated", "unchanged", "rejected")
        )
        self.stream.write(f"\r[{'#' * done}{'.' * (WIDTH - done)}] {share:4.0%}  {told} ")
        self.stream.flush()

    def clear(self) -> None:
        """Take the bar away before other words are written."""
        if self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()
