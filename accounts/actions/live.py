"""Passes for the socket: single use, bound to a session."""

from __future__ import annotations

import secrets
from datetime import timedelta

from accounts.models import LiveTicket, User
from accounts.tokens import digest_of
from core.clock import now

LIVE_TICKET_LIFE = timedelta(seconds=60)


def issue_live_ticket(*, user: User, session_key: str) -> str:
    """A single-use pass for the socket, good for 60 s; returned once, kept as a digest."""
    at = now()
    secret = secrets.token_urlsafe(32)
    LiveTicket.objects.filter(expires_at__lt=at - timedelta(hours=1)).delete()
    LiveTicket.objects.create(
        digest=digest_of(secret), user=user, session_key=session_key, expires_at=at + LIVE_TICKET_LIFE
    )
    return secret


def redeem_live_ticket(secret: str) -> tuple[User, str] | None:
    """Whose pass this is and of which session; None when unknown, used or expired. Good once."""
    mine = LiveTicket.objects.filter(digest=digest_of(secret), used_at=None, expires_at__gt=now())
    row = mine.select_related("user__person").first()
    if row is None or not mine.update(used_at=now()):
        return None
    return row.user, row.session_key
