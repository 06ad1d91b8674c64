"""The managers' pages: the present, a range of days, and the rows behind each number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.models import Team
from core.clock import now
from core.errors import NotFound
from helpdesk.dashboard import behind, heat, queries, reports
from helpdesk.dashboard.queries import check_manager

DEFAULT_DAYS = 28


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Everything at once; the parts that live are fetched again by themselves."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    at = now()
    span = range_of(request)
    found = reports.arrivals(span)
    desks = Team.objects.filter(code__in=("orders", "presales"))
    context = {
        **_now(at),
        **_next(at),
        "span": span,
        "ranges": reports.RANGES,
        "desks": reports.attainment(span),
        "stores": reports.store_attainment(span),
        "first": reports.first_responses(span),
        "arrivals": found,
        "cells": heat.cells(found),
        "outlines": heat.outlines(desks),
        "feedback": reports.feedback(span),
        "metrics": [(str(m), queries.metric_name(m)) for m in reports.TEAM_METRICS],
        "store_metrics": [(str(m), queries.metric_name(m)) for m in reports.STORE_METRICS],
        "aim": reports.AIM,
        "weekdays": {n: WEEKDAYS_ABBR[n] for n in range(7)},
    }
    return render(request, "dashboard/page.html", context)


@require_GET
def now_part(request: HttpRequest) -> HttpResponse:
    """The strip of the present, fetched again when something moved."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    return render(request, "dashboard/_now.html", _now(now()))


@require_GET
def next_part(request: HttpRequest) -> HttpResponse:
    """What is next to break, fetched again when something moved."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    return render(request, "dashboard/_next.html", _next(now()))


@require_GET
def rows(request: HttpRequest, what: str) -> HttpResponse:
    """The rows behind a number, a page at a time."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    listing = behind.listing(what, request.GET, range_of(request), now())
    found, following = queries.page_of(
        queries.related(listing.kind, listing.rows), sort=listing.sort, after=request.GET.get("after", "")
    )
    kept = {key: str(value) for key, value in request.GET.items() if key != "after"}
    context = {
        "listing": listing,
        "rows": queries.shown(listing.kind, found, now()),
        "following": "?" + urlencode({**kept, "after": following}) if following else "",
        "is_first": not request.GET.get("after"),
    }
    return render(request, "dashboard/rows.html", context)


def range_of(request: HttpRequest) -> reports.Range:
    """The days that were asked for, today the last of them, in the reader's zone."""
    asked = request.GET.get("days", str(DEFAULT_DAYS))
    if not (asked.isascii() and asked.isdigit()):
        raise NotFound()
    return reports.Range.ending(now(), int(asked), queries.zone_of(timezone.get_current_timezone_name()))


def _now(at: Any) -> dict[str, Any]:
    return {"now": queries.now_at(at)}


def _next(at: Any) -> dict[str, Any]:
    found, whole = queries.next_to_break(at)
    return {"next_rows": found, "next_whole": whole, "next_at": at}
