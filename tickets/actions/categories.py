"""What a contact can be about."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.queries import team_by_code
from core.actors import Actor
from core.errors import Forbidden, Invalid, NotFound
from core.text import clean_subject
from tickets.models import Category

NAME_LIMIT = 100


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
    """Make a category or change the one with this code; tickets that stand in it keep their team.

    `team` is a code. Raises Forbidden for anyone but managers, Invalid (fields name, team).
    """
    if not actor.is_manager:
        raise Forbidden()
    try:
        desk = team_by_code(team)
    except NotFound:
        raise Invalid.field("team", _("There is no such team."), code="unknown_team") from None
    values = {
        "name": clean_subject(name, field="name")[:NAME_LIMIT],
        "team": desk,
        "description": description.strip()[:200],
        "position": position,
        "on_contact_form": on_contact_form,
    }
    return Category.objects.update_or_create(code=code, defaults=values)[0]
