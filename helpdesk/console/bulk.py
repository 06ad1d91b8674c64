"""One change to many tickets from the queue: begin, follow, what was not done and why, take back once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from core.db import retrying
from helpdesk.console import queries
from helpdesk.console.views import staff
from tickets.actions.bulk import access_bulk, change_many, undo_many
from tickets.deed_words import lines_of
from tickets.models import BulkJob, Ticket
from tickets.queries.access import visible_tickets

FIELDS = ("status", "priority", "team", "assignee", "add_tags", "remove_tags")


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Begin: `tickets` by public id, what to change, and when the list was read."""
    actor = staff(request)
    try:
        seen_at = parse_datetime(request.POST.get("seen_at", ""))
    except ValueError:
        seen_at = None
    job = retrying(
        change_many,
        actor=actor,
        tickets=request.POST.getlist("tickets"),
        change={name: request.POST.get(name, "") for name in FIELDS},
        seen_at=seen_at if seen_at and seen_at.tzinfo else None,
    )
    return _shown(request, job)


@require_GET
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far a change is, and when it is done what became of each ticket."""
    return _shown(request, access_bulk(staff(request), public_id))


@require_POST
def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take it back where nobody changed the ticket since; once."""
    return _shown(request, retrying(undo_many, actor=staff(request), job=public_id))


@require_GET
def choices(request: HttpRequest) -> HttpResponse:
    """The dialog that asks to whom, to which team, with which tags."""
    actor = staff(request)
    return render(request, "console/_bulk_choices.html", {"colleagues": queries.colleagues(actor)})


def _shown(request: HttpRequest, job: BulkJob) -> HttpResponse:
    done = [one for one in job.results if one["ok"]]
    refused = [one for one in job.results if not one["ok"]]
    shown: dict[str, Any] = {
        "job": job,
        "total": len(job.tickets),
        "changed": len(done),
        "refused": _with_tickets(request, refused),
        "lines": lines_of(job.change["deeds"]) if "deeds" in job.change else [],
        "is_back": "back" in job.change,
        "running": job.state == BulkJob.State.RUNNING,
        "may_undo": job.state == BulkJob.State.DONE and "deeds" in job.change and bool(done),
    }
    return render(request, "console/_bulk.html", shown)


def _with_tickets(request: HttpRequest, refused: list[dict[str, Any]]) -> list[tuple[Ticket | None, str]]:
    """What was not done, each with its ticket as far as it is still to be seen."""
    wanted = [one["ticket"] for one in refused]
    rows = visible_tickets(staff(request)).filter(public_id__in=wanted) if wanted else []
    found = {row.public_id: row for row in rows}
    return [(found.get(one["ticket"]), one["message"]) for one in refused]
