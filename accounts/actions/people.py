"""Persons and what is held about them: guests, buyers, profiles."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.phones import to_e164
from accounts.queries import person_by_email
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden, Invalid, NotFound


def guest_for(
    *,
    actor: Actor,
    email: str,
    name: str = "",
    phone: str = "",
    language: str = "",
    timezone: str = "",
) -> Person:
    """The one person with this address; a guest is made when there is none. Known data is not overwritten.

    Raises Invalid (`email`) for an address that is none.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid.field(
            "email", _("Enter an e-mail address like name@example.com."), code="email"
        ) from None
    found = person_by_email(address)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Person.objects.create(
                kind=Person.Kind.GUEST,
                email=address,
                name=name.strip()[:150],
                mobile=to_e164(phone) if phone else None,
                language=language or "en",
                timezone=known_zone(timezone),
                created_at=now(),
            )
    except IntegrityError:
        return Person.objects.get(email__iexact=address)


def guests_for(*, actor: Actor, names: Mapping[str, str]) -> dict[str, Person]:
    """The persons with these addresses, guests being made of those that nobody has; three queries in all.

    `names` maps addresses, checked and in lower case, to contact names. For feeds that bring many at once.
    """
    found = _by_address(names)
    missing = sorted(set(names) - set(found))
    if missing:
        at = now()
        guests = [
            Person(kind=Person.Kind.GUEST, email=a, name=names[a].strip()[:150], created_at=at)
            for a in missing
        ]
        Person.objects.bulk_create(guests, ignore_conflicts=True)
        found |= _by_address(missing)
    return found


def guest_without_address(*, actor: Actor, name: str = "", language: str = "", timezone: str = "") -> Person:
    """A guest of whom nothing is known but a name, and that perhaps: who writes in a shop's widget."""
    return Person.objects.create(
        kind=Person.Kind.GUEST,
        name=name.strip()[:150],
        language=known_language(language) or "en",
        timezone=known_zone(timezone),
        created_at=now(),
    )


def name_guest(*, actor: Actor, person_id: int, name: str) -> None:
    """How a shop calls one of its customers; a person with an address or a log-in keeps the name that they chose."""
    rows = Person.objects.filter(pk=person_id, kind=Person.Kind.GUEST, email=None, erased_at=None)
    if name.strip():
        rows.update(name=name.strip()[:150])


def _by_address(addresses: Iterable[str]) -> dict[str, Person]:
    rows = Person.objects.alias(address=Lower("email")).filter(address__in=list(addresses))
    return {(person.email or "").lower(): person for person in rows}


def known_zone(name: str) -> str:
    """The name when it is an IANA zone, else blank."""
    try:
        return zoneinfo.ZoneInfo(name).key if name else ""
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return ""


def known_language(code: str) -> str:
    """The code when pages come in that language, else blank."""
    return code if code in dict(settings.LANGUAGES) else ""


def join_person(*, actor: Actor, user: User, language: str = "") -> Person:
    """Join a log-in to the person of its **confirmed** address; that guest's orders are the buyer's from now on.

    The caller vouches that the address is confirmed. A person who belongs to another log-in is never taken.
    `language` is what they register in: the person's own from now on.
    """
    with transaction.atomic():
        user = locked(User.objects.filter(pk=user.pk)).get()
        if user.person_id is not None:
            return _follow_address(user)
        person = person_by_email(user.email)
        if person is None:
            person = Person.objects.create(
                kind=Person.Kind.BUYER, email=user.email.lower(), name=user.name, created_at=now()
            )
        elif User.objects.filter(person=person).exists():
            raise Forbidden(_("This address belongs to another log-in."))
        if person.kind == Person.Kind.GUEST:
            person.kind = Person.Kind.BUYER
        person.name = person.name or user.name
        if user.phone and person.mobile is None:
            person.mobile = user.phone
        person.language = known_language(language) or person.language
        person.save(update_fields=["kind", "name", "mobile", "language"])
        user.person = person
        user.save(update_fields=["person"])
        return person


def _follow_address(user: User) -> Person:
    """A confirmed change of address moves the person's address too, unless another person holds it."""
    person = user.person
    assert person is not None
    if person.email != user.email.lower() and person_by_email(user.email) is None:
        person.email = user.email.lower()
        person.save(update_fields=["email"])
    return person


def update_profile(
    *, actor: Actor, name: str, language: str, timezone: str, company: str = "", website: str = ""
) -> Person:
    """A person corrects what is held about them. Raises Invalid for an empty name or an unknown zone."""
    with transaction.atomic():
        person = locked(Person.objects.filter(pk=actor.id)).first()
        if person is None:
            raise NotFound()
        if not name.strip():
            raise Invalid.field("name", _("Tell us what to call you."))
        if timezone and not known_zone(timezone):
            raise Invalid.field("timezone", _("This time zone is not known."))
        person.name, person.language, person.timezone = name.strip()[:150], language, timezone
        person.company, person.website = company.strip()[:150], website.strip()
        person.save(update_fields=["name", "language", "timezone", "company", "website"])
        User.objects.filter(person=person).update(name=person.name)
        return person


def remember_zone(*, actor: Actor, timezone: str) -> None:
    """Keep the zone that a person's browser named, where the person has chosen none."""
    zone = known_zone(timezone)
    if zone and actor.is_known:
        Person.objects.filter(pk=actor.id, timezone="").update(timezone=zone)


def remember_language(*, actor: Actor, language: str) -> None:
    """Keep the language that a person chose: mails and live refusals come in it too."""
    code = known_language(language)
    if code and actor.is_known:
        Person.objects.filter(pk=actor.id).exclude(language=code).update(language=code)
