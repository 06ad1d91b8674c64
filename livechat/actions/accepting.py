"""Somebody of the desk comes: by a button, or by the first reply."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person
from core import outbox
from core.actors import Actor
from core.clock import now
from core.errors import (
    Closed,
    Conflict,
    Forbidden,
)
from core.events import publish
from livechat import queries, words
from livechat.actions._rows import fresh, lock_ticket, move, owner_of, write_line
from livechat.actions.ending import close_when_over
from livechat.actions.hours import closing_now
from livechat.events import ChatAccepted
from livechat.models import OPEN_STATES, Session, SessionState
from livechat.permissions import can_accept
from sla.actions import meet_clock
from sla.models import Metric
from tickets import actions as tickets
from tickets.models import Ticket


def accept_chat(*, actor: Actor, session: str) -> Session:
    """Take a waiting chat; the buyer sees the name. Accepting one's own again changes nothing.

    Raises NotFound, Forbidden, Conflict `taken` (by whom) and `not_waiting`, Closed with `opens_at` and `ticket`
    from the desk's closing instant on: then the chat is a ticket, whether or not a worker has seen to it.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_accept(actor, found):
            raise Forbidden(_("This desk is not yours."))
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        late = found.state == SessionState.WAITING and close_when_over(found, at, ticket)
        if not late:
            if not _claim(found, actor.id, at):
                return _not_claimed(actor, found)
            if ticket.assignee_id != actor.id:
                tickets.take_ticket(actor=actor, ticket=ticket.public_id)
            _joined(actor, found, ticket, actor.name)
            return queries.access_session(actor, session)
    raise _closed(actor, found, at)


def _closed(actor: Actor, session: Session, at: datetime) -> Closed:
    """The step to a ticket is committed; whoever came too late is told why and where it goes on."""
    desk = queries.desk_state(session.team, at)
    when = words.in_both(session.closes_at or at, desk.zone, actor.timezone, since=at)
    names = {"when": when, "number": session.ticket_id}
    told = _("This desk closed at %(when)s. The chat goes on as ticket #%(number)s.") % names
    return Closed(told, opens_at=desk.opens_at, ticket=session.ticket.public_id)


def join_by_reply(*, ticket_id: int, person: Person, seq: int) -> None:
    """A member of staff answered a chat that waits: that accepts it. Runs under the ticket's lock.

    After the desk's closing it is a ticket's reply, and goes out by mail as such. Raises Conflict
    `not_assignee` for the agent who was lost to this chat: what was typed before does not take it back.
    """
    rows = Session.objects.filter(ticket_id=ticket_id, state__in=OPEN_STATES)
    session = rows.select_related(*queries.RELATED).first()
    if session is None:
        return
    if session.lost_agent_id == person.pk and session.agent_id != person.pk:
        raise Conflict(
            _("Your connection was gone, and this chat waits for somebody else. Accept it to go on."),
            code="not_assignee",
        )
    if session.state != SessionState.WAITING:
        return
    at = now()
    if close_when_over(session, at):
        payload = {"ticket": ticket_id, "seq": seq}
        outbox.enqueue("ticket.mail", payload, key=f"ticket.mail:{ticket_id}:{seq}")
    elif _claim(session, person.pk, at):
        actor = Actor(kind="staff", id=person.pk, name=person.display_name)
        _joined(actor, session, session.ticket, person.display_name)


def _claim(session: Session, agent_id: int | None, at: datetime) -> bool:
    closing = closing_now(session, at)
    return move(
        session,
        SessionState.WAITING,
        at,
        state=SessionState.ACTIVE,
        agent_id=agent_id,
        accepted_at=at,
        lost_agent_id=None if session.lost_agent_id == agent_id else session.lost_agent_id,
        nobody_since=None,
        told_gone_at=None,
        warned_at=None,
        **closing.fields(),
    )


def _not_claimed(actor: Actor, session: Session) -> Session:
    current = queries.access_session(actor, session.public_id)
    if current.state == SessionState.BECAME_TICKET:
        told = _("This chat does not wait any more: it is ticket #%(number)s.") % {
            "number": current.ticket_id
        }
        raise Conflict(told, code="not_waiting", ticket=current.ticket.public_id)
    if current.state != SessionState.ACTIVE:
        raise Conflict(_("This chat does not wait any more."), code="not_waiting")
    if current.agent_id == actor.id:
        return current
    name = current.agent.display_name if current.agent else ""
    raise Conflict(_("%(name)s has accepted this chat.") % {"name": name}, code="taken")


def _joined(actor: Actor, session: Session, ticket: Ticket, name: str) -> None:
    write_line(ticket, session, "chat.joined", actor=actor, agent_name=name)
    meet_clock(actor=actor, owner=owner_of(session), metric=Metric.CHAT_PICKUP, at=now())
    publish(ChatAccepted(session.pk, session.ticket_id))
