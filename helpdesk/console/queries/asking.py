"""What can be done with a question to specialists: told more, passed up, kept as an article."""

from __future__ import annotations

from typing import Any

from accounts.models import Team
from core.actors import Actor
from core.clock import now
from faq.models import Category
from tickets.models import Escalation


def asking_of(actor: Actor, row: Escalation, *, theirs: bool) -> dict[str, Any]:
    """For the escalation's card. `theirs`: the actor belongs to those who were asked, or is a manager."""
    is_open = row.state == Escalation.State.OPEN
    above = Team.objects.filter(tier__gt=row.to_team.tier).order_by("tier", "position", "pk")
    return {
        "can_accept": theirs and is_open and (row.accepted_at is None or row.specialist_id != actor.id),
        "can_tell": is_open and row.asked_back_at is not None,
        "above": list(above) if theirs and is_open else [],
        "needs_time": row.promised_for <= now(),
        "topics": list(Category.objects.all()) if row.answer else [],
    }
