"""Reads about people. `access_person` is the only way to one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.db.models.functions import Lower

from accounts.models import Membership, Person, PersonalShopper, Presence, Team, User
from accounts.phones import readings
from core.actors import VISITOR, Actor
from core.clock import now
from core.db import locked
from core.errors import NotFound

GONE_AFTER = timedelta(seconds=45)
_RANK = {"agent": 1, "lead": 1, "specialist": 2, "manager": 3}


class _Held(NamedTuple):
    """A place in a team."""

    role: str
    team_id: int
    team_code: str


def actor_for(user: Any, scopes: frozenset[str] | None = None) -> Actor:
    """The actor behind a log-in, with the person left on it: one query for person, role and teams.

    A user without a person (e-mail not confirmed yet) is a visitor.
    """
    if not getattr(user, "is_authenticated", False) or user.person_id is None or not user.is_active:
        return VISITOR
    if User.person.is_cached(user):  # type: ignore[attr-defined]
        return actor_of_person(user.person, user, scopes)
    rows = Person.objects.filter(pk=user.person_id).annotate(
        held_role=F("memberships__role"),
        held_team=F("memberships__team"),
        held_code=F("memberships__team__code"),
    )
    found = list(rows)  # the person once for each team, once without any
    user.person = found[0]
    held = [_Held(row.held_role, row.held_team, row.held_code) for row in found if row.held_role]
    return _actor(found[0], held, user, scopes)


def actor_of_person(person: Person, user: User | None = None, scopes: frozenset[str] | None = None) -> Actor:
    """The actor that a person is, with role and teams for staff."""
    held: list[_Held] = []
    if person.kind == Person.Kind.STAFF:
        held = [_Held._make(row) for row in person.memberships.values_list("role", "team_id", "team__code")]
    return _actor(person, held, user, scopes)


def _actor(person: Person, held: list[_Held], user: User | None, scopes: frozenset[str] | None) -> Actor:
    is_staff = person.kind == Person.Kind.STAFF
    teams = held if is_staff else []
    return Actor(
        kind=person.kind,  # type: ignore[arg-type]
        id=person.pk,
        user_id=user.pk if user else None,
        name=person.display_name,
        role=_role(teams, user) if is_staff else "",
        team_ids=frozenset(one.team_id for one in teams),
        team_codes=frozenset(one.team_code for one in teams),
        timezone=person.timezone or "UTC",
        language=person.language,
        scopes=scopes,
    )


def _role(held: list[_Held], user: User | None) -> str:
    if user is not None and user.is_superuser:
        return "admin"
    best = max((_RANK[one.role] for one in held), default=1)
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


def people_named(text: str, *, limit: int = 20) -> list[Person]:
    """Who has this e-mail address or telephone number (as anybody types it), or whose name begins so; by index.

    For staff; whoever asks decides who may.
    """
    text = text.replace("\x00", " ").strip()
    if "@" in text:
        found = person_by_email(text)
        return [found] if found else []
    if numbers := readings(text):
        rows = Person.objects.filter(mobile__in=numbers)
    elif len(text) >= 3 and any(letter.isalpha() for letter in text):
        rows = Person.objects.alias(low=Lower("name")).filter(low__startswith=text.lower())
    else:
        return []
    return list(rows.filter(erased_at=None).exclude(kind=Person.Kind.STAFF).order_by("pk")[:limit])


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
