"""Visitors at doors of the JSON contract: `Authorization: Bearer <access>`. Cookies and sessions are not read here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.tokens import SessionAuthentication, TokenAuthentication
from core.actors import VISITOR
from livechat.widget.access import actor_of, visitor_of


class VisitorAuthentication(authentication.BaseAuthentication):
    """A forged, expired or replaced access is 401; none leaves the question to the next class."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        found = visitor_of(secret.strip())
        if found is None:
            raise exceptions.AuthenticationFailed(_("This access is over. Ask for a new one."))
        request._request.actor = actor_of(found)  # type: ignore[attr-defined]
        return AnonymousUser(), found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class VisitorAlone(VisitorAuthentication):
    """Whoever is signed in to the helpdesk in this browser is nobody here: the shop's page must not borrow it."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        request._request.actor = VISITOR  # type: ignore[attr-defined]
        return super().authenticate(request)


# For doors that a visitor shares with people and machines.
SHARED = [VisitorAuthentication, TokenAuthentication, SessionAuthentication]
