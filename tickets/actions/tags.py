"""Words that staff put on tickets, who else hears of them, and who gets a copy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid
from core.events import publish
from tickets import pushes
from tickets.actions.append import add_event
from tickets.actions.people import staff_person
from tickets.events import TicketChanged
from tickets.models import Copy, Tag, Ticket, TicketTag, Watcher
from tickets.permissions import can_reply, can_work_on
from tickets.queries.access import access_ticket

MOST_TAGS = 20
MOST_COPIES = 10
NOT_IN_A_TAG = re.compile(r"[^\w-]+")


def tag_name(raw: object) -> str:
    """A tag as it is kept: lower case, words joined by hyphens. Invalid (field tags) for nothing or too much."""
    name = NOT_IN_A_TAG.sub("-", str(raw or "").strip().lower()).strip("-")
    if not name or len(name) > 40:
        words = _("A tag has 1 to 40 letters, digits or hyphens.")
        raise Invalid.field("tags", words, code="bad_tag")
    return name


def change_tags(
    *, actor: Actor, ticket: str, add: Iterable[object] = (), remove: Iterable[object] = ()
) -> list[str]:
    """Put tags on a ticket and take others off; the names it then has, sorted. One row says what changed.

    Raises Invalid (field tags) for a bad name or more than 20, NotFound, Forbidden for a requester.
    """
    more, less = {tag_name(one) for one in add}, {tag_name(one) for one in remove}
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_work_on(actor, row):
            raise Forbidden()
        before = set(row.tagged.values_list("tag__name", flat=True))
        wanted = (before | more) - less
        if len(wanted) > MOST_TAGS:
            words = _("A ticket has at most %(n)d tags.") % {"n": MOST_TAGS}
            raise Invalid.field("tags", words, code="too_many_tags")
        if wanted != before:
            write_tags(row, wanted - before, before - wanted)
            data = {"added": sorted(wanted - before), "removed": sorted(before - wanted)}
            add_event(row, actor=actor, verb="ticket.tagged", data=data, stream="staff")
            publish(TicketChanged(row.pk, ("tags",)))
            pushes.changed_everywhere(row)
    return sorted(wanted)


def write_tags(ticket: Ticket, added: set[str], removed: set[str]) -> None:
    """The rows alone, under the ticket's lock."""
    if removed:
        ticket.tagged.filter(tag__name__in=removed).delete()
    if added:
        Tag.objects.bulk_create([Tag(name=name) for name in sorted(added)], ignore_conflicts=True)
        tags = Tag.objects.filter(name__in=added)
        TicketTag.objects.bulk_create([TicketTag(ticket=ticket, tag=tag) for tag in tags])


def set_watching(*, actor: Actor, ticket: str, on: bool, person: str = "") -> Ticket:
    """Hear of everything on a ticket, or no longer; `person` (public id) names a colleague instead of oneself.

    Raises Forbidden for a requester, Invalid (field person) for one who is not staff, NotFound.
    """
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not actor.is_staff:
            raise Forbidden()
        who = staff_person(actor, person, field="person") if person else Person.objects.get(pk=actor.id)
        is_on = row.watchers.filter(person=who).exists()
        if is_on == on:
            return row
        if on:
            Watcher.objects.create(ticket=row, person=who, at=now())
        else:
            row.watchers.filter(person=who).delete()
        verb = "ticket.watched" if on else "ticket.unwatched"
        data = {"who": who.public_id, "who_name": who.display_name}
        add_event(row, actor=actor, verb=verb, data=data, stream="staff")
        pushes.changed_everywhere(row, also_people=[who.pk])
    return row


def change_copies(
    *, actor: Actor, ticket: str, add: Iterable[object] = (), remove: Iterable[object] = ()
) -> list[str]:
    """Who gets each public reply by mail too: the requester and staff say so. The addresses then, sorted.

    Raises Invalid (field copies) for what is no address, for the requester's own, for more than 10.
    """
    more, less = {_address(one) for one in add}, {str(one).strip().lower() for one in remove}
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_reply(actor, row):
            raise Forbidden()
        before = set(row.copies.values_list("email", flat=True))
        wanted = (before | more) - less
        _check_copies(row, wanted)
        if wanted != before:
            _write_copies(row, actor, wanted - before, before - wanted)
    return sorted(wanted)


def _address(raw: object) -> str:
    address = str(raw or "").strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        words = _("“%(address)s” is no e-mail address.") % {"address": address}
        raise Invalid.field("copies", words, code="bad_address") from None
    return address


def _check_copies(ticket: Ticket, wanted: set[str]) -> None:
    if (ticket.requester.email or "").lower() in wanted:
        raise Invalid.field("copies", _("The requester gets every reply already."), code="is_requester")
    if len(wanted) > MOST_COPIES:
        words = _("At most %(n)d addresses get a copy.") % {"n": MOST_COPIES}
        raise Invalid.field("copies", words, code="too_many_copies")


def _write_copies(ticket: Ticket, actor: Actor, added: set[str], removed: set[str]) -> None:
    at = now()
    ticket.copies.filter(email__in=removed).delete()
    fresh: list[Any] = [
        Copy(ticket=ticket, email=email, added_by_id=actor.id, at=at) for email in sorted(added)
    ]
    Copy.objects.bulk_create(fresh)
    data = {"added": sorted(added), "removed": sorted(removed)}
    add_event(ticket, actor=actor, verb="ticket.copies", data=data, at=at)
    pushes.ticket_changed(ticket)
