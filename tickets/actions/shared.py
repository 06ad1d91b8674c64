"""What macros and views have in common: they are somebody's own, a team's, or everybody's."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Team
from accounts.queries import team_by_code
from core.actors import Actor
from core.errors import Forbidden, Invalid, NotFound
from tickets.models import Macro, SavedView

FOR = ("me", "team", "all")


def whose(actor: Actor, shared: str, team: str) -> tuple[int | None, Team | None]:
    """The owner and the team of something that is kept; a manager keeps what is not one's own."""
    if not (actor.is_staff or actor.is_system):
        raise Forbidden()
    if shared not in FOR:
        raise Invalid.field("shared", _("It is for you, for a team, or for everybody."), code="unknown")
    if shared == "me":
        return actor.id, None
    if not actor.is_manager:
        raise Forbidden(_("A manager keeps what others use."))
    if shared == "all":
        return None, None
    try:
        return None, team_by_code(team)
    except NotFound:
        raise Invalid.field("team", _("There is no such team."), code="unknown_team") from None


def check_mine(actor: Actor, row: Macro | SavedView) -> None:
    """Raise Forbidden for what is shared, unless a manager asks."""
    if row.owner_id != actor.id and not actor.is_manager:
        raise Forbidden(_("A manager keeps what others use."))


def clean_name(raw: str) -> str:
    """A name in one line; Invalid (field name) for none and for a long one."""
    name = " ".join(str(raw or "").split())
    if not 0 < len(name) <= 80:
        raise Invalid.field("name", _("Give it a name of at most 80 characters."), code="bad_name")
    return name
