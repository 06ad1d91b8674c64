"""What a manager does to a whole calendar: close its desks, open them again, delete.

Each deed has a page; asked by htmx it is a dialog's content.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import now
from core.db import retrying
from core.errors import Conflict, Invalid
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules import queries
from helpdesk.rules.closings import ClosingForm, rehearse
from helpdesk.rules.told import go_to, is_htmx, tell
from sla.actions import close_desk, delete_calendar, reopen_desk
from sla.models import Calendar


def found(request: HttpRequest, code: str) -> Calendar:
    """The calendar of a manager's request. NotSignedIn, Forbidden, NotFound."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    return queries.calendar_named(code)


def deed(
    request: HttpRequest, name: str, calendar: Calendar, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A deed's form, in a dialog or on a page of its own."""
    context = {"tab": "calendars", "calendar": calendar, "deed": f"rules/_{name}.html", **shown}
    template = context["deed"] if is_htmx(request) else "rules/deed.html"
    return render(request, template, context, status=status)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close the desks of a calendar, with notice; `op=look` only says what would happen."""
    calendar = found(request, code)
    at, zone = now(), ZoneInfo(calendar.timezone)
    form = (
        ClosingForm.of_post(zone, request.POST) if request.method == "POST" else ClosingForm.blank(zone, at)
    )
    shown: dict[str, Any] = {"form": form, "happens": None}
    try:
        if request.method == "POST" and request.POST.get("op") != "look":
            return _closed(request, calendar, form)
        shown["happens"] = rehearse(request.actor, calendar, form, at)  # type: ignore[attr-defined]
    except Invalid as error:
        form.refuse(error)
    return deed(request, "close", calendar, shown, 400 if form.problems else 200)


def _closed(request: HttpRequest, calendar: Calendar, form: ClosingForm) -> HttpResponse:
    until, notice, reason = form.values()
    before = calendar.version
    done = retrying(
        close_desk,
        actor=request.actor,  # type: ignore[attr-defined]
        code=calendar.code,
        until=until,
        notice_minutes=notice,
        reason=reason,
    )
    if done.version == before:
        tell(request, _("It is closed then anyway: nothing changed."))
    else:
        tell(request, _("Closing. Who is in a chat is told."))
    return go_to(request, "rules:calendar", calendar.code)


@require_POST
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Take a closing by hand back."""
    calendar = found(request, code)
    retrying(reopen_desk, actor=request.actor, code=calendar.code)  # type: ignore[attr-defined]
    tell(request, _("The closing is taken back: the hours hold again."))
    return go_to(request, "rules:calendar", calendar.code)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, code: str) -> HttpResponse:
    """Delete a calendar that nothing uses; one in use says what uses it."""
    calendar = found(request, code)
    shown: dict[str, Any] = {"users": queries.users_by_calendar().get(calendar.pk, []), "refusal": ""}
    if request.method == "GET":
        return deed(request, "delete", calendar, shown)
    try:
        retrying(delete_calendar, actor=request.actor, code=calendar.code)  # type: ignore[attr-defined]
    except Conflict as error:
        return deed(request, "delete", calendar, {**shown, "refusal": error.message}, error.status)
    tell(request, _("“%(name)s” is deleted.") % {"name": calendar.name})
    return go_to(request, "rules:calendars")


@require_GET
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """Older versions, a page at a time."""
    calendar = found(request, code)
    before = request.GET.get("before", "")
    shown = queries.versions_of(calendar, int(before) if before.isascii() and before.isdigit() else None)
    return render(request, "rules/_version_rows.html", {"calendar": calendar, **shown})
