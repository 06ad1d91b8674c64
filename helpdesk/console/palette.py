"""What ⌘K finds: tickets and orders, views, macros; the page itself adds what can be done on it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from helpdesk.console import queries
from helpdesk.console.views import staff
from tickets.queries.kept import known_tags, macros_for

MOST = 6
SHORTEST = 2  # letters before words are searched for


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """The finds for some letters, as options of the list."""
    actor = staff(request)
    text = request.GET.get("q", "").strip()[:100]
    low = text.lower()
    views = [one for one in queries.offered(actor) if low in one.name.lower()]
    macros = list(macros_for(actor, text)[:MOST]) if len(text) >= SHORTEST else []
    long_enough = len(text) >= SHORTEST or text.isdigit()
    shown = {
        "q": text,
        "views": views[:MOST],
        "macros": macros,
        "named": any(one.name.lower().startswith(low) for one in macros),  # then they come before tickets
        "found": queries.find(actor, text, MOST) if long_enough else None,
    }
    return render(request, "console/_palette_finds.html", shown)


@require_GET
def tags(request: HttpRequest) -> HttpResponse:
    """Tags that are in use and begin with some letters, for the fields that take tags; eight at most."""
    staff(request)
    return JsonResponse({"tags": known_tags(request.GET.get("q", "")[:40])})
