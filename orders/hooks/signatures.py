"""Who may send: each store and source has a secret of its own, from the environment alone.

Shopify, WooCommerce and AfterShip sign alike: base64 of HMAC-SHA256 over the raw body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets

_NOBODY = secrets.token_bytes(32)  # what an unknown store is compared with, so that it takes as long


def variable_of(source: str, store: str) -> str:
    """The variable that holds a secret: HOOK_SECRET_SHOPIFY_US for the store `us`."""
    return re.sub(r"[^A-Z0-9]", "_", f"HOOK_SECRET_{source}_{store}".upper())


def secrets_of(source: str, store: str) -> list[bytes]:
    """The secret of a store and the one before it (…_OLD, while it is being changed); none: nobody may send."""
    name = variable_of(source, store)
    return [value.encode() for key in (name, f"{name}_OLD") if (value := os.environ.get(key, ""))]


def sign(body: bytes, secret: bytes) -> str:
    """The signature as the senders write it."""
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, given: str, keys: list[bytes]) -> bool:
    """Whether one of the secrets made this signature. Takes as long whatever is wrong."""
    told = given.strip().encode("utf-8", "replace")
    found = [hmac.compare_digest(sign(body, key).encode(), told) for key in keys or [_NOBODY]]
    return bool(keys) and any(found)
