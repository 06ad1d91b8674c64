"""Applying hours from a date, and how far that is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.clock import now
from core.db import retrying
from core.errors import Conflict, Invalid
from helpdesk.rules import queries
from helpdesk.rules.applying import ApplyForm
from helpdesk.rules.told import go_to, tell
from helpdesk.rules.views.deeds import deed, found
from sla.actions import apply_calendar_from


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, code: str) -> HttpResponse:
    """Count promises that run anew, under the hours as they are, from a date on."""
    calendar = found(request, code)
    zone = ZoneInfo(calendar.timezone)
    if request.method == "GET":
        return deed(request, "apply", calendar, {"form": ApplyForm.blank(zone, now())})
    form = ApplyForm.of_post(zone, request.POST)
    try:
        from_at, reason = form.values()
        retrying(
            apply_calendar_from,
            actor=request.actor,  # type: ignore[attr-defined]
            code=calendar.code,
            from_at=from_at,
            reason=reason,
        )
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return deed(request, "apply", calendar, {"form": form}, error.status)
    tell(request, _("Promises are counted anew; the log below says how far it is."))
    return go_to(request, "rules:calendar", calendar.code)


@require_GET
def log(request: HttpRequest, code: str) -> HttpResponse:
    """How far promises are counted anew, and the log of it; asks again by itself while one runs."""
    calendar = found(request, code)
    return render(
        request, "rules/_log.html", {"calendar": calendar, "runs": queries.runs_of(calendar), "at": now()}
    )
