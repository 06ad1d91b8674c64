"""The posts that change what a ticket is, hangs together with, or says. Shape, call, answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.actors import Actor
from core.db import retrying
from core.errors import Invalid, NotFound
from tickets.actions import amending, handing, linking, merging, spam, tags
from tickets.models import Ticket
from tickets.queries import access_ticket, streams_of
from tickets.queries.links import ticket_named
from tickets.views.answers import done, form_post, page_of
from tickets.views.posts import assigned

YES = ("1", "on", "true", "yes")


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]


def _act(request: HttpRequest, public_id: str, action: Any, **arguments: Any) -> HttpResponse:
    retrying(action, actor=_actor(request), **arguments)
    return done(request, public_id)


def _names(request: HttpRequest, field: str) -> list[str]:
    """The values of a field, written one by one or with commas."""
    return [one for raw in request.POST.getlist(field) for one in raw.split(",") if one.strip()]


def _on(request: HttpRequest) -> bool:
    return request.POST.get("on", "").lower() in YES


def _row(request: HttpRequest, public_id: str) -> dict[str, Any]:
    """The stream and seq that a form means: `stream` is public or staff, of this ticket."""
    actor = _actor(request)
    streams = streams_of(actor, access_ticket(actor, public_id))
    stream, raw = streams.get(request.POST.get("stream", "public")), request.POST.get("seq", "")
    if stream is None or not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        raise NotFound()
    return {"stream": stream.public_id, "seq": int(raw)}


def _other(request: HttpRequest, public_id: str, field: str) -> str:
    """The public id of the other ticket, which a form names by number."""
    access_ticket(_actor(request), public_id)
    return ticket_named(_actor(request), request.POST.get(field), field=field).public_id


def _opened(request: HttpRequest, fresh: Ticket) -> HttpResponse:
    """On to the ticket that was made."""
    page = page_of(request, fresh.public_id)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    return redirect(page)


@form_post
def change_tags(request: HttpRequest, public_id: str) -> HttpResponse:
    wanted = {"add": _names(request, "add"), "remove": _names(request, "remove")}
    return _act(request, public_id, tags.change_tags, ticket=public_id, **wanted)


@form_post
def watch(request: HttpRequest, public_id: str) -> HttpResponse:
    """Oneself, or the colleague whose public id is `person`."""
    who = request.POST.get("person", "")
    return _act(request, public_id, tags.set_watching, ticket=public_id, on=_on(request), person=who)


@form_post
def copies(request: HttpRequest, public_id: str) -> HttpResponse:
    wanted = {"add": _names(request, "add"), "remove": _names(request, "remove")}
    return _act(request, public_id, tags.change_copies, ticket=public_id, **wanted)


@form_post
def merge(request: HttpRequest, public_id: str) -> HttpResponse:
    """This ticket into `target`."""
    target = _other(request, public_id, "target")
    return _act(request, public_id, merging.merge_tickets, source=public_id, target=target)


@form_post
def unmerge(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, merging.undo_merge, source=public_id)


@form_post
def split(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the buyer said in that row, as a ticket of its own."""
    wanted = {name: request.POST.get(name, "") for name in ("subject", "category")}
    key = request.POST.get("client_id")
    return _act(
        request, public_id, linking.split_message, **_row(request, public_id), **wanted, client_id=key
    )


@form_post
def follow_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go on from a closed ticket in a new one."""
    fresh = retrying(
        linking.follow_up,
        actor=_actor(request),
        ticket=public_id,
        body=request.POST.get("words", ""),
        subject=request.POST.get("subject", ""),
        client_id=request.POST.get("client_id"),
    )
    return _opened(request, fresh)


@form_post
def problem(request: HttpRequest, public_id: str) -> HttpResponse:
    """A case of the problem on another ticket (`on`), or no longer."""
    action = linking.link_incident if _on(request) else linking.unlink_incident
    other = _other(request, public_id, "problem")
    return _act(request, public_id, action, ticket=public_id, problem=other)


@form_post
def mark_spam(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, spam.set_spam, ticket=public_id, on=_on(request))


@form_post
def amend(request: HttpRequest, public_id: str) -> HttpResponse:
    words = request.POST.get("words", "")
    return _act(request, public_id, amending.amend_message, **_row(request, public_id), body=words)


@form_post
def redact(request: HttpRequest, public_id: str) -> HttpResponse:
    """A text of a message (all of it only when `whole` says so), or a file."""
    reason, file = request.POST.get("reason", ""), request.POST.get("file", "")
    if file:
        access_ticket(_actor(request), public_id)
        return _act(request, public_id, amending.redact_file, file=file, reason=reason)
    text, row = request.POST.get("text", "").strip(), _row(request, public_id)
    if not text and request.POST.get("whole", "").lower() not in YES:
        raise Invalid.field("text", amending.say_what(), code="nothing_named")
    return _act(request, public_id, amending.redact_message, **row, text=text, reason=reason)


@form_post
def hand_over(request: HttpRequest, public_id: str) -> HttpResponse:
    """To a person or team, with a note to them."""
    row = retrying(
        handing.hand_over,
        actor=request.actor,  # type: ignore[attr-defined]
        ticket=public_id,
        assignee=request.POST.get("assignee") or None,
        team=request.POST.get("team") or None,
        words=request.POST.get("words", ""),
        client_id=request.POST.get("client_id"),
    )
    return assigned(request, public_id, row)
