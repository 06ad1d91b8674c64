"""A new ticket and a new chat."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, NotFound
from core.middleware import flash
from faq import queries as faq
from helpdesk.portal import queries
from helpdesk.portal.forms import ChatForm, TicketForm
from helpdesk.portal.shell import actor_of, known_actor, page, refuse, with_query
from helpdesk.portal.views.help import language, member_type
from livechat.actions import subject_of
from orders.models import Order
from orders.queries import access_order
from tickets.actions import open_ticket, store_attachment
from tickets.actions.attachments import MOST_BYTES, MOST_FILES
from tickets.models import Attachment, Category
from tickets.queries import categories


def order_named(actor: Actor, public_id: str) -> Order | None:
    """The actor's order of that public id; None for a blank one. NotFound for another's."""
    return access_order(actor, public_id) if public_id else None


@require_http_methods(["GET", "POST"])
def new_ticket(request: HttpRequest) -> HttpResponse:
    """What it is about first; answers while it is typed; by when it is answered before it is sent."""
    if request.method == "GET" and not actor_of(request).is_known:
        return redirect(with_query("portal:contact", **_asked(request)))
    actor = known_actor(request)
    return _send_ticket(request, actor) if request.method == "POST" else _empty_ticket(request, actor)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("category", "order", "article")}


def _empty_ticket(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = _asked(request)
    about = order_named(actor, asked["order"])
    if asked["article"]:
        asked["subject"] = _title_of(actor, asked["article"])
    form = TicketForm.start(**asked)
    return _ticket_page(request, actor, form, about, asked["category"])


def _title_of(actor: Actor, slug: str) -> str:
    try:
        return faq.access_article(actor, slug, language())[1].title
    except NotFound:
        return ""


def _send_ticket(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = TicketForm(_typed(request))
    about = order_named(actor, request.POST.get("order", ""))
    kept = list(request.POST.getlist("attachment_ids"))
    status = 400
    if form.is_valid():
        try:
            kept += _stored(request, actor)
            made = retrying(open_ticket, **_fields_of(form, actor, about, kept))
        except DeskError as error:
            status = refuse(form, error)
        else:
            words = _("Sent as ticket #%(number)s. The answer appears here and comes by mail.")
            flash(request, words % {"number": made.number})
            return redirect(reverse("portal:ticket", args=[made.public_id]) + "?sent=new")
    category = request.POST.get("category", "")
    return _ticket_page(request, actor, form, about, category, kept=_files(actor, kept), status=status)


def _typed(request: HttpRequest) -> QueryDict:
    """What was typed. Words that were meant for a chat need no title of their own: it is their first line."""
    typed = request.POST.copy()
    if "from_chat" in typed and not typed.get("subject", "").strip():
        typed["subject"] = subject_of(typed.get("body", "").strip())
    return typed


def _fields_of(form: TicketForm, actor: Actor, about: Order | None, files: list[str]) -> dict[str, Any]:
    data = form.cleaned_data
    return {
        "actor": actor,
        "category": data["category"],
        "subject": data["subject"],
        "body": data["body"],
        "order": about,
        "client_id": data["client_id"] or uuid.uuid4(),
        "attachment_ids": files,
        "language": language(),
        "article_slug": data["article"],
    }


def _stored(request: HttpRequest, actor: Actor) -> list[str]:
    """Files that came with the form itself, where no script sent them before."""
    return [store_attachment(actor=actor, upload=file).public_id for file in request.FILES.getlist("files")]


def _files(actor: Actor, ids: list[str]) -> list[Attachment]:
    """The actor's own files that are stored but not yet bound: a refused form keeps them."""
    return list(
        Attachment.objects.filter(public_id__in=ids, uploader_id=actor.id, message=None).order_by("pk")
    )


def _ticket_page(
    request: HttpRequest,
    actor: Actor,
    form: TicketForm,
    about: Order | None,
    code: str,
    *,
    kept: list[Attachment] | None = None,
    status: int = 200,
) -> HttpResponse:
    topics = list(categories())
    chosen = next((row for row in topics if row.code == code), None)
    context = {
        "form": form,
        "order": about,
        "topics": topics,
        "chosen": code,
        "kept": kept or [],
        "most_bytes": MOST_BYTES,
        "most_files": MOST_FILES,
        "desk": queries.desk_for(queries.desks(), on_order=about is not None),
        **quote_context(request, actor, chosen or (topics[0] if topics else None), about),
    }
    return page(request, "new_ticket", context, section="tickets", status=status)


def quote_context(
    request: HttpRequest, actor: Actor, category: Category | None, about: Order | None
) -> dict[str, Any]:
    """By when a ticket of this kind, sent now, is answered; and in which zone the desk counts."""
    if category is None:
        return {"quote": None, "desk_zone": ""}
    quote = queries.promise(category, about, actor, member_type(request))
    return {"quote": quote, "desk_zone": category.team.calendar.timezone}


@require_GET
def chat(request: HttpRequest) -> HttpResponse:
    """Start a chat: says whether the desk is there; when it is not, the same words become a ticket."""
    actor = actor_of(request)
    asked = request.GET.get("order", "")
    if asked and not actor.is_known:
        known_actor(request)
    about = order_named(actor, asked)
    desk = _desk(request.GET.get("team", ""), about)
    recent = (
        list(queries.order_rows(actor).order_by("-placed_at", "-pk")[:5])
        if _wants_order(actor, desk, about)
        else []
    )
    context: dict[str, Any] = {
        "desk": desk,
        "order": about,
        "recent": recent,
        "form": ChatForm(
            initial={"client_id": uuid.uuid4(), "team": desk.team.code if desk else "", "order": asked}
        ),
        "article": request.GET.get("article", ""),
    }
    code = "order" if about else "product"
    topic = next((row for row in categories() if row.code == code), None)
    context.update(quote_context(request, actor, topic, about), category=code)
    return page(request, "chat", context)


def _desk(code: str, about: Order | None) -> queries.Desk | None:
    desks = queries.desks()
    named = next((desk for desk in desks if desk.team.code == code), None)
    return named or queries.desk_for(desks, on_order=about is not None)


def _wants_order(actor: Actor, desk: queries.Desk | None, about: Order | None) -> bool:
    return actor.is_known and desk is not None and desk.for_orders and about is None
