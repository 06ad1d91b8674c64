"""Reads over several rooms for the console: the queue, a conversation, its context, search."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Person, Presence, Team
from accounts.queries import shopper_of
from core.actors import Actor
from core.clock import now
from faq.queries import suggest
from faq.search import Hit
from helpdesk.portal import order_page
from livechat.models import Session, SessionState
from livechat.queries import open_session_of, sessions_for_console
from orders import queries as orders
from orders.models import Order, OrderStatus
from orders.rules import return_until
from sla.clocks import used_at
from sla.models import Clock, ClockState, Metric, Unit
from sla.queries import clocks_of, open_clocks, quote
from tickets import queries as tickets
from tickets.models import Escalation, Message, MessageKind, Priority, Status, Stream, Ticket

SHOWN = 50
MOST_SHOWN = 500
FOUND = 20
THREAD_LIMIT = 200
STATES = {"fine": "ok", "warned": "warn", "late": "late", "paused": "paused", "none": "none"}
METRICS = {
    Metric.FIRST_RESPONSE: gettext_lazy("First response"),
    Metric.NEXT_RESPONSE: gettext_lazy("Next response"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
    Metric.ESCALATION_ANSWER: gettext_lazy("Escalation"),
    Metric.DISPATCH: gettext_lazy("Dispatch"),
    Metric.DELIVERY: gettext_lazy("Delivery"),
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
class Section:
    """One list of the queue; `more`: there are further ones than are shown."""

    code: str
    title: str
    rows: list[Row]
    more: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A chat that nobody has accepted yet; `state` of its pick-up clock: ok, warn, late."""

    session: Session
    state: str


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
    def mine(self) -> str:
        """The number on the rail: one's own tickets and chats; blank for none."""
        count = len(self.sections[0].rows) + len(self.talking)
        return f"{count}{'+' if self.sections[0].more else ''}" if count else ""

    @property
    def asked(self) -> str:
        """How much was asked of one's teams; blank for nothing."""
        asked = self.sections[2]
        return f"{len(asked.rows)}{'+' if asked.more else ''}" if asked.rows else ""


def queue_shown(actor: Actor, most: int = SHOWN) -> QueueShown:
    """The queue by what is due next, at most `most` of each list; the same few queries for any number of tickets."""
    most = max(SHOWN, min(most, MOST_SHOWN))
    sessions = sessions_for_console(actor)
    talks = {session.ticket_id for session in sessions}
    found = tickets.queue(actor, most + 1 + len(talks))
    # A conversation stands once: a chat is under Live as long as it lasts.
    lists = [[ticket for ticket in rows if ticket.pk not in talks] for rows in (found.mine, found.team)]
    lists.append(found.escalated)
    clocks = open_clocks("ticket", {ticket.pk for rows in lists for ticket in rows[:most]})
    titles = (("mine", _("Mine")), ("team", _("Team")), ("escalated", _("Escalated")))
    return QueueShown(
        waiting=_waiting([s for s in sessions if s.state == SessionState.WAITING]),
        talking=[s for s in sessions if s.state == SessionState.ACTIVE],
        sections=[
            Section(code, title, [_row(ticket, clocks) for ticket in rows[:most]], len(rows) > most)
            for (code, title), rows in zip(titles, lists, strict=True)
        ],
        most=most,
    )


def _waiting(sessions: list[Session]) -> list[Waiting]:
    clocks = open_clocks("chat", [session.pk for session in sessions]) if sessions else {}
    return [Waiting(s, _state(clocks[s.pk][0]) if clocks.get(s.pk) else "ok") for s in sessions]


def _row(ticket: Ticket, clocks: dict[int, list[Clock]]) -> Row:
    ticking = [c for c in clocks.get(ticket.pk, ()) if c.state != ClockState.PAUSED and c.due]
    return Row(ticket, STATES.get(ticket.sla_state, "none"), ticking[0] if ticking else None)


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
    return {
        "ticket": ticket,
        "dues": dues(ticket),
        "escalation": _escalation(actor, ticket),
        "session": open_session_of(ticket),
        "statuses": [(value, label) for value, label in status_labels() if value in _choices(ticket)],
        "status_now": dict(status_labels())[ticket.status],
        "priorities": [(p.value, priority_label(p)) for p in Priority],
        "is_mine": ticket.assignee_id == actor.id,
    }


def _choices(ticket: Ticket) -> set[str]:
    """What staff may set by hand; a ticket is new by being opened and closed by time."""
    by_hand = (Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED)
    return {str(status) for status in by_hand if status != ticket.status}


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
def context_of(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """The order with what may be done on it, the buyer at a glance, answers for the last question."""
    order = ticket.order
    shown: dict[str, Any] = {"ticket": ticket, "buyer": _buyer(ticket.requester), "hits": answers_for(ticket)}
    return {**shown, **(_order(actor, order) if order else {"order": None})}


def _order(actor: Actor, found: Order) -> dict[str, Any]:
    order = orders.load_parts(found)
    clocks = [clock for clock in clocks_of("order", order.pk) if clock.is_open]
    ticking = order_page.open_promise(clocks)
    deeds = order_page.deeds(order, actor)
    return {
        "order": order,
        "steps": order_page.steps(order, ticking),
        "promise": ticking,
        "promise_words": order_page.promise_words(order, ticking),
        "promise_state": _state(ticking) if ticking else "",
        "deeds": [deed for deed in deeds if _is_for_staff(deed)],
        "returnable": _returnable(order, actor),
        "parcels": orders.parcels(order),
    }


def _is_for_staff(deed: order_page.Deed) -> bool:
    """What staff do themselves, and what cannot be done with the reason; the rest buyers ask for right here."""
    if not deed.choice.allowed:
        return deed.code in ("cancel", "return")
    return deed.code == "cancel" or (deed.code == "follow" and deed.url.startswith("http"))


def _returnable(order: Order, actor: Actor) -> datetime | None:
    """Until when the buyer may ask for a return; None where that is not open."""
    ends = return_until(order, actor) if order.status == OrderStatus.DELIVERED else None
    return ends if ends is not None and ends > now() else None


def _buyer(person: Person) -> dict[str, Any]:
    return {
        "person": person,
        "orders": person.orders.count(),
        "tickets": person.tickets.count(),
        "shopper": shopper_of(person.pk),
        "zone": person.timezone or "UTC",
        "now": now(),
    }


def answers_for(ticket: Ticket, text: str = "") -> list[Hit]:
    """Articles for this text, or for what the buyer asked last."""
    if not text.strip():
        last = (
            Message.objects.filter(
                stream__ticket=ticket, stream__kind=Stream.Kind.PUBLIC, author_kind="buyer", kind="reply"
            )
            .order_by("-seq")
            .values_list("body", flat=True)
            .first()
        )
        text = f"{ticket.subject} {last or ''}"
    return suggest(text, ticket.language or "en")


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

    tickets: list[Ticket]
    orders: list[Order]


def find(actor: Actor, text: str) -> Found:
    """Tickets and orders by number, tracking, SKU, address, name or words."""
    if not text.strip():
        return Found([], [])
    return Found(
        tickets=list(tickets.search(actor, text)[:FOUND]),
        orders=list(orders.search_orders(actor, text)[:FOUND]),
    )
