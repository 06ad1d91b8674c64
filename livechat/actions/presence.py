"""Who is there: a buyer's signs of life, and those of a desk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership, Presence
from accounts.queries import staff_on
from core import live
from core.actors import Actor
from core.clock import now
from livechat import limits
from livechat.agents import not_again, not_for
from livechat.models import OPEN_STATES, Session, SignOfLife
from tickets.models import Stream

BEAT_EVERY = limits.BUYER_AWAY / 4


def buyer_is_here(*, actor: Actor) -> None:
    """A buyer with an open chat is there: written, and told to the staff who read it, at most every eleven seconds."""
    at = now()
    chats = Session.objects.filter(
        requester_id=actor.id, state__in=OPEN_STATES, ticket__streams__kind=Stream.Kind.PUBLIC
    )
    streams = list(chats.values_list("ticket__streams__public_id", "requester__public_id"))
    if not streams or SignOfLife.objects.filter(person_id=actor.id, at__gt=at - BEAT_EVERY).exists():
        return
    SignOfLife.objects.update_or_create(person_id=actor.id, defaults={"at": at})
    ttl = int(limits.BUYER_AWAY.total_seconds())
    for stream, person in streams:
        who = {"id": person, "name": actor.name, "kind": "buyer"}
        told = {"type": "stream.presence", "stream": stream, "who": who, "state": "here", "ttl": ttl}
        live.push(live.stream_group(stream), told)


@dataclass(frozen=True, slots=True)
class There:
    """Who is there at an instant: of each team; when each agent and buyer was heard last; who is not asked again."""

    members: dict[int, frozenset[int]]
    agents: dict[int, datetime]
    buyers: dict[int, datetime]
    skipped: dict[int, set[int]]

    @classmethod
    def of(cls, sessions: list[Session]) -> There:
        """For these chats; four queries."""
        on = Membership.objects.filter(person__in=staff_on().values("person_id"))
        wanted = {pk for session in sessions for pk in (session.team_id, session.to_team_id)}
        members: dict[int, set[int]] = defaultdict(set)
        for team_id, person_id in on.filter(team_id__in=wanted - {None}).values_list("team_id", "person_id"):
            members[team_id].add(person_id)
        agents = {session.agent_id for session in sessions if session.agent_id}
        buyers = {session.requester_id for session in sessions}
        return cls(
            {team_id: frozenset(people) for team_id, people in members.items()},
            {
                row.person_id: row.last_seen
                for row in Presence.objects.filter(person_id__in=agents)
                if row.last_seen
            },
            dict(SignOfLife.objects.filter(person_id__in=buyers).values_list("person_id", "at")),
            not_again(session.pk for session in sessions),
        )

    def somebody_for(self, session: Session, team_id: int) -> bool:
        """Whether anybody of a team is there who did not refuse this chat, lose it, or has it."""
        return bool(self.members.get(team_id, frozenset()) - not_for(session, self.skipped))

    def agent_seen(self, session: Session) -> datetime | None:
        """The agent's newest sign of life since they took this chat; None for one who gives none (a program)."""
        return _since(self.agents.get(session.agent_id or 0), session.accepted_at)

    def buyer_seen(self, session: Session) -> datetime | None:
        """The same of the buyer, since they asked; None without script, and for a program that never looks."""
        return _since(self.buyers.get(session.requester_id), session.queued_at)


def _since(last: datetime | None, began: datetime | None) -> datetime | None:
    if last is None or began is None or last < began - limits.AGENT_AWAY:
        return None
    return max(last, began)
