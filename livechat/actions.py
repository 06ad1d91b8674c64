"""The only writer of chats. Each step is a compare-and-set on the state that it expects, one row in the ticket's
log, and the next clock, in one transaction; the ticket is locked first, the session after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from accounts.queries import team_by_code
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import (
    Closed,
    Conflict,
    Forbidden,
    IdempotencyConflict,
    Invalid,
    NotFound,
    NotSignedIn,
    TooFast,
)
from core.events import publish
from core.text import clean_body, clean_subject
from livechat import queries, words
from livechat.events import ChatAccepted, ChatEnded, ChatWaiting
from livechat.models import OPEN_STATES, Session, SessionState
from livechat.permissions import can_accept, can_end
from orders.models import Order
from sla.actions import cancel_clocks, meet_clock, start_clock
from sla.models import Metric
from tickets import actions as tickets
from tickets.models import Message, Ticket

NEW_CHATS = 3  # a person, in
NEW_CHATS_IN = timedelta(minutes=10)


# --- start ----------------------------------------------------------------------------------------------
def open_chat(
    *,
    actor: Actor,
    team: str,
    body: str,
    order: Order | None = None,
    subject: str = "",
    category: str = "",
    client_id: str | None = None,
) -> Session:
    """Put a buyer into a desk's queue, on a new ticket that holds the words. `order` was accessed by the caller.

    The same client_id again gives the first chat. Raises NotSignedIn, Invalid (field), Closed with `opens_at`
    out of hours and from five minutes before closing, Conflict `already_open` (with `session` and `ticket`)
    and `queue_full`, TooFast after three chats in ten minutes.
    """
    desk = _desk_for(actor, team, order)
    text = clean_body(body)
    try:
        with transaction.atomic():
            return _replayed(actor, client_id, text) or _open(
                actor, desk, text, order, subject=subject, category=category, client_id=client_id
            )
    except IntegrityError:
        # A rival was faster between our look and our write; its rows stand, ours are undone.
        raced = _replayed(actor, client_id, text) or queries.open_session_with(actor.id or 0, desk)
        if raced is None:
            raise
        if client_id and str(raced.ticket.client_id) == str(client_id):
            return raced
        raise _already_open(raced) from None


def _desk_for(actor: Actor, code: str, order: Order | None) -> Team:
    if not actor.is_known:
        raise NotSignedIn(_("Sign in to chat, or write to us with the contact form."))
    if actor.is_staff:
        raise Forbidden(_("Chats are started by buyers."))
    desk = _chat_desk(code)
    if desk.needs_order and order is None:
        raise Invalid.field("order", _("Choose the order that this is about."), code="order_required")
    if order is not None and order.person_id != actor.id:
        raise NotFound()
    return desk


def _chat_desk(code: str) -> Team:
    try:
        desk = team_by_code(code)
    except NotFound:
        desk = None
    if desk is None or not desk.takes_chat:
        raise Invalid.field("team", _("This desk takes no chats."), code="unknown_team")
    return desk


def _replayed(actor: Actor, client_id: str | None, text: str) -> Session | None:
    """The chat that this client_id opened before. IdempotencyConflict when it said something else then."""
    key = tickets.as_client_id(client_id)
    if key is None:
        return None
    mine = Session.objects.filter(requester_id=actor.id, ticket__client_id=key)
    found = mine.select_related(*queries.RELATED).order_by("id").first()
    if found is not None:
        said = Message.objects.filter(stream__ticket_id=found.ticket_id, author_id=actor.id, client_id=key)
        if not said.filter(body=text).exists():
            raise IdempotencyConflict()
    return found


def _already_open(session: Session) -> Conflict:
    return Conflict(
        _("You have a chat with this desk already."),
        code="already_open",
        session=session.public_id,
        ticket=session.ticket.public_id,
    )


def _open(
    actor: Actor,
    desk: Team,
    text: str,
    order: Order | None,
    *,
    subject: str,
    category: str,
    client_id: str | None,
) -> Session:
    _check_may_start(actor, desk)
    at = now()
    ticket = tickets.open_ticket(
        actor=actor,
        category=category or ("order" if order is not None else "product"),
        subject=clean_subject(subject) if subject.strip() else subject_of(text),
        body=text,
        order=order,
        channel="chat",
        client_id=client_id,
        team=desk.code,
    )
    session = Session.objects.create(
        ticket=ticket, requester_id=ticket.requester_id, team=desk, state=SessionState.WAITING, queued_at=at
    )
    tickets.set_chatting(ticket, on=True, actor=actor)
    tickets.add_event(ticket, actor=actor, verb="chat.waiting", data=_facts(session, team_name=desk.name))
    _start_pickup(actor, session, ticket)
    publish(ChatWaiting(session.pk, ticket.pk))
    return session


def _check_may_start(actor: Actor, desk: Team) -> None:
    at = now()
    open_now = queries.open_session_with(actor.id or 0, desk)
    if open_now is not None:
        raise _already_open(open_now)
    state = queries.desk_state(desk, at)
    if not state.accepting:
        reader = timezone.get_current_timezone_name() if actor.timezone == "UTC" else actor.timezone
        raise Closed(words.closed(state.opens_at, state.zone, reader, since=at), opens_at=state.opens_at)
    if queries.queue_length(desk) >= desk.queue_limit:
        raise Conflict(
            _("The queue is full just now. Write us a ticket: it is answered too."), code="queue_full"
        )
    begun = queries.started_since(actor.id or 0, at, NEW_CHATS_IN)
    if len(begun) >= NEW_CHATS:
        wait = begun[-NEW_CHATS] + NEW_CHATS_IN - at
        raise TooFast(
            _("You started several chats just now. Go on in one of them, or try again in some minutes."),
            retry_after_ms=max(1000, int(wait.total_seconds() * 1000)),
        )


def subject_of(text: str) -> str:
    """The first line of what was said, as a title."""
    line = " ".join(text.split("\n", 1)[0].split())
    return line if len(line) <= 80 else line[:79].rstrip() + "…"


def _facts(session: Session, **more: Any) -> dict[str, Any]:
    return {"session": session.public_id, **more}


def _owner(session: Session) -> tuple[str, int]:
    return ("chat", session.pk)


def _start_pickup(actor: Actor, session: Session, ticket: Ticket) -> None:
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
        owner=_owner(session),
        metric=Metric.CHAT_PICKUP,
        facts=facts,
        calendar_id=session.team.calendar_id,
        at=session.queued_at,
    )


# --- accept ---------------------------------------------------------------------------------------------
def accept_chat(*, actor: Actor, session: str) -> Session:
    """Take a waiting chat; the buyer sees the name. Accepting one's own again changes nothing.

    Raises NotFound, Forbidden, Conflict `taken` (by whom) and `not_waiting`.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_accept(actor, found):
            raise Forbidden(_("This desk is not yours."))
        ticket = _lock_ticket(found)
        if not _claim(found, actor.id):
            return _not_claimed(actor, found)
        if ticket.assignee_id != actor.id:
            tickets.take_ticket(actor=actor, ticket=ticket.public_id)
        _joined(actor, found, ticket, actor.name)
        return queries.access_session(actor, session)


