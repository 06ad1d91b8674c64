"""After a talk: its agent writes it up for at most two minutes, and the place still counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions as accounts
from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden
from core.events import publish
from livechat import queries
from livechat.actions._rows import fresh, lock_ticket, move, write_line
from livechat.events import PlaceFree
from livechat.models import OPEN_STATES, Session, SessionState
from livechat.permissions import can_wrap_up
from tickets import actions as tickets
from tickets.actions.tags import change_tags
from tickets.models import Ticket


def finish_wrap_up(
    *, actor: Actor, session: str, note: str = "", tags: Iterable[str] = (), solve: bool = False
) -> Session:
    """The chat is written up: a note among staff, tags, solved if wished; the agent's place is free at once.

    After the two minutes the words are kept all the same. Raises NotFound, Forbidden, Invalid (body, tags),
    Conflict `not_ended` while the chat goes on.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_wrap_up(actor, found):
            raise Forbidden(_("Who had this chat writes it up."))
        ticket = lock_ticket(found)
        found = fresh(found.pk)
        assert ticket is not None
        if found.state in OPEN_STATES:
            raise Conflict(_("This chat goes on. End it first."), code="not_ended")
        _write_up(actor, ticket, note, [tag for tag in tags if tag.strip()], solve)
        if found.state == SessionState.WRAPUP:
            wrapped(actor, found, ticket, now())
        return queries.access_session(actor, session)


def _write_up(actor: Actor, ticket: Ticket, note: str, tags: list[str], solve: bool) -> None:
    if note.strip():
        tickets.post_message(actor=actor, ticket=ticket.public_id, kind="note", body=note, channel="chat")
    if tags:
        change_tags(actor=actor, ticket=ticket.public_id, add=tags)
    if solve:
        tickets.set_status(actor=actor, ticket=ticket.public_id, status="solved")


def wrapped(actor: Actor, session: Session, ticket: Ticket, at: datetime) -> bool:
    """The place is free; by its agent, or by time. Under the ticket's lock."""
    if not move(session, SessionState.WRAPUP, at, state=SessionState.ENDED):
        return False
    write_line(ticket, session, "chat.wrapped", actor=actor, stream="staff")
    if session.agent_id:
        accounts.count_chat(person_id=session.agent_id, at=at)
    publish(PlaceFree(session.pk, ticket.pk))
    return True
