"""A buyer starts a chat."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Team
from accounts.queries import team_by_code
from core.actors import Actor
from core.clock import now
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
from livechat import life, queries, words
from livechat.actions._rows import known_of, start_pickup, write_line
from livechat.actions.ending import close_when_over
from livechat.actions.hours import first_closing
from livechat.events import ChatWaiting
from livechat.limits import NEW_CHATS, NEW_CHATS_IN
from livechat.models import Session, SessionState
from orders.models import Order
from tickets import actions as tickets
from tickets.models import Message, Ticket


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
        raise already_open(raced) from None


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


def already_open(session: Session) -> Conflict:
    """One chat with a desk at a time; where the open one is."""
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
    check_may_start(actor, desk)
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
    return put_in_queue(actor, ticket, desk, at)


def put_in_queue(actor: Actor, ticket: Ticket, desk: Team, at: datetime) -> Session:
    """A chat waits on a ticket, from now on. Under the ticket's lock; the caller asked whether it may start."""
    session = Session(
        ticket=ticket,
        requester_id=ticket.requester_id,
        team=desk,
        state=SessionState.WAITING,
        queued_at=at,
        queued_place=queries.queue_length(desk) + 1,
    )
    for name, value in first_closing(desk, at).fields().items():
        setattr(session, name, value)
    session.deadline_at, session.deadline = life.deadline_of(known_of(session), at)
    session.save()
    tickets.set_chatting(ticket, on=True, actor=actor)
    write_line(ticket, session, "chat.waiting", actor=actor, team_name=desk.name)
    start_pickup(actor, session, ticket, at)
    publish(ChatWaiting(session.pk, ticket.pk))
    return session


def check_may_start(actor: Actor, desk: Team) -> None:
    """Raises Closed, TooFast, and Conflict `already_open` or `queue_full`."""
    at = now()
    open_now = queries.open_session_with(actor.id or 0, desk)
    if open_now is not None and not close_when_over(open_now, at):
        raise already_open(open_now)
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
