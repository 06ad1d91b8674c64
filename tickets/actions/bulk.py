"""One change to many tickets: each in its own transaction, what was not done told with its reason, one undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.queries import actor_of_person
from core import outbox
from core.actors import Actor
from core.clock import now
from core.db import locked, retrying
from core.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from tickets import pushes
from tickets.actions.deeds import Deeds, clean_deeds, do_deeds
from tickets.models import BulkJob, Status, Ticket
from tickets.queries.access import access_ticket

MOST = 500
JOB = "ticket.bulk"


def change_many(
    *, actor: Actor, tickets: Sequence[str], change: Mapping[str, Any], seen_at: datetime | None = None
) -> BulkJob:
    """Begin a change (see `clean_deeds`; closing is done one by one) to tickets by public id, in this order.

    `seen_at`: when the list was read; tickets that changed since are left alone, and told. Raises Invalid (fields
    tickets, change …), Forbidden for anybody but staff. A worker carries it out.
    """
    if not actor.is_staff:
        raise Forbidden()
    wanted = list(dict.fromkeys(str(one) for one in tickets if one))
    if not 0 < len(wanted) <= MOST:
        words = _("Choose 1 to %(most)d tickets.") % {"most": MOST}
        raise Invalid.field("tickets", words, code="bad_choice")
    deeds = clean_deeds(change)
    if not deeds:
        raise Invalid.field("change", _("Choose what to change."), code="empty")
    if deeds.get("status") == Status.CLOSED:
        raise Invalid.field("status", _("Tickets are closed one by one."), code="not_in_bulk")
    kept = {"deeds": deeds, "seen_at": seen_at.isoformat() if seen_at else None}
    return _begin(actor, wanted, kept)


def _begin(actor: Actor, tickets: list[str], change: dict[str, Any]) -> BulkJob:
    with transaction.atomic():
        job = BulkJob.objects.create(actor_id=actor.id, change=change, tickets=tickets, created_at=now())
        outbox.enqueue(JOB, {"job": job.pk}, key=f"{JOB}:{job.pk}")
    return job


def access_bulk(actor: Actor, public_id: str) -> BulkJob:
    """A change that this member of staff began; NotFound otherwise."""
    job = BulkJob.objects.filter(public_id=public_id, actor_id=actor.id).first()
    if job is None:
        raise NotFound()
    return job


def carry_out(job_id: int) -> None:
    """Go on with a change from where it stands, until it is done. A worker that dies is followed by another."""
    job = BulkJob.objects.select_related("actor").get(pk=job_id)
    actor = actor_of_person(job.actor)
    with translation.override(job.actor.language or "en"):
        while job.state == BulkJob.State.RUNNING and job.done < len(job.tickets):
            retrying(_step, actor=actor, job=job)
    BulkJob.objects.filter(pk=job.pk, state=BulkJob.State.RUNNING).update(
        state=BulkJob.State.DONE, finished_at=now()
    )
    pushes.bulk_moved(job.actor_id, job.public_id)


def _step(*, actor: Actor, job: BulkJob) -> None:
    """The next ticket and the job's progress, together or not at all."""
    public_id = job.tickets[job.done]
    result: dict[str, Any] = {"ticket": public_id, "ok": True}
    try:
        with transaction.atomic():
            result |= _change_one(actor, job, public_id)
            _keep(job, result)
    except DeskError as error:
        failed = {"ticket": public_id, "ok": False, "code": error.code, "message": str(error.message)}
        with transaction.atomic():
            _keep(job, failed)
    if job.done % 10 == 0:
        pushes.bulk_moved(job.actor_id, job.public_id)


def _keep(job: BulkJob, result: dict[str, Any]) -> None:
    row = locked(BulkJob.objects.filter(pk=job.pk)).get()
    if row.done == job.done:  # else another worker has done this one
        row.results, row.done = [*row.results, result], row.done + 1
        row.save(update_fields=["results", "done"])
    job.results, job.done, job.state = row.results, row.done, row.state


def _change_one(actor: Actor, job: BulkJob, public_id: str) -> dict[str, Any]:
    ticket = access_ticket(actor, public_id, lock=True)
    if BulkJob.objects.filter(pk=job.pk, done=job.done).exists():
        deeds = _deeds_for(job, public_id, ticket)
        before = state_of(ticket)
        do_deeds(actor, ticket, deeds, now())
        ticket.refresh_from_db()
        return {"number": ticket.number, "before": before, "after": state_of(ticket)}
    return {}


def _deeds_for(job: BulkJob, public_id: str, ticket: Ticket) -> Deeds:
    """The change itself, or for an undo the way back of this one; Conflict when it was changed meanwhile."""
    seen_at = parse_datetime(job.change.get("seen_at") or "")
    back = job.change.get("back")
    if back is None:
        if seen_at is not None and ticket.updated_at > seen_at:
            words = _("#%(number)s was changed meanwhile.") % {"number": ticket.number}
            raise Conflict(words, code="changed_meanwhile")
        return dict(job.change["deeds"])
    if state_of(ticket) != back[public_id]["after"]:
        words = _("#%(number)s was changed meanwhile.") % {"number": ticket.number}
        raise Conflict(words, code="changed_meanwhile")
    return way_back(back[public_id]["before"], back[public_id]["after"])


def state_of(ticket: Ticket) -> dict[str, Any]:
    """What deeds can change, as it is."""
    return {
        "status": ticket.status,
        "priority": ticket.priority,
        "team": ticket.team.code,
        "assignee": ticket.assignee.public_id if ticket.assignee else "nobody",
        "tags": sorted(ticket.tagged.values_list("tag__name", flat=True)),
    }


def way_back(before: dict[str, Any], after: dict[str, Any]) -> Deeds:
    """The deeds that lead from `after` to `before`. A new ticket was opened by it, and stays open."""
    deeds: Deeds = {
        name: before[name] for name in ("priority", "team", "assignee") if before[name] != after[name]
    }
    if "team" in deeds:
        deeds["assignee"] = before["assignee"]
    if before["status"] != after["status"]:
        deeds["status"] = "open" if before["status"] == "new" else before["status"]
    if gone := sorted(set(before["tags"]) - set(after["tags"])):
        deeds["add_tags"] = gone
    if come := sorted(set(after["tags"]) - set(before["tags"])):
        deeds["remove_tags"] = come
    return deeds


def undo_many(*, actor: Actor, job: str) -> BulkJob:
    """Take a change back where nobody changed the ticket since. Once; Conflict `running` or `undone`."""
    with transaction.atomic():
        row = locked(BulkJob.objects.filter(pk=access_bulk(actor, job).pk)).get()
        if row.state != BulkJob.State.DONE or "back" in row.change:
            running = row.state == BulkJob.State.RUNNING
            words = _("It is still going on.") if running else _("It was taken back already.")
            raise Conflict(words, code="running" if running else "undone")
        row.state = BulkJob.State.UNDONE
        row.save(update_fields=["state"])
        done = {one["ticket"]: one for one in row.results if one["ok"] and one.get("before")}
        moved = {key: one for key, one in done.items() if one["before"] != one["after"]}
        back = {key: {"before": one["before"], "after": one["after"]} for key, one in moved.items()}
        return _begin(actor, list(back), {"back": back})
