"""Who asks, on every request; and the answer to sign-in limits."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.queries import actor_for
from core.errors import Invalid

Next = Callable[[HttpRequest], HttpResponse]
# What its parser raises for a credential that no browser would send.
MALFORMED = (TypeError, KeyError, ValueError, AttributeError)


class ActorMiddleware:
    """Sets `request.actor`, looked up at first use."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_for(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)


class PersonsLanguage:
    """Pages in a person's own language where this browser has chosen none."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = request.actor  # type: ignore[attr-defined]
        if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or not actor.is_known:
            return self.get_response(request)
        with translation.override(actor.language or settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            return self.get_response(request)


class RateLimitedMiddleware:
    """What the log-in library lets out of its views: a limit is a 429, a passkey that is none is a 400."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, RateLimited):
            return respond_429(request)
        if request.method == "POST" and "webauthn" in request.path and isinstance(error, MALFORMED):
            refused = Invalid(_("This passkey could not be read. Try again."), code="bad_credential")
            return render(request, "errors/page.html", {"error": refused}, status=refused.status)
        return None
