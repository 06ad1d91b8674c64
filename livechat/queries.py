"""Every read of chats and desks. `access_session` is the only way to a chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Team
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import NotFound
from livechat import limits, routing
from livechat.models import OPEN_STATES, QUEUED_STATES, TIMED_STATES, Session, SessionState, Voice
from livechat.permissions import visible_to
from sla import queries as sla
from sla.worktime import WorkCalendar
from tickets.models import Ticket

RELATED = ("ticket__order", "requester", "team__calendar", "agent", "offered_to", "to_team__calendar")
SHOWN = 100
OPEN_VOICES = Prefetch("voices", Voice.objects.filter(left_at=None).select_related("person"))


@dataclass(frozen=True, slots=True)
class DeskState:
    """Whether a desk is there. `accepting` is false from five minutes before closing; instants in UTC."""

    open: bool
    accepting: bool
    closes_at: datetime | None
    opens_at: datetime | None
    zone: str


def desk_state(team: Team, at: datetime | None = None) -> DeskState:
    """The one answer that every door asks for, at an instant (now, if none is given)."""
    hours = sla.hours(team.calendar_id, at or now())
    return DeskState(hours.is_open, hours.accepting, hours.closes_at, hours.opens_at, hours.timezone)


def visible_sessions(actor: Actor) -> QuerySet[Session]:
    """The chats that this actor sees, with what a list shows of each."""
    return Session.objects.filter(visible_to(actor)).select_related(*RELATED)


def access_session(actor: Actor, public_id: str, *, lock: bool = False) -> Session:
    """A chat; NotFound when there is none or it is not theirs. `lock` inside a transaction, after its ticket."""
    rows = visible_sessions(actor).filter(public_id=public_id)
    session = (locked(rows) if lock else rows).first()
    if session is None:
        raise NotFound()
    return session


def waiting(actor: Actor) -> QuerySet[Session]:
    """The queue of the actor's desks: who lost their agent first, then the longest wait."""
    rows = visible_sessions(actor).filter(state__in=QUEUED_STATES)
    return rows.order_by("-priority", "queued_at", "id")


def open_session_of(ticket: Ticket) -> Session | None:
    """The chat that goes on on a ticket now, if any. The ticket was accessed before."""
    return Session.objects.filter(ticket=ticket, state__in=OPEN_STATES).select_related(*RELATED).first()


def session_on(ticket: Ticket) -> Session | None:
    """The newest chat on a ticket that goes on, or that is still being written up. The ticket was accessed before."""
    rows = Session.objects.filter(ticket=ticket, state__in=TIMED_STATES).select_related(*RELATED)
    return rows.order_by("-pk").first()


def last_session_of(ticket: Ticket) -> Session | None:
    """The newest chat on a ticket, whatever became of it."""
    return Session.objects.filter(ticket=ticket).select_related(*RELATED).order_by("-pk").first()


def open_session_with(requester_id: int, team: Team) -> Session | None:
    """A person's open chat with a desk, if any."""
    rows = Session.objects.filter(requester_id=requester_id, team=team, state__in=OPEN_STATES)
    return rows.select_related(*RELATED).first()


def sessions_for_console(actor: Actor) -> list[Session]:
    """Who waits for this member of staff's desks, whom they talk to, what they are asked to take and what they
    still write up; those who lost their agent first, then the longest wait; with who is named in them. One query."""
    mine = Q(agent_id=actor.id, state__in=(SessionState.ACTIVE, SessionState.WRAPUP))
    asked = Q(state=SessionState.ACTIVE) & (Q(offered_to_id=actor.id) | Q(to_team_id__in=actor.team_ids))
    rows = visible_sessions(actor).filter(Q(state__in=QUEUED_STATES) | mine | asked)
    rows = rows.select_related(None).select_related("ticket", "requester", "team", "agent", "offered_to")
    return list(rows.order_by("-priority", "queued_at", "id")[:SHOWN])


def _ahead_of(priority: object, queued_at: object, pk: object, team: object) -> QuerySet[Session]:
    """Those who wait for the same desk and stand before."""
    earlier = Q(queued_at__lt=queued_at) | Q(queued_at=queued_at, pk__lt=pk)
    before = Q(priority__gt=priority) | Q(earlier, priority=priority)
    return Session.objects.filter(before, team_id=team, state__in=QUEUED_STATES)


def place_in_queue(session: Session) -> int | None:
    """1 for the next to be accepted; None when the chat does not wait. No query for a row of `for_shapes`."""
    if session.state not in QUEUED_STATES:
        return None
    ahead = getattr(session, "ahead", None)
    if ahead is None:
        ahead = _ahead_of(session.priority, session.queued_at, session.pk, session.team_id).count()
    return int(ahead) + 1


