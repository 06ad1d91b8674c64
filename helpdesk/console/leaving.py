"""Going home: what one holds goes back to the teams. Seen first, done second."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.actors import Actor
from core.db import retrying
from core.errors import Invalid
from core.middleware import flash
from helpdesk.console import queries
from helpdesk.console.views import staff
from tickets.actions.routing import leave, preview_hand_back
from tickets.models import Ticket


@require_http_methods(["GET", "POST"])
def leaving(request: HttpRequest) -> HttpResponse:
    """How many tickets go where; posted with `switch` (away, off), they go there."""
    actor = staff(request)
    if request.method == "GET":
        return _page(request, actor, {})
    try:
        count = retrying(leave, actor=actor, switch=request.POST.get("switch", ""))
    except Invalid as error:
        return _page(request, actor, {"error": error}, error.status)
    flash(request, _told(count))
    return redirect("console:index")


def _told(count: int) -> str:
    if not count:
        return _("You are off. You held no ticket.")
    words = ngettext(
        "You are off. %(n)d ticket went back to its team.",
        "You are off. %(n)d tickets went back to their teams.",
        count,
    )
    return words % {"n": count}


def _page(request: HttpRequest, actor: Actor, more: dict[str, Any], status: int = 200) -> HttpResponse:
    me = request.user.person.public_id  # type: ignore[union-attr]
    back = preview_hand_back(actor=actor, person=me)
    shown = {
        "back": back,
        "total": sum(one.count for one in back),
        "chats": Ticket.objects.filter(assignee_id=actor.id, chatting=True).count(),
        "presence": queries.presence_of(actor),
        "section": "leaving",
        **more,
    }
    return render(request, "console/leaving.html", shown, status=status)
