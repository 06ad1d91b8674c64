"""What the faces register: the topic of the managers' screen."""

from __future__ import annotations

from core import live
from core.actors import Actor
from tickets.pushes import DASHBOARD


def dashboard_topic(actor: Actor, argument: str) -> list[str] | None:
    """Managers alone; hints without content, what they may see they fetch."""
    return [DASHBOARD] if actor.is_staff and actor.is_manager and not argument else None


live.register_topic("dashboard", dashboard_topic)
