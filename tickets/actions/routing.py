"""Nobody's ticket is nobody's: given by rule, to the lead when its promise nears, back when somebody leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.actions import count_given, set_presence
from accounts.models import Person, Presence, Team
from accounts.queries import leads_of
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden, Invalid
from core.events import publish
from sla import queries as sla
from tickets.actions.assignment import give
from tickets.actions.people import staff_person
from tickets.events import WentHome
from tickets.models import LIVE_STATUSES, Ticket
from tickets.queries.access import RELATED

GONE = timedelta(seconds=45)  # without a beat of its page a colleague is not there
RULED = (Team.Assignment.ROUND_ROBIN, Team.Assignment.LEAST_BUSY)


def unowned(at: datetime) -> Iterable[int]:
    """Live tickets of nobody in teams that give them out by rule, the most urgent first; at most 100."""
    rows = Ticket.objects.filter(
        status__in=LIVE_STATUSES, assignee=None, chatting=False, team__assignment__in=RULED
    )
    return list(rows.order_by("due_sort", "pk").values_list("pk", flat=True)[:100])


def route_ticket(*, ticket_id: int) -> Person | None:
    """Give a ticket of nobody to a member of its team by the team's rule; None when nobody can take one now.

    Who can: switched on, seen within 45 s, below the capacity, while the desk is open. Counted again under the
    lock of the member's presence, so that no two tickets take one place.
    """
    with transaction.atomic():
        ticket = locked(Ticket.objects.select_related(*RELATED).filter(pk=ticket_id)).first()
        if ticket is None or ticket.assignee_id or not ticket.is_live or ticket.chatting:
            return None
        at = now()
        if ticket.team.assignment not in RULED or not sla.hours(ticket.team.calendar_id, at).is_open:
            return None
        for presence in _candidates(ticket.team, at):
            held = locked(Presence.objects.select_related("person").filter(pk=presence.pk)).first()
            if held is not None and _has_room(held, at):
                give(SYSTEM, ticket, held.person, ticket.team, at, verb="ticket.assigned")
                count_given(person_id=held.person_id, at=at)
                return held.person
    return None


def _candidates(team: Team, at: datetime) -> Iterable[Presence]:
    there = Presence.objects.filter(
        person__memberships__team=team, switch=Presence.Switch.ON, last_seen__gte=at - GONE
    )
    if team.assignment == Team.Assignment.ROUND_ROBIN:
        return there.order_by("last_given_at", "pk")
    return there.annotate(load=_load()).order_by("load", "last_given_at", "pk")


def _load() -> Count:
    live = Q(person__assigned_tickets__status__in=LIVE_STATUSES)
    return Count("person__assigned_tickets", filter=live, distinct=True)


def _has_room(presence: Presence, at: datetime) -> bool:
    there = presence.switch == Presence.Switch.ON and presence.last_seen and presence.last_seen >= at - GONE
    mine = Ticket.objects.filter(assignee_id=presence.person_id, status__in=LIVE_STATUSES)
    return bool(there) and mine.count() < presence.ticket_capacity


def give_to_lead(*, ticket_id: int) -> bool:
    """A ticket of nobody whose promise nears goes to the team's first lead. True when it was given now."""
    with transaction.atomic():
        ticket = locked(Ticket.objects.select_related(*RELATED).filter(pk=ticket_id)).first()
        if ticket is None or ticket.assignee_id or not ticket.is_live or ticket.chatting:
            return False
        leads = leads_of(ticket.team_id)
        if not leads:
            return False
        give(SYSTEM, ticket, leads[0], ticket.team, now(), verb="ticket.assigned")
    return True


@dataclass(frozen=True, slots=True)
class GoesBack:
    """How many tickets a team gets back, and by what rule it gives them out again."""

    team: Team
    count: int

    @property
    def by_rule(self) -> bool:
        return self.team.assignment in RULED


def preview_hand_back(*, actor: Actor, person: str) -> list[GoesBack]:
    """What `hand_back` would do, by team in their order; two queries. Raises as it does; nothing is written."""
    who = _leaving(actor, person)
    counts = Counter(_held(who).values_list("team_id", flat=True))
    teams = Team.objects.filter(pk__in=counts).order_by("position", "pk")
    return [GoesBack(team, counts[team.pk]) for team in teams]


def hand_back(*, actor: Actor, person: str) -> int:
    """Who leaves owns nothing: each live ticket goes back to its team. One's own, or a manager anybody's.

    A ticket that is chatted on goes with its chat. Raises Forbidden, Invalid (field person). How many went
    back; each in its own transaction.
    """
    who = _leaving(actor, person)
    back = 0
    for ticket_id in list(_held(who).values_list("pk", flat=True)):
        with transaction.atomic():
            ticket = locked(Ticket.objects.select_related(*RELATED).filter(pk=ticket_id)).get()
            if ticket.assignee_id == who.pk and ticket.is_live and not ticket.chatting:
                give(actor, ticket, None, ticket.team, now(), verb="ticket.assigned")
                back += 1
    return back


def _leaving(actor: Actor, person: str) -> Person:
    who = staff_person(actor, person, field="person")
    if who.pk != actor.id and not actor.is_manager:
        raise Forbidden(_("A manager takes tickets from others."))
    return who


def _held(who: Person) -> QuerySet[Ticket]:
    return Ticket.objects.filter(assignee=who, status__in=LIVE_STATUSES, chatting=False)


def leave(*, actor: Actor, switch: str = Presence.Switch.OFF) -> int:
    """Go off (or away) and hand everything back, chats too (`WentHome`). How many tickets went back.

    Raises Invalid (`switch`), Forbidden.
    """
    if switch == Presence.Switch.ON:
        raise Invalid.field("switch", _("Choose away or off."), code="unknown")
    with transaction.atomic():
        set_presence(actor=actor, switch=switch)
        publish(WentHome(actor.id or 0))
    public_id = Person.objects.values_list("public_id", flat=True).get(pk=actor.id)
    return hand_back(actor=actor, person=public_id)
