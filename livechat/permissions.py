"""Who sees which chats, and who may do what with one that is seen. Nothing else decides."""

from __future__ import annotations

from django.db.models import Q

from core.actors import Actor
from livechat.models import Session


def visible_to(actor: Actor) -> Q:
    """A requester's own; for staff those of their desks and those that they hold; managers all."""
    if actor.is_manager:
        return Q()
    if actor.is_staff:
        return Q(team_id__in=actor.team_ids) | Q(agent_id=actor.id)
    return Q(requester_id=actor.id) if actor.is_known else Q(pk__in=())


def can_accept(actor: Actor, session: Session) -> bool:
    """Members of the desk, and managers."""
    return actor.is_staff and (actor.is_manager or session.team_id in actor.team_ids)


def can_end(actor: Actor, session: Session) -> bool:
    """Either side of the talk, and managers."""
    return actor.is_manager or (actor.is_known and actor.id in (session.requester_id, session.agent_id))
