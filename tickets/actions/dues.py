"""What tickets keep of their clocks, for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from core.bulk import update_many
from sla.clocks import FAR_FUTURE
from sla.models import TICKING_STATES, Clock
from sla.queries.clocks import open_dues
from tickets import pushes
from tickets.actions.clocks import state_of
from tickets.models import Escalation, Ticket

FEW = 20  # so many tickets tell their own pages; of more, the consoles and the dashboard hear together


def refresh_dues(ticket_ids: Iterable[int]) -> None:
    """Keep the earliest due of what ticks for each of these tickets, their escalations included.

    The caller holds their locks. Four queries and one statement, however many.
    """
    ids = sorted(set(ticket_ids))
    clocks, asked = _clocks_of(ids)
    kept = {pk: _kept(clocks[pk]) for pk in ids}
    rows = Ticket.objects.filter(pk__in=ids).values_list("pk", "due_sort", "sla_state")
    changed = {pk: kept[pk] for pk, due, state in rows if kept[pk] != (due, state)}
    update_many(Ticket, [(pk, *values) for pk, values in changed.items()], fields=("due_sort", "sla_state"))
    _tell(list(changed), asked)


def _clocks_of(ids: list[int]) -> tuple[dict[int, list[Clock]], dict[int, set[int]]]:
    """The open clocks of tickets and of what was asked about them, and the teams that were asked."""
    clocks = open_dues("ticket", ids)
    asked: dict[int, set[int]] = defaultdict(set)
    behind = {}
    for pk, ticket_id, team_id in Escalation.objects.filter(ticket_id__in=ids).values_list(
        "pk", "ticket_id", "to_team_id"
    ):
        behind[pk] = ticket_id
        asked[ticket_id].add(team_id)
    for pk, found in open_dues("escalation", behind).items() if behind else ():
        clocks[behind[pk]] += found
    return clocks, asked


def _kept(clocks: list[Clock]) -> tuple[datetime, str]:
    dues = [clock.due for clock in clocks if clock.state in TICKING_STATES and clock.due]
    return min(dues, default=FAR_FUTURE), state_of(clocks)


def _tell(changed: list[int], asked: dict[int, set[int]]) -> None:
    if 0 < len(changed) <= FEW:
        for ticket in Ticket.objects.filter(pk__in=changed).select_related("order"):
            pushes.changed_everywhere(ticket, also_teams=asked.get(ticket.pk, ()))
    elif changed:
        rows = list(Ticket.objects.filter(pk__in=changed).values_list("team_id", "assignee_id").distinct())
        teams = {team_id for team_id, _person in rows}.union(*(asked.get(pk, set()) for pk in changed))
        pushes.many_changed(teams, {person for _team, person in rows if person is not None})
