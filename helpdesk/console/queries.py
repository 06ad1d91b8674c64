"""Reads over several rooms for the console: the queue, a conversation, its context, search."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Person, Presence, Team
from accounts.queries import shopper_of
from core.actors import Actor
from core.clock import now
from faq.queries import suggest
from faq.search import Hit
from helpdesk.console import order_panel
from livechat.models import Session, SessionState
from livechat.queries import open_session_of, sessions_for_console
from livechat.words import closing_words
from orders import queries as orders
from orders.models import Order
from sla.clocks import used_at
from sla.models import Clock, ClockState, Metric, Unit
from sla.queries import open_clocks, quote
from tickets import queries as tickets
from tickets.models import Escalation, Message, MessageKind, Priority, Status, Stream, Ticket

SHOWN = 50
MOST_SHOWN = 500
FOUND = 20
THREAD_LIMIT = 200
METRICS = {
    Metric.FIRST_RESPONSE: gettext_lazy("First response"),
    Metric.NEXT_RESPONSE: gettext_lazy("Next response"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
    Metric.ESCALATION_ANSWER: gettext_lazy("Escalation"),
    Metric.DISPATCH: gettext_lazy("Dispatch"),
    Metric.DELIVERY: gettext_lazy("Delivery"),
    Metric.REFUND: gettext_lazy("Refund"),
    Metric.CHAT_PICKUP: gettext_lazy("Chat pick-up"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket as the queue shows it. `clock`: the one that is due next; `state`: ok, warn, late, paused, none."""

    ticket: Ticket
    state: str
    clock: Clock | None

    @property
    def is_new(self) -> bool:
        return self.ticket.unanswered_since is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A chat that nobody has accepted; `state` is that of its pick-up clock."""

    session: Session
    state: str


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the queue; `more`: there are further ones than are shown."""

    code: str
    title: str
    rows: list[Row]
    more: bool


@dataclass(frozen=True, slots=True)
class QueueShown:
    """All that stands in the left pane. `waiting`: chats nobody has accepted; `talking`: one's own."""

    waiting: list[Waiting]
    talking: list[Session]
    sections: list[Section]
    most: int = SHOWN

    @property
    def next_most(self) -> int:
        """How many of each list to ask for next; 0 when search is the better way."""
        return self.most + SHOWN if self.most < MOST_SHOWN else 0

    @property
    def mine(self) -> int:
        """One's own tickets and chats, as far as they are shown."""
        return len(self.sections[0].rows) + len(self.talking)

    @property
    def asked(self) -> int:
        return len(self.sections[2].rows)


def queue_shown(actor: Actor, most: int = SHOWN) -> QueueShown:
    """The queue by what is due next, at most `most` of each list: eight queries, however many tickets there are."""
    most = max(SHOWN, min(most, MOST_SHOWN))
    sessions = sessions_for_console(actor)
    talks = {session.ticket_id for session in sessions}
    found = tickets.queue(actor, most + 1 + len(talks))
    # A conversation stands once: a chat is under Live as long as it lasts.
    lists = [[ticket for ticket in rows if ticket.pk not in talks] for rows in (found.mine, found.team)]
    lists.append(found.escalated)
    clocks = open_clocks("ticket", {ticket.pk for rows in lists for ticket in rows})
    asked = _answer_clocks(found.escalated)
    titles = (("mine", _("Mine")), ("team", _("Team")), ("escalated", _("Escalated")))
    return QueueShown(
        waiting=_waiting(sessions),
        talking=[s for s in sessions if s.state == SessionState.ACTIVE],
        sections=[
            Section(code, title, [_row(ticket, by) for ticket in rows[:most]], len(rows) > most)
            for (code, title), rows, by in zip(titles, lists, (clocks, clocks, asked), strict=True)
        ],
        most=most,
    )


def _waiting(sessions: list[Session]) -> list[Waiting]:
    rows = [session for session in sessions if session.state == SessionState.WAITING]
    clocks = open_clocks("chat", [session.pk for session in rows]) if rows else {}
    states = {pk: _state(mine[0]) for pk, mine in clocks.items() if mine}
    return [Waiting(session, states.get(session.pk, "ok")) for session in rows]


def _answer_clocks(asked: list[Ticket]) -> dict[int, list[Clock]]:
    """The clock of each ticket's open question: what a specialist was asked is due by that one."""
    if not asked:
        return {}
    rows = Escalation.objects.filter(ticket__in=asked, state=Escalation.State.OPEN)
    tickets_of = dict(rows.values_list("pk", "ticket_id"))
    return {tickets_of[pk]: mine for pk, mine in open_clocks("escalation", tickets_of).items()}


