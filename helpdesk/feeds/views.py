"""What shops' systems sent and what became of it. Managers alone; for everybody else there is no such page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, NotFound, NotSignedIn
from core.middleware import flash
from helpdesk.console.queries import presence_of
from helpdesk.feeds import queries
from orders.actions.hooks import retry_hook
from orders.permissions import sees_hooks


def _desk(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    if not sees_hooks(actor):
        raise NotFound()
    return actor


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What came in, the newest first."""
    return _page(request, _desk(request), "index", {})


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One message."""
    actor = _desk(request)
    return _page(request, actor, "one", queries.shown(public_id))


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Into the queue again."""
    actor = _desk(request)
    context = queries.shown(public_id)
    try:
        retrying(retry_hook, actor=actor, hook=public_id)
    except NotFound:
        raise
    except DeskError as error:
        return _page(request, actor, "one", context, error)
    flash(request, _("It is in the queue again."))
    return redirect("feeds:one", public_id)


def _page(
    request: HttpRequest, actor: Actor, name: str, context: dict[str, Any], error: DeskError | None = None
) -> HttpResponse:
    state, source = request.GET.get("state", ""), request.GET.get("source", "")
    rows, older = queries.listed(state, source, request.GET.get("after", ""))
    context = {
        "rows": rows,
        "older": older,
        "state": state,
        "source": source,
        "states": queries.STATES,
        "sources": queries.SOURCES,
        "counts": queries.counts(),
        **context,
        "section": "feeds",
        "presence": presence_of(actor),
        "error": error,
    }
    return render(request, f"feeds/{name}.html", context, status=error.status if error else 200)
