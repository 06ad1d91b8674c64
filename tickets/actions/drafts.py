"""What is being written and not yet sent: kept on the server, so that another browser finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Invalid, NotSignedIn
from core.text import BODY_LIMIT
from tickets.actions.attachments import clean_ids
from tickets.actions.deeds import Deeds, clean_deeds
from tickets.models import Attachment, Draft, MessageKind, Ticket
from tickets.permissions import can_reply, can_work_on
from tickets.queries.access import access_ticket

KINDS = (MessageKind.REPLY.value, MessageKind.NOTE.value)


def save_draft(
    *,
    actor: Actor,
    ticket: str,
    kind: str,
    body: str,
    version: int,
    attachment_ids: Sequence[object] = (),
    seen_seq: int = 0,
    deeds: Mapping[str, Any] | None = None,
) -> Draft:
    """Keep what is being written; `version` is the one that the writer's page knows (0: none).

    `deeds` (see `clean_deeds`): what staff chose to do with it. Nothing at all takes the draft away. Raises
    Conflict `newer_draft` when another page saved meanwhile (its words stand), Invalid (fields kind, body,
    attachments and the deed's own), NotFound, NotSignedIn.
    """
    row = _checked(actor, ticket, kind, body)
    files, chosen = clean_ids(attachment_ids), clean_deeds(deeds) if actor.is_staff else {}
    with transaction.atomic():
        if not body.strip() and not files and not chosen:
            Draft.objects.filter(ticket=row, author_id=actor.id, kind=kind).delete()
            return Draft(ticket=row, author_id=actor.id, kind=kind, updated_at=now())
        draft = _write(actor, row, kind, body, version, seen_seq, chosen)
        _hold_files(draft, files)
    return draft


def _checked(actor: Actor, ticket: str, kind: str, body: str) -> Ticket:
    if not actor.is_known:
        raise NotSignedIn()
    row = access_ticket(actor, ticket)
    allowed = can_work_on(actor, row) if kind == MessageKind.NOTE else can_reply(actor, row)
    if kind not in KINDS or not allowed:
        raise Invalid.field("kind", _("A message is a reply or a note."), code="unknown_kind")
    if len(body) > 2 * BODY_LIMIT:  # too long to send, and still not lost
        words = _("At most %(most)d characters fit.") % {"most": 2 * BODY_LIMIT}
        raise Invalid.field("body", words, code="too_long")
    return row


def _write(
    actor: Actor, ticket: Ticket, kind: str, body: str, version: int, seen_seq: int, deeds: Deeds
) -> Draft:
    mine = Draft.objects.filter(ticket=ticket, author_id=actor.id, kind=kind)
    values = {"body": body, "seen_seq": seen_seq, "deeds": deeds, "updated_at": now()}
    if mine.filter(version=version).update(version=F("version") + 1, **values):
        return mine.get()
    if not mine.exists():
        try:
            with transaction.atomic():
                return Draft.objects.create(
                    ticket=ticket, author_id=actor.id, kind=kind, version=version + 1, **values
                )
        except IntegrityError:
            pass  # another page of the same writer was faster
    raise Conflict(_("You wrote on in another window. Its words were kept."), code="newer_draft")


def _hold_files(draft: Draft, files: list[str]) -> None:
    free = Attachment.objects.filter(message=None, uploader_id=draft.author_id)
    free.filter(draft=draft).exclude(public_id__in=files).update(draft=None)
    if files and free.filter(public_id__in=files).update(draft=draft) != len(files):
        raise Invalid.field("attachments", _("A file is no longer there. Add it again."), code="unknown_file")


def drop_draft(ticket_id: int, author_id: int | None, kind: str) -> None:
    """It was sent: in the transaction that sends it."""
    if author_id is not None:
        Draft.objects.filter(ticket_id=ticket_id, author_id=author_id, kind=kind).delete()
