"""Whether staff are there."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import Presence
from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid

BEAT_EVERY = timedelta(seconds=10)


def set_presence(*, actor: Actor, switch: str) -> None:
    """Switch oneself on, away or off."""
    if not actor.is_staff:
        raise Forbidden()
    if switch not in Presence.Switch.values:
        raise Invalid.field("switch", _("Choose on, away or off."))
    Presence.objects.update_or_create(person_id=actor.id, defaults={"switch": switch, "last_seen": now()})


def heartbeat(*, actor: Actor) -> None:
    """A member of staff is there; written at most every ten seconds."""
    at = now()
    fresh = Presence.objects.filter(person_id=actor.id, last_seen__gt=at - BEAT_EVERY)
    if actor.is_staff and not fresh.exists():
        Presence.objects.filter(person_id=actor.id).update(last_seen=at)


def count_given(*, person_id: int, at: datetime) -> None:
    """A ticket was given to them by rule: the others are first now. Under the lock of their presence."""
    Presence.objects.filter(person_id=person_id).update(last_given_at=at)
