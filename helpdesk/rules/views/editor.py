"""One calendar in the editor: every button of the form posts all of it and names its step.

Asked by htmx, a step is answered with the part that it is about; without scripts, with the whole page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.db import retrying
from core.errors import Conflict, Invalid, NotFound
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules import effects, places, queries, steps, trials, weeks
from helpdesk.rules.listed import listed
from helpdesk.rules.saving import save_sheet
from helpdesk.rules.sheets import Sheet, print_of
from helpdesk.rules.told import go_to, is_htmx, tell
from sla.drafts import draft_of
from sla.models import Calendar

Shown = dict[str, Any]
PARTS = {"week": "_drawn", "try": "_tried", "list": "_listed"}


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, code: str) -> HttpResponse:
    """A calendar's page."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    found = queries.calendar_named(code)
    if request.method == "POST":
        return _posted(request, found)
    draft = draft_of(found)
    return _page(request, found, Sheet.of(draft), QueryDict(), {"based_on": print_of(draft)})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A calendar that is not there yet; `from` names one whose rows it begins with."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    if request.method == "POST":
        return _posted(request, None)
    source = request.GET.get("from", "")
    sheet = Sheet.of(draft_of(queries.calendar_named(source))) if source else Sheet.blank(_own_zone())
    if source:
        sheet.code, sheet.name = "", _("%(name)s, copy") % {"name": sheet.name}
    return _page(request, None, sheet, QueryDict(), {})


def _own_zone() -> str:
    return timezone.get_current_timezone_name()


def _posted(request: HttpRequest, found: Calendar | None) -> HttpResponse:
    post = request.POST
    sheet = Sheet.of_post(post, code=found.code if found else None)
    step, _colon, detail = post.get("op", "effects").partition(":")
    focus = steps.take(sheet, step, detail, post)
    shown: Shown = {"focus": focus or "", "based_on": post.get("based_on", ""), "asked": (step, detail)}
    if focus is not None:
        return _answer(request, found, sheet, shown, "_fields")
    if step in PARTS:
        return _answer(request, found, sheet, shown, PARTS[step])
    if step == "save":
        return _save(request, found, sheet, shown)
    if step != "effects":
        raise NotFound()
    return _effects(request, found, sheet, shown)


def _effects(request: HttpRequest, found: Calendar | None, sheet: Sheet, shown: Shown) -> HttpResponse:
    is_right = sheet.check()
    shown["effects"] = effects.panel(found, sheet, shown["based_on"], now())
    return _answer(request, found, sheet, shown, "_effects", 200 if is_right else 400)


def _save(request: HttpRequest, found: Calendar | None, sheet: Sheet, shown: Shown) -> HttpResponse:
    """The second step: only what was looked at is saved, only over what it was made from."""
    if not sheet.check():
        return _effects(request, found, sheet, shown)
    draft = sheet.draft()
    if request.POST.get("seen", "") != print_of(draft):
        return _effects(request, found, sheet, shown)
    based_on = shown["based_on"] if found else None
    try:
        saved = retrying(save_sheet, actor=request.actor, draft=draft, based_on=based_on)  # type: ignore[attr-defined]
    except Conflict:
        shown["effects"] = effects.panel(found, sheet, shown["based_on"], now())
        return _answer(request, found, sheet, shown, "_effects", 409)
    except Invalid as error:
        sheet.problems = {name: [str(word) for word in words] for name, words in error.fields.items()}
        shown["effects"] = effects.refused(sheet)
        return _answer(request, found, sheet, shown, "_effects", 400)
    tell(request, _("Saved: “%(name)s” is at version %(n)d.") % {"name": saved.name, "n": saved.version})
    return go_to(request, "rules:calendar", saved.code)


def _answer(
    request: HttpRequest, found: Calendar | None, sheet: Sheet, shown: Shown, part: str, status: int = 200
) -> HttpResponse:
    if not is_htmx(request):
        return _page(request, found, sheet, request.POST, shown, status)
    context = _context(found, sheet, request.POST, shown)
    return render(request, f"rules/{part}.html", {**context, "oob": True}, status=status)


def _page(
    request: HttpRequest,
    found: Calendar | None,
    sheet: Sheet,
    post: QueryDict,
    shown: Shown,
    status: int = 200,
) -> HttpResponse:
    context = {**_context(found, sheet, post, shown), **queries.around(found, now()), "tab": "calendars"}
    return render(request, "rules/calendar.html", context, status=status)


def _context(found: Calendar | None, sheet: Sheet, post: QueryDict, shown: Shown) -> Shown:
    """All that the form shows of a sheet; parts that nobody asked for are lazy."""
    at = now()
    if post or found:
        sheet.check()
    desk = sheet.zone or ZoneInfo(found.timezone if found else "UTC")
    seen = post.get("seen", "")
    step, turned = shown.get("asked", ("", ""))
    return {
        "calendar": found,
        "sheet": sheet,
        "address": reverse("rules:calendar", args=[found.code]) if found else reverse("rules:new-calendar"),
        "days": [(day, WEEKDAYS[day], sheet.windows_of(day), f"add-{day}") for day in range(7)],
        "weekdays": [WEEKDAYS[day] for day in range(7)],
        "week": SimpleLazyObject(lambda: _week(sheet, post, desk, at, turned if step == "week" else "")),
        "drawn_in": post.get("drawn_in", "desk"),
        "reader": _own_zone(),
        "desk": desk.key,
        "tried": SimpleLazyObject(lambda: trials.tried(sheet, post, desk, at)),
        "try_at": post.get("try_at") or at.astimezone(desk).strftime("%Y-%m-%dT%H:%M"),
        "try_hours": post.get("try_hours", "4"),
        "try_zone": post.get("try_zone", "desk"),
        "listed": SimpleLazyObject(lambda: listed(sheet, post, at)),
        "zones": SimpleLazyObject(lambda: places.zones_at(at)),
        "week_notices": sheet.notices,
        "is_stale": bool(seen) and seen != print_of(sheet.draft()),
        **shown,
    }


def _week(sheet: Sheet, post: QueryDict, desk: ZoneInfo, at: datetime, turned: str) -> weeks.Week | None:
    usable = sheet.sums()
    if usable is None:
        return None
    draft, sums = usable
    zone = ZoneInfo(_own_zone()) if post.get("drawn_in") == "reader" else desk
    monday = weeks.monday_of(turned or post.get("monday", ""), at, zone)
    return weeks.drawn(draft, sums, monday=monday, zone=zone, at=at)
