"""Personal shoppers: who follows a buyer's orders."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person, PersonalShopper
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Invalid, NotFound


def choose_shopper(*, actor: Actor, buyer_id: int, shopper_id: int) -> PersonalShopper:
    """Give a buyer a personal shopper, by the buyer or by staff; the one before ends now."""
    if not (actor.is_staff or actor.is_system or actor.id == buyer_id):
        raise NotFound()
    with transaction.atomic():
        if not Person.objects.filter(pk=shopper_id, kind=Person.Kind.STAFF).exists():
            raise Invalid.field("shopper", _("Choose one of our staff."))
        locked(Person.objects.filter(pk=buyer_id)).get()
        current = PersonalShopper.objects.filter(buyer_id=buyer_id, until=None).first()
        if current is not None and current.shopper_id == shopper_id:
            return current
        PersonalShopper.objects.filter(buyer_id=buyer_id, until=None).update(until=now())
        return PersonalShopper.objects.create(buyer_id=buyer_id, shopper_id=shopper_id, since=now())
