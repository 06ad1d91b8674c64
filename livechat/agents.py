"""Every read of who takes chats: who is there, how much they hold, who need not be asked again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from accounts.models import Membership, PersonalShopper, Presence
from accounts.queries import staff_on
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
