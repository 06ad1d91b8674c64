"""The page of one buyer, for staff; beside a conversation its part is fetched when it is opened."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.queries import access_person
from helpdesk.console.queries import presence_of, status_labels
from helpdesk.console.queries.buyers import glance_of
from helpdesk.console.views import staff
from orders.permissions import reviews_returns


@require_GET
def buyer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Orders, spend, returns and tickets of one person."""
    actor = staff(request)
    shown = glance_of(actor, access_person(actor, public_id))
    shown |= {"status_words": dict(status_labels()), "reviews": reviews_returns(actor)}
    if getattr(request, "htmx", False):
        return render(request, "console/_buyer.html", shown)
    return render(request, "console/buyer.html", {**shown, "presence": presence_of(actor)})
