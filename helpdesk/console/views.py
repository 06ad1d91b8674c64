"""The console's pages and fragments. Only staff come in; what they do here posts to the rooms' own doors."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.actions import heartbeat, set_presence
from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import NotFound, NotSignedIn
from helpdesk.console import clock_life, queries
from helpdesk.console.drafts import drafts_shown
from livechat.queries import session_on
from orders.queries import record_of
from sla.queries import access_clock, clocks_beside
from tickets import pushes
from tickets.actions.attachments import MOST_BYTES, MOST_FILES
from tickets.actions.mentions import see_mentions
from tickets.models import Ticket
from tickets.queries import access_ticket_by_number
from tickets.views.answers import KEPT

NAMED = ("number", "order", "parcel")  # what leads to one ticket and no other


def staff(request: HttpRequest) -> Actor:
    """Who asks; a visitor signs in first, and for a buyer there is no such page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    if not actor.is_staff:
        raise NotFound()
    return actor


def _shell(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    heartbeat(actor=actor)
    shown = list_of(actor, queries.chosen_of(actor, request.GET))
    return {**shown, "views": queries.offered(actor), "presence": queries.presence_of(actor)}


def list_of(actor: Actor, chosen: queries.Chosen | None, most: int = 0) -> dict[str, Any]:
    """What the left pane draws: a view's list, or the inbox."""
    read_at = now()  # before it is read: what changes meanwhile counts as unread
    queue = queries.listing(actor, chosen, most) if chosen else queries.queue_shown(actor, most)
    return {"queue": queue, "chosen": chosen, "query": chosen.query if chosen else "", "read_at": read_at}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The queue, and room for a conversation."""
    return render(request, "console/page.html", _shell(request, staff(request)))


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """The queue's lists, fetched again when something changed."""
    actor = staff(request)
    chosen = queries.chosen_of(actor, request.GET)
    shown = list_of(actor, chosen, _number(request, "most"))
    return render(request, "console/_queue.html", {**shown, "at": _number(request, "at")})


def _number(request: HttpRequest, name: str) -> int:
    raw = request.GET.get(name, "")[:18]
    return int(raw) if raw.isascii() and raw.isdigit() else 0


@require_GET
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """All three panes on one ticket."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    panes = _panes(request, actor, found)  # first: what is looked at is no longer in the inbox of mentions
    return render(request, "console/page.html", {**_shell(request, actor), **panes, "at": number})


@require_GET
def panes(request: HttpRequest, number: int) -> HttpResponse:
    """Conversation and context, when another ticket is opened from the queue."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    return render(request, "console/_panes.html", _panes(request, actor, found))


def _panes(request: HttpRequest, actor: Actor, found: Ticket) -> dict[str, Any]:
    me = request.user.person.public_id  # type: ignore[union-attr]
    rows, streams = queries.talk_of(actor, found, me)
    if any(_may_name(row) for row in rows) or len(rows) >= queries.THREAD_LIMIT:
        look_at_mentions(actor, found)
    heads = {
        public: max((row["seq"] for row in rows if row["public"] is public), default=0)
        for public in (True, False)
    }
    ours, orders = clocks_beside(("ticket", found.pk), ("order", found.order_id or 0))
    return {
        **queries.head_of(actor, found, ours),
        **queries.context_of(actor, found, queries.last_question(rows), orders),
        "rows": rows,
        "public": streams["public"],
        "staff_stream": streams["staff"],
        "after": heads[True],
        "staff_after": heads[False],
        "me": me,
        "client_id": uuid.uuid4(),
        **drafts_shown(actor, found),
        "most_bytes": MOST_BYTES,
        "most_files": MOST_FILES,
        "kept": request.session.get(KEPT, {}).get(found.public_id, {}),
        "zone": timezone.get_current_timezone_name(),
    }


def _may_name(row: dict[str, Any]) -> bool:
    """Whether somebody may be named in this row: spares the question on tickets without such a note."""
    return row["kind"] == "note" and ("@" in row["data"]["body"] or bool(row["data"].get("amended")))


def look_at_mentions(actor: Actor, found: Ticket) -> None:
    """Who was named here has come: their inbox looks again."""
    if see_mentions(actor=actor, ticket_id=found.pk) and actor.id:
        with transaction.atomic():
            pushes.person_told(actor.id, found)


@require_GET
def head(request: HttpRequest, number: int) -> HttpResponse:
    """Subject, state, clocks and the escalation's card."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    return render(request, "console/_head.html", queries.head_of(actor, found))


@require_GET
def context(request: HttpRequest, number: int) -> HttpResponse:
    """The order, the buyer and answers."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    return render(request, "console/_context.html", queries.context_of(actor, found))


@require_GET
def choices(request: HttpRequest, number: int) -> HttpResponse:
    """The dialogs that ask to whom: assign, escalate. Fetched when one is opened."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    shown = {
        "ticket": found,
        "colleagues": queries.colleagues(actor),
        "offer": queries.escalation_offer(actor, found),
        "hand_over": queries.hand_over_offer(session_on(found)),
    }
    return render(request, "console/_choices.html", shown)


@require_GET
def record(request: HttpRequest, number: int) -> HttpResponse:
    """Every step of the order's record, the newest first. NotFound where there is no order."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    if found.order is None:
        raise NotFound()
    rows = record_of(actor, found.order)[::-1]
    return render(request, "console/_record.html", {"record": rows})


@require_GET
def answers(request: HttpRequest, number: int) -> HttpResponse:
    """Answers for what is being written."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    hits = queries.answers_for(found, request.GET.get("body", ""))
    return render(request, "console/_answers.html", {"ticket": found, "hits": hits})


@require_GET
def why(request: HttpRequest, number: int, clock_id: int) -> HttpResponse:
    """Why is it due then? Step by step, in the reader's zone and the desk's."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    clock = access_clock(actor, clock_id)
    (life,) = clock_life.lives([clock])
    shown = {
        "clock": clock,
        "label": life.label,
        "life": life,
        "used": queries.used_percent(clock),
        "buyer": found.requester,
    }
    return render(request, "console/_why.html", shown)


@require_GET
def clocks(request: HttpRequest, number: int) -> HttpResponse:
    """The whole life of every clock of a ticket, ended ones too: receipt and steps, by whom and why."""
    actor = staff(request)
    found = access_ticket_by_number(actor, number)
    return render(request, "console/_clocks.html", {"lives": clock_life.lives_of(actor, found)})


@require_GET
def told(request: HttpRequest) -> HttpResponse:
    """What the last step has to say, for a page that stayed where it was."""
    staff(request)
    return render(request, "console/_told.html")


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Tickets and orders; a number that is a ticket's opens it."""
    actor = staff(request)
    text = request.GET.get("q", "").strip()[:100]
    found = queries.find(actor, text)
    shown = {"found": found, "q": text, "status_words": dict(queries.status_labels())}
    if getattr(request, "htmx", False):
        return render(request, "console/_found.html", shown)
    if len(found.tickets) == 1 and found.tickets[0].why in NAMED and not found.orders:
        return redirect("console:ticket", found.tickets[0].ticket.number)
    return render(request, "console/page.html", {**_shell(request, actor), **shown})


@require_POST
def presence(request: HttpRequest) -> HttpResponse:
    """Switch oneself on or away."""
    actor = staff(request)
    retrying(set_presence, actor=actor, switch=request.POST.get("switch", ""))
    pushes.presence_moved(actor.id or 0)
    if getattr(request, "htmx", False):
        shown = {"presence": queries.presence_of(actor), "renewed": True}
        return render(request, "console/_presence.html", shown)
    return redirect("console:index")
