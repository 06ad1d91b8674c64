"""The one source of "now". A test may move it for a running server by a file that holds an offset in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The present instant, aware, UTC. Every room asks here, so that a test can set the hour."""
    return timezone.now() + offset()


def offset() -> timedelta:
    """How far a test moved the clock; zero unless HELPDESK_CLOCK_FILE names a file (read at each call)."""
    path = settings.CLOCK_FILE
    if not path:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(path).read_text() or 0))
    except (OSError, ValueError):
        return timedelta()
