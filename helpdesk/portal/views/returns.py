"""Returns: the form line by line, looking it over, and the return's own page."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, Forbidden, Invalid, NotFound
from core.filetypes import INLINE, MOST_BYTES
from core.middleware import flash
from helpdesk.portal import return_page
from helpdesk.portal.return_page import asked_in, rows_of
from helpdesk.portal.shell import known_actor, page
from helpdesk.portal.views.orders import order_with_parts
from orders import actions
from orders.actions.return_photos import FIELD
from orders.models import Order, ReturnLine
from orders.queries import access_order
from orders.return_queries import access_photo, access_return, free_photos, visible_returns, with_parts
from orders.return_rules import MOST_PHOTOS
from orders.rules import return_choice

Shown = dict[str, Any]


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form (`op` add: keep files; check: look it over; back: change it; send: ask for it)."""
    actor = known_actor(request)
    order = order_with_parts(actor, public_id)
    if request.method == "GET":
        return _form(request, actor, order, QueryDict())
    op = request.POST.get("op", "check")
    try:
        for sent in request.FILES.getlist("files"):
            actions.store_return_photo(actor=actor, order=order, upload=sent)
        if op in ("add", "back"):
            return _form(request, actor, order, request.POST)
        return _send(request, actor, order) if op == "send" else _check(request, actor, order)
    except (NotFound, Forbidden):
        raise
    except DeskError as error:
        return _form(request, actor, order, request.POST, error)


def _check(request: HttpRequest, actor: Actor, order: Order) -> HttpResponse:
    rows = [row for row in rows_of(order, request.POST) if row.taken]
    photos = list(free_photos(actor, order))
    ids = [one.public_id for one in photos]
    actions.check_return(actor=actor, order_id=order.pk, lines=asked_in(rows), photo_ids=ids)
    context = {"order": order, "rows": rows, "photos": photos, "inline": INLINE, "client_id": uuid.uuid4()}
    return page(request, "return_check", context, section="orders")


def _send(request: HttpRequest, actor: Actor, order: Order) -> HttpResponse:
    ret = retrying(
        actions.apply_for_return,
        actor=actor,
        order_id=order.pk,
        lines=asked_in(rows_of(order, request.POST)),
        photo_ids=request.POST.getlist("photo"),
        client_id=request.POST.get("client_id"),
    )
    flash(request, _("Sent. You can follow each step here."))
    return redirect("portal:return", ret.public_id)


def _form(
    request: HttpRequest, actor: Actor, order: Order, typed: QueryDict, error: DeskError | None = None
) -> HttpResponse:
    context = {
        "order": order,
        "choice": return_choice(order, actor),
        "rows": rows_of(order, typed, error),
        "reasons": ReturnLine.Reason.choices,
        "photos": list(free_photos(actor, order)),
        "most_bytes": MOST_BYTES,
        "most_files": MOST_PHOTOS,
        "error": error,
        "problems": error.fields.get(FIELD, ()) if error else (),
    }
    return page(request, "return_form", context, section="orders", status=error.status if error else 200)


@require_POST
def upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep one photograph (field `file`) of a page with script: 201 with its id, 4xx says why not."""
    try:
        actor = known_actor(request)
        sent = request.FILES.get("file")
        if sent is None:
            raise Invalid.field(FIELD, _("Choose a photograph."), code="no_file")
        row = actions.store_return_photo(actor=actor, order=access_order(actor, public_id), upload=sent)
    except DeskError as error:
        return JsonResponse(error.as_dict(), status=error.status)
    shape = {"id": row.public_id, "name": row.name, "size": row.size, "type": row.content_type}
    return JsonResponse(shape, status=201)


@require_POST
def remove_photo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one's own photograph back before it is sent."""
    actor = known_actor(request)
    order = access_photo(actor, public_id).order
    actions.remove_return_photo(actor=actor, photo=public_id)
    return redirect("portal:start_return", order.public_id)


@require_GET
def photo(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A photograph, for those who see its return."""
    row = access_photo(known_actor(request), public_id)
    try:
        file = default_storage.open(row.file, "rb")
    except FileNotFoundError:
        raise NotFound() from None
    inline = row.content_type in INLINE
    response = FileResponse(file, as_attachment=not inline, filename=row.name, content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """A return with its steps."""
    return page(request, "return", _shown(request, public_id), section="orders")


@require_GET
def state(request: HttpRequest, public_id: str) -> HttpResponse:
    """Its steps alone, fetched again when the order changed."""
    return page(request, "_return_state", _shown(request, public_id), section="orders")


def _shown(request: HttpRequest, public_id: str) -> Shown:
    actor = known_actor(request)
    ret = with_parts(visible_returns(actor)).filter(public_id=public_id).first()
    if ret is None:
        raise NotFound()
    return {**return_page.shown(actor, ret), "inline": INLINE}


@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """The buyer takes it back."""
    actor = known_actor(request)
    ret = access_return(actor, public_id)
    retrying(actions.withdraw_return, actor=actor, ret=ret.public_id)
    flash(request, _("Withdrawn. Nothing more happens."))
    return redirect("portal:return", ret.public_id)
