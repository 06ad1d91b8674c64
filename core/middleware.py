"""Pages refuse with the same words as the API and the socket."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.errors import DeskError, NotSignedIn, TooLarge

Next = Callable[[HttpRequest], HttpResponse]
MOST_SENT = 201_000_000  # bytes: a file of orders of the largest kind and the form around it


class ErrorPages:
    """Turns a DeskError that a page raised into a page, a fragment for htmx, or JSON under /api/."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DeskError):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(error.as_dict(), status=error.status)
        if isinstance(error, NotSignedIn) and request.method == "GET" and not getattr(request, "htmx", False):
            return redirect("/accounts/login/?" + urlencode({"next": request.get_full_path()}))
        template = "errors/_fragment.html" if getattr(request, "htmx", False) else "errors/page.html"
        return render(request, template, {"error": error}, status=error.status)


class BodyLimit:
    """Refuses a body by the length that it announces, before anything of it is read or taken apart."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= MOST_SENT:
            return self.get_response(request)
        error = TooLarge(_("At most %(mb)d MB can be sent at once.") % {"mb": MOST_SENT // 1_000_000})
        if request.path.startswith("/api/"):
            return JsonResponse(error.as_dict(), status=error.status)
        return HttpResponse(str(error.message), status=error.status, content_type="text/plain; charset=utf-8")


class ReadersZone:
    """Times in the reader's zone: the person's own, else what the browser said in its `tz` cookie."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.actor.timezone if request.actor.is_known else request.COOKIES.get("tz", "")  # type: ignore[attr-defined]
        with timezone.override(zone_named(name)):
            return self.get_response(request)


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """A zone by its name; UTC where there is none."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")


def flash(request: HttpRequest, words: str, level: int = messages.SUCCESS) -> None:
    """One line above the next page."""
    messages.add_message(request, level, words)
