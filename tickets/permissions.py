"""Who sees which tickets, and who may do what with one that is seen. Nothing else decides."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import Team
from core.actors import Actor
from tickets.models import LIVE_STATUSES, Channel, Escalation, Mention, Stream, Ticket, Watcher

NOTHING = Q(pk__in=[])


def visible_to(actor: Actor) -> Q:
    """The tickets that this actor sees: managers all, staff their desks' work, what they watch and
    where they are named, a requester their own.
    """
    if actor.is_manager:
        return Q()
    if actor.is_staff:
        asked = Escalation.objects.filter(to_team_id__in=actor.team_ids).values("ticket_id")
        watched = Watcher.objects.filter(person_id=actor.id).values("ticket_id")
        named = Mention.objects.filter(person_id=actor.id).values("ticket_id")
        own = Q(team_id__in=actor.team_ids) | Q(assignee_id=actor.id)
        return own | Q(pk__in=asked) | Q(pk__in=watched) | Q(pk__in=named)
    if actor.only_ticket is not None:  # by a signed link
        return Q(pk=actor.only_ticket, requester_id=actor.id)
    return Q(requester_id=actor.id) if actor.is_known else NOTHING


def sees_staff_stream(actor: Actor) -> bool:
    """Notes and assignments are for staff; a requester gets no trace of them."""
    return actor.is_staff or actor.is_system


def stream_kinds(actor: Actor) -> tuple[str, ...]:
    """The kinds of stream that this actor reads on a ticket that is seen."""
    both = (Stream.Kind.PUBLIC.value, Stream.Kind.STAFF.value)
    return both if sees_staff_stream(actor) else both[:1]


def can_work_on(actor: Actor, ticket: Ticket) -> bool:
    """Assign, rank, park, escalate: staff, on a ticket that they see."""
    return actor.is_staff or actor.is_system


def can_reply(actor: Actor, ticket: Ticket) -> bool:
    """Say something that both sides read."""
    return can_work_on(actor, ticket) or actor.id == ticket.requester_id


def can_answer_for(actor: Actor, team: Team) -> bool:
    """Answer an escalation: a member of the team that was asked, or a manager."""
    return actor.is_manager or (actor.is_staff and team.pk in actor.team_ids)


def may_be_rated(ticket: Ticket) -> bool:
    """Once it is solved; a chat as soon as it is over, where somebody had come."""
    talked = ticket.channel == Channel.CHAT and not ticket.chatting and ticket.first_response_at is not None
    return talked or ticket.status not in LIVE_STATUSES


def can_rate(actor: Actor, ticket: Ticket) -> bool:
    """The requester alone."""
    return not actor.is_staff and actor.is_known and actor.id == ticket.requester_id
