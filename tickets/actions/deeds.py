"""Several changes to a ticket in one step: what a macro does, what goes with a reply, what is done to many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.queries import team_by_code
from core.actors import Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.actions import clocks
from tickets.actions.append import add_event
from tickets.actions.assignment import give, rank
from tickets.actions.people import staff_person
from tickets.actions.status import SETTABLE, move_status
from tickets.actions.tags import MOST_TAGS, tag_name, write_tags
from tickets.deed_words import KNOWN
from tickets.models import Priority, Status, Ticket
from tickets.permissions import can_work_on

Deeds = dict[str, Any]


def clean_deeds(raw: Mapping[str, Any] | None) -> Deeds:
    """Deeds as they are kept: known names, values that exist. Invalid names the field that is wrong.

    `status`, `priority`: codes; `team`: a code; `assignee`: "me", "nobody" or a public id; `add_tags`,
    `remove_tags`: names. Blank ones are left out.
    """
    if raw is not None and not isinstance(raw, Mapping):
        raise Invalid.field("deeds", _("Deeds are named fields."), code="bad_deeds")
    wanted = {name: value for name, value in (raw or {}).items() if value not in ("", None, [], ())}
    unknown = sorted(set(wanted) - set(KNOWN))
    if unknown:
        message = _("“%(name)s” is nothing that can be done to a ticket.") % {"name": unknown[0]}
        raise Invalid.field("deeds", message, code="unknown_deed")
    return {name: _CLEAN[name](wanted[name]) for name in KNOWN if name in wanted}


def _status(value: Any) -> str:
    if value not in SETTABLE:
        raise Invalid.field("status", _("There is no such status."), code="unknown_status")
    return str(value)


def _priority(value: Any) -> str:
    if value not in Priority.values:
        raise Invalid.field("priority", _("There is no such priority."), code="unknown_priority")
    return str(value)


def _team(value: Any) -> str:
    try:
        return team_by_code(str(value)).code
    except NotFound:
        raise Invalid.field("team", _("There is no such team."), code="unknown_team") from None


def _tags(value: Any) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Sequence):
        raise Invalid.field("tags", _("Tags are a list of words."), code="bad_tags")
    return sorted({tag_name(one) for one in names if str(one).strip()})


_CLEAN: dict[str, Callable[[Any], Any]] = {
    "priority": _priority,
    "team": _team,
    "assignee": str,
    "add_tags": _tags,
    "remove_tags": _tags,
    "status": _status,
}


def do_deeds(actor: Actor, ticket: Ticket, deeds: Deeds, at: datetime) -> None:
    """Do what `clean_deeds` gave, under the ticket's lock; each leaves its own row, as if it were done alone.

    Raises Forbidden for a requester, Invalid for an assignee who is gone, Conflict as each of them does.
    """
    if not deeds:
        return
    if not can_work_on(actor, ticket):
        raise Forbidden()
    if ticket.status == Status.CLOSED and set(deeds) != {"status"}:
        raise Conflict(_("This ticket is closed."), code="closed_ticket")
    if deeds.get("priority", ticket.priority) != ticket.priority:
        rank(actor, ticket, deeds["priority"], at, why="")
        clocks.retarget(actor, ticket, at, "priority")
    if "assignee" in deeds or "team" in deeds:
        _assign(actor, ticket, deeds, at)
    if "add_tags" in deeds or "remove_tags" in deeds:
        _tag(actor, ticket, deeds, at)
    if "status" in deeds:
        move_status(actor, ticket, deeds["status"], at)


def _assign(actor: Actor, ticket: Ticket, deeds: Deeds, at: datetime) -> None:
    team = team_by_code(deeds["team"]) if "team" in deeds else ticket.team
    wanted = deeds.get("assignee")
    if wanted is None:
        person = ticket.assignee if team.pk == ticket.team_id else None
    elif wanted == "me":
        person = Person.objects.get(pk=actor.id)
    else:
        person = None if wanted == "nobody" else staff_person(actor, wanted, field="assignee")
    give(actor, ticket, person, team, at, verb="ticket.assigned")


def _tag(actor: Actor, ticket: Ticket, deeds: Deeds, at: datetime) -> None:
    before = set(ticket.tagged.values_list("tag__name", flat=True))
    wanted = (before | set(deeds.get("add_tags", ()))) - set(deeds.get("remove_tags", ()))
    if wanted == before:
        return
    if len(wanted) > MOST_TAGS:
        message = _("A ticket has at most %(n)d tags.") % {"n": MOST_TAGS}
        raise Invalid.field("tags", message, code="too_many_tags")
    write_tags(ticket, wanted - before, before - wanted)
    data = {"added": sorted(wanted - before), "removed": sorted(before - wanted)}
    add_event(ticket, actor=actor, verb="ticket.tagged", data=data, stream="staff", at=at)
