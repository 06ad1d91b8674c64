"""What machines and errors ask of the portal."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from core.errors import DeskError, Forbidden, Invalid, NotFound, TooLarge
from helpdesk.portal.theme import style_sheet
from livechat import draining


@require_GET
@cache_control(public=True, max_age=86400)
def theme(request: HttpRequest) -> HttpResponse:
    """The shop's accent as tokens, made readable."""
    return HttpResponse(style_sheet(settings.SHOP_ACCENT), content_type="text/css; charset=utf-8")


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can work: its database answers, and it is not about to stop."""
    if draining.is_on():
        return JsonResponse({"status": "draining"}, status=503)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"status": "unready", "database": "down"}, status=503)
    return JsonResponse({"status": "ready", "database": "ok"})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere, with the same words as a hidden object."""
    return _refusal(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What could not be read at all: mostly a body that is larger than we take."""
    big = isinstance(exception, RequestDataTooBig)
    error = (
        TooLarge(_("This is more than we can take in one go. Shorten the text or send it as a file."))
        if big
        else Invalid()
    )
    return _refusal(request, error)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is no longer good: open for long, or its person signed in again in another tab."""
    words = _(
        "This form was open for long, or you signed in again elsewhere. Go back, reload the page and send it again."
    )
    return _refusal(request, Forbidden(words, code="stale_form"))


def _refusal(request: HttpRequest, error: DeskError) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(error.as_dict(), status=error.status)
    name = "errors/_fragment.html" if getattr(request, "htmx", False) else "errors/page.html"
    return render(request, name, {"error": error, "section": ""}, status=error.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug: a page that needs nothing of what may be broken."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": "server_error", "message": "Something went wrong on our side."}, status=500
        )
    return HttpResponse(render_to_string("errors/server.html"), status=500)
