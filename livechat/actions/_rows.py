"""What every step of a chat does: lock, compare and set, write its line, set its deadline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.actors import Actor
from core.db import locked
from livechat import life, queries
from livechat.models import TIMED_STATES, Session, SessionState
from sla.actions import start_clock
from sla.models import Metric
from tickets import actions as tickets
from tickets.models import Message, Ticket


def owner_of(session: Session) -> tuple[str, int]:
    """The chat as an owner of clocks."""
    return ("chat", session.pk)


def lock_ticket(session: Session, *, skip_locked: bool = False) -> Ticket | None:
    """The ticket of a chat under its lock; None only where a locked one is skipped."""
    rows = Ticket.objects.select_related("requester", "category", "team", "store", "order", "assignee")
    return locked(rows.filter(pk=session.ticket_id), skip_locked=skip_locked).first()


def fresh(session_id: int) -> Session:
    """The row as it is under its ticket's lock."""
    return locked(Session.objects.select_related(*queries.RELATED).filter(pk=session_id)).get()


def move(session: Session, before: str, at: datetime, **fields: Any) -> bool:
    """Compare and set: from the state that is expected, with the deadline that follows. False: it had moved on."""
    seen = {name: getattr(session, name) for name in fields}
    for name, value in fields.items():
        setattr(session, name, value)
    session.deadline_at, session.deadline = _deadline(session, at)
    values = {**fields, "deadline_at": session.deadline_at, "deadline": session.deadline}
    done = bool(Session.objects.filter(pk=session.pk, state=before).update(**values))
    if not done:
        for name, value in seen.items():
            setattr(session, name, value)
    return done


def _deadline(session: Session, at: datetime) -> tuple[datetime | None, str]:
    if session.state not in TIMED_STATES:
        return None, ""
    return life.deadline_of(known_of(session), at)


def known_of(session: Session) -> life.Known:
    """What its row alone tells; signs of life and the talk's silence are asked for elsewhere."""
    return life.Known(
        state=session.state,
        closes_at=session.closes_at,
        told_closing=session.told_closing,
        nobody_since=session.nobody_since,
        offered_at=session.offered_at,
        told_gone_at=session.told_gone_at,
        warned_at=session.warned_at,
        offer_until=session.offer_until,
        is_handed=session.state == SessionState.ACTIVE and session.handed_at is not None,
        ended_at=session.ended_at,
    )


def write_line(
    ticket: Ticket, session: Session, verb: str, *, actor: Actor, stream: str = "public", **data: Any
) -> Message:
    """One row in the public log, or in the staff's; instants as text."""
    plain = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in data.items()}
    told = {"session": session.public_id, **plain}
    return tickets.add_event(ticket, actor=actor, verb=verb, data=told, stream=stream)


def start_pickup(actor: Actor, session: Session, ticket: Ticket, at: datetime) -> None:
    """How soon somebody is to come, by the policy for this chat."""
    facts = {
        "category": ticket.category.code,
        "priority": ticket.priority,
        "channel": "chat",
        "member_type": ticket.requester.member_type,
        "team": session.team.code,
        "store": ticket.store.code if ticket.store else "",
    }
    start_clock(
        actor=actor,
        owner=owner_of(session),
        metric=Metric.CHAT_PICKUP,
        facts=facts,
        calendar_id=session.team.calendar_id,
        at=at,
    )
