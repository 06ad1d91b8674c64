"""What tickets keep of their clocks, for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from core.bulk import update_many
from sla.clocks import FAR_FUTURE
from sla.queries.clocks import Dues, open_dues
from tickets import pushes
from tickets.models import Escalation, Ticket

FEW = 20  # so many tickets tell their own pages; of more, the consoles and the dashboard hear together


def refresh_dues(ticket_ids: Iterable[int]) -> None:
    """Keep the earliest due of what ticks for each of these tickets, their escalations included.

    The caller holds their locks. Four queries and one statement, however many.
    """
    ids = sorted(set(ticket_ids))
    found, asked = _dues_of(ids)
    kept = {pk: _kept(found.get(pk, Dues())) for pk in ids}
    rows = Ticket.objects.filter(pk__in=ids).values_list("pk", "due_sort", "sla_state")
    changed = {pk: kept[pk] for pk, due, state in rows if kept[pk] != (due, state)}
    values = [(pk, *mine) for pk, mine in changed.items()]
    update_many(Ticket, values, fields=("due_sort", "sla_state"))
    _tell(list(changed), asked)


def _dues_of(ids: list[int]) -> tuple[dict[int, Dues], dict[int, set[int]]]:
    """The dues of tickets with those of what was asked about them, and the teams that were asked."""
    found = open_dues("ticket", ids)
    asked: dict[int, set[int]] = defaultdict(set)
    behind = {}
    rows = Escalation.objects.filter(ticket_id__in=ids).values_list("pk", "ticket_id", "to_team_id")
    for pk, ticket_id, team_id in rows:
        behind[pk] = ticket_id
        asked[ticket_id].add(team_id)
    for pk, dues in open_dues("escalation", behind).items() if behind else ():
        found[behind[pk]] = _joined(found.get(behind[pk], Dues()), dues)
    return found, asked


def _joined(one: Dues, other: Dues) -> Dues:
    due = min((mine.due for mine in (one, other) if mine.due is not None), default=None)
    return Dues(due, *(a + b for a, b in zip(one[1:], other[1:], strict=True)))


def _kept(dues: Dues) -> tuple[datetime, str]:
    """The same words as for one ticket: `tickets.actions.clocks.state_of`."""
    worst = [("late", dues.late), ("warned", dues.warned), ("fine", dues.ticking), ("paused", dues.open)]
    return dues.due or FAR_FUTURE, next((word for word, count in worst if count), "none")


def _tell(changed: list[int], asked: dict[int, set[int]]) -> None:
    if 0 < len(changed) <= FEW:
        for ticket in Ticket.objects.filter(pk__in=changed).select_related("order"):
            pushes.changed_everywhere(ticket, also_teams=asked.get(ticket.pk, ()))
    elif changed:
        rows = list(Ticket.objects.filter(pk__in=changed).values_list("team_id", "assignee_id").distinct())
        teams = {team_id for team_id, _person in rows}.union(*(asked.get(pk, set()) for pk in changed))
        pushes.many_changed(teams, {person for _team, person in rows if person is not None})
