"""Who hears that a chat moved: the consoles of its desk, the pages of its ticket, the managers' dashboard."""

from __future__ import annotations

from core import live
from livechat.models import Session
from livechat.queries import queue_of
from tickets import pushes


def tell_of(session_id: int) -> None:
    """Hint to look again, after commit. Words and names are not in it."""
    session = Session.objects.select_related("ticket__order").get(pk=session_id)
    people = [person for person in (session.agent_id, session.offered_to_id) if person]
    teams = [team for team in (session.team_id, session.to_team_id) if team]
    pushes.changed_everywhere(session.ticket, also_teams=teams, also_people=people)


def tell_queue_of(session_id: int) -> None:
    """Those who wait for the same desk look again at their place, after commit."""
    team_id = Session.objects.values_list("team_id", flat=True).get(pk=session_id)
    for public_id in queue_of(team_id):
        group = pushes.group_of_ticket(public_id)
        live.tell(f"ticket:{public_id}", [public_id], groups=[group])
