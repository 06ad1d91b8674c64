"""How often a door may be used from one place. Counts live in the cache: gone with it, nobody is locked out."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.errors import TooFast

WITHIN = 600  # seconds


def slow_down(request: HttpRequest, door: str, most: int) -> None:
    """Count one use of this door from this network address; TooFast after `most` in ten minutes."""
    key = f"{door}:{get_adapter().get_client_ip(request)}"
    cache.add(key, 0, WITHIN)
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out between the two steps
        count = 1
    if count > most:
        words = _("That was very often in a short time. Try again in ten minutes.")
        raise TooFast(words, retry_after_ms=WITHIN * 1000)