def join_by_reply(*, ticket_id: int, person: Person) -> None:
    """A member of staff answered a chat that waits: that accepts it. Runs under the ticket's lock."""
    found = Session.objects.filter(ticket_id=ticket_id, state=SessionState.WAITING).select_related(
        *queries.RELATED
    )
    session = found.first()
    if session is None or not _claim(session, person.pk):
        return
    actor = Actor(kind="staff", id=person.pk, name=person.display_name)
    _joined(actor, session, session.ticket, person.display_name)


def _lock_ticket(session: Session) -> Ticket:
    rows = Ticket.objects.select_related("requester", "category", "team", "store", "order", "assignee")
    return locked(rows.filter(pk=session.ticket_id)).get()


def _claim(session: Session, agent_id: int | None) -> bool:
    waiting = Session.objects.filter(pk=session.pk, state=SessionState.WAITING)
    at = now()
    return bool(
        waiting.update(state=SessionState.ACTIVE, agent_id=agent_id, accepted_at=at, deadline_at=None)
    )


def _not_claimed(actor: Actor, session: Session) -> Session:
    current = queries.access_session(actor, session.public_id)
    if current.state != SessionState.ACTIVE:
        raise Conflict(_("This chat does not wait any more."), code="not_waiting")
    if current.agent_id == actor.id:
        return current
    name = current.agent.display_name if current.agent else ""
    raise Conflict(_("%(name)s has accepted this chat.") % {"name": name}, code="taken")


def _joined(actor: Actor, session: Session, ticket: Ticket, name: str) -> None:
    tickets.add_event(ticket, actor=actor, verb="chat.joined", data=_facts(session, agent_name=name))
    meet_clock(actor=actor, owner=_owner(session), metric=Metric.CHAT_PICKUP, at=now())
    publish(ChatAccepted(session.pk, session.ticket_id))


# --- end ------------------------------------------------------------------------------------------------
def end_chat(*, actor: Actor, session: str) -> Session:
    """End a chat, from either side. One that still waited goes on as a ticket: its words stand there.

    Ending what has ended changes nothing. Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_end(actor, found):
            raise Forbidden(_("This chat is not yours to end."))
        ticket = _lock_ticket(found)
        _end(actor, found, ticket)
        return queries.access_session(actor, session)


def end_chat_of(*, ticket_id: int) -> None:
    """A ticket that was solved has no chat any more. Runs under the ticket's lock."""
    session = (
        Session.objects.filter(ticket_id=ticket_id, state__in=OPEN_STATES)
        .select_related(*queries.RELATED)
        .first()
    )
    if session is not None:
        _end(SYSTEM, session, _lock_ticket(session))


def _end(actor: Actor, session: Session, ticket: Ticket) -> None:
    at = now()
    by = "system" if actor.is_system else "agent" if actor.is_staff else "buyer"
    for before, after in (
        (SessionState.ACTIVE, SessionState.ENDED),
        (SessionState.WAITING, SessionState.BECAME_TICKET),
    ):
        mine = Session.objects.filter(pk=session.pk, state=before)
        if mine.update(state=after, ended_at=at, ended_by=by, deadline_at=None):
            break
    else:
        return
    tickets.add_event(ticket, actor=actor, verb="chat.ended", data=_facts(session, by=by, state=after.value))
    cancel_clocks(actor=actor, owner=_owner(session), at=at, reason="the chat ended")
    tickets.chat_ended(ticket, at, actor=actor)
    publish(ChatEnded(session.pk, ticket.pk, after.value))
