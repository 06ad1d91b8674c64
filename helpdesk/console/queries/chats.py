"""What the console shows of chats: what one may do with the one that is open, and to whom it may be handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import Team
from core.actors import Actor
from core.clock import now
from livechat import agents
from livechat.models import QUEUED_STATES, Session, SessionState
from livechat.permissions import can_accept, can_end, can_hand_over, can_join, can_take_over
from livechat.queries import desk_state


@dataclass(frozen=True, slots=True)
class ChatDeeds:
    """What one may do with an open chat, and who else speaks in it."""

    is_mine: bool
    is_asked: bool
    handed: bool
    speaks: bool
    voices: list[str]
    may_accept: bool
    may_end: bool
    may_join: bool
    may_take_over: bool
    may_hand_over: bool
    may_call_back: bool


def chat_of(actor: Actor, session: Session) -> ChatDeeds:
    """The deeds for one open chat; two queries."""
    active, mine = session.state == SessionState.ACTIVE, session.agent_id == actor.id
    handed = active and session.handed_at is not None
    asked = session.offered_to_id == actor.id
    voices = [one.person for one in session.voices.filter(left_at=None).select_related("person")]
    hands = active and can_hand_over(actor, session)
    waits = session.state in QUEUED_STATES or (handed and not mine and (asked or _is_for(actor, session)))
    return ChatDeeds(
        is_mine=mine,
        is_asked=asked,
        handed=handed,
        speaks=any(person.pk == actor.id for person in voices),
        voices=[person.display_name for person in voices],
        may_accept=waits and can_accept(actor, session),
        may_end=active and can_end(actor, session),
        may_join=active and not mine and can_join(actor, session),
        may_take_over=active and not mine and can_take_over(actor, session),
        may_hand_over=hands and not handed,
        may_call_back=hands and handed,
    )


def _is_for(actor: Actor, session: Session) -> bool:
    return session.to_team_id in actor.team_ids


def hand_over_offer(session: Session | None) -> dict[str, Any] | None:
    """Colleagues who are there, with what they hold, and the teams with whether they are; None without a talk."""
    if session is None or session.state != SessionState.ACTIVE:
        return None
    at = now()
    there = [one for one in agents.everybody_there(at) if one.person.pk != session.agent_id]
    desks = [
        {
            "team": team,
            "is_there": desk_state(team, at).open and any(team.pk in one.team_ids for one in there),
        }
        for team in Team.objects.select_related("calendar").order_by("tier", "position", "pk")
    ]
    return {"session": session, "people": there, "teams": desks}
