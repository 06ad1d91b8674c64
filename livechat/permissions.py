"""Who sees which chats, and who may do what with one that is seen. Nothing else decides."""

from __future__ import annotations

from django.db.models import Q

from accounts.queries import is_lead
from core.actors import Actor
from livechat.models import Session


def visible_to(actor: Actor) -> Q:
    """A requester's own; managers all; for staff those of their desks, those that wait to be handed to these, and
    those that they hold or are asked to take."""
    if actor.is_manager:
        return Q()
    if actor.is_staff:
        desks = Q(team_id__in=actor.team_ids) | Q(to_team_id__in=actor.team_ids)
        return desks | Q(agent_id=actor.id) | Q(offered_to_id=actor.id)
    return Q(requester_id=actor.id) if actor.is_known else Q(pk__in=())


def can_accept(actor: Actor, session: Session) -> bool:
    """Members of the desk or of the one that it waits for, who is asked to, and managers."""
    desks = {session.team_id, session.to_team_id} & actor.team_ids
    return actor.is_staff and (actor.is_manager or bool(desks) or session.offered_to_id == actor.id)


def can_hand_over(actor: Actor, session: Session) -> bool:
    """Its agent, whoever leads its desk, and managers: to somebody else, and back."""
    return actor.is_staff and (session.agent_id == actor.id or can_take_over(actor, session))


def can_join(actor: Actor, session: Session) -> bool:
    """As a second voice: members of the desk, and managers."""
    return actor.is_staff and (actor.is_manager or session.team_id in actor.team_ids)


def can_take_over(actor: Actor, session: Session) -> bool:
    """From its agent, without being asked: who leads the desk, and managers."""
    return actor.is_staff and (actor.is_manager or is_lead(actor.id, session.team_id))


def can_wrap_up(actor: Actor, session: Session) -> bool:
    """The agent who had it, and managers."""
    return actor.is_staff and (actor.is_manager or session.agent_id == actor.id)


def can_end(actor: Actor, session: Session) -> bool:
    """Either side of the talk, and managers."""
    return actor.is_manager or (actor.is_known and actor.id in (session.requester_id, session.agent_id))
