"""My tickets, and the page on which a ticket or a chat is talked through."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.middleware import flash
from helpdesk.portal import queries
from helpdesk.portal.shell import known_actor, page, slice_of
from helpdesk.portal.views.orders import order_with_parts, side_of
from livechat.models import OPEN_STATES, SessionState
from livechat.queries import desk_state, last_session_of
from tickets.actions.attachments import MOST_BYTES, MOST_FILES
from tickets.actions.changes import questions_on
from tickets.actions.mail_off import set_mail
from tickets.actions.rating import can_change
from tickets.actions.rules import may_write
from tickets.change_words import ask
from tickets.models import LIVE_STATUSES, Link, MailOff, Satisfaction, Status, Ticket
from tickets.permissions import may_be_rated
from tickets.queries import access_ticket, search, streams_of, visible_tickets

PAGE = 20
FILTERS = {
    "": (gettext_lazy("All"), ()),
    "open": (gettext_lazy("Open"), tuple(LIVE_STATUSES)),
    "done": (gettext_lazy("Solved"), (Status.SOLVED, Status.CLOSED)),
}
SCORES = [
    (1, gettext_lazy("Bad")),
    (2, gettext_lazy("Poor")),
    (3, gettext_lazy("Fair")),
    (4, gettext_lazy("Good")),
    (5, gettext_lazy("Great")),
]


@require_GET
def tickets(request: HttpRequest) -> HttpResponse:
    """One's tickets and chats, the latest words first."""
    actor = known_actor(request)
    text, chosen = request.GET.get("q", "").strip()[:100], request.GET.get("status", "")
    rows = search(actor, text) if text else visible_tickets(actor)
    wanted = FILTERS.get(chosen, FILTERS[""])[1]
    rows = rows.filter(status__in=wanted) if wanted else rows
    context = {
        "q": text,
        "chosen": chosen if chosen in FILTERS else "",
        "filters": [(code, words) for code, (words, _statuses) in FILTERS.items()],
        "slice": slice_of(request, rows, by="last_message_at", size=PAGE),
    }
    return page(request, "tickets", context, section="tickets")


def _shown(actor: Actor, found: Ticket) -> dict[str, Any]:
    """What strip and foot need."""
    chat = last_session_of(found)
    session = chat if chat and chat.state in OPEN_STATES else None
    is_requester = found.requester_id == actor.id
    can_write = may_write(actor, found, now())
    is_done = found.status in (Status.SOLVED, Status.CLOSED)
    asks_mark = may_be_rated(found)
    rating = Satisfaction.objects.filter(ticket=found).first() if asks_mark else None
    talked = chat if session is None and is_requester else None
    return {
        "asks_mark": asks_mark,
        "last_chat": talked,
        "may_chat_again": talked is not None and not is_done and desk_state(talked.team).accepting,
        "can_write": can_write,
        "can_reopen": can_write and is_done,
        "can_change": rating is not None and can_change(rating),
        "ticket": found,
        "session": session,
        "has_come": session is None or session.state == SessionState.ACTIVE,
        "strip": queries.strip_of(found, session),
        "rating": rating,
        "scores": SCORES,
        "is_requester": is_requester,
        "is_done": is_done,
    }


@require_GET
def ticket(request: HttpRequest, public_id: str) -> HttpResponse:
    """The thread, live; what was promised above it; the order beside it."""
    actor = known_actor(request)
    found = access_ticket(actor, public_id)
    if actor.is_staff:  # notes and staff's tools stand in the console alone
        return redirect(f"/console/t/{found.number}/")
    me = request.user.person.public_id  # type: ignore[union-attr]
    stream = streams_of(actor, found)["public"]
    rows = queries.thread_rows(actor, found, me, stream.agent_read)
    context = {
        **_shown(actor, found),
        "rows": rows,
        "after": max((row["seq"] for row in rows), default=0),
        "stream": stream,
        "me": me,
        "client_id": uuid.uuid4(),
        "most_bytes": MOST_BYTES,
        "most_files": MOST_FILES,
        "sent": request.GET.get("sent", ""),
        **_around(actor, found),
    }
    if found.order_id and found.order:
        order = order_with_parts(actor, found.order.public_id)
        asked = questions_on(found) if order.asks else []  # type: ignore[attr-defined]
        context["questions"] = [(row, ask(row)) for row in asked]
        context.update(side_of(actor, order))
    return page(request, "ticket", context, section="tickets")


def _around(actor: Actor, found: Ticket) -> dict[str, Any]:
    """What it goes on from and in, who gets a mail: of tickets that this actor sees."""
    kept = Link.objects.filter(kind=Link.Kind.FOLLOW_UP, undone_at=None).select_related("source", "target")
    ties = list(kept.filter(Q(source=found) | Q(target=found)).order_by("pk"))
    merged = visible_tickets(actor).filter(pk=found.merged_into_id).first() if found.merged_into_id else None
    return {
        "goes_on": merged,
        "follows": next((tie.target for tie in ties if _is_from(tie.source, found, tie.target)), None),
        "followed_by": next((tie.source for tie in ties if _is_from(tie.target, found, tie.source)), None),
        "copies": list(found.copies.order_by("pk").values_list("email", flat=True)),
        "by_mail": not MailOff.objects.filter(ticket=found).exists(),
    }


def _is_from(end: Ticket, found: Ticket, other: Ticket) -> bool:
    """Whether this end is the ticket that is shown, and the other one its requester's too."""
    return end.pk == found.pk and other.requester_id == found.requester_id


@require_POST
def follow_by_mail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Mails about this ticket, on or off."""
    actor, on = known_actor(request), request.POST.get("on") == "1"
    retrying(set_mail, actor=actor, ticket=public_id, on=on)
    flash(
        request,
        _("Answers come by mail.") if on else _("No more mails about this ticket. Answers wait here."),
    )
    return redirect(reverse("portal:ticket", args=[public_id]) + "#mails")


@require_GET
def ticket_strip(request: HttpRequest, public_id: str) -> HttpResponse:
    """The strip above the thread, fetched again when the ticket changed."""
    actor = known_actor(request)
    return page(request, "_strip", _shown(actor, access_ticket(actor, public_id)), section="tickets")


@require_GET
def ticket_foot(request: HttpRequest, public_id: str) -> HttpResponse:
    """What stands between thread and composer: solved, rate, end the chat."""
    actor = known_actor(request)
    return page(request, "_foot", _shown(actor, access_ticket(actor, public_id)), section="tickets")
