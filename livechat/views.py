"""Form posts: each step of a chat that people take. A refusal keeps the words and offers the way that is open."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import DeskError, Invalid, NotFound, NotSignedIn
from core.middleware import flash
from livechat import actions, doors
from livechat.models import Session
from tickets import queries as tickets
from tickets.views.answers import done

FIELDS = ("team", "order", "body", "client_id", "category", "subject")
TICKET_INSTEAD = ("closed", "queue_full", "too_fast")


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, from a form or from htmx."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _ticket_page(session: Session) -> str:
    return f"/tickets/{session.ticket.public_id}/"


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """A buyer's first words to a desk: to the ticket's page, or the same words as a ticket when it is closed."""
    said = {name: request.POST.get(name, "") for name in FIELDS}
    said["client_id"] = said["client_id"] or str(uuid.uuid4())
    try:
        session = doors.open_chat(_actor(request), address=get_adapter().get_client_ip(request), **said)
    except NotSignedIn:
        raise
    except DeskError as error:
        return _refused(request, error, said)
    return _go(request, _ticket_page(session))


def _refused(request: HttpRequest, error: DeskError, said: dict[str, str]) -> HttpResponse:
    category = said["category"] or ("order" if said["order"] else "product")
    as_ticket = error.code in TICKET_INSTEAD
    context: dict[str, Any] = {
        "error": error,
        "said": {**said, "category": category, "title": actions.subject_of(said["body"])},
        "as_ticket": as_ticket,
        "open_ticket": error.extra.get("ticket", ""),
        "section": "help",
        **(_promise(_actor(request), category, said["order"]) if as_ticket else {}),
    }
    name = "livechat/_refused.html" if getattr(request, "htmx", False) else "livechat/refused.html"
    return render(request, name, context, status=error.status)


def _promise(actor: Actor, code: str, order: str) -> dict[str, Any]:
    """By when a ticket with these words would be answered, and the zone that its desk counts in."""
    try:
        category = tickets.category_by_code(code)
        about = doors.order_of(actor, order)
    except DeskError:
        return {}
    member = Person.objects.filter(pk=actor.id).values_list("member_type", flat=True).first() or ""
    quote = tickets.promise_for_new(category=category, order=about, member_type=member, at=now())
    return {"quote": quote, "desk_zone": category.team.calendar.timezone}


@require_POST
def accept(request: HttpRequest, session: str) -> HttpResponse:
    """A member of the desk takes a waiting chat and sees its conversation."""
    taken = retrying(actions.accept_chat, actor=_staff(request), session=session)
    return _go(request, f"/console/t/{taken.ticket_id}/")


@require_POST
def end(request: HttpRequest, session: str) -> HttpResponse:
    """Either side ends the talk; the ticket stays."""
    actor = _known(request)
    ended = retrying(actions.end_chat, actor=actor, session=session)
    return _go(request, f"/console/t/{ended.ticket_id}/" if actor.is_staff else _ticket_page(ended))


@require_POST
def decline(request: HttpRequest, session: str) -> HttpResponse:
    """No to a chat that one is asked to take: the next is asked."""
    left = retrying(actions.decline_chat, actor=_staff(request), session=session)
    return done(request, left.ticket.public_id)


@require_POST
def transfer(request: HttpRequest, session: str) -> HttpResponse:
    """Hand a talk over, to a colleague or a team, with words for them."""
    whom, _bar, code = request.POST.get("to", "").partition(":")
    if whom not in ("agent", "team") or not code:
        raise Invalid.field("to", _("Choose a colleague or a team."), code="whom")
    handed = retrying(
        actions.transfer_chat,
        actor=_staff(request),
        session=session,
        words=request.POST.get("words", ""),
        **{f"to_{whom}": code},
    )
    return _go(request, f"/console/t/{handed.ticket_id}/")


@require_POST
def call_back(request: HttpRequest, session: str) -> HttpResponse:
    """Call a hand-over back before somebody accepted."""
    kept = retrying(actions.cancel_transfer, actor=_staff(request), session=session)
    return done(request, kept.ticket.public_id)


@require_POST
def join(request: HttpRequest, session: str) -> HttpResponse:
    """Come into a talk as a second voice."""
    joined = retrying(actions.join_chat, actor=_staff(request), session=session)
    return _go(request, f"/console/t/{joined.ticket_id}/")


@require_POST
def leave(request: HttpRequest, session: str) -> HttpResponse:
    """A second voice leaves."""
    left = retrying(actions.leave_chat, actor=_staff(request), session=session)
    return done(request, left.ticket.public_id)


@require_POST
def take_over(request: HttpRequest, session: str) -> HttpResponse:
    """A lead or a manager takes a chat without being asked."""
    taken = retrying(actions.take_over, actor=_staff(request), session=session)
    return _go(request, f"/console/t/{taken.ticket_id}/")


@require_POST
def wrap_up(request: HttpRequest, session: str) -> HttpResponse:
    """Note, tags, solved; the place is free."""
    written = retrying(
        actions.finish_wrap_up,
        actor=_staff(request),
        session=session,
        note=request.POST.get("note", ""),
        tags=request.POST.get("tags", "").replace(",", " ").split(),
        solve=request.POST.get("solve") == "on",
    )
    return _go(request, f"/console/t/{written.ticket_id}/")


@require_POST
def again(request: HttpRequest, session: str) -> HttpResponse:
    """Its buyer chats on, on the same ticket."""
    found = retrying(actions.chat_again, actor=_known(request), session=session)
    return _go(request, _ticket_page(found))


@require_POST
def transcript(request: HttpRequest, session: str) -> HttpResponse:
    """The talk by mail, to its buyer."""
    actor = _known(request)
    found = retrying(actions.mail_transcript, actor=actor, session=session)
    flash(request, _("We have sent it by mail."))
    return _go(request, f"/console/t/{found.ticket_id}/" if actor.is_staff else _ticket_page(found))


def _known(request: HttpRequest) -> Actor:
    actor = _actor(request)
    if not actor.is_known:
        raise NotSignedIn()
    return actor


def _staff(request: HttpRequest) -> Actor:
    """Missing and hidden look alike: for a buyer there is no such door."""
    actor = _known(request)
    if not actor.is_staff:
        raise NotFound()
    return actor
