"""What is posted about a question to specialists, and about an answer that becomes an article."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.db import retrying
from core.errors import Invalid
from core.middleware import flash
from tickets.actions import articles, asking
from tickets.views.answers import done, form_post
from tickets.views.posts import read_instant


@form_post
def accept(request: HttpRequest, public_id: str) -> HttpResponse:
    """I look at it."""
    retrying(asking.accept_escalation, actor=request.actor, ticket=public_id)  # type: ignore[attr-defined]
    return done(request, public_id)


@form_post
def ask_back(request: HttpRequest, public_id: str) -> HttpResponse:
    words = request.POST.get("words", "")
    retrying(asking.ask_back, actor=request.actor, ticket=public_id, words=words)  # type: ignore[attr-defined]
    return done(request, public_id)


@form_post
def tell_more(request: HttpRequest, public_id: str) -> HttpResponse:
    words = request.POST.get("words", "")
    retrying(asking.tell_more, actor=request.actor, ticket=public_id, words=words)  # type: ignore[attr-defined]
    return done(request, public_id)


@form_post
def pass_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """`promised_for` may stay blank while the time that the buyer was told lies ahead."""
    raw = request.POST.get("promised_for", "").strip()
    retrying(
        asking.pass_up,
        actor=request.actor,  # type: ignore[attr-defined]
        ticket=public_id,
        words=request.POST.get("words", ""),
        to_team=request.POST.get("to_team", ""),
        promised_for=read_instant(raw, field="promised_for") if raw else None,
    )
    return done(request, public_id)


@form_post
def article(request: HttpRequest, public_id: str) -> HttpResponse:
    """`seq` of a reply in the public stream; blank: the answer of the last escalation."""
    raw = request.POST.get("seq", "").strip()
    if raw and not (raw.isascii() and raw.isdigit() and len(raw) < 9):
        raise Invalid.field("seq", _("Choose an answer that staff gave."), code="no_answer")
    made = retrying(
        articles.make_article,
        actor=request.actor,  # type: ignore[attr-defined]
        ticket=public_id,
        title=request.POST.get("title", ""),
        category=request.POST.get("category", ""),
        seq=int(raw) if raw else None,
        body=request.POST.get("body", ""),
    )
    words = _("The draft of the article is made; a manager publishes it.")
    if not request.htmx:  # type: ignore[attr-defined]
        flash(request, words)
    return done(request, public_id, article=made.slug, told=words)
