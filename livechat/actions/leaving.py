"""Who leaves holds no chat: talks go back into the queue before all others, what was only asked is asked of others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from core.actors import SYSTEM
from core.clock import now
from core.db import retrying
from core.events import publish
from livechat import queries
from livechat.actions._rows import fresh, lock_ticket, move, start_pickup, write_line
from livechat.actions.ending import close_when_over, end_as
from livechat.actions.hours import closing_now, first_closing
from livechat.actions.offers import give_back
from livechat.events import ChatTold, ChatWaiting
from livechat.models import OPEN_STATES, Offer, Session, SessionState
from tickets import actions as tickets
from tickets.models import Ticket


def give_up_chats(*, person_id: int) -> int:
    """Somebody went home or may not sign in any more: what they talk in waits for another agent, with priority; what
    they are asked to take is asked of others; their second voice ends; no open chat's ticket is theirs.

    From a desk's closing on nobody is given anything new: then a talk is a ticket of its team. How many chats were
    theirs; each in a transaction of its own, and again changes nothing.
    """
    theirs = Q(agent_id=person_id) | Q(offered_to_id=person_id) | Q(ticket__assignee_id=person_id)
    theirs |= Q(pk__in=_voices(person_id))
    held = Session.objects.filter(theirs, state__in=OPEN_STATES).order_by("queued_at", "pk")
    return sum(
        retrying(_give_up, session_id=pk, person_id=person_id) for pk in held.values_list("pk", flat=True)
    )


def _voices(person_id: int) -> Any:
    return Session.objects.filter(voices__person_id=person_id, voices__left_at=None).values("pk")


def _give_up(*, session_id: int, person_id: int) -> bool:
    with transaction.atomic():
        ticket = lock_ticket(Session.objects.get(pk=session_id))
        session, at = fresh(session_id), now()
        assert ticket is not None
        if session.state not in OPEN_STATES:
            return False
        session.ticket = ticket
        if session.offered_to_id == person_id:
            give_back(SYSTEM, session, ticket, at, Offer.Outcome.DECLINED)
            session = fresh(session_id)
        if session.state == SessionState.ACTIVE and session.agent_id == person_id:
            _leave_talk(session, ticket, at)
        _leave_voice(session, ticket, person_id, at)
        if ticket.assignee_id == person_id:
            tickets.hand_over(ticket, at, actor=SYSTEM, person=None)
        return True


def _leave_talk(session: Session, ticket: Ticket, at: datetime) -> None:
    if close_when_over(session, at, ticket):
        return
    closing = closing_now(session, at)
    session.closes_at, session.hours_version = closing.at, closing.version
    if closing.at is not None and at >= closing.at:
        end_as(SYSTEM, session, ticket, at, SessionState.BECAME_TICKET, why="closed")
    else:
        back_in_queue(session, ticket, at, verb="chat.agent_left")


def _leave_voice(session: Session, ticket: Ticket, person_id: int, at: datetime) -> None:
    voice = session.voices.filter(person_id=person_id, left_at=None).select_related("person").first()
    if voice is not None:
        voice.left_at = at
        voice.save(update_fields=["left_at"])
        name = voice.person.display_name
        write_line(ticket, session, "chat.voice_left", actor=SYSTEM, agent_name=name)
        publish(ChatTold(session.pk, ticket.pk))


def back_in_queue(session: Session, ticket: Ticket, at: datetime, *, verb: str) -> bool:
    """A talk waits for another agent, before all others; what the one before still sends is refused. Under the
    ticket's lock; False when it had moved on. `verb`: the line that both sides read, with the agent's name.

    Whom it was being handed to is asked on; the team that it waited for has it in its queue.
    """
    agent, team = session.agent, session.to_team
    if team is not None and queries.open_session_with(session.requester_id, team) is not None:
        team = None
    hours = {"closes_at": session.closes_at, "hours_version": session.hours_version}
    moved = move(
        session,
        SessionState.ACTIVE,
        at,
        state=SessionState.ASSIGNED if session.offered_to_id else SessionState.WAITING,
        priority=1,
        agent_id=None,
        lost_agent_id=session.agent_id,
        told_gone_at=None,
        warned_at=None,
        offered_at=None,
        nobody_since=None,
        to_team_id=None,
        handed_at=None,
        **({"team_id": team.pk, "told_closing": None} if team is not None else {}),
        **(first_closing(team, at).fields() if team is not None else hours),
    )
    if moved:
        name = agent.display_name if agent else ""
        write_line(ticket, session, verb, actor=SYSTEM, agent_name=name)
        if team is not None:
            tickets.hand_over(ticket, at, actor=SYSTEM, person=None, team=team)
        start_pickup(SYSTEM, fresh(session.pk), ticket, at)
        publish(ChatWaiting(session.pk, ticket.pk))
    return moved
