"""What a page that is being written on asks and tells: JSON both ways, refusals in the one shape of errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.actors import Actor
from core.db import retrying
from core.errors import Conflict, DeskError, Forbidden, Invalid, NotSignedIn
from tickets import actions
from tickets.actions import Posted
from tickets.actions import held as holding
from tickets.actions.drafts import KINDS, save_draft
from tickets.actions.looking import look_at
from tickets.actions.macros import count_use
from tickets.deed_words import deeds_shape
from tickets.models import HeldReply, Macro, Ticket
from tickets.queries import access_ticket
from tickets.queries.kept import access_macro, macros_for, preview_macro
from tickets.queries.writing import draft_shape, drafts_of
from tickets.views.answers import page_of
from tickets.views.posts import store_uploads

View = Callable[..., HttpResponse]
MOST_SHOWN = 50


def door(*methods: str) -> Callable[[View], View]:
    """A door for scripts: the methods that it knows, somebody who is signed in, DeskErrors as JSON."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
            try:
                if not _actor(request).is_known:
                    raise NotSignedIn()
                return view(request, *args, **kwargs)
            except DeskError as error:
                return JsonResponse(error.as_dict(), status=error.status)

        return answer

    return wrap


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]


def _staff(request: HttpRequest, public_id: str) -> tuple[Actor, Ticket]:
    """Staff and the ticket that they see; Forbidden for its requester, NotFound for everybody else."""
    actor = _actor(request)
    ticket = access_ticket(actor, public_id)
    if not actor.is_staff:
        raise Forbidden()
    return actor, ticket


def _number(request: HttpRequest, name: str) -> int:
    raw = request.POST.get(name, "") or "0"
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise Invalid.field(name, _("This is no number."), code="bad_number")
    return int(raw)


# --- drafts --------------------------------------------------------------------------------------------------
@door("GET", "POST")
def draft(request: HttpRequest, public_id: str) -> HttpResponse:
    """GET: both of one's drafts. POST keeps one: kind, body, version, attachment_ids, seen_seq, deeds (JSON).

    409 `newer_draft` carries what another window kept.
    """
    actor = _actor(request)
    ticket = access_ticket(actor, public_id)
    if request.method == "GET":
        found = drafts_of(actor, ticket)
        return JsonResponse({kind: draft_shape(found.get(kind)) for kind in KINDS})
    kind = request.POST.get("kind", "")
    try:
        kept = retrying(
            save_draft,
            actor=actor,
            ticket=public_id,
            kind=kind,
            body=request.POST.get("body", ""),
            version=_number(request, "version"),
            attachment_ids=request.POST.getlist("attachment_ids"),
            seen_seq=_number(request, "seen_seq"),
            deeds=_deeds(request),
        )
    except Conflict as error:
        theirs = draft_shape(drafts_of(actor, ticket).get(kind))
        return JsonResponse({**error.as_dict(), "draft": theirs}, status=error.status)
    return JsonResponse({"version": kept.version, "at": kept.updated_at.isoformat()})


# --- sending -------------------------------------------------------------------------------------------------
@door("POST")
def send(request: HttpRequest, public_id: str) -> HttpResponse:
    """A reply (held for ten seconds where it can be) or a note, with what is done with it (`then`: JSON).

    409 `doubts` says what a lead would ask; `sure=1` sends all the same.
    """
    actor, _ticket = _staff(request, public_id)
    kind, body, then = request.POST.get("kind", "reply"), request.POST.get("body", ""), _then(request)
    files = store_uploads(request)
    said: dict[str, Any] = {"body": body, "client_id": request.POST.get("client_id")}
    said |= {"actor": actor, "ticket": public_id, "attachment_ids": files, "then": then}
    said["sure"] = request.POST.get("sure") == "1"
    sent: HeldReply | Posted = (
        retrying(actions.post_message, kind="note", **said)
        if kind == "note"
        else retrying(holding.send_reply, **said)
    )
    if isinstance(sent, HeldReply):
        return JsonResponse({"held": sent.public_id, "client_id": str(sent.client_id)})
    return JsonResponse({"seq": sent.message.seq, "dup": sent.dup})


