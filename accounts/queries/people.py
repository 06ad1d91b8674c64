"""Reads about people. `access_person` is the only way to one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.models import Membership, Person, PersonalShopper, Presence, Team, User
from core.actors import VISITOR, Actor
from core.clock import now
from core.db import locked
from core.errors import NotFound

GONE_AFTER = timedelta(seconds=45)
_RANK = {"agent": 1, "lead": 1, "specialist": 2, "manager": 3}


def actor_for(user: Any, scopes: frozenset[str] | None = None) -> Actor:
    """The actor behind a log-in: one query for the person, one for a staff member's teams.

    A user without a person (e-mail not confirmed yet) is a visitor.
    """
    if not getattr(user, "is_authenticated", False) or user.person_id is None or not user.is_active:
        return VISITOR
    return actor_of_person(user.person, user, scopes)


def actor_of_person(person: Person, user: User | None = None, scopes: frozenset[str] | None = None) -> Actor:
    """The actor that a person is, with role and teams for staff."""
    role, teams = "", []
    if person.kind == Person.Kind.STAFF:
        teams = list(person.memberships.select_related("team"))
        role = _role(teams, user)
    return Actor(
        kind=person.kind,  # type: ignore[arg-type]
        id=person.pk,
        user_id=user.pk if user else None,
        name=person.display_name,
        role=role,
        team_ids=frozenset(m.team_id for m in teams),
        team_codes=frozenset(m.team.code for m in teams),
        timezone=person.timezone or "UTC",
        language=person.language,
        scopes=scopes,
    )


def _role(memberships: list[Membership], user: User | None) -> str:
    if user is not None and user.is_superuser:
        return "admin"
    best = max((_RANK[m.role] for m in memberships), default=1)
    return {1: "agent", 2: "specialist", 3: "manager"}[best]


def access_person(actor: Actor, public_id: str, *, lock: bool = False) -> Person:
    """A person that this actor may see: oneself, or anyone for staff. NotFound otherwise."""
    rows = Person.objects.filter(public_id=public_id)
    person = (locked(rows) if lock else rows).first()
    if person is None or not (actor.is_staff or actor.is_system or actor.id == person.pk):
        raise NotFound()
    return person


def person_by_email(email: str) -> Person | None:
    """The one person with this address, in any case."""
    address = email.strip().lower()
    # Compared in lower case, so that the unique index answers on PostgreSQL too.
    return Person.objects.alias(lower=Lower("email")).filter(lower=address).first() if address else None


def team_by_code(code: str) -> Team:
    """A team; NotFound when there is none."""
    team = Team.objects.select_related("calendar").filter(code=code).first()
    if team is None:
        raise NotFound()
    return team


def leads_of(team_id: int) -> list[Person]:
    """Who leads a team, by name; those whose access has ended lead nobody."""
    rows = Membership.objects.filter(team_id=team_id, role=Membership.Role.LEAD).select_related("person")
    rows = rows.exclude(person__user__is_active=False)
    return [row.person for row in rows.order_by("person__name", "pk")]


def is_lead(person_id: int | None, team_id: int) -> bool:
    """Whether somebody leads a team."""
    mine = Membership.objects.filter(person_id=person_id, team_id=team_id, role=Membership.Role.LEAD)
    return person_id is not None and mine.exists()


def teams_led_by(person_id: int | None) -> frozenset[int]:
    """The teams that somebody leads."""
    rows = Membership.objects.filter(person_id=person_id, role=Membership.Role.LEAD)
    return frozenset(rows.values_list("team_id", flat=True))


def chat_teams() -> QuerySet[Team]:
    """The desks that take chats, in their order."""
    return Team.objects.filter(takes_chat=True).select_related("calendar").order_by("position", "id")


def staff_on() -> QuerySet[Presence]:
    """Presence of the staff who are switched on and whose heartbeat is fresh."""
    return Presence.objects.filter(switch=Presence.Switch.ON, last_seen__gte=now() - GONE_AFTER)


def shopper_of(person_id: int) -> Person | None:
    """The buyer's current personal shopper."""
    row = PersonalShopper.objects.filter(buyer_id=person_id, until=None).select_related("shopper").first()
    return row.shopper if row else None
