"""A chat is offered to an agent: half a minute to accept; missed or declined it waits as before, that agent skipped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.models import Person, Presence
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden
from core.events import publish
from livechat import limits, queries
from livechat.actions._rows import fresh, lock_ticket, move, write_line
from livechat.events import ChatOffered, ChatWaiting
from livechat.models import Offer, Session, SessionState
from tickets import actions as tickets
from tickets import pushes
from tickets.models import Ticket

NO_OFFER = {"offered_to_id": None, "offer_until": None}
NOT_HANDED = {**NO_OFFER, "to_team_id": None, "handed_at": None, "handed_words": ""}


def hold_place(person_id: int) -> Presence | None:
    """Their presence under its lock: who counts their chats afterwards counts right."""
    return locked(Presence.objects.filter(person_id=person_id)).first()


def offer_to(
    session: Session, ticket: Ticket, person: Person, at: datetime, *, by: int | None = None, **fields: Any
) -> bool:
    """Ask somebody to take a chat, in the queue or while its agent talks. Under the ticket's lock and their place's.

    False when it had moved on. `by`: the colleague who asks; None is the router.
    """
    waits = session.state == SessionState.WAITING
    state = SessionState.ASSIGNED if waits else session.state
    until = at + limits.ACCEPT_WITHIN
    if not move(
        session, session.state, at, state=state, offered_to_id=person.pk, offer_until=until, **fields
    ):
        return False
    Offer.objects.create(session=session, person=person, by_id=by, at=at)
    line = write_line(
        ticket, session, "chat.assigned", actor=SYSTEM, stream="staff", to_name=person.display_name
    )
    tickets.show_to(person_id=person.pk, ticket=ticket, message=line)
    publish(ChatOffered(session.pk, ticket.pk, person.pk))
    return True


def close_offer(
    session: Session, ticket: Ticket, at: datetime, outcome: str, *, taker: int | None = None
) -> None:
    """What came of the open offer; where somebody took the chat, it is theirs or was withdrawn. Their console looks
    again. Under the ticket's lock."""
    rows = Offer.objects.filter(session=session, outcome=Offer.Outcome.OPEN)
    for offer in rows:
        offer.outcome = Offer.Outcome.ACCEPTED if taker == offer.person_id else outcome
        offer.closed_at = at
        offer.save(update_fields=["outcome", "closed_at"])
        pushes.inbox_changed(ticket, also_people=[offer.person_id])
        pushes.person_told(offer.person_id, ticket)


def decline_chat(*, actor: Actor, session: str) -> Session:
    """Say no to a chat that one is asked to take: the next is asked, or it stays with who has it.

    Raises NotFound, Forbidden, Conflict `not_offered` when one is not asked (any more).
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not actor.is_staff:
            raise Forbidden()
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        if found.offered_to_id != actor.id:
            raise Conflict(_("You are not asked to take this chat any more."), code="not_offered")
        give_back(actor, found, ticket, at, Offer.Outcome.DECLINED)
        # They may not see it any more: it is another desk's.
        return fresh(found.pk)


def give_back(actor: Actor, session: Session, ticket: Ticket, at: datetime, outcome: Offer.Outcome) -> bool:
    """An offer came to nothing. In the queue it waits as before; in a talk it stays with its agent, or goes on
    waiting for the team that it is handed to. Under the ticket's lock."""
    asked = session.offered_to
    active = session.state == SessionState.ACTIVE
    state = SessionState.ACTIVE if active else SessionState.WAITING
    over = NOT_HANDED if active and session.to_team_id is None else NO_OFFER
    hours = {"closes_at": session.closes_at, "hours_version": session.hours_version}
    if not move(session, session.state, at, state=state, **over, **hours):
        return False
    name = asked.display_name if asked else ""
    verb = "chat.missed" if outcome == Offer.Outcome.MISSED else "chat.declined"
    stays = session.agent.display_name if active and session.agent and session.to_team_id is None else ""
    write_line(ticket, session, verb, actor=actor, stream="staff", to_name=name, stays_with=stays)
    close_offer(session, ticket, at, outcome)
    if asked and outcome == Offer.Outcome.MISSED and accounts.count_miss(person_id=asked.pk):
        write_line(ticket, session, "chat.away", actor=SYSTEM, stream="staff", to_name=name)
    if active and session.agent_id:
        pushes.person_told(session.agent_id, ticket)
    publish(ChatWaiting(session.pk, ticket.pk))
    return True