def for_shapes(rows: QuerySet[Session]) -> QuerySet[Session]:
    """With streams and places, so that the cost of a page does not grow with its rows."""
    place = (OuterRef("priority"), OuterRef("queued_at"), OuterRef("pk"), OuterRef("team_id"))
    ahead = _ahead_of(*place).order_by().values("team_id")
    counted = Subquery(ahead.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return rows.annotate(ahead=Coalesce(counted, 0)).prefetch_related("ticket__streams")


def became_ticket(ticket: Ticket) -> bool:
    """Whether a chat on this ticket was ended by time and not by a person, and goes on as the ticket."""
    return Session.objects.filter(ticket=ticket, state=SessionState.BECAME_TICKET).exists()


def queue_length(team: Team) -> int:
    """How many wait for a desk."""
    return Session.objects.filter(team=team, state__in=QUEUED_STATES).count()


class Waits:
    """How long others waited for a desk within two hours; each desk is asked about once."""

    def __init__(self, at: datetime | None = None) -> None:
        self._since = (at or now()) - limits.RECENT
        self._of: dict[int, list[tuple[float, int]]] = {}

    def about_minutes(self, session: Session, place: int | None) -> int | None:
        """How many minutes until somebody comes to a chat at a place of the queue; None when it does not wait,
        nobody is there, or fewer than three were picked up."""
        if place is None or session.nobody_since is not None:
            return None
        if session.team_id not in self._of:
            self._of[session.team_id] = self._look(session.team_id)
        return routing.about_minutes(self._of[session.team_id], place, limits.RECENT_LEAST)

    def _look(self, team_id: int) -> list[tuple[float, int]]:
        rows = Session.objects.filter(team_id=team_id, waited__isnull=False, accepted_at__gt=self._since)
        waits = rows.order_by("-accepted_at").values_list("waited", "queued_place")[: limits.RECENT_MOST]
        return [(float(waited or 0), began) for waited, began in waits]


def going_on(team_ids: frozenset[int] | None) -> list[Session]:
    """Every chat of these desks that goes on or is written up, with second voices; None: of all. Two queries.

    The caller asked for the right.
    """
    rows = Session.objects.filter(state__in=TIMED_STATES)
    if team_ids is not None:
        rows = rows.filter(Q(team_id__in=team_ids) | Q(to_team_id__in=team_ids))
    rows = rows.select_related(*RELATED).prefetch_related(OPEN_VOICES)
    return list(rows.order_by("-priority", "queued_at", "id")[: SHOWN * 2])


def queue_of(team_id: int) -> list[str]:
    """The tickets (public ids) of those who wait for a desk."""
    rows = Session.objects.filter(team_id=team_id, state__in=QUEUED_STATES)
    return list(rows.values_list("ticket__public_id", flat=True))


def started_since(requester_id: int, at: datetime, span: timedelta) -> list[datetime]:
    """When a person began chats in the span before an instant, the oldest first."""
    rows = Session.objects.filter(requester_id=requester_id, queued_at__gt=at - span)
    return list(rows.order_by("queued_at").values_list("queued_at", flat=True))


def states_of(ticket_ids: list[int]) -> dict[int, str]:
    """The state of the open chat of each of these tickets as its buyer sees it; those without one are left out.
    One query."""
    rows = Session.objects.filter(ticket_id__in=ticket_ids, state__in=OPEN_STATES)
    return {ticket: seen_as(state) for ticket, state in rows.values_list("ticket_id", "state")}


def seen_as(state: str) -> str:
    """A state as a buyer sees it: whom a chat is offered to and who still writes it up is nothing of theirs."""
    seen = {SessionState.ASSIGNED: SessionState.WAITING, SessionState.WRAPUP: SessionState.ENDED}
    return str(seen.get(SessionState(state), SessionState(state)).value)


def takes_place(at: datetime) -> Q:
    """The chats that take a place of an agent at an instant: those that go on, those that an agent is asked to take,
    and those that are written up, for at most two minutes after their end."""
    just_ended = Q(state=SessionState.WRAPUP, ended_at__gt=at - limits.WRAP_UP)
    return Q(state__in=(SessionState.ACTIVE, SessionState.ASSIGNED)) | just_ended


@dataclass(frozen=True, slots=True)
class ChatsClosing:
    """How many chats a calendar would bring to their end: those that wait, and those that go on."""

    waiting: int
    active: int


def chats_closing(*, calendar_id: int, calendar: WorkCalendar, at: datetime) -> ChatsClosing:
    """The chats that would be ended if these were the hours of the desks on this calendar at an instant.

    None while the desk is open under them. One query.
    """
    if calendar.is_open(at):
        return ChatsClosing(0, 0)
    found = Session.objects.filter(team__calendar_id=calendar_id, state__in=OPEN_STATES).aggregate(
        waiting=Count("pk", filter=Q(state__in=QUEUED_STATES)),
        active=Count("pk", filter=Q(state=SessionState.ACTIVE)),
    )
    return ChatsClosing(found["waiting"], found["active"])
