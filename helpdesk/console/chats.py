"""The page about chats: one's own places; for who leads, who waits, who talks with whom, and who holds how much."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actions import set_chat_places, set_skills
from accounts.actions.presence import MISSES
from accounts.models import Presence
from accounts.queries import teams_led_by
from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import DeskError, Invalid, NotFound
from core.middleware import flash
from helpdesk.console import queries
from helpdesk.console.views import staff
from livechat import agents
from livechat.models import QUEUED_STATES, SessionState
from livechat.queries import going_on, sessions_for_console


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Everything at once; the part that lives is fetched again by itself."""
    return _page(request, staff(request))


def _page(request: HttpRequest, actor: Actor, error: DeskError | None = None) -> HttpResponse:
    shown = {
        **shown_to(actor),
        "own": agents.places_of(actor.id or 0),
        "section": "chats",
        "presence": queries.presence_of(actor),
        "error": error,
        "typed": request.POST,
    }
    return render(request, "console/chats.html", shown, status=error.status if error else 200)


@require_GET
def now_part(request: HttpRequest) -> HttpResponse:
    """Who waits and who talks, fetched again when something moved. For who leads; NotFound for others."""
    shown = shown_to(staff(request))
    if not shown["leads"]:
        raise NotFound()
    return render(request, "console/_chats_now.html", shown)


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """What concerns oneself on whatever page: the switch as it is, why it went to away, and where no queue stands
    (`queue=no`) the chats that one may take."""
    actor = staff(request)
    mine = queries.own_presence(actor)
    sessions = sessions_for_console(actor) if request.GET.get("queue") == "no" else None
    shown = {
        "presence": mine.switch if mine else "off",
        "missed": mine is not None and mine.switch == Presence.Switch.AWAY and mine.misses >= MISSES,
        "asked": None if sessions is None else queries.queued_for(sessions, actor),
    }
    return render(request, "console/_me.html", shown)


def shown_to(actor: Actor) -> dict[str, Any]:
    """The chats and agents of the desks that one leads, managers all of them: five queries."""
    led = teams_led_by(actor.id)
    if not (actor.is_manager or led):
        return {"leads": False}
    rows = going_on(None if actor.is_manager else led)
    people = Presence.objects.filter(person__kind="staff", person__memberships__team__takes_chat=True)
    if not actor.is_manager:
        people = people.filter(person__memberships__team_id__in=led)
    return {
        "leads": True,
        "at": now(),
        "waiting": [one for one in rows if one.state in QUEUED_STATES],
        "talking": [one for one in rows if one.state == SessionState.ACTIVE],
        "wrapping": [one for one in rows if one.state == SessionState.WRAPUP],
        "agents": agents.agents_of(people.distinct(), now()),
    }


@require_POST
def places(request: HttpRequest) -> HttpResponse:
    """One's own places, or, by a manager, anybody's: how many, the most, and whether chats come by themselves."""
    actor, person = staff(request), request.POST.get("person", "")
    try:
        asked = {name: _number(request, name) for name in ("places", "most") if request.POST.get(name, "")}
        auto = request.POST.get("auto_accept") == "on"
        retrying(set_chat_places, actor=actor, person=person, auto_accept=auto, **asked)
    except Invalid as error:
        return _page(request, actor, error)
    flash(request, _("Kept."))
    return redirect("console:chats")


def _number(request: HttpRequest, name: str) -> int:
    raw = request.POST.get(name, "").strip()
    if not (raw.isascii() and raw.isdigit() and len(raw) < 4):
        raise Invalid.field(name, _("Write a whole number."), code="not_a_number")
    return int(raw)


@require_POST
def skills(request: HttpRequest) -> HttpResponse:
    """What a member of a team is good at, by a manager."""
    actor = staff(request)
    asked = {name: request.POST.get(name, "") for name in ("person", "team")}
    try:
        said = request.POST.get("skills", "").replace(",", " ").split()
        retrying(set_skills, actor=actor, skills=said, **asked)
    except Invalid as error:
        return _page(request, actor, error)
    flash(request, _("Kept."))
    return redirect("console:chats")
