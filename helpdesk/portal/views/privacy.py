"""What we hold about a person: seen, copied, corrected, deleted, each request with its state and its date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.core import ratelimit
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions import confirm_deletion, request_privacy, withdraw_request
from accounts.models import PrivacyRequest
from accounts.queries import requests as queries
from core import privacy
from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import DeskError, NotFound, TooFast
from core.middleware import flash
from helpdesk.portal.shell import known_actor, page
from sla.models import Metric

Kind, State = PrivacyRequest.Kind, PrivacyRequest.State


@require_http_methods(["GET", "POST"])
def page_of(request: HttpRequest) -> HttpResponse:
    """What is held by kind, and one's requests. A post asks: `kind` export, correct (with `words`) or delete."""
    actor = known_actor(request)
    if request.method == "GET":
        return _page(request, actor)
    kind, words = request.POST.get("kind", ""), request.POST.get("words", "")
    try:
        made = retrying(request_privacy, actor=actor, kind=kind, words=words)
    except DeskError as error:
        return _page(request, actor, error=error, asked=kind, words=words)
    if made.state == State.UNCONFIRMED:
        return redirect("mine:confirm", made.public_id)
    flash(request, _("We have your request; a mail says the same."))
    return redirect("mine:privacy")


def _page(request: HttpRequest, actor: Actor, error: DeskError | None = None, **typed: str) -> HttpResponse:
    rows = list(queries.requests_of(actor.id or 0)[:30])
    quote = queries.promise_to(request.user.person, Metric.PRIVACY, now())  # type: ignore[union-attr,arg-type]
    context = {
        "held": privacy.held_about(actor.id or 0),
        "rows": [_row(row) for row in rows],
        "pending": {row.kind: row for row in rows if row.state in PrivacyRequest.PENDING},
        "by": _last_day(quote.due) if quote else None,
        "staff": actor.is_staff,
        "error": error,
        "problems": [word for words in error.fields.values() for word in words] or [error.message]
        if error
        else [],
        **typed,
    }
    return page(request, "privacy", context, section="account", status=error.status if error else 200)


def _last_day(due: datetime) -> datetime:
    """A promise that ends at midnight is for the day before: an instant of the last day it has."""
    return due - timedelta(seconds=1)


def _row(row: Any) -> dict[str, Any]:
    """A request as the list shows it."""
    return {
        "row": row,
        "by": _last_day(row.due) if row.due else None,
        "withdrawable": row.state in PrivacyRequest.WITHDRAWABLE,
        "copy": bool(row.result) and row.result_until is not None and row.result_until > now(),
        "tone": {State.DONE: "ok", State.REFUSED: "late", State.UNCONFIRMED: "warn"}.get(
            State(row.state), ""
        ),
    }


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    """The second step of a deletion: by one's password, or by the link of the mail."""
    actor = known_actor(request)
    row = _own(actor, public_id)
    if request.method == "GET":
        if row.state != State.UNCONFIRMED:
            return redirect("mine:privacy")
        return _confirm_page(request, row, request.GET.get("token", ""))
    token = request.POST.get("token", "")
    try:
        _slow_down(request)
        password = request.POST.get("password", "")
        retrying(confirm_deletion, actor=actor, request=public_id, password=password, token=token)
    except DeskError as error:
        return _confirm_page(request, row, "", error)
    flash(request, _("Confirmed. Until it is carried out you can withdraw it."))
    return redirect("mine:privacy")


def _slow_down(request: HttpRequest) -> None:
    """Passwords cannot be guessed here any faster than at the log-in library's own page."""
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        raise TooFast(retry_after_ms=60_000)


def _confirm_page(
    request: HttpRequest, row: PrivacyRequest, token: str, error: DeskError | None = None
) -> HttpResponse:
    context = {
        "row": row,
        "token": token,
        "error": error,
        "held": privacy.held_about(row.person_id),
        "has_password": request.user.has_usable_password(),  # type: ignore[union-attr]
    }
    return page(request, "privacy_confirm", context, section="account", status=error.status if error else 200)


@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a request back before it is done."""
    actor = known_actor(request)
    _own(actor, public_id)
    retrying(withdraw_request, actor=actor, request=public_id)
    flash(request, _("Withdrawn."))
    return redirect("mine:privacy")


@require_GET
def copy(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The copy of one's data, for the signed-in person alone, until its week is over."""
    row = _own(known_actor(request), public_id)
    if not row.result or row.result_until is None or row.result_until <= now():
        raise NotFound()
    try:
        file = default_storage.open(row.result, "rb")
    except FileNotFoundError:
        raise NotFound() from None
    name = f"my-data-{row.created_at:%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _own(actor: Actor, public_id: str) -> PrivacyRequest:
    """One's own request; staff who answer others' find none here."""
    row = queries.access_request(actor, public_id)
    if row.person_id != actor.id:
        raise NotFound()
    return row
