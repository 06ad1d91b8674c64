"""Fragments around the composer: replies that can still be taken back, colleagues on the same ticket."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.clock import now
from helpdesk.console.views import staff
from tickets.models import HeldReply
from tickets.queries import access_ticket_by_number
from tickets.queries.looking import others_on
from tickets.queries.writing import unsent_replies


@require_GET
def sending(request: HttpRequest) -> HttpResponse:
    """One's replies on their way, and those that could not be sent just now."""
    rows = [_shown(row) for row in unsent_replies(staff(request))]
    return render(request, "console/_sending.html", {"sending": rows})


def _shown(row: HeldReply) -> dict[str, Any]:
    return {
        "row": row,
        "left": max(0, math.ceil((row.release_at - now()).total_seconds())),
        "refused": row.then.get("refused", "") if row.state == HeldReply.State.REFUSED else "",
        "is_refused": row.state == HeldReply.State.REFUSED,
    }


@require_GET
def others(request: HttpRequest, number: int) -> HttpResponse:
    """Who looks at the ticket too, and who of them writes."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    here = others_on(actor, found)
    shown = {
        "ticket": found,
        "writers": [other for other in here if other.writes],
        "lookers": [other for other in here if not other.writes],
    }
    return render(request, "console/_others.html", shown)
