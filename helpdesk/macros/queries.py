"""What the pages that keep macros show: whose there are, and one of them as its form."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from core.actors import Actor
from helpdesk.console.queries import priority_label, status_labels
from tickets.models import Macro, Priority
from tickets.placeholders import VALUES
from tickets.queries.kept import macros_for

MOST = 500
BLANK: dict[str, str] = {}


def listed(actor: Actor) -> list[tuple[str, list[Macro]]]:
    """One's own, the teams', everybody's; each by how often it is used."""
    own: list[Macro] = []
    teams: list[Macro] = []
    everybody: list[Macro] = []
    for row in macros_for(actor)[:MOST]:
        (own if row.owner_id else teams if row.team_id else everybody).append(row)
    return [(_("Yours"), own), (_("Teams’"), teams), (_("Everybody’s"), everybody)]


def as_typed(macro: Macro | None) -> dict[str, Any]:
    """A macro as the fields of its form."""
    if macro is None:
        return {"shared": "me"}
    deeds = macro.deeds
    return {
        "name": macro.name,
        "body": macro.body,
        "as_note": macro.as_note,
        "shared": "me" if macro.owner_id else "team" if macro.team_id else "all",
        "team": macro.team.code if macro.team else "",
        "status": deeds.get("status", ""),
        "priority": deeds.get("priority", ""),
        "to_team": deeds.get("team", ""),
        "assignee": deeds.get("assignee", ""),
        "add_tags": ", ".join(deeds.get("add_tags", [])),
        "remove_tags": ", ".join(deeds.get("remove_tags", [])),
    }


def choices(actor: Actor) -> dict[str, Any]:
    """What the form offers to choose from."""
    by_hand = {"open", "waiting", "on_hold", "solved"}
    people = Membership.objects.select_related("person").order_by("person__name").distinct()
    return {
        "statuses": [(code, name) for code, name in status_labels() if code in by_hand],
        "priorities": [(p.value, priority_label(p)) for p in Priority],
        "teams": list(Team.objects.order_by("position", "name")),
        "people": list({row.person_id: row.person for row in people}.values()),
        "placeholders": sorted(VALUES),
        "may_share": actor.is_manager,
    }
