"""API tokens: `Authorization: Token …`. Only a digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.queries import actor_for
from core.clock import now
from core.middleware import zone_named

SCOPES = (
    "orders:read",
    "orders:write",
    "tickets:read",
    "tickets:write",
    "chats:read",
    "chats:write",
    "faq:read",
    "clocks:read",
    "calendars:read",
    "calendars:write",
    "policies:read",
    "policies:write",
    "privacy:read",
    "privacy:write",
    "staff:read",
    "staff:write",
    "verifications:read",
    "verifications:write",
    "widgets:read",
    "widgets:write",
)
_SEEN_EVERY = timedelta(minutes=5)


def digest_of(secret: str) -> str:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(*, user: User, scopes: list[str], name: str = "") -> str:
    """Make a token and return its words, once. ValueError for a scope that does not exist."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValueError(f"unknown scope: {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    secret = "hd_" + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        user=user, name=name, digest=digest_of(secret), scopes=sorted(set(scopes)), created_at=now()
    )
    return secret


class TokenAuthentication(authentication.BaseAuthentication):
    """Reads the header; a wrong or revoked token is 401, never a silent visitor."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "token":
            return None
        token = (
            ApiToken.objects.select_related("user__person")
            .filter(digest=digest_of(secret.strip()), revoked_at=None, user__is_active=True)
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is not valid."))
        at = now()
        if token.last_used_at is None or at - token.last_used_at > _SEEN_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        actor = actor_for(token.user, frozenset(token.scopes))
        request._request.actor = actor  # type: ignore[attr-defined]
        timezone.activate(zone_named(actor.timezone))  # until the request ends: ReadersZone puts it back
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class SessionAuthentication(authentication.SessionAuthentication):
    """The pages' session, with its CSRF check on writes."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
