"""Who hears that a chat moved: the consoles of its desk, the pages of its ticket, the managers' dashboard."""

from __future__ import annotations

from livechat.models import Session
from tickets import pushes


def tell_of(session_id: int) -> None:
    """Hint to look again, after commit. Words and names are not in it."""
    session = Session.objects.select_related("ticket__order").get(pk=session_id)
    people = [session.agent_id] if session.agent_id else []
    pushes.changed_everywhere(session.ticket, also_teams=[session.team_id], also_people=people)
