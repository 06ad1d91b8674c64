"""Tickets that belong together: merged (and taken apart again), split, followed up, incidents of one problem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.queries import actor_of_person
from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events import publish
from tickets import pushes
from tickets.actions.append import add_event
from tickets.actions.attachments import copy_files
from tickets.actions.opening import open_ticket
from tickets.events import TicketChanged
from tickets.models import Link, Message, MessageKind, Status, Stream, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_stream, access_ticket


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tickets under their locks."""

    source: Ticket
    target: Ticket


def lock_pair(actor: Actor, source: str, target: str, *, field: str) -> Pair:
    """Both tickets, locked by id, for staff who see them. Invalid that names the field for one and the same."""
    first = {row.public_id: row for row in (access_ticket(actor, source), access_ticket(actor, target))}
    if len(first) == 1:
        raise Invalid.field(field, _("That is this ticket itself."), code="same_ticket")
    ordered = sorted(first.values(), key=lambda row: row.pk)
    locked = {row.public_id: access_ticket(actor, row.public_id, lock=True) for row in ordered}
    if not can_work_on(actor, locked[source]):
        raise Forbidden()
    return Pair(locked[source], locked[target])


def add_link(pair: Pair, kind: str, actor: Actor, at: datetime, data: dict[str, Any] | None = None) -> Link:
    """The row that ties the two. Conflict `linked` when they are tied so already."""
    try:
        with transaction.atomic():
            return Link.objects.create(
                kind=kind, source=pair.source, target=pair.target, by_id=actor.id, at=at, data=data or {}
            )
    except IntegrityError:
        raise Conflict(_("These two are linked already."), code="linked") from None


def changed(pair: Pair) -> None:
    """Everybody who looks at either looks again."""
    for ticket in (pair.source, pair.target):
        publish(TicketChanged(ticket.pk, ("links",)))
        pushes.changed_everywhere(ticket)


# Split and follow-up -------------------------------------------------------------------------------------


def split_message(
    *, actor: Actor, stream: str, seq: int, subject: str, category: str, client_id: object = None
) -> Ticket:
    """Make a ticket of its own out of one thing that the requester said; the message stays where it was, too.

    The new ticket's promises start now. Raises Invalid (fields seq, subject, category), NotFound, Forbidden.
    """
    said = access_stream(actor, stream)
    ticket = access_ticket(actor, said.ticket.public_id)
    if not can_work_on(actor, ticket):
        raise Forbidden()
    message = Message.objects.filter(stream=said, seq=seq, kind=MessageKind.REPLY).first()
    if message is None or message.author_id != ticket.requester_id or said.kind != Stream.Kind.PUBLIC:
        words = _("Choose something that the buyer said.")
        raise Invalid.field("seq", words, code="not_the_buyers")
    with transaction.atomic():
        access_ticket(actor, ticket.public_id, lock=True)
        known = Link.objects.filter(kind=Link.Kind.SPLIT, target=ticket, data__seq=seq).first()
        if known is not None:
            raise Conflict(
                _("This message is ticket #%(number)s already.") % {"number": known.source_id}, code="linked"
            )
        fresh = open_ticket(
            actor=actor_of_person(ticket.requester),
            category=category,
            subject=subject,
            body=message.body or _("(see the files)"),
            order=ticket.order,
            channel=ticket.channel,
            client_id=client_id,
            language=ticket.language,
        )
        copy_files(message, Message.objects.get(stream__ticket=fresh, stream__kind="public", seq=2))
        pair = Pair(access_ticket(actor_of_person(ticket.requester), fresh.public_id, lock=True), ticket)
        add_link(pair, Link.Kind.SPLIT, actor, now(), {"seq": seq})
        _say_both(actor, pair, "ticket.split", "ticket.split_from")
    return fresh


def follow_up(
    *,
    actor: Actor,
    ticket: str,
    body: str,
    subject: str = "",
    client_id: object = None,
    attachment_ids: tuple[object, ...] = (),
) -> Ticket:
    """Go on from a closed ticket in a new one, tied to it, with the same order and category.

    Raises Conflict `still_open` when the old one still takes replies, Invalid, NotFound.
    """
    old = access_ticket(actor, ticket)
    if old.status != Status.CLOSED:
        raise Conflict(_("This ticket still takes replies. Write there."), code="still_open")
    with transaction.atomic():
        fresh = open_ticket(
            actor=actor,
            requester=old.requester if actor.is_staff else None,
            category=old.category.code,
            subject=subject or old.subject,
            body=body,
            order=old.order,
            client_id=client_id,
            attachment_ids=attachment_ids,
            language=old.language,
        )
        pair = Pair(fresh, access_ticket(actor, old.public_id, lock=True))
        if not Link.objects.filter(kind=Link.Kind.FOLLOW_UP, source=fresh).exists():
            add_link(pair, Link.Kind.FOLLOW_UP, actor, now())
            _say_both(actor, pair, "ticket.followed", "ticket.follows")
    return fresh


def _say_both(actor: Actor, pair: Pair, on_target: str, on_source: str) -> None:
    add_event(pair.target, actor=actor, verb=on_target, data=_names(pair.source))
    add_event(pair.source, actor=actor, verb=on_source, data=_names(pair.target))
    changed(pair)


def _names(ticket: Ticket) -> dict[str, Any]:
    return {"number": ticket.number, "ticket": ticket.public_id}


# Problem and incidents -----------------------------------------------------------------------------------


def link_incident(*, actor: Actor, ticket: str, problem: str) -> Link:
    """Say that a ticket is one case of a problem that is kept on another. Notes among staff say so on both.

    Raises Invalid (field problem) for itself or for a ticket that is itself an incident, Conflict `linked`.
    """
    with transaction.atomic():
        pair = lock_pair(actor, ticket, problem, field="problem")
        ties = Link.objects.filter(kind=Link.Kind.PROBLEM, undone_at=None)
        if ties.filter(source=pair.target).exists() or ties.filter(target=pair.source).exists():
            words = _("A problem is no incident of another one.")
            raise Invalid.field("problem", words, code="nested_problem")
        if ties.filter(source=pair.source).exclude(target=pair.target).exists():
            words = _("This ticket belongs to another problem already.")
            raise Conflict(words, code="linked")
        link = add_link(pair, Link.Kind.PROBLEM, actor, now())
        data = _names(pair.target)
        add_event(pair.source, actor=actor, verb="ticket.incident", data=data, stream="staff")
        data = _names(pair.source)
        add_event(pair.target, actor=actor, verb="ticket.has_incident", data=data, stream="staff")
        changed(pair)
    return link


def unlink_incident(*, actor: Actor, ticket: str, problem: str) -> None:
    """Take that back. NotFound when they are not tied."""
    with transaction.atomic():
        pair = lock_pair(actor, ticket, problem, field="problem")
        ties = Link.objects.filter(kind=Link.Kind.PROBLEM, source=pair.source, target=pair.target)
        if not ties.filter(undone_at=None).update(undone_at=now()):
            raise NotFound()
        data = _names(pair.target)
        add_event(pair.source, actor=actor, verb="ticket.no_incident", data=data, stream="staff")
        changed(pair)
