"""Signed links in mails: to one ticket for people without a log-in, and to the page where a mark is given.

A link is bound to the ticket, its requester and their present address: it dies after 30 days, when the address
changes, and with the person. Nothing is stored; what may be done with one is what `LinkActor` may do.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from core.actors import Actor
from core.errors import DeskError
from tickets.models import Ticket

LIFE = timedelta(days=30)
TICKET, MARK = "tickets.link.ticket", "tickets.link.mark"  # salts: a link for the one is none for the other
PAGES = {TICKET: "/g/{token}/", MARK: "/mark/{token}/"}


class LinkExpired(DeskError):
    """It was good once; a new one can be sent to the same address."""

    code, status = "link_expired", 410
    message = _("This link has expired. We gladly send you a new one.")


class BadLink(DeskError):
    """Not ours, altered, or called off because the address changed."""

    code, status = "bad_link", 404
    message = _("This link is not valid any more. Ask for a new one, and it comes by mail.")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a good link opens, and who its reader is: somebody for whom nothing but this ticket exists."""

    ticket: Ticket
    actor: Actor


def _mark_of(person: Person) -> str:
    return hashlib.sha256((person.email or "").lower().encode()).hexdigest()[:16]


def token_for(ticket: Ticket, salt: str = TICKET) -> str:
    """What the link carries, signed and dated now."""
    person = ticket.requester
    return signing.dumps([ticket.public_id, person.pk, _mark_of(person)], salt=salt)


def link_for(ticket: Ticket, salt: str = TICKET) -> str:
    """The whole address, as a mail shows it."""
    return settings.PUBLIC_URL + PAGES[salt].format(token=token_for(ticket, salt))


def needs_link(person: Person) -> bool:
    """Whether this person has no other way in: nobody who signs in gets around that by a link."""
    return person.kind != Person.Kind.STAFF and not User.objects.filter(person=person).exists()


def open_link(token: str, salt: str = TICKET) -> Opened:
    """The ticket behind a link and its reader. Raises LinkExpired, BadLink."""
    try:
        named = signing.loads(token, salt=salt, max_age=LIFE)
    except signing.SignatureExpired:
        ticket_behind(token, salt)
        raise LinkExpired() from None
    except (signing.BadSignature, ValueError):
        raise BadLink() from None
    ticket = _ticket(named)
    person = ticket.requester
    reader = Actor(
        kind="buyer" if person.kind == Person.Kind.BUYER else "guest",
        id=person.pk,
        name=person.display_name,
        timezone=person.timezone or "UTC",
        language=person.language,
        only_ticket=ticket.pk,
    )
    return Opened(ticket, reader)


def ticket_behind(token: str, salt: str = TICKET) -> Ticket:
    """The ticket that a link named, expired or not, while it is still its reader's. Raises BadLink."""
    try:
        return _ticket(signing.loads(token, salt=salt))
    except (signing.BadSignature, ValueError):
        raise BadLink() from None


def _ticket(named: list[object]) -> Ticket:
    public_id, person_id, mark = named
    rows = Ticket.objects.select_related("requester", "order", "category", "team", "assignee")
    ticket = rows.filter(public_id=str(public_id), requester_id=person_id).first()
    if ticket is None or ticket.requester.erased_at is not None or _mark_of(ticket.requester) != mark:
        raise BadLink()
    if ticket.is_spam or ticket.requester.kind == Person.Kind.STAFF:
        raise BadLink()
    return ticket
