"""What is over is forgotten once an hour."""

from __future__ import annotations

from core import worker
from livechat.widget.actions import forget_old


@worker.every(3600, shared=True)
def forget_old_visits() -> int:
    """Identities that were used, and browsers that stayed away."""
    return forget_old()
