"""Photographs of goods: checked, cleaned and kept first, tied to an application when it is sent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from core import filetypes, outbox
from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from orders import permissions
from orders.models import Order, Return, ReturnPhoto
from orders.return_queries import access_photo, free_photos
from orders.return_rules import MOST_PHOTOS

FIELD = "photos"
UNSENT_FOR = timedelta(hours=24)


def store_return_photo(*, actor: Actor, order: Order, upload: Any) -> ReturnPhoto:
    """Keep one photograph for an application on an accessed order (anything with `name`, `size`, `read`).

    The type is told by content; JPEG, PNG and WebP are drawn anew, which drops places and other hidden data. At
    most 10 MB, eight to an application. No transaction is open meanwhile. Raises Forbidden, TooLarge, Invalid
    (`wrong_kind`, `damaged_file`, `empty_file`, `too_many_files`); all name the field `photos`.
    """
    if not permissions.can_apply_for_return(actor, order) or actor.id is None:
        raise Forbidden()
    if free_photos(actor, order).count() >= MOST_PHOTOS:
        raise too_many()
    name = filetypes.clean_name(getattr(upload, "name", ""))
    raw = filetypes.read_upload(upload, name, field=FIELD)
    kind, data = filetypes.inspect(name, raw, field=FIELD, kinds=filetypes.PHOTOGRAPHS)
    at = now()
    key = default_storage.save(f"returns/{at:%Y/%m}/{secrets.token_hex(20)}", ContentFile(data))
    try:
        return ReturnPhoto.objects.create(
            order=order,
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


def too_many() -> Invalid:
    """More photographs than an application holds."""
    words = _("At most %(n)d photographs fit a return.") % {"n": MOST_PHOTOS}
    return Invalid.field(FIELD, words, code="too_many_files")


def remove_return_photo(*, actor: Actor, photo: str) -> None:
    """Take one's own photograph back before it is sent. Raises NotFound."""
    row = access_photo(actor, photo)
    if row.ret_id is not None or not ReturnPhoto.objects.filter(pk=row.pk, ret=None).delete()[0]:
        raise NotFound()
    default_storage.delete(row.file)


def clean_photos(ids: Iterable[object]) -> list[str]:
    """The ids, each once. Raises Invalid for more than eight."""
    found = list(dict.fromkeys(str(one) for one in ids if one))
    if len(found) > MOST_PHOTOS:
        raise too_many()
    return found


def bind_photos(ret: Return, ids: Sequence[str], *, actor: Actor) -> int:
    """Tie the actor's own, still free photographs of this order to its return, in the caller's transaction.

    Raises Invalid (`unknown_file`) when one of them is another's, gone or in use.
    """
    bound = free_photos(actor, ret.order).filter(public_id__in=ids).update(ret=ret) if ids else 0
    if bound != len(ids):
        words = _("A photograph is no longer there. Add it again.")
        raise Invalid.field(FIELD, words, code="unknown_file")
    return bound


def drop_photos(rows: Iterable[ReturnPhoto]) -> None:
    """Take photographs away, their files once the caller's transaction has committed."""
    for row in rows:
        outbox.enqueue("orders.drop_photo", {"key": row.file}, key=f"drop:{row.file}"[:120])
        row.delete()


@outbox.handler("orders.drop_photo")
def _drop_file(payload: dict[str, Any]) -> None:
    default_storage.delete(payload["key"])


def forget_unsent_photos() -> int:
    """Take away photographs that nobody sent within a day; the number of them."""
    gone = 0
    free = ReturnPhoto.objects.filter(ret=None)
    for row in free.filter(created_at__lt=now() - UNSENT_FOR)[:200]:
        if free.filter(pk=row.pk).delete()[0]:
            default_storage.delete(row.file)
            gone += 1
    return gone
