"""Members of staff who are named by a door."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.queries import access_person
from core.actors import Actor
from core.errors import Invalid, NotFound


def staff_person(actor: Actor, public_id: str, *, field: str) -> Person:
    """The member of staff with this public id; Invalid that names the field for anybody else."""
    try:
        person = access_person(actor, public_id)
    except NotFound:
        person = None
    if person is None or person.kind != Person.Kind.STAFF:
        raise Invalid.field(field, _("Choose a member of staff."), code=f"unknown_{field}")
    return person
