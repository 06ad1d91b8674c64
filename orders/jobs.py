"""What the worker does for this room."""

from __future__ import annotations

from core import worker
from orders.actions.return_photos import forget_unsent_photos


@worker.every(3600, shared=True)
def forget_photos() -> None:
    """Photographs that nobody sent."""
    forget_unsent_photos()
