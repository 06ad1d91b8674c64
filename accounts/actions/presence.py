"""Whether staff are there, how many chats they hold at once, and whose turn it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.events import PresenceChanged
from accounts.models import Person, Presence
from accounts.queries import access_person
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden, Invalid, NotFound
from core.events import publish

BEAT_EVERY = timedelta(seconds=10)
MISSES = 2  # offers in a row that nobody answered: then nobody is there
MOST_CHATS = 20


def set_presence(*, actor: Actor, switch: str) -> None:
    """Switch oneself on, away or off. On begins anew: what was missed before counts no more."""
    if not actor.is_staff:
        raise Forbidden()
    if switch not in Presence.Switch.values:
        raise Invalid.field("switch", _("Choose on, away or off."))
    at = now()
    on = {"switched_at": at, "misses": 0} if switch == Presence.Switch.ON else {}
    with transaction.atomic():
        changed = {"switch": switch, "last_seen": at, **on}
        Presence.objects.update_or_create(person_id=actor.id, defaults=changed)
        publish(PresenceChanged(actor.id or 0))


def heartbeat(*, actor: Actor) -> None:
    """A member of staff is there; written at most every ten seconds."""
    at = now()
    fresh = Presence.objects.filter(person_id=actor.id, last_seen__gt=at - BEAT_EVERY)
    if actor.is_staff and not fresh.exists():
        Presence.objects.filter(person_id=actor.id).update(last_seen=at)


def set_chat_places(
    *,
    actor: Actor,
    person: str = "",
    places: int | None = None,
    most: int | None = None,
    auto_accept: bool | None = None,
) -> Presence:
    """How many chats somebody holds at once (0 to their most), and whether these come without being asked.

    `person`: public id, blank for oneself; what is None stays. Managers set anybody's and the most (0-20);
    fewer as the most takes the places with it. Raises Forbidden, NotFound, Invalid (person, places, most).
    """
    if not (actor.is_staff or actor.is_system):
        raise Forbidden()
    who = access_person(actor, person) if person else Person.objects.get(pk=actor.id)
    if not actor.is_manager and (who.pk != actor.id or most is not None):
        raise Forbidden(_("A manager sets this."))
    if who.kind != Person.Kind.STAFF:
        raise NotFound()
    with transaction.atomic():
        Presence.objects.get_or_create(person=who)
        row = locked(Presence.objects.filter(person=who)).get()
        _set_places(row, places, most)
        if auto_accept is not None:
            row.auto_accept = auto_accept
        row.save(update_fields=["chat_capacity", "chat_capacity_max", "auto_accept"])
        publish(PresenceChanged(who.pk))
    return row


def _set_places(row: Presence, places: int | None, most: int | None) -> None:
    if most is not None:
        if not 0 <= most <= MOST_CHATS:
            words = _("Choose a number from 0 to %(most)d.") % {"most": MOST_CHATS}
            raise Invalid.field("most", words, code="out_of_range")
        row.chat_capacity_max = most
    if places is not None and not 0 <= places <= row.chat_capacity_max:
        words = _("Choose a number from 0 to %(most)d.") % {"most": row.chat_capacity_max}
        raise Invalid.field("places", words, code="out_of_range")
    row.chat_capacity = min(row.chat_capacity if places is None else places, row.chat_capacity_max)


def count_given(*, person_id: int, at: datetime) -> None:
    """A ticket was given to them by rule: the others are first now. Under the lock of their presence."""
    Presence.objects.filter(person_id=person_id).update(last_given_at=at)


def count_chat(*, person_id: int, at: datetime) -> None:
    """They took a chat or had one until now: idle since then, and answering again."""
    Presence.objects.filter(person_id=person_id).update(last_chat_at=at, misses=0)


def count_miss(*, person_id: int) -> bool:
    """An offer was not answered. True when it was the second in a row: they are away now.

    Runs in the caller's transaction.
    """
    mine = Presence.objects.filter(person_id=person_id)
    mine.update(misses=F("misses") + 1)
    gone = mine.filter(switch=Presence.Switch.ON, misses__gte=MISSES).update(switch=Presence.Switch.AWAY)
    if gone:
        publish(PresenceChanged(person_id))
    return bool(gone)
