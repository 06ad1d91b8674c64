"""What a shop's server signs with. Each key follows from this installation's own secret and the key's name (kid),
so that the database, and whoever reads a copy of it, holds none."""

from __future__ import annotations

import base64

from django.utils.crypto import salted_hmac

from livechat.widget.models import WidgetSecret

SALT = "livechat.widget.identity"


def key_of(secret: WidgetSecret) -> str:
    """The key behind a kid: 43 characters, 256 bits. Another SECRET_KEY makes other keys."""
    made = salted_hmac(SALT, f"{secret.site.key}:{secret.kid}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
