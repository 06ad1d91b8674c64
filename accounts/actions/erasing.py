"""Erasing a person: the profile is emptied and the log-in goes; what others' books point to stays, without a name."""

from __future__ import annotations

from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from accounts.actions.privacy import erase_requests
from accounts.actions.verification import erase_verifications
from accounts.events import SignedOut
from accounts.models import Person, PersonalShopper, User
from core import idempotency, outbox
from core.clock import now
from core.db import locked
from core.events import publish

EMPTIED = ("name", "email", "mobile", "company", "website", "timezone")


def erase_person(person_id: int) -> None:
    """Empty the profile, delete the log-in with its sessions, keys and tokens, and what waits to be mailed.

    One transaction; again changes nothing. The row stays: orders and tickets point to it.
    """
    with transaction.atomic():
        person = locked(Person.objects.filter(pk=person_id)).get()
        if person.erased_at is not None:
            return
        erase_requests(person_id)
        erase_verifications(person_id)
        PersonalShopper.objects.filter(buyer_id=person_id, until=None).update(until=now())
        addresses = {person.email} | _end_log_in(person_id)
        for kind in Person.Kind.values:
            idempotency.forget(f"{kind}:{person_id}")
        outbox.forget_words(sorted(address for address in addresses if address))
        person.name = person.company = person.website = person.timezone = ""
        person.email = person.mobile = None
        person.kind, person.language, person.erased_at = Person.Kind.GUEST, "en", now()
        person.save(update_fields=[*EMPTIED, "kind", "language", "erased_at"])


def _end_log_in(person_id: int) -> set[str | None]:
    """Delete the log-in; its open sessions end at once. The addresses that it had."""
    user = User.objects.filter(person_id=person_id).first()
    if user is None:
        return set()
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in UserSession.objects.filter(user=user).values_list("session_key", flat=True):
        store(key).delete()
    publish(SignedOut(user_id=user.pk))
    user.delete()
    return addresses
