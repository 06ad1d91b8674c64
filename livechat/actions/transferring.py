"""A talk is handed to a colleague or to another team: it stays with its agent until somebody accepts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.models import Person, Team
from accounts.queries import staff_on, team_by_code
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Closed, Conflict, Forbidden, Invalid, NotFound
from core.events import publish
from core.text import clean_body
from livechat import agents, queries
from livechat.actions._rows import fresh, lock_ticket, move, write_line
from livechat.actions.accepting import take
from livechat.actions.ending import close_when_over, end_as
from livechat.actions.hours import closing_now
from livechat.actions.offers import NOT_HANDED, close_offer, hold_place, offer_to
from livechat.actions.voices import not_active
from livechat.events import ChatAccepted, ChatTold, ChatWaiting
from livechat.models import QUEUED_STATES, Offer, Session, SessionState
from livechat.permissions import can_hand_over, can_take_over
from tickets import actions as tickets
from tickets import pushes
from tickets.models import Ticket

WORDS_LIMIT = 1000


def transfer_chat(
    *, actor: Actor, session: str, to_agent: str = "", to_team: str = "", words: str = ""
) -> Session:
    """Hand a talk over, to a colleague (public id) or to a team (code), with what they should know (a note).

    A colleague has half a minute, then it stays with its agent. In a team it waits before all others, its agent
    staying until somebody accepts; where that team is closed or nobody of it is there, it goes on as a ticket of
    theirs and the buyer reads by when they answer. Raises NotFound, Forbidden, Invalid (to_agent, to_team, words),
    Conflict `not_active`, `handed` (already), `not_there`, `no_room`, Closed from the desk's closing on.
    """
    said = clean_body(words, field="words", limit=WORDS_LIMIT) if words.strip() else ""
    if bool(to_agent) == bool(to_team):
        raise Invalid.field("to_agent", _("Choose a colleague or a team."), code="whom")
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_hand_over(actor, found):
            raise Forbidden(_("This chat is not yours to hand over."))
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        _check_may_hand(found, at)
        if to_agent:
            _to_agent(actor, found, ticket, _colleague(found, to_agent), said, at)
        else:
            _to_team(actor, found, ticket, _team(to_team), said, at)
        return fresh(found.pk)


def _check_may_hand(session: Session, at: datetime) -> None:
    if session.state != SessionState.ACTIVE:
        raise not_active()
    if session.handed_at is not None:
        raise Conflict(_("This chat is being handed over already. Call that back first."), code="handed")
    closes = closing_now(session, at).at
    if closes is not None and at >= closes:
        raise Closed(_("The desk has closed: nobody new takes this chat over."))


def _colleague(session: Session, public_id: str) -> Person:
    person = Person.objects.filter(public_id=public_id, kind=Person.Kind.STAFF).first()
    if person is None:
        raise Invalid.field("to_agent", _("Choose one of our staff."), code="not_staff")
    if person.pk == session.agent_id:
        raise Invalid.field("to_agent", _("They have this chat."), code="same")
    return person


def _team(code: str) -> Team:
    try:
        return team_by_code(code)
    except NotFound:
        raise Invalid.field("to_team", _("There is no such team."), code="unknown_team") from None


def _to_agent(
    actor: Actor, session: Session, ticket: Ticket, person: Person, said: str, at: datetime
) -> None:
    presence = hold_place(person.pk)
    name = {"name": person.display_name}
    if presence is None or not staff_on().filter(pk=presence.pk).exists():
        raise Conflict(_("%(name)s is not there just now.") % name, code="not_there")
    if agents.loads([person.pk], at)[person.pk] >= presence.chat_capacity:
        raise Conflict(_("%(name)s has no room for another chat just now.") % name, code="no_room")
    _tell_words(actor, session, ticket, said, to_name=person.display_name)
    offer_to(session, ticket, person, at, by=actor.id, handed_at=at, handed_words=said)


def _to_team(actor: Actor, session: Session, ticket: Ticket, team: Team, said: str, at: datetime) -> None:
    """Waits there before all others; a ticket there when nobody is."""
    other = queries.open_session_with(session.requester_id, team)
    if other is not None and other.pk != session.pk:
        told = _("The buyer has a chat with this desk already.")
        raise Invalid.field("to_team", told, code="already_open")
    _tell_words(actor, session, ticket, said, to_name=team.name)
    if not is_there(team, at, not_these={session.agent_id}):
        as_ticket_of(actor, session, ticket, team, at)
    elif move(
        session,
        SessionState.ACTIVE,
        at,
        to_team_id=team.pk,
        handed_at=at,
        handed_words=said,
        priority=1,
        **closing_now(session, at).fields(),
    ):
        publish(ChatWaiting(session.pk, ticket.pk))


def _tell_words(actor: Actor, session: Session, ticket: Ticket, said: str, **names: str) -> None:
    write_line(ticket, session, "chat.handing", actor=actor, stream="staff", **names)
    if said:
        tickets.post_message(actor=actor, ticket=ticket.public_id, kind="note", body=said, channel="chat")


def is_there(team: Team, at: datetime, not_these: set[int | None] = frozenset()) -> bool:  # type: ignore[assignment]
    """Whether a team is open and somebody of it is there."""
    if not queries.desk_state(team, at).open:
        return False
    desk = agents.desks([team.pk], at).get(team.pk)
    return desk is not None and bool(set(desk.people) - not_these)


def as_ticket_of(actor: Actor, session: Session, ticket: Ticket, team: Team, at: datetime) -> bool:
    """Nobody of the team is there: it goes on as a ticket of theirs, and the buyer reads by when they answer."""
    tickets.hand_over(ticket, at, actor=actor, person=None, team=team)
    return end_as(actor, session, ticket, at, SessionState.BECAME_TICKET, why="team")


def cancel_transfer(*, actor: Actor, session: str) -> Session:
    """Call a hand-over back before somebody accepted: it stays with its agent. Where there is none nothing changes.

    Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_hand_over(actor, found):
            raise Forbidden(_("This chat is not yours to hand over."))
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        if found.state == SessionState.ACTIVE and found.handed_at is not None:
            call_back(actor, found, ticket, at)
        return queries.access_session(actor, session)


