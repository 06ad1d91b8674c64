"""Opening a ticket."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from accounts.queries import shopper_of, team_by_code
from core import outbox
from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, IdempotencyConflict, Invalid, NotFound, NotSignedIn
from core.events import publish
from core.text import clean_body, clean_subject
from orders.models import Order
from sla.clocks import FAR_FUTURE
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import Author, Row, as_client_id, digest_of, write_first_rows
from tickets.actions.attachments import bind_attachments, clean_ids
from tickets.events import TicketOpened
from tickets.models import Category, Channel, Message, MessageKind, Priority, Ticket
from tickets.queries.access import RELATED, category_by_code


@dataclass(frozen=True, slots=True)
class _Draft:
    """A checked request to open a ticket."""

    requester: Person
    category: Category
    team: Team
    subject: str
    body: str
    order: Order | None
    channel: str
    priority: str
    language: str
    client_id: uuid.UUID | None
    files: list[str]
    article: str
    digest: str = field(default="")


def open_ticket(
    *,
    actor: Actor,
    category: str,
    subject: str,
    body: str,
    order: Order | None = None,
    requester: Person | None = None,
    channel: str = "web",
    priority: str = "normal",
    client_id: object = None,
    attachment_ids: Sequence[object] = (),
    language: str = "",
    article_slug: str = "",
    team: str | None = None,
) -> Ticket:
    """Open a ticket with its first message; a known `client_id` of the requester gives the ticket it made.

    A buyer or guest opens for themselves; staff and SYSTEM name the `requester`, a visitor the guest who
    was found by e-mail. `order` was accessed by the door; another person's is NotFound. `team` is a code,
    default the category's. Starts first response and resolution; no first response when the shop writes first.
    Raises Invalid (fields category, subject, body, priority, attachments, requester), IdempotencyConflict.
    """
    draft = _check(
        actor, category, subject, body, order, requester, channel, priority, client_id, attachment_ids,
        language, article_slug, team,
    )  # fmt: skip
    first = _opened_before(draft)
    if first is not None:
        return first
    try:
        with transaction.atomic():
            return _create(actor, draft, now())
    except IntegrityError:
        first = _opened_before(draft)  # two of the same at once: the other one was faster
        if first is None:
            raise
        return first


def _check(
    actor: Actor,
    category: str,
    subject: str,
    body: str,
    order: Order | None,
    requester: Person | None,
    channel: str,
    priority: str,
    client_id: object,
    attachment_ids: Sequence[object],
    language: str,
    article_slug: str,
    team: str | None,
) -> _Draft:
    person = _requester(actor, requester)
    if order is not None and order.person_id != person.pk:
        raise NotFound()
    kind = category_by_code(category)
    if priority not in Priority.values:
        raise Invalid.field("priority", _("There is no such priority."), code="unknown_priority")
    if priority != Priority.NORMAL and not (actor.is_staff or actor.is_system):
        raise Forbidden(_("Only staff set a priority."))
    line, words = clean_subject(subject), clean_body(body)
    files = clean_ids(attachment_ids)
    return _Draft(
        requester=person,
        category=kind,
        team=team_by_code(team) if team else kind.team,
        subject=line,
        body=words,
        order=order,
        channel=channel if channel in Channel.values else Channel.WEB,
        priority=priority,
        language=(language or person.language)[:10],
        client_id=as_client_id(client_id),
        files=files,
        article=article_slug[:100],
        digest=digest_of("open", kind.code, line, words, order.pk if order else "", *files),
    )


def _requester(actor: Actor, requester: Person | None) -> Person:
    if actor.only_ticket is not None:
        raise Forbidden(_("This link is for one ticket alone."))
    if actor.is_staff or actor.is_system:
        if requester is None:
            raise Invalid.field("requester", _("Say for whom this ticket is."), code="no_requester")
        return requester
    if not actor.is_known:
        if requester is None:
            raise NotSignedIn()
        return requester
    if requester is not None and requester.pk != actor.id:
        raise NotFound()
    return requester or Person.objects.get(pk=actor.id)


def _opened_before(draft: _Draft) -> Ticket | None:
    if draft.client_id is None:
        return None
    rows = Ticket.objects.select_related(*RELATED)
    ticket = rows.filter(requester=draft.requester, client_id=draft.client_id).first()
    if ticket is None:
        return None
    said = Message.objects.filter(stream__ticket=ticket, client_id=draft.client_id, seq__lte=2)
    if not said.filter(digest=draft.digest).exists():
        raise IdempotencyConflict()
    return ticket


def _create(actor: Actor, draft: _Draft, at: datetime) -> Ticket:
    by_shop = actor.is_staff or actor.is_system
    shopper = shopper_of(draft.requester.pk) if draft.order else None
    ticket = Ticket.objects.create(
        subject=draft.subject,
        requester=draft.requester,
        store=draft.order.store if draft.order else None,
        order=draft.order,
        category=draft.category,
        priority=draft.priority,
        team=draft.team,
        assignee=shopper,
        channel=draft.channel,
        language=draft.language,
        due_sort=FAR_FUTURE,
        sla_state="none",
        opened_by_staff=by_shop,
        first_response_at=at if actor.is_staff else None,
        unanswered_since=None if by_shop else at,
        last_message_at=at,
        created_at=at,
        updated_at=at,
        client_id=draft.client_id,
    )
    _write_opening(actor, draft, ticket, at)
    clocks.start_opening(actor, ticket, at)
    if actor.is_staff or actor.is_system:
        outbox.enqueue("ticket.mail", {"ticket": ticket.pk, "seq": 2}, key=f"ticket.mail:{ticket.pk}:2")
    publish(TicketOpened(ticket.pk))
    pushes.changed_everywhere(ticket)
    ticket.refresh_from_db(fields=["due_sort", "sla_state"])  # what its clocks made of them
    return ticket


def _write_opening(actor: Actor, draft: _Draft, ticket: Ticket, at: datetime) -> None:
    """The event first, then the words: seq 1 and 2 of the public stream."""
    author = Author.of(actor, fallback_id=draft.requester.pk)
    data = {"category": draft.category.code, "channel": draft.channel}
    if draft.order:
        data["order"] = draft.order.number
    if draft.article:
        data["article"] = draft.article
    opened = Row(author, MessageKind.EVENT, "ticket.opened", draft.channel, at, data=data)
    said = Row(
        author,
        MessageKind.REPLY,
        "message.replied",
        draft.channel,
        at,
        body=draft.body,
        client_id=draft.client_id,
        digest=draft.digest,
    )
    _event, message = write_first_rows(ticket, [opened, said])
    bind_attachments(message, draft.files, author.id)
