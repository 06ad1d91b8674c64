"""`Idempotency-Key`: a write that is sent again gets the first answer and does nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from core import worker
from core.actors import Actor
from core.clock import now
from core.errors import Conflict, IdempotencyConflict, Invalid
from core.models import IdempotencyKey

KEPT = timedelta(hours=48)
STUCK = timedelta(minutes=2)  # a request that died in the middle frees its key after this


def begin(actor: Actor, key: str, method: str, path: str, body: bytes) -> IdempotencyKey:
    """Claim the key, or return the row that holds the first answer (`status` set).

    Raises Invalid for a key over 100 characters, IdempotencyConflict when the key was used for another
    request, Conflict (`in_progress`, retry) while the first one still runs.
    """
    if len(key) > 100:
        raise Invalid(_("An Idempotency-Key has at most 100 characters."), code="bad_key")
    digest = hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(owner=actor.key, key=key, digest=digest, created_at=now())
    except IntegrityError:
        row = IdempotencyKey.objects.get(owner=actor.key, key=key)
    if row.digest != digest:
        raise IdempotencyConflict()
    if row.status is None:
        mine = IdempotencyKey.objects.filter(pk=row.pk, status=None, created_at=row.created_at)
        if row.created_at > now() - STUCK or not mine.update(created_at=now()):
            raise Conflict(_("The first of these requests is still running."), code="in_progress")
    return row


def finish(row: IdempotencyKey, status: int, response: Any) -> None:
    """Keep the first answer, as it was sent: times, money and identifiers as text."""
    sent = json.loads(json.dumps(response, cls=JSONEncoder))
    IdempotencyKey.objects.filter(pk=row.pk).update(status=status, response=sent)


def release(row: IdempotencyKey) -> None:
    """The request failed before it changed anything: the key is free again."""
    IdempotencyKey.objects.filter(pk=row.pk, status=None).delete()


def forget(owner: str) -> None:
    """Drop the kept answers of one actor (by its `key`): they hold what was sent."""
    IdempotencyKey.objects.filter(owner=owner).delete()


@worker.every(3600, shared=True)
def forget_old_keys() -> None:
    """Keys are kept for 48 hours."""
    IdempotencyKey.objects.filter(created_at__lt=now() - KEPT).delete()
