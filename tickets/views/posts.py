"""The posts: who, shape, call, answer."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import dateparse, timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import Invalid
from core.middleware import flash
from tickets import actions
from tickets.actions.people import absence_of
from tickets.models import Ticket
from tickets.queries import access_ticket
from tickets.views.answers import KEPT, done, form_post


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]


def store_uploads(request: HttpRequest) -> list[str]:
    """Keep every file of the form, then name them all; what is stored survives a refusal of the rest."""
    ids = [one for name in ("attachments", "attachment_ids") for one in request.POST.getlist(name)]
    stored: list[str] = []
    request.stored_ids = stored  # type: ignore[attr-defined]
    for name in request.FILES:
        for upload in request.FILES.getlist(name):
            stored.append(actions.store_attachment(actor=_actor(request), upload=upload).public_id)
    return [*ids, *stored]


def is_sure(request: HttpRequest) -> bool:
    """Whether the writer was told what a lead would ask about, and does it all the same."""
    return request.POST.get("sure") == "1"


def _say(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    access_ticket(_actor(request), public_id)  # before any file is kept
    posted = retrying(
        actions.post_message,
        actor=_actor(request),
        ticket=public_id,
        kind=kind,
        body=request.POST.get("body", ""),
        client_id=request.POST.get("client_id"),
        attachment_ids=store_uploads(request),
        then_status=request.POST.get("then_status") or None,
        sure=is_sure(request),
    )
    if KEPT in request.session:
        del request.session[KEPT]
    return done(request, public_id, seq=posted.message.seq, dup=posted.dup)


@form_post
def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """A reply; a form that was switched to a note stays a note, whatever its address says."""
    return _say(request, public_id, "note" if request.POST.get("kind") == "note" else "reply")


@form_post
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    """A note among staff."""
    return _say(request, public_id, "note")


def _act(request: HttpRequest, public_id: str, action: Any, **arguments: Any) -> HttpResponse:
    retrying(action, actor=_actor(request), ticket=public_id, **arguments)
    return done(request, public_id)


@form_post
def status(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(
        request, public_id, actions.set_status, status=request.POST.get("status", ""), sure=is_sure(request)
    )


@form_post
def assign(request: HttpRequest, public_id: str) -> HttpResponse:
    """To a person (public id) or nobody, and to a team when one is chosen."""
    wanted = {"assignee": request.POST.get("assignee") or None, "team": request.POST.get("team") or None}
    row = retrying(actions.assign_ticket, actor=_actor(request), ticket=public_id, **wanted)
    return assigned(request, public_id, row)


def assigned(request: HttpRequest, public_id: str, ticket: Ticket) -> HttpResponse:
    """Done; with a warning in words when whoever has it now is not there."""
    mine = ticket.assignee_id == _actor(request).id
    warning = "" if mine else absence_of(ticket.assignee, now())
    if warning and not request.htmx:  # type: ignore[attr-defined]
        flash(request, warning, messages.WARNING)
    return done(request, public_id, **({"warning": warning} if warning else {}))


@form_post
def take(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, actions.take_ticket)


@form_post
def priority(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, actions.set_priority, priority=request.POST.get("priority", ""))


@form_post
def category(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, actions.set_category, category=request.POST.get("category", ""))


@form_post
def escalate(request: HttpRequest, public_id: str) -> HttpResponse:
    """`promised_for` is a local date and time in the reader's zone, or an instant with its offset."""
    access_ticket(_actor(request), public_id)
    words = {name: request.POST.get(name, "") for name in ("question", "checked", "to_team", "tell_buyer")}
    when = read_instant(request.POST.get("promised_for", ""), field="promised_for")
    return _act(request, public_id, actions.escalate_ticket, promised_for=when, **words)


@form_post
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """`send_to_buyer` is ticked or not; the words may be called `answer` or `body`."""
    return _act(
        request,
        public_id,
        actions.answer_escalation,
        answer=request.POST.get("answer") or request.POST.get("body", ""),
        send_to_buyer=request.POST.get("send_to_buyer", "").lower() in ("1", "on", "true", "yes"),
        client_id=request.POST.get("client_id"),
    )


@form_post
def return_question(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, actions.return_escalation, words=request.POST.get("words", ""))


@form_post
def rate(request: HttpRequest, public_id: str) -> HttpResponse:
    raw = request.POST.get("score", "")
    score = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 3 else 0
    return _act(request, public_id, actions.rate_ticket, score=score, words=request.POST.get("words"))


def read_instant(raw: str, *, field: str) -> datetime:
    """An aware instant from a form; a local one is in the reader's zone. Invalid that names the field."""
    try:
        at = dateparse.parse_datetime(raw.strip())
    except ValueError:
        at = None
    if at is None:
        raise Invalid.field(field, _("Choose a date and a time."), code="bad_time")
    zone = timezone.get_current_timezone()
    return at if at.utcoffset() is not None else at.replace(tzinfo=zone or zoneinfo.ZoneInfo("UTC"))
