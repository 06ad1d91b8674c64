"""What a contact can be about."""

from __future__ import annotations

from accounts.queries import team_by_code
from core.actors import Actor
from core.errors import Forbidden
from tickets.models import Category


def save_category(
    *,
    actor: Actor,
    code: str,
    name: str,
    team: str,
    description: str = "",
    position: int = 0,
    on_contact_form: bool = True,
) -> Category:
    """Make or change a category; `team` is the code of the desk whose work it is. Forbidden, NotFound (team)."""
    if not actor.is_manager:
        raise Forbidden()
    fields = {"name": name, "description": description, "position": position}
    category, _made = Category.objects.update_or_create(
        code=code, defaults={**fields, "team": team_by_code(team), "on_contact_form": on_contact_form}
    )
    return category
