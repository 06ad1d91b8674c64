"""Whose work a ticket is, and how much it matters."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from accounts.queries import team_by_code
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events import publish
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import add_event, find_event
from tickets.actions.people import check_place, staff_person
from tickets.events import TicketChanged
from tickets.models import Category, Priority, Status, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_ticket, category_by_code

LADDER = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)


def _work_on(actor: Actor, public_id: str) -> Ticket:
    """The ticket under its lock, for staff; Forbidden for its requester, Conflict when it is closed."""
    ticket = access_ticket(actor, public_id, lock=True)
    if not can_work_on(actor, ticket):
        raise Forbidden()
    if ticket.status == Status.CLOSED:
        raise Conflict(_("This ticket is closed."), code="closed_ticket")
    return ticket


def assign_ticket(*, actor: Actor, ticket: str, assignee: str | None, team: str | None = None) -> Ticket:
    """Give a ticket to a person (public id; None or blank: to nobody) and, when a code is given, to a team.

    A new team's hours and policies rule from then on. Raises Invalid (fields assignee, team) for one who
    is not staff, does not exist, no longer works here (`gone`) or belongs to neither team (`other_team`; managers
    take from every team, anybody for themselves), NotFound, Forbidden, Conflict `closed_ticket`.
    """
    with transaction.atomic():
        row = _work_on(actor, ticket)
        person = staff_person(actor, assignee, field="assignee") if assignee else None
        desk = _team(team) if team else None
        if person is not None and person.pk != row.assignee_id:
            check_place(actor, person, row, desk or row.team, field="assignee")
        give(actor, row, person, desk or row.team, now(), verb="ticket.assigned")
        row.refresh_from_db(fields=["due_sort", "sla_state"])
    return row


def take_ticket(*, actor: Actor, ticket: str) -> Ticket:
    """Make it one's own; the requester reads who took it. Taking one's own again changes nothing."""
    if not actor.is_staff:
        with transaction.atomic():
            _work_on(actor, ticket)
        raise Forbidden()
    with transaction.atomic():
        row = _work_on(actor, ticket)
        give(actor, row, Person.objects.get(pk=actor.id), row.team, now(), verb="ticket.taken")
    return row


def _team(code: str) -> Team:
    try:
        return team_by_code(code)
    except NotFound:
        raise Invalid.field("team", _("There is no such team."), code="unknown_team") from None


def give(actor: Actor, ticket: Ticket, person: Person | None, team: Team, at: datetime, *, verb: str) -> None:
    """Under the ticket's lock: nothing when it is theirs already; a new team's hours and policies rule."""
    before, moved = ticket.assignee_id, team.pk != ticket.team_id
    left_team = ticket.team_id
    what = tuple(
        name
        for name, is_new in (("assignee", before != (person.pk if person else None)), ("team", moved))
        if is_new
    )
    if not what:
        return
    ticket.assignee, ticket.team, ticket.updated_at = person, team, at
    ticket.save(update_fields=["assignee", "team", "updated_at"])
    data = {
        "to": person.public_id if person else None,
        "to_name": person.display_name if person else "",
        "team": team.code,
        "team_name": team.name if moved else "",
    }
    if verb == "ticket.taken" and not ticket.chatting:
        add_event(ticket, actor=actor, verb=verb, data={"to_name": data["to_name"]}, at=at)
    else:
        add_event(ticket, actor=actor, verb=verb, data=data, stream="staff", at=at)
    if moved:
        clocks.retarget(actor, ticket, at, "team")
    publish(TicketChanged(ticket.pk, what))
    pushes.changed_everywhere(ticket, also_teams=[left_team], also_people=[before] if before else [])
    if person and person.pk != actor.id:
        pushes.person_told(person.pk, ticket)


def hand_over(
    ticket: Ticket, at: datetime, *, actor: Actor, person: Person | None, team: Team | None = None
) -> None:
    """A chat's ticket follows its chat: to who takes it, and to their desk. The caller asked for the right and
    holds the ticket's lock."""
    taken = person is not None and person.pk == actor.id
    give(actor, ticket, person, team or ticket.team, at, verb="ticket.taken" if taken else "ticket.assigned")


def set_priority(*, actor: Actor, ticket: str, priority: str) -> Ticket:
    """Rank a ticket: its clocks get the new targets with the time used kept.

    Raises Invalid (field priority), NotFound, Forbidden, Conflict `closed_ticket`.
    """
    if priority not in Priority.values:
        raise Invalid.field("priority", _("There is no such priority."), code="unknown_priority")
    with transaction.atomic():
        row = _work_on(actor, ticket)
        if row.priority != priority:
            rank(actor, row, priority, now(), why="")
            clocks.retarget(actor, row, now(), "priority")
            row.refresh_from_db(fields=["due_sort", "sla_state"])
    return row


def rank(actor: Actor, ticket: Ticket, priority: str, at: datetime, *, why: str) -> None:
    """The row and its line alone, under the ticket's lock; the caller says what becomes of the clocks."""
    data = {"from": ticket.priority, "to": priority, **({"why": why} if why else {})}
    ticket.priority, ticket.updated_at = priority, at
    ticket.save(update_fields=["priority", "updated_at"])
    add_event(ticket, actor=actor, verb="ticket.priority", data=data, stream="staff", at=at)
    publish(TicketChanged(ticket.pk, ("priority",)))
    pushes.changed_everywhere(ticket)


def note_breach(*, ticket: str, breach: uuid.UUID, metric: str, due: str) -> Ticket:
    """A promise was broken: SYSTEM says so among staff, once for each `breach`. What follows, its policy's levels say.

    `due` is ISO 8601.
    """
    with transaction.atomic():
        row = access_ticket(SYSTEM, ticket, lock=True)
        if find_event(row, breach, "staff"):
            return row
        data = {"metric": metric, "due": due}
        add_event(row, actor=SYSTEM, verb="clock.breached", data=data, stream="staff", client_id=breach)
        pushes.changed_everywhere(row)
    return row


def raise_one_step(ticket: Ticket, at: datetime) -> None:
    """SYSTEM ranks a live ticket one step higher after a breach. The caller holds its lock."""
    if ticket.is_live and ticket.priority != LADDER[-1]:
        above = LADDER[LADDER.index(Priority(ticket.priority)) + 1]
        rank(SYSTEM, ticket, above, at, why="breach")


def set_category(*, actor: Actor, ticket: str, category: str) -> Ticket:
    """Say what a ticket is about; its team stays until it is assigned anew. Targets follow.

    Raises Invalid (field category), NotFound, Forbidden, Conflict `closed_ticket`.
    """
    kind: Category = category_by_code(category)
    with transaction.atomic():
        row = _work_on(actor, ticket)
        if row.category_id != kind.pk:
            at = now()
            data = {"from": row.category.code, "to": kind.code, "to_name": kind.name}
            row.category, row.updated_at = kind, at
            row.save(update_fields=["category", "updated_at"])
            add_event(row, actor=actor, verb="ticket.category", data=data, stream="staff", at=at)
            clocks.retarget(actor, row, at, "category")
            publish(TicketChanged(row.pk, ("category",)))
            pushes.changed_everywhere(row)
            row.refresh_from_db(fields=["due_sort", "sla_state"])
    return row
