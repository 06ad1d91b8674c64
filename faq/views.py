"""Fragments and posts of this room; the help centre's pages are the portal's."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.db import retrying
from core.middleware import flash
from faq import queries
from faq.actions import record_feedback


def reader_key(request: HttpRequest) -> str:
    """Who marks an article: the actor, else this browser's session, which holds no name."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.is_known:
        return str(actor.key)
    if not request.session.session_key:
        request.session.create()
    return "v:" + hashlib.sha256((request.session.session_key or "").encode()).hexdigest()[:40]


@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """Answers for what is being typed (`q`, or the form's subject and body)."""
    text = " ".join(request.GET.get(name, "") for name in ("q", "subject", "body"))
    hits = queries.suggest(text, get_language() or "en")
    return render(request, "faq/_suggestions.html", {"hits": hits})


@require_POST
def feedback(request: HttpRequest, slug: str) -> HttpResponse:
    """Did this answer it? `saved`: said beside a ticket that is not sent then."""
    helpful, saved = request.POST.get("helpful") == "yes", request.POST.get("saved") == "1"
    retrying(
        record_feedback,
        actor=request.actor,  # type: ignore[attr-defined]
        slug=slug,
        reader=reader_key(request),
        helpful=helpful,
        words=request.POST.get("words", ""),
        saved=saved,
    )
    if getattr(request, "htmx", False):
        return render(request, "faq/_thanks.html", {"slug": slug, "helpful": helpful, "saved": saved})
    flash(request, _("Thank you, that helps us to write better answers."))
    return redirect("portal:article", slug)