def _deeds(request: HttpRequest, name: str = "deeds") -> dict[str, Any]:
    try:
        deeds = json.loads(request.POST.get(name) or "{}")
    except ValueError:
        deeds = None
    if not isinstance(deeds, dict):
        raise Invalid.field(name, _("Deeds are named fields."), code="bad_deeds")
    return deeds


def _then(request: HttpRequest) -> dict[str, Any]:
    """Deeds of macros, and the status that the button named: the button is pressed last and wins."""
    deeds = _deeds(request, "then")
    status = request.POST.get("then_status", "")
    return {**deeds, **({"status": status} if status else {})}


@door("POST")
def take_back(request: HttpRequest, public_id: str, held: str) -> HttpResponse:
    """Undo: the draft with the words and files that came back. Without script back to the ticket's page."""
    actor, ticket = _staff(request, public_id)
    retrying(holding.take_back, actor=actor, held=held)
    if "application/json" not in request.headers.get("Accept", ""):
        return redirect(page_of(request, public_id))
    shape = draft_shape(drafts_of(actor, ticket).get("reply"))
    return JsonResponse({"draft": shape, "ticket": public_id, "number": ticket.number})


# --- others --------------------------------------------------------------------------------------------------
@door("POST")
def here(request: HttpRequest, public_id: str) -> HttpResponse:
    """A beat of a page that shows the ticket: `writes=1` while words are typed, `gone=1` as it is left."""
    flags = {name: request.POST.get(name) == "1" for name in ("writes", "gone")}
    retrying(look_at, actor=_actor(request), ticket=public_id, **flags)
    return HttpResponse(status=204)


@door("GET")
def colleagues(request: HttpRequest) -> HttpResponse:
    """Whom a note can name: every member of a team, with the teams. Forbidden for anybody but staff."""
    actor = _actor(request)
    if not actor.is_staff:
        raise Forbidden()
    rows = Membership.objects.select_related("person", "team").exclude(person_id=actor.id)
    people: dict[int, dict[str, Any]] = {}
    for row in rows.order_by("person__name", "team__position"):
        one = people.setdefault(
            row.person_id, {"name": row.person.display_name, "initials": row.person.initials, "teams": []}
        )
        one["teams"].append(row.team.name)
    return JsonResponse({"colleagues": list(people.values())})


# --- macros --------------------------------------------------------------------------------------------------
@door("GET")
def macros(request: HttpRequest, public_id: str) -> HttpResponse:
    """Macros that one may use here, the most used first; `q` narrows by name."""
    actor, _ticket = _staff(request, public_id)
    rows = macros_for(actor, request.GET.get("q", "")[:80])[:MOST_SHOWN]
    return JsonResponse(
        {"macros": [{"id": row.pk, "name": row.name, "of": owner_words(row)} for row in rows]}
    )


def owner_words(macro: Macro) -> str:
    """Whose it is, in a word or two."""
    if macro.team is not None:
        return macro.team.name
    return _("yours") if macro.owner_id else _("everybody’s")


@door("GET", "POST")
def macro(request: HttpRequest, public_id: str, macro_id: int) -> HttpResponse:
    """What a macro will say and do on this ticket, before it does it. POST counts that it was used."""
    actor, ticket = _staff(request, public_id)
    row = access_macro(actor, macro_id)
    if request.method == "POST":
        count_use(row.pk)
        return HttpResponse(status=204)
    seen = preview_macro(actor, row, ticket)
    return JsonResponse(
        {
            "id": row.pk,
            "name": row.name,
            "body": seen.body,
            "as_note": row.as_note,
            "missing": list(seen.missing),
            "deeds": deeds_shape(row.deeds),
        }
    )