def call_back(actor: Actor, session: Session, ticket: Ticket, at: datetime) -> bool:
    """It stays with its agent. Under the ticket's lock."""
    hours = {"closes_at": session.closes_at, "hours_version": session.hours_version}
    name = session.agent.display_name if session.agent else ""
    to_team = session.to_team_id
    if not move(session, SessionState.ACTIVE, at, priority=0, **NOT_HANDED, **hours):
        return False
    write_line(ticket, session, "chat.stays", actor=actor, stream="staff", stays_with=name)
    close_offer(session, ticket, at, Offer.Outcome.WITHDRAWN)
    if to_team is not None:
        pushes.inbox_changed(ticket, also_teams=[to_team])
    publish(ChatTold(session.pk, ticket.pk))
    return True


def take_over(*, actor: Actor, session: str) -> Session:
    """A lead of the desk or a manager takes a chat without being asked, out of the queue or from its agent; both sides
    read it. One's own again changes nothing.

    Raises NotFound, Forbidden, Conflict `not_active`, Closed from the desk's closing on for one in the queue.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_take_over(actor, found):
            raise Forbidden(_("Who leads this desk takes chats over."))
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        late = found.state in QUEUED_STATES and close_when_over(found, at, ticket)
        if not late:
            _take_over(actor, found, ticket, Person.objects.get(pk=actor.id), at)
            return queries.access_session(actor, session)
    raise Closed(_("The desk has closed: this chat is a ticket now."), ticket=found.ticket.public_id)


def _take_over(actor: Actor, session: Session, ticket: Ticket, person: Person, at: datetime) -> None:
    if session.state in QUEUED_STATES:
        take(actor, session, ticket, person, at)
        return
    if session.state != SessionState.ACTIVE:
        raise not_active()
    if session.agent_id == person.pk:
        return
    hold_place(person.pk)
    before = session.agent
    fields = {"agent_id": person.pk, "accepted_at": at, "lost_agent_id": session.agent_id, "priority": 0}
    hours = closing_now(session, at).fields()
    if not move(
        session, SessionState.ACTIVE, at, told_gone_at=None, warned_at=None, **fields, **NOT_HANDED, **hours
    ):
        return
    session.agent = person
    close_offer(session, ticket, at, Offer.Outcome.WITHDRAWN)
    session.voices.filter(person=person, left_at=None).update(left_at=at)
    tickets.hand_over(ticket, at, actor=actor, person=person)
    accounts.count_chat(person_id=person.pk, at=at)
    if before is not None:
        accounts.count_chat(person_id=before.pk, at=at)
        pushes.inbox_changed(ticket, also_people=[before.pk])
        pushes.person_told(before.pk, ticket)
    names = {"agent_name": person.display_name, "from_name": before.display_name if before else ""}
    write_line(ticket, session, "chat.taken_over", actor=actor, **names)
    publish(ChatAccepted(session.pk, ticket.pk))


# --- what time does -------------------------------------------------------------------------------------------
def team_gone(session: Session, ticket: Ticket, at: datetime) -> bool:
    """The team that it waited for is closed or empty: a ticket there."""
    assert session.to_team is not None
    return as_ticket_of(SYSTEM, session, ticket, session.to_team, at)
