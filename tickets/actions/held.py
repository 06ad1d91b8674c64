"""Replies that can still be taken back: held for some seconds, then released by the worker."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.queries import actor_of_person
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, DeskError, Forbidden, IdempotencyConflict, Invalid, NotFound
from core.text import clean_body
from tickets import pushes
from tickets.actions.append import Posted, as_client_id
from tickets.actions.attachments import clean_ids
from tickets.actions.deeds import clean_deeds
from tickets.actions.doubts import check_words
from tickets.actions.drafts import drop_draft
from tickets.actions.messages import post_message
from tickets.models import Attachment, Draft, HeldReply, MessageKind
from tickets.queries.access import access_ticket
from tickets.queries.looking import requester_is_looking

HOLD = timedelta(seconds=10)


def send_reply(
    *,
    actor: Actor,
    ticket: str,
    body: str,
    client_id: object,
    attachment_ids: Sequence[object] = (),
    then: Mapping[str, Any] | None = None,
    sure: bool = True,
) -> HeldReply | Posted:
    """A reply by staff: held ten seconds in case it is taken back, or sent at once while the requester looks on.

    It is accepted (checked, stamped, counted) when it is released. `then`: what is done with it. The same
    `client_id` gives what it gave before. Raises as `post_message` and `clean_deeds` do; Invalid without a
    client_id, Conflict `doubts` for what a lead would ask about, unless its writer is `sure`.
    """
    if not actor.is_staff:
        raise Forbidden()
    key, files, deeds = as_client_id(client_id), clean_ids(attachment_ids), clean_deeds(then)
    if key is None:
        raise Invalid.field("client_id", _("The client_id is a UUID."), code="bad_client_id")
    words = "" if files and not str(body or "").strip() else clean_body(body)
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        known = HeldReply.objects.filter(ticket=row, author_id=actor.id, client_id=key).first()
        if known is not None:
            return _again(known, words, files)
        if not row.chatting and not requester_is_looking(row):
            if not sure:
                check_words(actor, row, kind=MessageKind.REPLY, body=words, has_files=bool(files))
            return _hold(actor, row, words, files, key, deeds)
        return post_message(
            actor=actor, ticket=ticket, kind=MessageKind.REPLY, body=words, client_id=key,
            attachment_ids=files, then=deeds, sure=sure,
        )  # fmt: skip


def _again(known: HeldReply, words: str, files: list[str]) -> HeldReply:
    if (known.body, known.files) != (words, files):
        raise IdempotencyConflict()
    return known


def _hold(
    actor: Actor, ticket: Any, words: str, files: list[str], key: uuid.UUID, deeds: dict[str, Any]
) -> HeldReply:
    at = now()
    held = HeldReply.objects.create(
        ticket=ticket,
        author_id=actor.id,
        body=words,
        files=files,
        client_id=key,
        then=deeds,
        release_at=at + HOLD,
        created_at=at,
    )
    drop_draft(
        ticket.pk, actor.id, MessageKind.REPLY
    )  # its words wait here now; the next reply has a draft anew
    pushes.ticket_changed(ticket)
    return held


def take_back(*, actor: Actor, held: str) -> HeldReply:
    """Undo within the ten seconds: the words and files are a draft again. Conflict `sent` when it was too late."""
    with transaction.atomic():
        row = _lock(actor, held)
        if row.state != HeldReply.State.HELD:
            raise Conflict(_("It was sent already."), code="sent")
        row.state = HeldReply.State.UNDONE
        row.save(update_fields=["state"])
        _back_to_draft(row)
        pushes.ticket_changed(row.ticket)
    return row


def _lock(actor: Actor, held: str) -> HeldReply:
    """The ticket first, then the reply that waits on it: the house's order."""
    found = HeldReply.objects.select_related("ticket").filter(public_id=held, author_id=actor.id).first()
    if found is None:
        raise NotFound()
    access_ticket(actor, found.ticket.public_id, lock=True)
    return locked(HeldReply.objects.select_related("ticket").filter(pk=found.pk)).get()


def _back_to_draft(row: HeldReply) -> None:
    """What the writer began meanwhile stays, after what came back."""
    draft = Draft.objects.filter(ticket=row.ticket, author=row.author, kind=MessageKind.REPLY).first()
    draft = draft or Draft(ticket=row.ticket, author=row.author, kind=MessageKind.REPLY)
    draft.body = "\n\n".join(filter(None, [row.body, draft.body]))
    draft.deeds = {**row.then, **draft.deeds}  # what was chosen since counts
    draft.version += 1
    draft.updated_at = now()
    draft.save()
    Attachment.objects.filter(public_id__in=row.files, message=None).update(draft=draft)


def release_reply(held_id: int) -> bool:
    """Send a reply whose time has come, once, as its writer. True when it went out now.

    One that can no longer be sent (the ticket was closed, the writer left) goes back to its writer's draft.
    """
    seen = HeldReply.objects.select_related("ticket", "author").filter(pk=held_id).first()
    if seen is None or seen.state != HeldReply.State.HELD:
        return False
    try:
        with transaction.atomic():
            return _release(seen)
    except DeskError as error:
        return _refuse(seen, str(error.message))


def _release(seen: HeldReply) -> bool:
    actor = actor_of_person(seen.author)
    access_ticket(actor, seen.ticket.public_id, lock=True)
    claimed = HeldReply.objects.filter(pk=seen.pk, state=HeldReply.State.HELD, release_at__lte=now())
    if not claimed.update(state=HeldReply.State.RELEASED):
        return False
    post_message(
        actor=actor,
        ticket=seen.ticket.public_id,
        kind=MessageKind.REPLY,
        body=seen.body,
        client_id=seen.client_id,
        attachment_ids=seen.files,
        then=seen.then,
        keep_draft=True,  # what was begun within the ten seconds is another reply
    )
    return True


def _refuse(seen: HeldReply, why: str) -> bool:
    with transaction.atomic():
        waiting = HeldReply.objects.filter(pk=seen.pk, state=HeldReply.State.HELD)
        if waiting.update(state=HeldReply.State.REFUSED, then={**seen.then, "refused": why[:300]}):
            _back_to_draft(seen)
            pushes.person_told(seen.author_id, seen.ticket)
            pushes.ticket_changed(seen.ticket)
    return False
