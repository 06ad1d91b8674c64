"""The reply form on its own: where words wait that could not be sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import NotSignedIn
from tickets.queries import access_ticket
from tickets.views.answers import KEPT, page_of
from tickets.views.posts import reply


def reply_form(request: HttpRequest, public_id: str) -> HttpResponse:
    """POST sends; GET shows what was typed before signing in, ready to be sent."""
    if request.method != "GET":
        return reply(request, public_id)
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    access_ticket(actor, public_id)
    kept = request.session.get(KEPT, {}).get(public_id, {})
    hidden = [(name, value) for name, value in kept.items() if name != "body" and value]
    context = {
        "error": None,
        "action": request.path,
        "long": [("body", kept.get("body", ""))],
        "short": [],
        "hidden": hidden,
        "files": [],
        "return_to": page_of(request, public_id),
    }
    return render(request, "tickets/form_error.html", context)
