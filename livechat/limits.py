"""How fast is too fast, and how long is too long: every limit and every wait of a chat, in one place."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from core.errors import TooFast

# Closing: the desk's own instant T, from its calendar.
TELL_BEFORE = timedelta(minutes=10)  # both sides are told
GOES_ON = timedelta(minutes=15)  # a talk may go on for so long after T
NOTICE = timedelta(minutes=10)  # when hours are cut while people talk

# Offered.
ACCEPT_WITHIN = timedelta(seconds=30)  # by the router or by a colleague; then it is missed

# Waiting.
OFFER_AFTER = timedelta(minutes=3)  # nobody is there: a ticket is offered
TICKET_AFTER = timedelta(minutes=15)  # and made
BUYER_AWAY = timedelta(seconds=45)  # without a sign of life
BUYER_GRACE = timedelta(minutes=3)

# Talking.
AGENT_AWAY = timedelta(seconds=45)
AGENT_GONE_TOLD = timedelta(seconds=20)  # after that, the buyer is told
AGENT_GRACE = timedelta(seconds=60)  # after that, the chat waits again
SILENCE_WARNED = timedelta(minutes=10)  # the buyer has not answered
SILENCE_ENDS = timedelta(minutes=15)

WRAP_UP = timedelta(seconds=120)  # a talk that was ended by its people still takes its agent's place

# How long it may take, told only from what it took lately.
RECENT = timedelta(hours=2)
RECENT_MOST = 12  # pick-ups
RECENT_LEAST = 3

LOOK_EVERY = timedelta(seconds=15)  # who is there is asked at least so often
NOT_WATCHED = timedelta(seconds=40)  # rounds further apart than this saw no signs of life in between

# A buyer's new chats.
NEW_CHATS = 3  # a person, in
NEW_CHATS_IN = timedelta(minutes=10)


class Bucket:
    """A bucket of tokens; above it a refusal says when to come again. `burst` at once, then `rate` a second."""

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

    @property
    def is_full(self) -> bool:
        """Whether it stands as if nothing had ever been taken."""
        return self._left + (self._clock() - self._at) * self.rate >= self.burst


_sends: dict[str, Bucket] = {}
_KEPT = 5000  # people; beyond that, those who have been quiet are forgotten


def for_sends(person: str, *, is_staff: bool) -> Bucket:
    """Messages of one person in this process, over all sockets and HTTP together.

    Staff 20 at once and 5 a second, others 5 at once and 1 a second.
    """
    if len(_sends) > _KEPT:
        for name in [name for name, bucket in list(_sends.items()) if bucket.is_full]:
            _sends.pop(name, None)
    return _sends.setdefault(person, Bucket(5, 20) if is_staff else Bucket(1, 5))


def count_chat(address: str) -> None:
    """Check and count in one step, for doors where every try counts."""
    check_address(address)
    count_address(address)


def check_address(address: str) -> None:
    """Raise TooFast where `settings.CHATS_PER_ADDRESS` chats began from this network address in ten minutes."""
    most = settings.CHATS_PER_ADDRESS
    if most and address and cache.get(_key_of(address), 0) >= most:
        words = _("That was very often in a short time. Try again in ten minutes.")
        raise TooFast(words, retry_after_ms=int(NEW_CHATS_IN.total_seconds() * 1000))


def count_address(address: str) -> None:
    """A chat began from here. Counts live in the cache: gone with it, nobody is locked out."""
    if not settings.CHATS_PER_ADDRESS or not address:
        return
    key = _key_of(address)
    cache.add(key, 0, int(NEW_CHATS_IN.total_seconds()))
    with contextlib.suppress(ValueError):  # it ran out between the two steps
        cache.incr(key)


def _key_of(address: str) -> str:
    return "chats:" + hashlib.sha256(address.encode()).hexdigest()[:32]


def for_frames() -> Bucket:
    """Frames of any kind: 20 a second."""
    return Bucket(20, 40)
