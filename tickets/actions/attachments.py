"""Files: stored by their uploader first, then bound to one message, once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import filetypes
from core.actors import Actor
from core.clock import now
from core.errors import Invalid, NotSignedIn
from core.ids import new_public_id
from tickets.models import Attachment, Message

MOST_BYTES = filetypes.MOST_BYTES
MOST_FILES = 5
FIELD = "attachments"
UNBOUND_FOR = timedelta(hours=24)


def store_attachment(*, actor: Actor, upload: Any) -> Attachment:
    """Check, clean and keep an upload (anything with `name`, `size`, `read`); its uploader binds it later.

    The type is told by content. Images are written anew, which drops hidden data. No transaction is open
    meanwhile. Raises Invalid (`empty_file`, `wrong_kind`), TooLarge over 10 MB, NotSignedIn for a visitor;
    all name the field `attachments`.
    """
    if not actor.is_known:
        raise NotSignedIn()
    name = filetypes.clean_name(getattr(upload, "name", ""))
    raw = filetypes.read_upload(upload, name, field=FIELD, most=MOST_BYTES)
    kind, data = filetypes.inspect(name, raw, field=FIELD)
    at = now()
    key = default_storage.save(f"attachments/{at:%Y/%m}/{secrets.token_hex(20)}", ContentFile(data))
    try:
        return Attachment.objects.create(
            uploader_id=actor.id,
            file=key,
            name=filetypes.named_for(name, kind),
            content_type=kind,
            size=len(data),
            digest=hashlib.sha256(data).hexdigest(),
            created_at=at,
        )
    except BaseException:
        default_storage.delete(key)
        raise


def clean_ids(raw: Sequence[object]) -> list[str]:
    """The ids of files to bind, each once, in a fixed order. Invalid for more than five."""
    ids = sorted({str(one) for one in raw if one})
    if len(ids) > MOST_FILES:
        words = ngettext(
            "At most %(n)d file fits a message.", "At most %(n)d files fit a message.", MOST_FILES
        )
        raise Invalid.field(FIELD, words % {"n": MOST_FILES}, code="too_many_files")
    return ids


def bind_attachments(message: Message, ids: list[str], uploader_id: int | None) -> None:
    """Tie the uploader's own, still free files to a message, in the caller's transaction.

    Raises Invalid when one of them is another's, gone or in use; the transaction is undone with it.
    """
    if not ids:
        return
    free = Attachment.objects.filter(public_id__in=ids, uploader_id=uploader_id, message=None)
    bound = free.filter(scan=Attachment.Scan.CLEAN).update(
        message=message, ticket_id=message.stream.ticket_id, draft=None
    )
    if bound != len(ids):
        words = _("A file is no longer there. Add it again.")
        raise Invalid.field(FIELD, words, code="unknown_file")


def copy_files(said: Message, into: Message) -> None:
    """The same files on another message: a row of its own for each, one stored file for both."""
    for one in said.attachments.all():
        one.pk, one.public_id = None, new_public_id()
        one.message, one.ticket_id = into, into.stream.ticket_id
        one.save(force_insert=True)


def forget_unbound() -> int:
    """Take away files that nobody sent within a day, unless a draft holds them; the number of them."""
    gone = 0
    free = Attachment.objects.filter(message=None, draft=None)
    for row in free.filter(created_at__lt=now() - UNBOUND_FOR)[:200]:
        if free.filter(pk=row.pk).delete()[0]:
            default_storage.delete(row.file.name or "")
            gone += 1
    return gone
