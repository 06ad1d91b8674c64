"""What tickets registers with the rooms below: whose clocks these are, and who hears of what."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import live
from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from sla import owners, reasons
from sla.owners import OwnerLabel
from tickets import pushes
from tickets.many import lock_escalations, lock_tickets
from tickets.models import Escalation, Ticket
from tickets.permissions import visible_to
from tickets.queries.access import access_ticket

NO_CLOCKS = Q(pk__in=[])


def console_url(number: int) -> str:
    """Where staff see a ticket."""
    return f"/console/t/{number}/"


def lock_ticket(owner_id: int, *, skip_locked: bool = False) -> bool:
    """The ticket's row."""
    rows = locked(Ticket.objects.filter(pk=owner_id), skip_locked=skip_locked)
    return bool(list(rows.values_list("pk", flat=True)))


def ticket_clocks(actor: Actor) -> Q:
    """Clocks of the tickets that the actor sees: managers all of them."""
    return Q() if actor.is_manager else Q(owner_id__in=Ticket.objects.filter(visible_to(actor)).values("pk"))


def describe_tickets(ids: list[int]) -> dict[int, OwnerLabel]:
    """#number subject, and the console's page."""
    rows = Ticket.objects.filter(pk__in=ids)
    return {row.pk: OwnerLabel(str(row), console_url(row.number)) for row in rows}


def lock_escalation(owner_id: int, *, skip_locked: bool = False) -> bool:
    """The ticket first, then the escalation: the house's order."""
    ticket_id = Escalation.objects.filter(pk=owner_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None or not lock_ticket(ticket_id, skip_locked=skip_locked):
        return False
    rows = locked(Escalation.objects.filter(pk=owner_id), skip_locked=skip_locked)
    return bool(list(rows.values_list("pk", flat=True)))


def escalation_clocks(actor: Actor) -> Q:
    """Clocks of escalations on tickets that staff see; the requester reads the promise in the thread."""
    if actor.is_manager:
        return Q()
    if not actor.is_staff:
        return NO_CLOCKS
    seen = Ticket.objects.filter(visible_to(actor)).values("pk")
    return Q(owner_id__in=Escalation.objects.filter(ticket_id__in=seen).values("pk"))


def describe_escalations(ids: list[int]) -> dict[int, OwnerLabel]:
    """The ticket that the question hangs on."""
    rows = Escalation.objects.filter(pk__in=ids).select_related("ticket")
    return {row.pk: OwnerLabel(str(row.ticket), console_url(row.ticket.number)) for row in rows}


def inbox_topic(actor: Actor, argument: str) -> list[str] | None:
    """The work of one's desks and one's own; managers hear of all."""
    if not actor.is_staff or argument:
        return None
    if actor.is_manager:
        return [pushes.EVERY_INBOX]
    return [
        *(pushes.inbox_of_team(team_id) for team_id in sorted(actor.team_ids)),
        *([pushes.inbox_of_person(actor.id)] if actor.id else []),
    ]


def ticket_topic(actor: Actor, argument: str) -> list[str] | None:
    """One ticket, for its requester and for staff who see it."""
    try:
        ticket = access_ticket(actor, argument)
    except NotFound:
        return None
    return [pushes.group_of_ticket(ticket.public_id)]


def others_topic(actor: Actor, argument: str) -> list[str] | None:
    """Who else is on a ticket, for staff who see it."""
    if not actor.is_staff or ticket_topic(actor, argument) is None:
        return None
    return [pushes.group_of_others(argument)]


def me_topic(actor: Actor, argument: str) -> list[str] | None:
    """What is addressed to oneself."""
    return [pushes.group_of_person(actor.id)] if actor.id and not argument else None


owners.register(
    "ticket",
    lock=lock_ticket,
    visible_to=ticket_clocks,
    describe=describe_tickets,
    lock_many=lock_tickets,
)
owners.register(
    "escalation",
    lock=lock_escalation,
    visible_to=escalation_clocks,
    describe=describe_escalations,
    lock_many=lock_escalations,
)
live.register_topic("inbox", inbox_topic)
live.register_topic("ticket", ticket_topic)
live.register_topic("me", me_topic)
reasons.register(
    {
        "waiting": _("waiting for the buyer"),
        "on_hold": _("on hold"),
        "open": _("open again"),
        "solved": _("solved"),
        "closed": _("closed"),
        "reopened": _("opened again after it was solved"),
        "priority": _("another priority"),
        "category": _("another category"),
        "team": _("another team"),
        "chat": _("a chat is on"),
        "became a ticket": _("the chat became a ticket"),
    }
)
live.register_topic("others", others_topic)
