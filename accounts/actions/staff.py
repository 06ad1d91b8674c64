"""Teams, their members, and as what somebody buys: what managers decide."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Person, Presence, Team
from core.actors import Actor
from core.errors import Forbidden, Invalid, NotFound

MOST_SKILLS = 20
A_SKILL = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def save_team(*, actor: Actor, code: str, name: str, calendar_id: int, **fields: object) -> Team:
    """Make or change a team. Managers only."""
    if not actor.is_manager:
        raise Forbidden()
    team, _made = Team.objects.update_or_create(
        code=code, defaults={"name": name, "calendar_id": calendar_id, **fields}
    )
    return team


def save_staff(
    *, actor: Actor, email: str, name: str, teams: dict[str, str], timezone: str = "America/New_York"
) -> Person:
    """Make or change a member of staff; `teams` maps team codes to roles. Managers only."""
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        person, _made = Person.objects.update_or_create(
            email=email.strip().lower(),
            defaults={"kind": Person.Kind.STAFF, "name": name, "timezone": timezone},
        )
        for code, role in teams.items():
            team = Team.objects.get(code=code)
            Membership.objects.update_or_create(team=team, person=person, defaults={"role": role})
        Presence.objects.get_or_create(person=person)
        return person


def set_member_type(*, actor: Actor, person_id: int, member_type: str) -> None:
    """Say as what somebody buys: retail, wholesaler, dropshipper or affiliate. Managers only.

    Raises Forbidden, Invalid (`member_type`).
    """
    if not actor.is_manager:
        raise Forbidden()
    if member_type not in Person.MemberType.values:
        raise Invalid.field("member_type", _("Choose a type of membership."))
    Person.objects.filter(pk=person_id).update(member_type=member_type)


def set_skills(*, actor: Actor, person: str, team: str, skills: Iterable[str]) -> list[str]:
    """Say what a member of a team is good at: codes of languages ("es", "zh-hans") and of categories ("order").

    Who has them is asked first where a chat needs them. The codes as kept, sorted. Managers only. Raises Forbidden,
    NotFound for one who is not in the team, Invalid (`skills`).
    """
    if not actor.is_manager:
        raise Forbidden()
    wanted = sorted({str(one).strip().lower() for one in skills} - {""})
    if len(wanted) > MOST_SKILLS or not all(A_SKILL.fullmatch(one) for one in wanted):
        words = _("Up to %(n)d codes of languages and topics, separated by spaces.") % {"n": MOST_SKILLS}
        raise Invalid.field("skills", words, code="bad_skill")
    row = Membership.objects.filter(person__public_id=person, team__code=team).first()
    if row is None:
        raise NotFound()
    if row.skills != wanted:
        row.skills = wanted
        row.save(update_fields=["skills"])
    return wanted
