"""A conversation: what stands above the thread, and the thread itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from helpdesk.console.queries.asking import asking_of
from helpdesk.console.queries.chats import chat_of
from helpdesk.console.queries.clocks import METRICS, state_of
from livechat.limits import WRAP_UP
from livechat.models import OPEN_STATES, SessionState
from livechat.permissions import can_wrap_up
from livechat.queries import session_on
from livechat.words import closing_words
from sla.models import Clock, Metric
from sla.queries import open_clocks
from tickets import queries as tickets
from tickets.models import Escalation, Message, MessageKind, Priority, Status, Stream, Ticket
from tickets.queries.links import belongings_of

THREAD_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A clock above the conversation."""

    clock: Clock
    label: str
    state: str


def dues(rows: list[Clock]) -> list[Due]:
    """The open clocks of a ticket, the one that is due next first; paused ones last."""
    made = [Due(c, str(METRICS.get(Metric(c.metric), c.metric)), state_of(c)) for c in rows]
    return sorted(made, key=lambda due: due.state == "paused")


def talk_of(actor: Actor, ticket: Ticket, me: str) -> tuple[list[dict[str, Any]], dict[str, Stream]]:
    """The thread of both streams as templates draw it, and the streams by kind; two queries, three for a bare one."""
    found = tickets.thread(actor, ticket, THREAD_LIMIT)
    streams = {message.stream.kind: message.stream for message in found}
    if len(streams) < len(Stream.Kind):
        streams = tickets.streams_of(actor, ticket)
    rows = [_shown(message, me) for message in found if not message.data.get("withdrawn")]
    read = streams[Stream.Kind.PUBLIC].buyer_read
    seen = [row for row in rows if row["own"] and row["public"] and row["seq"] <= read]
    if seen:
        seen[-1]["read"] = True
    return rows, streams


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


def head_of(actor: Actor, ticket: Ticket, clocks: list[Clock] | None = None) -> dict[str, Any]:
    """What stands above the thread and changes while it is read. `clocks`: the open ones, where they are at hand."""
    found = session_on(ticket)
    session = found if found and found.state in OPEN_STATES else None
    wrapup = found if found and found.state == SessionState.WRAPUP and can_wrap_up(actor, found) else None
    has = belongings_of(actor, ticket)
    return {
        "ticket": ticket,
        "dues": dues(open_clocks("ticket", [ticket.pk])[ticket.pk] if clocks is None else clocks),
        "escalation": _escalation(actor, ticket) if has.asked else None,
        "session": session,
        "chat": chat_of(actor, session) if session else None,
        "wrapup": wrapup,
        "wrap_until": wrapup.ended_at + WRAP_UP if wrapup and wrapup.ended_at else None,
        "closing": closing_words(session, timezone.get_current_timezone_name()) if session else "",
        "statuses": [(value, label) for value, label in status_labels() if value in _choices(ticket)],
        "status_now": dict(status_labels())[ticket.status],
        "priorities": [(p.value, priority_label(p)) for p in Priority if p != ticket.priority],
        "priority_now": priority_label(ticket.priority),
        "is_mine": ticket.assignee_id == actor.id,
        "is_closed": ticket.status == Status.CLOSED,
        "has": has,
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
        **asking_of(actor, row, theirs=theirs),
    }
