"""A member of staff with a log-in, as the commands make one."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import save_staff
from accounts.models import Person, User
from core.actors import SYSTEM
from core.errors import Conflict, Invalid
from helpdesk.demo.logins import give_login


def add_member(email: str, name: str, teams: dict[str, str], *, admin: bool = False) -> Person:
    """Save the person and give them a log-in without a password: they choose one by a code that comes by mail.

    `teams` maps team codes to roles. Raises Invalid (`email`); Conflict when the address is a buyer's.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid.field(
            "email", _("Enter an e-mail address like name@example.com."), code="email"
        ) from None
    with transaction.atomic():
        if Person.objects.filter(email__iexact=address).exclude(kind=Person.Kind.STAFF).exists():
            raise Conflict(_("This address belongs to a buyer."))
        person = save_staff(actor=SYSTEM, email=address, name=name, teams=teams)
        if not User.objects.filter(person=person).exists():
            give_login(person, admin=admin)
        return person