def _row(ticket: Ticket, clocks: dict[int, list[Clock]]) -> Row:
    """The shape is that of the clock beside it."""
    ticking = [c for c in clocks.get(ticket.pk, ()) if c.state != ClockState.PAUSED and c.due]
    if ticking:
        return Row(ticket, _state(ticking[0]), ticking[0])
    return Row(ticket, "paused" if clocks.get(ticket.pk) else "none", None)


# --- a conversation ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Due:
    """A clock above the conversation."""

    clock: Clock
    label: str
    state: str


def dues(ticket: Ticket) -> list[Due]:
    """The open clocks of a ticket, the one that is due next first; paused ones last."""
    rows = open_clocks("ticket", [ticket.pk])[ticket.pk]
    made = [Due(c, str(METRICS.get(Metric(c.metric), c.metric)), _state(c)) for c in rows]
    return sorted(made, key=lambda due: due.state == "paused")


def _state(clock: Clock) -> str:
    if clock.state == ClockState.PAUSED:
        return "paused"
    if clock.state == ClockState.BREACHED or (clock.due and clock.due < now()):
        return "late"
    return "warn" if clock.warned_at or (clock.warn_at and clock.warn_at <= now()) else "ok"


def thread_rows(actor: Actor, ticket: Ticket, me: str, read: int) -> list[dict[str, Any]]:
    """The thread of both streams as templates draw it; `read`: how far the buyer has read."""
    rows = [_shown(message, me) for message in tickets.thread(actor, ticket, THREAD_LIMIT)]
    seen = [row for row in rows if row["own"] and row["public"] and row["seq"] <= read]
    if seen:
        seen[-1]["read"] = True
    return rows


def _shown(message: Message, me: str) -> dict[str, Any]:
    row = tickets.wire(message)
    return {
        **row,
        "at": message.created_at,
        "public": message.stream.kind == Stream.Kind.PUBLIC,
        "staff": message.author_kind == "staff",
        "own": row["author"]["id"] == me and message.kind != MessageKind.EVENT,
        "read": False,
    }


