"""How a form post ends: with a hint for htmx, a way back without script, or the form again with every word."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from core.errors import DeskError, IdempotencyConflict, NotFound, NotSignedIn
from tickets.models import Attachment
from tickets.queries import access_ticket

View = Callable[..., HttpResponse]
KEPT = "unsent"  # of the session: words whose writer has to sign in first
KEPT_LIMIT = 20_000
FILE_FIELDS = ("attachments", "attachment_ids")
NOT_SHOWN = ("csrfmiddlewaretoken",)
LONG = ("body", "question", "checked", "answer", "words", "tell_buyer")


def back(request: HttpRequest, fallback: str) -> str:
    """Where the form was: its `next` when that is on this site, else the fallback."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else fallback


def page_of(request: HttpRequest, public_id: str) -> str:
    """The page on which this actor sees the ticket."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_staff:
        return f"/tickets/{public_id}/"
    try:
        return f"/console/t/{access_ticket(actor, public_id).number}/"
    except NotFound:
        return "/console/"  # the step gave it out of one's sight


def done(request: HttpRequest, public_id: str, **told: Any) -> HttpResponse:
    """204 with the trigger `ticket:done` for htmx; a redirect for everybody else."""
    if request.htmx:  # type: ignore[attr-defined]
        response = HttpResponse(status=204)
        response["HX-Trigger"] = json.dumps({"ticket:done": {"ticket": public_id, **told}})
        return response
    return redirect(back(request, page_of(request, public_id)))


def form_post(view: View) -> View:
    """A POST door of a ticket: refusals of a plain form come back as a page with all that was typed."""

    @wraps(view)
    def door(request: HttpRequest, public_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        try:
            if not request.actor.is_known:  # type: ignore[attr-defined]
                raise NotSignedIn()
            return view(request, public_id)
        except DeskError as error:
            if request.htmx:  # type: ignore[attr-defined]
                raise
            return refused(request, public_id, error)

    return door


def refused(request: HttpRequest, public_id: str, error: DeskError) -> HttpResponse:
    """The words of the refusal beside the words that were typed; who has to sign in finds them after it."""
    if isinstance(error, NotSignedIn) and request.POST.get("body"):
        return _keep_and_sign_in(request, public_id)
    if not _typed(request):
        raise error  # nothing to lose: the usual page
    rows = _typed(request)
    context = {
        "error": error,
        "action": request.path,
        "long": [(name, value) for name, value in rows if name in LONG],
        "short": [(name, value) for name, value in rows if name in error.fields and name not in LONG],
        "hidden": _hidden(request, rows, error),
        "files": list(_free_files(request, rows).values_list("name", flat=True)),
        "return_to": back(request, f"/tickets/{public_id}/"),
    }
    return render(request, "tickets/form_error.html", context, status=error.status)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    rows = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    return [(name, value) for name, value in rows if name not in NOT_SHOWN]


def _hidden(request: HttpRequest, rows: list[tuple[str, str]], error: DeskError) -> list[tuple[str, str]]:
    """What travels on unseen: not the key of other words, and only files that can still be sent."""
    visible = {*LONG, *error.fields, *FILE_FIELDS}
    if isinstance(error, IdempotencyConflict):
        visible.add("client_id")
    kept = [(name, value) for name, value in rows if name not in visible]
    free = _free_files(request, rows).values_list("public_id", flat=True)
    return kept + [("attachment_ids", one) for one in free]


def _free_files(request: HttpRequest, rows: list[tuple[str, str]]) -> QuerySet[Attachment]:
    """The writer's own files of this form that are safe on our side and not sent yet."""
    ids = [value for name, value in rows if name in FILE_FIELDS] + getattr(request, "stored_ids", [])
    uploader = request.actor.id  # type: ignore[attr-defined]
    return Attachment.objects.filter(public_id__in=ids, uploader_id=uploader, message=None)


def _keep_and_sign_in(request: HttpRequest, public_id: str) -> HttpResponse:
    """The session ended in the middle of a reply: the words wait in the new one, on this browser."""
    kept = {name: request.POST.get(name, "")[:KEPT_LIMIT] for name in ("body", "kind", "client_id", "next")}
    request.session[KEPT] = {public_id: kept}
    return redirect("/accounts/login/?" + urlencode({"next": f"/t/{public_id}/reply/"}))
