"""The chain of an order's record: pure sums over its rows. Nothing is read or written here.

Each row's `mac` is HMAC-SHA256, keyed by `settings.RECORD_KEY` (which the database does not hold), over the
canonical JSON of the row and the mac of the row before it in the same order. A row holds no words about a
person: it holds the digest of its detail, keyed by a salt that stands, and is erased, with the words.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from core.actors import Actor
from orders.models import OrderRecord

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's processing, before it is a row.

    `data`: ids, states, amounts as text; `text`: words about people, which privacy may erase.
    """

    verb: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] | None = None
    for_buyer: bool = True


def key() -> bytes:
    """The chain's key, as bytes."""
    return settings.RECORD_KEY.encode()


def instant(moment: datetime) -> str:
    """A time as the chain covers it: UTC, whole microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def mac_of(values: Iterable[Any], previous: str, secret: bytes) -> str:
    """The mac of a row from its covered values (see `covered`) and the mac of the row before."""
    return hmac.digest(secret, _encode([*values, previous]).encode(), "sha256").hex()


def covered(row: OrderRecord) -> list[Any]:
    """What the mac of a row covers, in a fixed order: everything but its own id."""
    return [
        row.order_id,
        row.seq,
        row.verb,
        instant(row.at),
        instant(row.written_at),
        row.actor_kind,
        row.actor_id,
        row.data,
        bool(row.for_buyer),
        row.details_digest,
    ]


def digest_of(text: dict[str, Any], salt: str) -> str:
    """The digest that a row keeps of its detail; worthless once the salt is gone."""
    return hmac.digest(salt.encode(), _encode(text).encode(), hashlib.sha256).hex()


def new_salt() -> str:
    return secrets.token_hex(16)


def chain(
    steps: Iterable[Step], *, order_id: int, head: int, previous: str, actor: Actor, at: datetime
) -> tuple[list[OrderRecord], list[tuple[str, dict[str, Any]] | None]]:
    """The rows that follow row `head` (0: none) whose mac is `previous`, and for each the salt and words.

    Written by the caller, under the order's lock.
    """
    secret, rows, details = key(), [], []
    for step in steps:
        head += 1
        words = (new_salt(), step.text) if step.text else None
        row = OrderRecord(
            order_id=order_id,
            seq=head,
            verb=step.verb,
            at=step.at,
            written_at=at,
            actor_kind=actor.kind,
            actor_id=actor.id,
            data=step.data,
            for_buyer=step.for_buyer,
            details_digest=digest_of(words[1], words[0]) if words else "",
        )
        previous = row.mac = mac_of(covered(row), previous, secret)
        rows.append(row)
        details.append(words)
    return rows, details
