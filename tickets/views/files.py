"""Files: one in, one out. Out only through the access check, never as a page of ours."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, Invalid, NotSignedIn
from core.filetypes import INLINE
from tickets.actions import store_attachment
from tickets.actions.exported import note_export
from tickets.exporting import export_ticket
from tickets.models import Ticket
from tickets.queries import access_attachment, access_ticket
from tickets.queries.threads import file_shape


def upload(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Keep one file (field `file`) until it is sent: its chip for htmx, JSON for scripts. 4xx says why not."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    actor = request.actor  # type: ignore[attr-defined]
    try:
        if not actor.is_known:
            raise NotSignedIn()
        if public_id:
            access_ticket(actor, public_id)
        sent = request.FILES.get("file")
        if sent is None:
            raise Invalid.field("attachments", _("Choose a file."), code="no_file")
        shape = file_shape(store_attachment(actor=actor, upload=sent))
    except DeskError as error:
        if request.htmx:  # type: ignore[attr-defined]
            raise
        return JsonResponse(error.as_dict(), status=error.status)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "tickets/_file.html", {"file": shape, "bindable": True}, status=201)
    return JsonResponse(shape, status=201)


def export(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The whole ticket with its files as an archive; what a requester may not read is not in theirs."""
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    return archive_of(actor, access_ticket(actor, public_id))


def archive_of(actor: Actor, ticket: Ticket) -> FileResponse:
    """The answer that page and API give; the ticket's timeline says who took it along."""
    made, name = export_ticket(actor, ticket), f"ticket-{ticket.number}.zip"
    retrying(note_export, actor=actor, ticket=ticket.public_id)
    response = FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send a file: pictures in place, everything else as an attachment; sandboxed and never sniffed."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    return send_file(request, request.actor, public_id)  # type: ignore[attr-defined]


def send_file(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponseBase:
    """The file with this public id as this actor may have it; NotFound otherwise."""
    row = access_attachment(actor, public_id)
    inline = row.content_type in INLINE and "download" not in request.GET
    kind = f"{row.content_type}; charset=utf-8" if row.content_type.startswith("text/") else row.content_type
    try:
        opened = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(opened, as_attachment=not inline, filename=row.name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response
