"""Somebody comes: out of the queue or from a colleague, by a button or by the first reply."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.models import Person, Team
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
from livechat.actions.hours import closing_now, first_closing
from livechat.actions.offers import NOT_HANDED, close_offer, hold_place
from livechat.actions.voices import speak_up
from livechat.events import ChatAccepted
from livechat.models import OPEN_STATES, QUEUED_STATES, Offer, Session, SessionState
from livechat.permissions import can_accept
from sla.actions import meet_clock
from sla.models import Metric
from tickets import actions as tickets
from tickets import pushes
from tickets.models import Ticket


def accept_chat(*, actor: Actor, session: str) -> Session:
    """Take a chat that waits, that one is asked to take, or that waits to be handed to one's desk; the buyer sees the
    name. Accepting one's own again changes nothing.

    Whoever of the desk is faster may take what another one is asked to take. Raises NotFound, Forbidden, Conflict
    `taken` (by whom) and `not_waiting`, Closed with `opens_at` and `ticket` from the desk's closing instant on: then
    the chat is a ticket, whether or not a worker has seen to it.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_accept(actor, found):
            raise Forbidden(_("This desk is not yours."))
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        late = found.state in QUEUED_STATES and close_when_over(found, at, ticket)
        if not late:
            person = Person.objects.get(pk=actor.id)
            if found.state in QUEUED_STATES:
                take(actor, found, ticket, person, at)
            elif is_handed_to(found, actor.id, actor.team_ids):
                take_handed(actor, found, ticket, person, at)
            else:
                return _not_claimed(actor, found)
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
    """A member of staff answered a chat that waits, or that they are asked to take: that accepts it; in another's
    talk they are a second voice from now on. Runs under the ticket's lock.

    After the desk's closing it is a ticket's reply, and goes out by mail as such. Raises Conflict
    `not_assignee` for the agent who held this chat before: what was typed then does not take it back.
    """
    rows = Session.objects.filter(ticket_id=ticket_id, state__in=OPEN_STATES)
    session = rows.select_related(*queries.RELATED).first()
    if session is None or session.agent_id == person.pk:
        return
    actor = Actor(kind="staff", id=person.pk, name=person.display_name)
    speaks = session.voices.filter(person=person, left_at=None).exists()
    if session.lost_agent_id == person.pk and not speaks and session.offered_to_id != person.pk:
        raise not_assignee(session)
    at = now()
    if session.state == SessionState.ACTIVE:
        if session.offered_to_id == person.pk and not _is_over(session, at):
            take_handed(actor, session, session.ticket, person, at)
        elif not speaks:
            speak_up(actor, session, session.ticket, person, at)
    elif close_when_over(session, at):
        payload = {"ticket": ticket_id, "seq": seq}
        outbox.enqueue("ticket.mail", payload, key=f"ticket.mail:{ticket_id}:{seq}")
    else:
        take(actor, session, session.ticket, person, at)


def not_assignee(session: Session) -> Conflict:
    """Why words of the one who had this chat are refused."""
    if session.state == SessionState.ACTIVE and session.agent is not None:
        told = _("%(name)s has this chat now. Join it to write here.") % {"name": session.agent.display_name}
    else:
        told = _("Your connection was gone, and this chat waits for somebody else. Accept it to go on.")
    return Conflict(told, code="not_assignee")


def take(actor: Actor, session: Session, ticket: Ticket, person: Person, at: datetime) -> bool:
    """Out of the queue: from now on it is theirs, and takes a place of theirs. Under the ticket's lock.

    `actor` is the person, or SYSTEM where chats come without being asked. False when it had moved on.
    """
    hold_place(person.pk)
    waited = max(0, int((at - session.queued_at).total_seconds()))
    done = move(
        session,
        session.state,
        at,
        state=SessionState.ACTIVE,
        agent_id=person.pk,
        accepted_at=at,
        waited=waited if session.waited is None else session.waited,
        lost_agent_id=None if session.lost_agent_id == person.pk else session.lost_agent_id,
        nobody_since=None,
        told_gone_at=None,
        warned_at=None,
        **NOT_HANDED,
        **closing_now(session, at).fields(),
    )
    if done:
        _is_theirs(actor, session, ticket, person, at)
        write_line(ticket, session, "chat.joined", actor=actor, agent_name=person.display_name)
        meet_clock(actor=actor, owner=owner_of(session), metric=Metric.CHAT_PICKUP, at=at)
        publish(ChatAccepted(session.pk, session.ticket_id))
    return done


def is_handed_to(session: Session, person_id: int | None, team_ids: frozenset[int]) -> bool:
    """Whether somebody may take a talk that goes on: they are asked to, or it waits for their team."""
    if session.state != SessionState.ACTIVE or session.agent_id == person_id or _is_over(session, now()):
        return False
    return session.offered_to_id == person_id or session.to_team_id in team_ids


def _is_over(session: Session, at: datetime) -> bool:
    """Nobody is given anything new from the desk's closing on."""
    return session.closes_at is not None and at >= session.closes_at


def take_handed(actor: Actor, session: Session, ticket: Ticket, person: Person, at: datetime) -> bool:
    """A talk goes from its agent to another one; the buyer reads it. Under the ticket's lock.

    With a team that it was handed to, the chat is that desk's, unless its buyer has another one open there.
    """
    hold_place(person.pk)
    before, team = session.agent, session.to_team
    if team is not None and queries.open_session_with(session.requester_id, team) is not None:
        team = None
    hours = first_closing(team, at) if team is not None else closing_now(session, at)
    done = move(
        session,
        SessionState.ACTIVE,
        at,
        agent_id=person.pk,
        accepted_at=at,
        lost_agent_id=session.agent_id,
        told_gone_at=None,
        warned_at=None,
        priority=0,
        **({"team_id": team.pk, "told_closing": None} if team is not None else {}),
        **NOT_HANDED,
        **hours.fields(),
    )
    if done:
        _is_theirs(actor, session, ticket, person, at, team)
        session.voices.filter(person=person, left_at=None).update(left_at=at)
        if before is not None:
            accounts.count_chat(person_id=before.pk, at=at)
            pushes.inbox_changed(ticket, also_people=[before.pk])
        names = {"agent_name": person.display_name, "from_name": before.display_name if before else ""}
        write_line(ticket, session, "chat.transferred", actor=actor, **names)
        publish(ChatAccepted(session.pk, session.ticket_id))
    return done


def _is_theirs(
    actor: Actor, session: Session, ticket: Ticket, person: Person, at: datetime, team: Team | None = None
) -> None:
    session.agent = person
    close_offer(session, ticket, at, Offer.Outcome.WITHDRAWN, taker=person.pk)
    tickets.hand_over(ticket, at, actor=actor, person=person, team=team)
    accounts.count_chat(person_id=person.pk, at=at)


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
