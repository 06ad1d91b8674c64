"""Every read of the address book. Its owner alone has one; missing and another's look alike."""

from __future__ import annotations

from django.db.models import QuerySet

from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from orders.addresses.models import SavedAddress


def addresses_of(actor: Actor) -> QuerySet[SavedAddress]:
    """One's own addresses, the default first, then as they were added."""
    return SavedAddress.objects.filter(person_id=actor.id or 0)


def access_address(actor: Actor, public_id: str, *, lock: bool = False) -> SavedAddress:
    """One of them. Raises NotFound."""
    rows = addresses_of(actor).filter(public_id=public_id)
    found = (locked(rows) if lock else rows).first()
    if found is None:
        raise NotFound()
    return found
