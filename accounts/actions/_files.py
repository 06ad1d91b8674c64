"""Files of this room: in private storage under names that say nothing, taken away by a job that cannot be lost."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core import outbox
from core.clock import now


def keep(folder: str, data: bytes | Any) -> str:
    """Store bytes, or an open file, and return the storage's key. Outside of any transaction."""
    content = ContentFile(data) if isinstance(data, bytes) else data
    return default_storage.save(f"{folder}/{now():%Y/%m}/{secrets.token_hex(20)}", content)


def drop(key: str) -> None:
    """Take a file away once the caller's transaction has committed, by the outbox."""
    if key:
        outbox.enqueue("accounts.drop_file", {"key": key}, key=f"drop:{key}"[:120])


@outbox.handler("accounts.drop_file")
def _drop_file(payload: dict[str, Any]) -> None:
    default_storage.delete(payload["key"])
