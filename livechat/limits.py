"""How fast is too fast. A bucket of tokens for each socket; above it a refusal that says when to come again."""

from __future__ import annotations

import time
from collections.abc import Callable


class Bucket:
    """`burst` at once, then `rate` a second."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._left = float(burst)
        self._at = clock()

    def take(self) -> int:
        """0 when there was one to take, else the milliseconds until there is."""
        at = self._clock()
        self._left = min(float(self.burst), self._left + (at - self._at) * self.rate)
        self._at = at
        if self._left >= 1:
            self._left -= 1
            return 0
        return max(1, round((1 - self._left) / self.rate * 1000))


def for_sends(*, is_staff: bool) -> Bucket:
    """Messages: staff 20 at once and 5 a second, others 5 at once and 1 a second."""
    return Bucket(5, 20) if is_staff else Bucket(1, 5)


def for_frames() -> Bucket:
    """Frames of any kind: 20 a second."""
    return Bucket(20, 40)
