"""Replies that a lead should look at: each with its reasons and its words, looked at once."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership
from core.actors import Actor
from core.db import retrying
from core.middleware import flash
from helpdesk.console import queries
from helpdesk.console.views import staff
from tickets.actions.flags import review_flag
from tickets.models import Flag, Ticket
from tickets.permissions import visible_to
from tickets.queries.service import flags_for
from tickets.words import FLAG_NAMES, name_of

PAGE = 30


def leads(actor: Actor) -> bool:
    """Whether flags come to this member of staff: a manager, or who leads a team."""
    if actor.is_manager:
        return True
    return Membership.objects.filter(person_id=actor.id, role=Membership.Role.LEAD).exists()


def told_to(actor: Actor) -> QuerySet[Flag]:
    """What leads said about this member of staff's own replies, on tickets that they still see."""
    seen = Ticket.objects.filter(visible_to(actor)).values("pk")
    rows = Flag.objects.filter(author_id=actor.id, state=Flag.State.COACHED, ticket__in=seen)
    return rows.order_by("-pk")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """For who leads: those that nobody has looked at, and those that somebody has. For everybody: what was said
    to oneself. By pages, the newest first.
    """
    actor = staff(request)
    may_review = leads(actor)
    state = request.GET.get("state", "") if may_review else "mine"
    looked, mine = state == "done", state == "mine"
    rows = told_to(actor) if mine else flags_for(actor)
    rows = rows.select_related("ticket__team", "message", "author", "reviewer")
    rows = rows.exclude(state=Flag.State.OPEN) if looked or mine else rows.filter(state=Flag.State.OPEN)
    before = request.GET.get("before", "")[:18]
    if before.isascii() and before.isdigit():
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    shown = {
        "rows": [(row, [name_of(FLAG_NAMES, code) for code in row.reasons]) for row in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "looked": looked,
        "mine": mine,
        "may_review": may_review,
        "section": "flags",
        "presence": queries.presence_of(actor),
    }
    return render(request, "console/flags.html", shown)


@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """It is fine, or its writer was talked to, with what was said."""
    state, words = request.POST.get("state", ""), request.POST.get("words", "")
    row = retrying(review_flag, actor=staff(request), flag=pk, state=state, words=words)
    said = _("The writer reads what you said.") if row.words else _("Looked at.")
    flash(request, said)
    return redirect("console:flags")
