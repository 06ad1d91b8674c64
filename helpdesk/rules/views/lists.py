"""The list of calendars."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from core.clock import now
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules import queries


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The rules begin with the calendars."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    return redirect("rules:calendars")


@require_GET
def calendars(request: HttpRequest) -> HttpResponse:
    """Every calendar: open or closed now, its week in small, its next day off, who works by it."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    at = now()
    return render(
        request, "rules/calendars.html", {"tab": "calendars", "rows": queries.calendars_shown(at), "at": at}
    )
