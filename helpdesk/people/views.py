"""The desk's pages about people: verification and privacy requests. Only who answers them comes in."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import actions
from accounts.permissions import can_handle_privacy
from accounts.queries import requests as queries
from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, NotFound, NotSignedIn
from core.filetypes import INLINE
from core.middleware import flash
from helpdesk.console.queries import presence_of
from helpdesk.people import queries as shown


def _desk(request: HttpRequest) -> Actor:
    """Who asks; for everybody else there is no such page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    if not can_handle_privacy(actor):
        raise NotFound()
    return actor


def _page(
    request: HttpRequest, actor: Actor, name: str, context: dict[str, Any], error: DeskError | None = None
) -> HttpResponse:
    context = {
        **shown.lists(actor),
        **context,
        "section": "people",
        "presence": presence_of(actor),
        "error": error,
        "typed": request.POST,
    }
    return render(request, f"people/{name}.html", context, status=error.status if error else 200)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Who waits, the nearest due first."""
    actor = _desk(request)
    return _page(request, actor, "index", {})


@require_GET
def verification(request: HttpRequest, public_id: str) -> HttpResponse:
    """One application."""
    actor = _desk(request)
    return _verification(request, actor, public_id)


def _verification(
    request: HttpRequest, actor: Actor, public_id: str, error: DeskError | None = None
) -> HttpResponse:
    found = queries.access_verification(actor, public_id)
    return _page(
        request, actor, "verification", {**shown.verification_shown(actor, found), "at": found}, error
    )


@require_POST
def decide_verification(request: HttpRequest, public_id: str) -> HttpResponse:
    """Approve, ask again or refuse; a refused form keeps what was typed."""
    actor = _desk(request)
    typed = {name: request.POST.get(name, "") for name in ("outcome", "reason", "words")}
    try:
        retrying(actions.decide_verification, actor=actor, verification=public_id, **typed)
    except NotFound:
        raise
    except DeskError as error:
        return _verification(request, actor, public_id, error)
    flash(request, _("Decided. The buyer is told by mail."))
    return redirect("people:index")


@require_GET
def asked(request: HttpRequest, public_id: str) -> HttpResponse:
    """One privacy request."""
    actor = _desk(request)
    return _request(request, actor, public_id)


def _request(
    request: HttpRequest, actor: Actor, public_id: str, error: DeskError | None = None
) -> HttpResponse:
    found = queries.access_request(actor, public_id)
    return _page(request, actor, "request", {**shown.request_shown(actor, found), "at": found}, error)


@require_POST
def decide_request(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer a correction, or approve or refuse a deletion."""
    actor = _desk(request)
    typed = {name: request.POST.get(name, "") for name in ("outcome", "words")}
    try:
        retrying(actions.decide_request, actor=actor, request=public_id, **typed)
    except NotFound:
        raise
    except DeskError as error:
        return _request(request, actor, public_id, error)
    flash(request, _("Decided. The person is told by mail."))
    return redirect("people:index")


@require_GET
def document(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A document, for the verifying staff; that they looked is recorded before a byte is sent."""
    row = retrying(actions.look_at_document, actor=_desk(request), document=public_id)
    try:
        file = default_storage.open(row.file, "rb")
    except FileNotFoundError:
        raise NotFound() from None
    inline = row.content_type in INLINE
    response = FileResponse(file, as_attachment=not inline, filename=row.name, content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
