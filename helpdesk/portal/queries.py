"""Reads over several rooms for the portal's pages: desks, order cards, a ticket's strip and thread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Team
from accounts.queries import chat_teams
from core.actors import Actor
from core.clock import now
from helpdesk.portal.order_page import next_line, open_promise, promise_words
from livechat.models import Session, SessionState
from livechat.queries import DeskState, Waits, became_ticket, desk_state, place_in_queue
from livechat.words import closing_words
from orders.models import Order
from orders.queries import visible_orders
from sla.models import Clock, ClockState, Metric
from sla.queries import Quote, open_clocks
from sla.receipts import Line, receipt
from tickets.actions.rules import may_write
from tickets.models import Category, Status, Ticket
from tickets.queries import open_escalation, promise_for_new, thread, wire

THREAD_LIMIT = 200
BUYER = Actor(kind="buyer")  # whether words are taken depends on the side alone
BUYERS_METRICS = (Metric.ESCALATION_ANSWER, Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)


# --- desks ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Desk:
    """A chat desk and whether it is there."""

    team: Team
    state: DeskState

    @property
    def for_orders(self) -> bool:
        return self.team.needs_order


def desks(at: datetime | None = None) -> list[Desk]:
    """The chat desks in their order, each with its present state."""
    moment = at or now()
    return [Desk(team, desk_state(team, moment)) for team in chat_teams()]


def desk_for(desks_now: Iterable[Desk], *, on_order: bool) -> Desk | None:
    """The desk that a chat goes to: with an order the one that wants one, else the other."""
    return next((desk for desk in desks_now if desk.for_orders == on_order), None)


def promise(category: Category, order: Order | None, actor: Actor, member_type: str) -> Quote | None:
    """By when a ticket written now would be answered."""
    return promise_for_new(category=category, order=order, channel="web", member_type=member_type, at=now())


# --- orders --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order as lists show it."""

    order: Order
    first: str
    more: int
    line: str
    late: bool


def order_rows(actor: Actor) -> QuerySet[Order]:
    """The orders that this actor sees, with what a card shows of each."""
    return visible_orders(actor).prefetch_related("lines")


def cards(orders: list[Order], actor: Actor) -> list[OrderCard]:
    """Cards for a page of orders; one query for all their promises."""
    clocks = open_clocks("order", [order.pk for order in orders]) if orders else {}
    return [_card(order, open_promise(clocks.get(order.pk, ())), actor) for order in orders]


def _card(order: Order, clock: Clock | None, actor: Actor) -> OrderCard:
    lines = list(order.lines.all())
    first = lines[0].name if lines else ""
    return OrderCard(order, first, max(0, len(lines) - 1), next_line(order, clock, actor), is_late(clock))


def is_late(clock: Clock | None) -> bool:
    """Whether a promise is past its due."""
    if clock is None:
        return False
    return clock.state == ClockState.BREACHED or bool(clock.due and clock.due < now())


# --- a ticket's page -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Strip:
    """What stands above a thread: `tone` is "", warned, late or calm; `clock` counts down."""

    title: str = ""
    text: str = ""
    tone: str = ""
    icon: str = "clock"
    clock: Clock | None = None
    zone: str = ""
    due: datetime | None = None
    was_chat: bool = False  # the desk closed, or nobody was free: the chat is a ticket now

    @property
    def lines(self) -> list[Line]:
        """Why the answer is due then, step by step, in the desk's zone and the reader's; one query."""
        return receipt(self.clock, zone=timezone.get_current_timezone_name()) if self.clock else []


def strip_of(ticket: Ticket, session: Session | None) -> Strip:
    """The one thing that its requester wants to know: who is there, or by when an answer comes."""
    if session is not None:
        return _chat_strip(session)
    if ticket.status == Status.SOLVED:
        return Strip(_("Solved"), _("Write below if it is not: that opens it again."), "calm", "circle-check")
    if ticket.merged_into_id is not None:
        words = _("This goes on in ticket #%(number)s") % {"number": ticket.merged_into_id}
        return Strip(_("Put together with another ticket"), words, "calm", "circle-check")
    if ticket.status == Status.CLOSED and not may_write(BUYER, ticket, now()):
        return Strip(
            _("Closed"), _("Something more? Go on from here in a new ticket."), "calm", "circle-check"
        )
    if ticket.status == Status.CLOSED:
        return Strip(_("Closed"), _("Write below and we take it up again."), "calm", "circle-check")
    asked = open_escalation(ticket)
    if asked is not None:
        clock = next(iter(open_clocks("escalation", [asked.pk])[asked.pk]), None)
        zone, due = asked.to_team.calendar.timezone, asked.promised_for
        return Strip(zone=zone, due=due, tone=_tone(due), clock=clock)
    clocks = open_clocks("ticket", [ticket.pk])[ticket.pk]
    told = next((c for m in BUYERS_METRICS for c in clocks if c.metric == m and c.due), None)
    if told is not None:
        return replace(_promise_strip(told), was_chat=became_ticket(ticket))
    if ticket.status == Status.WAITING:
        return Strip(
            _("We wait for your answer"),
            _("Take your time: nothing is lost meanwhile."),
            "calm",
            "message-circle",
        )
    return Strip(_("We are on it"), _("You get a mail when we write."), "calm", "headset")


def _tone(due: datetime) -> str:
    return "late" if due < now() else ""


def _promise_strip(clock: Clock) -> Strip:
    late = clock.state == ClockState.BREACHED or bool(clock.due and clock.due < now())
    tone = "late" if late else "warned" if clock.warned_at else ""
    zone = clock.calendar_version.calendar.timezone
    return Strip(clock=clock, tone=tone, zone=zone, due=clock.due, icon="alert-circle" if late else "clock")


def _chat_strip(session: Session) -> Strip:
    ends = closing_words(session, timezone.get_current_timezone_name())
    tone = "warned" if ends else ""
    if session.state == SessionState.ACTIVE and session.agent:
        title = _("You are chatting with %(name)s") % {"name": session.agent.display_name}
        return Strip(title, ends or _("Messages arrive at once."), tone, "message-circle")
    place = place_in_queue(session) or 1
    words = ngettext("You are next in the queue", "You are number %(n)d in the queue", place)
    stay = _("You may leave this page: the answer is kept here.")
    minutes = Waits().about_minutes(session, place)
    if minutes is not None:
        about = ngettext("about %(n)d minute", "about %(n)d minutes", minutes) % {"n": minutes}
        stay = f"{about[:1].upper()}{about[1:]}. {stay}"
    return Strip(words % {"n": place}, f"{ends}. {stay}" if ends else stay, tone, "hourglass")


def thread_rows(actor: Actor, ticket: Ticket, public_id: str, agent_read: int) -> list[dict[str, Any]]:
    """The thread as the template draws it: the wire's shape, the instant, whether it is the reader's own, and
    whether it is the newest own one that the other side has read."""
    rows: list[dict[str, Any]] = []
    for message in thread(actor, ticket, THREAD_LIMIT):
        event = wire(message)
        if event["data"].get("withdrawn"):
            continue  # a line of its own says where it went
        own = bool(public_id) and event["author"]["id"] == public_id and event["kind"] == "reply"
        rows.append({**event, "at": message.created_at, "own": own, "read": False})
    mine = [row for row in rows if row["own"] and row["seq"] <= agent_read]
    if mine:
        mine[-1]["read"] = True
    return rows


__all__ = ["Desk", "OrderCard", "Strip", "cards", "desk_for", "desks", "promise", "promise_words", "strip_of"]
