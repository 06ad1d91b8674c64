"""What machines and errors ask of the portal."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from core.errors import NotFound
from helpdesk.portal.theme import style_sheet


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
    """The process can work: its database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"status": "unready", "database": "down"}, status=503)
    return JsonResponse({"status": "ready", "database": "ok"})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere, with the same words as a hidden object."""
    error = NotFound()
    if request.path.startswith("/api/"):
        return JsonResponse(error.as_dict(), status=404)
    return render(request, "errors/page.html", {"error": error, "section": ""}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug: a page that needs nothing of what may be broken."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": "server_error", "message": "Something went wrong on our side."}, status=500
        )
    return HttpResponse(render_to_string("errors/server.html"), status=500)
