"""Members of staff who are named by a door."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Membership, Person, Presence, Team, User
from accounts.queries import access_person, shopper_of
from accounts.queries.people import GONE_AFTER
from core.actors import Actor
from core.errors import Invalid, NotFound
from tickets.models import Ticket


def staff_person(actor: Actor, public_id: str, *, field: str) -> Person:
    """The member of staff with this public id; Invalid that names the field for anybody else."""
    try:
        person = access_person(actor, public_id)
    except NotFound:
        person = None
    if person is None or person.kind != Person.Kind.STAFF:
        raise Invalid.field(field, _("Choose a member of staff."), code=f"unknown_{field}")
    return person


def check_place(actor: Actor, person: Person, ticket: Ticket, team: Team, *, field: str) -> None:
    """A ticket goes to a member of its team, to a manager, to its buyer's personal shopper, or to whoever takes it.

    Invalid in words for others.
    """
    if person.pk == actor.id:
        return
    if User.objects.filter(person=person, is_active=False).exists():
        words = _("%(name)s no longer works here. Choose somebody else.") % {"name": person.display_name}
        raise Invalid.field(field, words, code="gone")
    rows = Membership.objects.filter(person=person)
    if rows.filter(Q(team=team) | Q(role=Membership.Role.MANAGER)).exists():
        return
    if User.objects.filter(person=person, is_superuser=True).exists():
        return
    shopper = shopper_of(ticket.requester_id)
    if shopper is not None and shopper.pk == person.pk:
        return
    theirs = ", ".join(rows.order_by("team__position").values_list("team__name", flat=True))
    words = _(
        "%(name)s is not in the team %(team)s. Give the ticket to a team of theirs as well (%(theirs)s)."
    )
    told = {"name": person.display_name, "team": team.name, "theirs": theirs or _("none")}
    raise Invalid.field(field, words % told, code="other_team")


def absence_of(person: Person | None, at: datetime) -> str:
    """In words that somebody who was given a ticket is not there now; blank when they are, and for nobody."""
    if person is None:
        return ""
    presence = Presence.objects.filter(person=person).first()
    switch = presence.switch if presence else Presence.Switch.OFF
    if (
        presence
        and switch == Presence.Switch.ON
        and presence.last_seen
        and presence.last_seen >= at - GONE_AFTER
    ):
        return ""
    words = {
        "away": _("%(name)s is away: the ticket waits until they are back."),
        "off": _("%(name)s is off: the ticket waits until they are back."),
    }.get(switch, _("%(name)s is not at the console now: the ticket waits until they are back."))
    return words % {"name": person.display_name}
