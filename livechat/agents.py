"""Every read of who takes chats: who is there, how much they hold, who need not be asked again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from accounts.models import Membership, Person, PersonalShopper, Presence
from accounts.queries import GONE_AFTER, staff_on
from core.clock import now
from livechat.models import OPEN_STATES, Offer, Session
from livechat.queries import takes_place
from livechat.routing import Candidate

NOT_AGAIN = (Offer.Outcome.MISSED, Offer.Outcome.DECLINED)


def loads(person_ids: Iterable[int], at: datetime) -> Counter[int]:
    """How many places each of these has taken at an instant: whom they talk to, what they write up, what they are
    asked to take. One query."""
    people = set(person_ids)
    asked = Q(offered_to_id__in=people, state__in=OPEN_STATES)
    rows = Session.objects.filter(takes_place(at) & Q(agent_id__in=people) | asked)
    return Counter(
        person for row in rows.values_list("agent_id", "offered_to_id") for person in row if person in people
    )


def not_again(session_ids: Iterable[int]) -> dict[int, set[int]]:
    """By chat: who missed or declined it and has not switched on anew since. One query."""
    rows = Offer.objects.filter(session_id__in=list(session_ids), outcome__in=NOT_AGAIN)
    since = Q(person__presence__switched_at__isnull=True) | Q(at__gte=F("person__presence__switched_at"))
    found: dict[int, set[int]] = defaultdict(set)
    for session_id, person_id in rows.filter(since).values_list("session_id", "person_id"):
        found[session_id].add(person_id)
    return found


def not_for(session: Session, skipped: dict[int, set[int]]) -> frozenset[int]:
    """Who is not asked to take a chat: those who were, who lost it, and who has it."""
    others = {person for person in (session.lost_agent_id, session.agent_id) if person is not None}
    return frozenset(skipped.get(session.pk, set()) | others)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who of a team is there, as candidates by person."""

    people: dict[int, Candidate]

    @property
    def has_room(self) -> bool:
        """Whether anybody could take one more."""
        return any(one.has_room for one in self.people.values())

    def candidates(self, shopper_id: int | None, taken: Counter[int]) -> list[Candidate]:
        """With what was given since it was looked at, and the buyer's personal shopper marked."""
        return [
            Candidate(
                one.person_id,
                one.load + taken[one.person_id],
                one.capacity,
                one.idle_since,
                one.skills,
                one.person_id == shopper_id,
            )
            for one in self.people.values()
        ]


def desks(team_ids: Iterable[int], at: datetime) -> dict[int, Desk]:
    """Who of these teams is switched on and heard of, with what they hold. Two queries."""
    there = staff_on().filter(chat_capacity__gt=0).values("person_id")
    rows = Membership.objects.filter(team_id__in=list(team_ids), person_id__in=there)
    members = list(rows.select_related("person__presence"))
    held = loads({row.person_id for row in members}, at) if members else Counter()
    found: dict[int, dict[int, Candidate]] = defaultdict(dict)
    for row in members:
        found[row.team_id][row.person_id] = _candidate(row, held[row.person_id])
    return {team_id: Desk(people) for team_id, people in found.items()}


def _candidate(row: Membership, load: int) -> Candidate:
    presence: Presence = row.person.presence
    skills = frozenset(str(skill).lower() for skill in row.skills) | {row.person.language.lower()}
    return Candidate(row.person_id, load, presence.chat_capacity, presence.last_chat_at, skills)


def shoppers(requester_ids: Iterable[int]) -> dict[int, int]:
    """The personal shopper of each of these buyers who has one. One query."""
    rows = PersonalShopper.objects.filter(buyer_id__in=list(requester_ids), until=None)
    return dict(rows.values_list("buyer_id", "shopper_id"))


def needs_of(session: Session) -> frozenset[str]:
    """What a chat asks for: its buyer's language and what it is about, as codes."""
    return frozenset({session.ticket.language.lower(), session.ticket.category.code.lower()} - {""})


@dataclass(frozen=True, slots=True)
class Agent:
    """A member of staff in chat: presence, places and what takes them, their chat desks."""

    person: Person
    presence: Presence
    load: int
    team_ids: frozenset[int]
    desks: tuple[Membership, ...] = ()

    @property
    def has_room(self) -> bool:
        return self.load < self.presence.chat_capacity

    @property
    def state(self) -> str:
        """on, away, off, or gone: switched on, and not heard of for 45 seconds."""
        seen = self.presence.last_seen
        gone = seen is None or seen < now() - GONE_AFTER
        return "gone" if self.presence.switch == Presence.Switch.ON and gone else str(self.presence.switch)


def everybody_there(at: datetime) -> list[Agent]:
    """Staff who are switched on and heard of, those with most room first; three queries."""
    return agents_of(staff_on(), at)


def agents_of(rows: QuerySet[Presence], at: datetime) -> list[Agent]:
    """These with what they hold, the largest share of free places first; three queries."""
    found = list(rows.select_related("person").prefetch_related("person__memberships__team"))
    held = loads((row.person_id for row in found), at)
    made = [_agent(row, held[row.person_id]) for row in found]
    return sorted(
        made, key=lambda one: (one.load / max(1, one.presence.chat_capacity), one.person.display_name)
    )


def _agent(row: Presence, load: int) -> Agent:
    teams = list(row.person.memberships.all())
    chats = tuple(one for one in teams if one.team.takes_chat)
    return Agent(row.person, row, load, frozenset(one.team_id for one in teams), chats)


def places_of(person_id: int) -> dict[str, object]:
    """Somebody's presence in chat: switch, places and how many are taken, and whether chats come by themselves."""
    row = Presence.objects.filter(person_id=person_id).first() or Presence(person_id=person_id)
    return {
        "switch": row.switch,
        "places": row.chat_capacity,
        "most": row.chat_capacity_max,
        "taken": loads([person_id], now())[person_id],
        "auto_accept": row.auto_accept,
    }
