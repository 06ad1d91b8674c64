"""Saying something on a ticket: a reply that both sides read, or a note among staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid
from core.events import publish
from core.text import clean_body
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import (
    Author,
    Posted,
    Row,
    add_event,
    as_client_id,
    digest_of,
    find_replay,
    stream_of,
    write_row,
)
from tickets.actions.attachments import bind_attachments, clean_ids
from tickets.actions.deeds import clean_deeds, do_deeds
from tickets.actions.doubts import check_words
from tickets.actions.drafts import drop_draft
from tickets.actions.flags import raise_flag
from tickets.actions.mentions import keep_mentions
from tickets.actions.promised import Promised, promised_answer
from tickets.actions.rules import check_open
from tickets.actions.status import DONE, check_may_set, move_status
from tickets.events import EscalationAnswered, MessagePosted
from tickets.models import Channel, Message, MessageKind, Status, Stream, Ticket
from tickets.permissions import can_reply, can_work_on
from tickets.queries.access import access_ticket
from tickets.queries.service import doubts_about_reply

STREAMS = {MessageKind.REPLY: Stream.Kind.PUBLIC, MessageKind.NOTE: Stream.Kind.STAFF}
VERBS = {MessageKind.REPLY: "message.replied", MessageKind.NOTE: "message.noted"}


def post_message(
    *,
    actor: Actor,
    ticket: str,
    kind: str,
    body: str,
    client_id: object = None,
    attachment_ids: Sequence[object] = (),
    channel: str = "web",
    then_status: str | None = None,
    then: Mapping[str, Any] | None = None,
    keep_draft: bool = False,
    sure: bool = True,
) -> Posted:
    """Store a reply or a note on the ticket with this public id; a known `client_id` gives its row (`dup`).

    `then_status`: what it is set to in the same step; `then` (see `clean_deeds`): what else staff do to it.
    The writer's draft of that kind is gone with it, unless `keep_draft`. Raises Invalid (`empty`, `too_long`,
    fields body, attachments), NotFound, Forbidden for a note by anyone but staff, Conflict `closed_ticket`,
    IdempotencyConflict; Conflict `doubts` for what a lead would ask about, unless its writer is `sure`.
    """
    if kind not in STREAMS:
        raise Invalid.field("kind", _("A message is a reply or a note."), code="unknown_kind")
    files, key = clean_ids(attachment_ids), as_client_id(client_id)
    deeds = clean_deeds(then)
    words = "" if files and not str(body or "").strip() else clean_body(body)  # a picture may speak alone
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        _check_right(actor, row, kind)
        if then_status:
            check_may_set(actor, row, then_status)
        said = Row(
            author=Author.of(actor),
            kind=kind,
            verb=VERBS[MessageKind(kind)],
            channel=channel if channel in Channel.values else Channel.WEB,
            at=now(),
            body=words,
            client_id=key,
            digest=digest_of(kind, words, *files),
        )
        status = then_status or deeds.get("status")
        posted = say(
            actor, row, said, files, check=None if sure else _doubting(actor, row, said, files, status)
        )
        if not posted.dup:
            if not keep_draft:
                drop_draft(row.pk, actor.id, kind)
            do_deeds(actor, row, deeds, now())
            if then_status:
                move_status(actor, row, then_status, now())
    return posted


def _check_right(actor: Actor, ticket: Ticket, kind: str) -> None:
    allowed = can_work_on(actor, ticket) if kind == MessageKind.NOTE else can_reply(actor, ticket)
    if not allowed:
        raise Forbidden()


def _doubting(
    actor: Actor, ticket: Ticket, said: Row, files: list[str], status: object
) -> Callable[[], None]:
    return partial(
        check_words,
        actor,
        ticket,
        kind=said.kind,
        body=said.body,
        has_files=bool(files),
        status=status,
    )


def say(
    actor: Actor, ticket: Ticket, said: Row, files: list[str], check: Callable[[], None] | None = None
) -> Posted:
    """Store a message and do what follows from it. The caller holds the ticket's lock.

    `check`: what is asked before a new one is stored; what passes it is not flagged.
    """
    stream = stream_of(ticket, STREAMS[MessageKind(said.kind)])
    stream.ticket = ticket
    found = find_replay(stream, said)
    if found is not None:
        return Posted(found, True)
    if said.kind == MessageKind.REPLY:
        check_open(actor, ticket, said.at)
    if check is not None:
        check()
    promised = promised_answer(actor, ticket) if said.kind == MessageKind.REPLY and actor.is_staff else None
    message = write_row(stream, said)
    bind_attachments(message, files, said.author.id)
    if said.kind == MessageKind.REPLY:
        _replied(actor, ticket, message, promised)
        if check is None:
            doubts = doubts_about_reply(actor, ticket, body=said.body, has_files=bool(files))
            raise_flag(actor, ticket, message, doubts)
    else:
        keep_mentions(actor, ticket, message)
    publish(MessagePosted(ticket.pk, stream.public_id, message.seq, said.kind))
    pushes.ticket_changed(ticket)
    if not ticket.chatting:
        pushes.inbox_changed(ticket)
    return Posted(message, False)


def _replied(actor: Actor, ticket: Ticket, message: Message, promised: Promised | None) -> None:
    at = message.created_at
    ticket.last_message_at = ticket.updated_at = at
    ticket.save(update_fields=["last_message_at", "updated_at"])
    if actor.is_staff:
        _staff_replied(actor, ticket, message, promised)
    elif actor.is_system:
        return
    else:
        _buyer_replied(actor, ticket, at)


def _staff_replied(actor: Actor, ticket: Ticket, message: Message, promised: Promised | None) -> None:
    """A response: clocks are met, a new ticket is open, an unowned one is the replier's."""
    at, is_first = message.created_at, ticket.first_response_at is None
    ticket.first_response_at = ticket.first_response_at or at
    ticket.unanswered_since = None
    ticket.save(update_fields=["first_response_at", "unanswered_since"])
    if ticket.status == Status.NEW:
        move_status(actor, ticket, Status.OPEN, at)
    if ticket.assignee_id is None:
        ticket.assignee_id = actor.id
        ticket.save(update_fields=["assignee"])
        data = {"to_name": actor.name, "team_name": ticket.team.name, "auto": True}
        add_event(ticket, actor=actor, verb="ticket.assigned", data=data, stream="staff", at=at)
    clocks.staff_answered(actor, ticket, at, is_first=is_first)
    if promised is not None:
        promised.keep(actor, message)
        publish(EscalationAnswered(ticket.pk, promised.escalation.pk))
    if not ticket.chatting:
        payload = {"ticket": ticket.pk, "seq": message.seq}
        outbox.enqueue("ticket.mail", payload, key=f"ticket.mail:{ticket.pk}:{message.seq}")


def _buyer_replied(actor: Actor, ticket: Ticket, at: datetime) -> None:
    """A question: what was parked or solved is open again, and the next response counts from the oldest one."""
    was = ticket.status
    is_oldest = ticket.unanswered_since is None
    if is_oldest:
        ticket.unanswered_since = at
        ticket.save(update_fields=["unanswered_since"])
    if was in (Status.WAITING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED):
        move_status(actor, ticket, Status.OPEN, at)
    had_first = ticket.first_response_at is not None or ticket.opened_by_staff
    if is_oldest and not ticket.chatting and (had_first or was in DONE):
        clocks.start_next_response(actor, ticket, at)
