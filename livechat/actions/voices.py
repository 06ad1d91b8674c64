"""More than two in a talk: a colleague or a lead joins as a second voice, or takes the chat over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden
from core.events import publish
from livechat import queries
from livechat.actions._rows import fresh, lock_ticket, write_line
from livechat.events import ChatTold
from livechat.models import Session, SessionState, Voice
from livechat.permissions import can_join
from tickets.models import Ticket


def join_chat(*, actor: Actor, session: str) -> Session:
    """Come into a talk as a second voice; both sides read it. It takes no place, and the chat stays its agent's.

    Joining again, or one's own, changes nothing. Raises NotFound, Forbidden, Conflict `not_active`.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_join(actor, found):
            raise Forbidden(_("This desk is not yours."))
        ticket = lock_ticket(found)
        found = fresh(found.pk)
        assert ticket is not None
        if found.state != SessionState.ACTIVE:
            raise not_active()
        if found.agent_id != actor.id and not found.voices.filter(person_id=actor.id, left_at=None).exists():
            speak_up(actor, found, ticket, Person.objects.get(pk=actor.id), now())
        return queries.access_session(actor, session)


def leave_chat(*, actor: Actor, session: str) -> Session:
    """A second voice leaves; both sides read it. Who did not join changes nothing. Raises NotFound, Forbidden."""
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not actor.is_staff:
            raise Forbidden()
        ticket = lock_ticket(found)
        found, at = fresh(found.pk), now()
        assert ticket is not None
        if found.voices.filter(person_id=actor.id, left_at=None).update(left_at=at):
            write_line(ticket, found, "chat.voice_left", actor=actor, agent_name=actor.name)
            publish(ChatTold(found.pk, ticket.pk))
        return queries.access_session(actor, session)


def speak_up(actor: Actor, session: Session, ticket: Ticket, person: Person, at: datetime) -> None:
    """They are a second voice from now on. Under the ticket's lock; who had the chat may write in it again."""
    Voice.objects.create(session=session, person=person, joined_at=at)
    if session.lost_agent_id == person.pk:
        Session.objects.filter(pk=session.pk).update(lost_agent=None)
    write_line(ticket, session, "chat.voice", actor=actor, agent_name=person.display_name)
    publish(ChatTold(session.pk, ticket.pk))


def not_active() -> Conflict:
    """For what can be done with a talk that goes on, and with nothing else."""
    return Conflict(_("This chat does not go on any more, or nobody has come yet."), code="not_active")