def head_of(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """What stands above the thread and changes while it is read."""
    session = open_session_of(ticket)
    return {
        "ticket": ticket,
        "dues": dues(ticket),
        "escalation": _escalation(actor, ticket),
        "session": session,
        "closing": closing_words(session, timezone.get_current_timezone_name()) if session else "",
        "statuses": [(value, label) for value, label in status_labels() if value in _choices(ticket)],
        "status_now": dict(status_labels())[ticket.status],
        "priorities": [(p.value, priority_label(p)) for p in Priority if p != ticket.priority],
        "priority_now": priority_label(ticket.priority),
        "is_mine": ticket.assignee_id == actor.id,
    }


def _choices(ticket: Ticket) -> set[str]:
    """What staff may set by hand; a ticket is new by being opened and closed by time."""
    by_hand = (Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED)
    return {status.value for status in by_hand if status != ticket.status}


def status_labels() -> list[tuple[str, str]]:
    """The statuses in words, as staff say them."""
    return [
        (Status.NEW, _("New")),
        (Status.OPEN, _("Open")),
        (Status.WAITING, _("Waiting for the buyer")),
        (Status.ON_HOLD, _("On hold")),
        (Status.SOLVED, _("Solved")),
        (Status.CLOSED, _("Closed")),
    ]


def priority_label(priority: str) -> str:
    """A priority in words."""
    words = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
    return words[priority]


def _escalation(actor: Actor, ticket: Ticket) -> dict[str, Any] | None:
    row = (
        Escalation.objects.filter(ticket=ticket)
        .exclude(state=Escalation.State.RETURNED)
        .select_related("to_team__calendar", "from_person", "specialist")
        .order_by("-pk")
        .first()
    )
    if row is None or (row.state == Escalation.State.ANSWERED and not ticket.is_live):
        return None
    theirs = actor.is_manager or row.to_team_id in actor.team_ids
    return {
        "row": row,
        "can_answer": theirs and row.state == Escalation.State.OPEN,
        "client_id": uuid.uuid4(),
    }


def used_percent(clock: Clock) -> int | None:
    """How much of a target in desk time is gone, 0 to 100; None for promises by days and by an instant."""
    if clock.unit != Unit.DESK_SECONDS or not clock.target:
        return None
    return min(100, max(0, round(100 * used_at(clock, clock.ended_at or now()) / clock.target)))


# --- context -------------------------------------------------------------------------------------------------
def context_of(actor: Actor, ticket: Ticket, question: str | None = None) -> dict[str, Any]:
    """The order with what may be done on it, the buyer at a glance, answers for the last question.

    `question`: the buyer's last words where they are at hand; looked up otherwise.
    """
    order = ticket.order
    said = _last_words(ticket) if question is None else question
    hits = answers_for(ticket, f"{ticket.subject} {said}")
    shown: dict[str, Any] = {"ticket": ticket, "buyer": _buyer(ticket.requester), "hits": hits}
    return {**shown, **(order_panel.shown(actor, order) if order else {"order": None})}


def _buyer(person: Person) -> dict[str, Any]:
    return {
        "person": person,
        **_counts(person),
        "shopper": shopper_of(person.pk),
        "zone": person.timezone or "UTC",
        "now": now(),
    }


def _counts(person: Person) -> dict[str, int]:
    """How many orders and tickets, in one query."""
    orders_of = Order.objects.filter(person=person).order_by().values("person").annotate(n=Count("pk"))
    tickets_of = (
        Ticket.objects.filter(requester=person).order_by().values("requester").annotate(n=Count("pk"))
    )
    counted = Person.objects.filter(pk=person.pk).values(
        n_orders=Coalesce(Subquery(orders_of.values("n")), 0),
        n_tickets=Coalesce(Subquery(tickets_of.values("n")), 0),
    )
    row = counted[0]
    return {"orders": row["n_orders"], "tickets": row["n_tickets"]}


def last_question(rows: list[dict[str, Any]]) -> str:
    """The requester's newest words in a thread that is at hand."""
    said = (row for row in reversed(rows) if row["kind"] == "reply" and not row["staff"])
    return next((str(row["data"]["body"]) for row in said), "")


def _last_words(ticket: Ticket) -> str:
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind=Stream.Kind.PUBLIC)
    said = rows.filter(author_kind="buyer", kind=MessageKind.REPLY).order_by("-seq")
    return said.values_list("body", flat=True).first() or ""


def answers_for(ticket: Ticket, text: str = "") -> list[Hit]:
    """Articles for this text, or for what the buyer asked last."""
    words = text if text.strip() else f"{ticket.subject} {_last_words(ticket)}"
    return suggest(words, ticket.language or "en")


# --- choices for dialogs -------------------------------------------------------------------------------------
def colleagues(actor: Actor) -> list[tuple[Team, list[Person]]]:
    """The teams and their people, to assign to; two queries."""
    rows = Membership.objects.select_related("person", "team").order_by("team__position", "person__name")
    grouped: dict[Team, list[Person]] = {}
    for row in rows:
        grouped.setdefault(row.team, []).append(row.person)
    return list(grouped.items())


def escalation_offer(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """The specialist teams, and the time that their hours allow to promise."""
    teams = list(Team.objects.filter(tier=Team.Tier.SPECIALIST).select_related("calendar"))
    return {"teams": teams, "promised_for": _promised_for(ticket, teams[0]) if teams else None}


def _promised_for(ticket: Ticket, team: Team) -> datetime | None:
    facts = {
        "category": ticket.category.code,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "member_type": ticket.requester.member_type,
        "team": team.code,
        "store": ticket.store.code if ticket.store else "",
    }
    for metric in (Metric.ESCALATION_ANSWER, Metric.RESOLUTION, Metric.FIRST_RESPONSE):
        offered = quote(facts=facts, calendar_id=team.calendar_id, metric=metric, at=now())
        if offered is not None:
            return offered.due
    return None


def presence_of(actor: Actor) -> str:
    """One's own switch: on, away or off."""
    return Presence.objects.filter(person_id=actor.id).values_list("switch", flat=True).first() or "off"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, by kind; no ranking over all."""

    tickets: list[tickets.FoundTicket]
    orders: list[Order]


def find(actor: Actor, text: str) -> Found:
    """Tickets and orders by number, tracking, SKU, address, name or words."""
    if not text.strip():
        return Found([], [])
    return Found(
        tickets=tickets.find(actor, text, limit=FOUND),
        orders=list(orders.search_orders(actor, text)[:FOUND]),
    )
