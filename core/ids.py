"""Random names for things that leave the house in a link or on a socket."""

from __future__ import annotations

import secrets

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_public_id() -> str:
    """20 characters, 100 bits: not guessable, readable over the phone."""
    return "".join(secrets.choice(ALPHABET) for _ in range(20))
