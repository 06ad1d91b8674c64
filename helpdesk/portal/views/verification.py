"""Being verified: the data is checked, documents come in, and the page says by when it is decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import (
    remove_document,
    store_document,
    submit_verification,
    withdraw_verification,
)
from accounts.actions.verification import FIELD, MOST_DOCUMENTS
from accounts.models import Verification
from accounts.queries import requests as queries
from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import DeskError, Invalid
from core.filetypes import MOST_BYTES
from core.middleware import flash
from helpdesk.portal.shell import known_actor, page
from sla.models import Metric
from sla.receipts import receipt

Shown = dict[str, Any]
State = Verification.State


@require_http_methods(["GET", "POST"])
def page_of(request: HttpRequest) -> HttpResponse:
    """One's verification. A post keeps the files that came with it and, unless it only adds them, sends it in."""
    actor = known_actor(request)
    if request.method == "GET":
        return _page(request, actor)
    try:
        for sent in request.FILES.getlist("files"):
            store_document(actor=actor, upload=sent)
        if "add" not in request.POST:
            retrying(submit_verification, actor=actor)
            flash(request, _("Sent. You are told by mail when it is decided."))
    except DeskError as error:
        return _page(request, actor, error)
    return redirect("mine:verification")


def _page(request: HttpRequest, actor: Actor, error: DeskError | None = None) -> HttpResponse:
    context = {**_shown(request, actor), "error": error, "problems": _problems(error)}
    return page(request, "verification", context, section="account", status=error.status if error else 200)


def _problems(error: DeskError | None) -> list[Any]:
    if error is None:
        return []
    return error.fields.get(FIELD) or [error.message]


def _shown(request: HttpRequest, actor: Actor) -> Shown:
    user: Any = request.user
    found = queries.current_verification(actor.id or 0)
    clock = queries.last_clock(queries.VERIFICATION, found.pk) if found and found.submitted_at else None
    zone = timezone.get_current_timezone_name()
    return {
        "person": user.person,
        "mobile": user.phone or user.person.mobile,
        "missing": queries.missing_of(user.person, user),
        "verification": found,
        "state": found.state if found else State.DRAFT,
        "open": found is None or found.state in (*Verification.CHANGEABLE, State.REFUSED),
        "files": list(queries.documents_of(found)) if found and found.state != State.REFUSED else [],
        "clock": clock if found and found.state == State.SUBMITTED else None,
        "desk_zone": clock.calendar_version.calendar.timezone if clock else "",
        "lines": receipt(clock, zone=zone) if clock else [],
        "quote": queries.promise_to(user.person, Metric.VERIFICATION, now()),
        "most_bytes": MOST_BYTES,
        "most_files": MOST_DOCUMENTS,
        "staff": actor.is_staff,
    }


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep one file (field `file`) of a page with script: 201 with its id, 4xx says why not."""
    try:
        actor = known_actor(request)
        sent = request.FILES.get("file")
        if sent is None:
            raise Invalid.field(FIELD, _("Choose a file."), code="no_file")
        row = store_document(actor=actor, upload=sent)
    except DeskError as error:
        return JsonResponse(error.as_dict(), status=error.status)
    shape = {"id": row.public_id, "name": row.name, "size": row.size, "type": row.content_type}
    return JsonResponse(shape, status=201)


@require_POST
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one's own document back before it is sent."""
    retrying(remove_document, actor=known_actor(request), document=public_id)
    return redirect("mine:verification")


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the application back; its documents are deleted."""
    retrying(withdraw_verification, actor=known_actor(request))
    flash(request, _("Withdrawn. Your documents are deleted."))
    return redirect("mine:verification")
