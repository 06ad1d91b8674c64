"""A chat ends, by either side or by itself: its words stand on the ticket and go on there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions as accounts
from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import (
    Forbidden,
)
from core.events import publish
from livechat import queries
from livechat.actions._rows import fresh, lock_ticket, move, owner_of, write_line
from livechat.actions.hours import closing_now
from livechat.actions.offers import NOT_HANDED, close_offer
from livechat.events import ChatEnded
from livechat.life import closing_of
from livechat.models import OPEN_STATES, QUEUED_STATES, Offer, Session, SessionState
from livechat.permissions import can_end
from sla.actions import cancel_clocks
from sla.models import Metric
from sla.queries import open_clocks
from tickets import actions as tickets
from tickets.models import Ticket


def end_chat(*, actor: Actor, session: str) -> Session:
    """End a chat, from either side. One that still waited goes on as a ticket: its words stand there.

    Ending what has ended changes nothing. Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_end(actor, found):
            raise Forbidden(_("This chat is not yours to end."))
        ticket = lock_ticket(found)
        assert ticket is not None
        finish(actor, fresh(found.pk), ticket, now())
        return queries.access_session(actor, session)


def end_chat_of(*, ticket_id: int) -> None:
    """A ticket that was solved has no chat any more. Runs under the ticket's lock."""
    session = Session.objects.filter(ticket_id=ticket_id, state__in=OPEN_STATES).first()
    ticket = lock_ticket(session) if session is not None else None
    if session is not None and ticket is not None:
        finish(SYSTEM, fresh(session.pk), ticket, now())


def finish(actor: Actor, session: Session, ticket: Ticket, at: datetime) -> bool:
    """The talk is over: written up by its agent where a person ended it, or a ticket where nobody had come. Under
    the ticket's lock."""
    if session.state in QUEUED_STATES:
        state = SessionState.BECAME_TICKET
    else:
        state = SessionState.ENDED if actor.is_system else SessionState.WRAPUP
    return end_as(actor, session, ticket, at, state, why="")


def end_as(
    actor: Actor, session: Session, ticket: Ticket, at: datetime, state: SessionState, *, why: str
) -> bool:
    """The one way out of an open chat, once: False when it had ended. Under the ticket's lock.

    With wrap-up it is over for its buyer, and takes its agent's place for two minutes. As a ticket it has a
    ticket's clocks from the oldest unanswered message, and the log says by when an answer comes. `why`: closed,
    nobody, buyer_gone, silent, team (that it was handed to is not there), or blank for a person's own wish.
    """
    before = session.state
    if before not in OPEN_STATES:
        return False
    by = "system" if actor.is_system else "agent" if actor.is_staff else "buyer"
    hours = {"closes_at": session.closes_at, "hours_version": session.hours_version}
    agent_id = session.agent_id
    if not move(session, before, at, state=state, ended_at=at, ended_by=by, **NOT_HANDED, **hours):
        return False
    close_offer(session, ticket, at, Offer.Outcome.WITHDRAWN)
    session.voices.filter(left_at=None).update(left_at=at)
    if agent_id is not None:
        accounts.count_chat(person_id=agent_id, at=at)
    cancel_clocks(actor=actor, owner=owner_of(session), at=at, reason="the chat ended")
    as_ticket = state == SessionState.BECAME_TICKET
    tickets.chat_ended(ticket, at, actor=actor, as_ticket=as_ticket)
    told: dict[str, Any] = {"by": by, "state": queries.seen_as(state), "why": why}
    if as_ticket:
        told |= {"number": ticket.pk, "promised": _promised(ticket), "zone": ticket.team.calendar.timezone}
        told |= {"team_name": ticket.team.name} if why == "team" else {}
    line = write_line(ticket, session, "chat.ended", actor=actor, **told)
    if as_ticket and why:
        outbox.enqueue("chat.mail", {"message": line.pk}, key=f"chat.mail:{session.pk}")
    publish(ChatEnded(session.pk, ticket.pk, queries.seen_as(state)))
    return True


def _promised(ticket: Ticket) -> datetime | None:
    """By when an answer comes; None when nothing waits for one."""
    answers = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)
    return next((c.due for c in open_clocks("ticket", [ticket.pk])[ticket.pk] if c.metric in answers), None)


def close_when_over(session: Session, at: datetime, ticket: Ticket | None = None) -> bool:
    """Whether the desk's closing has ended this chat by now; then it is a ticket, even if no worker ran.

    Takes the ticket's lock where the caller does not hold it. The session is of `queries` or `fresh`.
    """
    closing = closing_now(session, at)
    if closing.at is None or at < closing_of(session.state, closing.at):
        return False
    held = ticket or lock_ticket(session)
    assert held is not None
    session.closes_at, session.hours_version = closing.at, closing.version
    end_as(SYSTEM, session, held, at, SessionState.BECAME_TICKET, why="closed")
    return True
