"""The dialogs of a ticket's "More" menu and of one message: fetched when they are opened, they post to `/t/…`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.actors import Actor
from core.errors import DeskError, NotFound
from faq.models import Category as Topic
from helpdesk.console import queries
from helpdesk.console.views import staff
from orders.changes.models import ChangeProposal
from orders.return_rules import money_left
from tickets.actions.amending import REASONS
from tickets.actions.merging import preview_merge
from tickets.models import Message, Status, Ticket
from tickets.queries import access_ticket_by_number, categories
from tickets.queries.links import (
    belongings_of,
    others_of_requester,
    possible_problems,
    spoken_row,
    ticket_named,
)
from tickets.queries.threads import files_of
from tickets.words import REDACTION_NAMES

Shown = dict[str, Any]


def _merge(actor: Actor, ticket: Ticket, text: str) -> Shown:
    return {"found": others_of_requester(actor, ticket, text)}


def _problem(actor: Actor, ticket: Ticket, text: str) -> Shown:
    return {"found": possible_problems(actor, ticket, text)}


def _hand(actor: Actor, ticket: Ticket, text: str) -> Shown:
    return {"colleagues": queries.colleagues(actor)}


def _nothing(actor: Actor, ticket: Ticket, text: str) -> Shown:
    return {}


def _of_order(actor: Actor, ticket: Ticket, text: str) -> Shown:
    """What is done to the ticket's order; NotFound where it has none."""
    if ticket.order is None:
        raise NotFound()
    address = ticket.order.addresses.filter(kind="shipping").first()
    hours, kinds = (24, 72, 168), ChangeProposal.Kind.choices
    return {"order": ticket.order, "kinds": kinds, "hours": hours, "address": address, "kind": "cancel"}


def _refund(actor: Actor, ticket: Ticket, text: str) -> Shown:
    """Money back in part goes by the buyer's yes; what is left of the payment is said."""
    shown = _of_order(actor, ticket, text)
    return {**shown, "kind": "refund", "left": money_left(shown["order"])}


ACTS: dict[str, Callable[[Actor, Ticket, str], Shown]] = {
    "tags": _nothing,
    "copies": _nothing,
    "merge": _merge,
    "problem": _problem,
    "hand": _hand,
    "follow": _nothing,
    "propose": _of_order,
    "refund": _refund,
    "note": _of_order,
    "resend": _of_order,
}


@require_GET
def act(request: HttpRequest, number: int, what: str) -> HttpResponse:
    """One dialog of the menu; `q` searches in those that choose another ticket."""
    actor = staff(request)
    ticket = access_ticket_by_number(actor, number)
    if what not in ACTS:
        raise NotFound()
    text = request.GET.get("q", "").strip()[:100]
    shown = {
        "ticket": ticket,
        "q": text,
        "client_id": uuid.uuid4(),
        "has": belongings_of(actor, ticket),
        "status_words": dict(queries.status_labels()),
    }
    page = "propose" if what == "refund" else what
    return render(request, f"console/acts/{page}.html", shown | ACTS[what](actor, ticket, text))


@require_GET
def merge_preview(request: HttpRequest, number: int) -> HttpResponse:
    """What a merge into `target` would do, or in words why it cannot be."""
    actor = staff(request)
    ticket = access_ticket_by_number(actor, number)
    shown: Shown = {"ticket": ticket, "preview": None, "error": None}
    try:
        target = ticket_named(actor, request.GET.get("target"), field="target")
        shown["preview"] = preview_merge(actor=actor, source=ticket.public_id, target=target.public_id)
    except DeskError as error:
        shown["error"] = next((words[0] for words in error.fields.values()), error.message)
    return render(request, "console/acts/_preview.html", shown)


@require_GET
def said(request: HttpRequest, number: int, kind: str, seq: int) -> HttpResponse:
    """One message: what it said before, and what can be done with it."""
    actor = staff(request)
    ticket = access_ticket_by_number(actor, number)
    row = spoken_row(actor, ticket, kind, seq)
    is_open = ticket.status != Status.CLOSED
    shown = {
        "ticket": ticket,
        "row": row,
        "kind": kind,
        "before": list(row.amendments.order_by("-pk")),
        "files": files_of(row.attachments.all()),
        "can_amend": row.author_id == actor.id and is_open and row.redacted_at is None,
        "can_split": kind == "public" and row.kind == "reply" and row.author_id == ticket.requester_id,
        "topics": _topics(kind, row),
        "reasons": [(code, REDACTION_NAMES[code]()) for code in REASONS],
        "categories": categories(),
        "client_id": uuid.uuid4(),
    }
    return render(request, "console/acts/said.html", shown)


def _topics(kind: str, row: Message) -> list[Topic]:
    """Where an article of this answer could stand; none for what is no answer of staff."""
    is_answer = kind == "public" and row.kind == "reply" and row.author_kind == "staff"
    return list(Topic.objects.all()) if is_answer and row.redacted_at is None else []
