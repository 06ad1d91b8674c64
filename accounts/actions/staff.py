"""Teams, their members, and as what somebody buys: what managers decide."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.events import PresenceChanged, SignedOut, StaffDeactivated
from accounts.models import Membership, Person, Presence, Team, User
from accounts.queries import access_person
from core.actors import Actor
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events import publish

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


def set_staff_active(*, actor: Actor, person: str, active: bool) -> Person:
    """End somebody's access, or give it back; managers only. Their log-in, tokens and open pages end at once, they
    are switched off, and the rooms above hear of it (`StaffDeactivated`). Again changes nothing.

    Raises Forbidden (also for an admin, whom admins alone send away), NotFound for one who is not staff, Conflict
    `own` for oneself, `no_log_in`.
    """
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        who = access_person(actor, person, lock=True)
        if who.kind != Person.Kind.STAFF:
            raise NotFound()
        if who.pk == actor.id:
            raise Conflict(_("Another manager has to do that for you."), code="own")
        user = locked(User.objects.filter(person=who)).first()
        if user is None:
            raise Conflict(_("There is no log-in to end."), code="no_log_in")
        if user.is_superuser and actor.role != "admin":
            raise Forbidden(_("An admin does that."))
        if user.is_active != active:
            user.is_active = active
            user.save(update_fields=["is_active"])
            if not active:
                _send_away(who, user)
    return who


def _send_away(who: Person, user: User) -> None:
    Presence.objects.filter(person=who).update(switch=Presence.Switch.OFF)
    publish(PresenceChanged(who.pk))
    publish(SignedOut(user.pk))
    publish(StaffDeactivated(who.pk))


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
