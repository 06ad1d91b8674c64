"""After a chat, for its buyer: it goes on, on the same ticket, or it comes by mail."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.text import clean_body
from livechat import queries
from livechat.actions._rows import fresh, lock_ticket
from livechat.actions.opening import already_open, check_may_start, put_in_queue
from livechat.models import OPEN_STATES, Session
from livechat.permissions import can_end
from tickets import actions as tickets
from tickets.models import LIVE_STATUSES

MAIL_EVERY = timedelta(minutes=10)  # the same talk is not mailed again before


def chat_again(*, actor: Actor, session: str, body: str = "", client_id: str | None = None) -> Session:
    """Its buyer chats on with the same desk: a new chat on the same ticket and stream, with words if there are any.

    While one is open on the ticket it is given, and nothing changes. Raises NotFound, Forbidden for others, Conflict
    `solved` on a ticket that is (a reply opens it again), `already_open`, `queue_full`, Closed, TooFast.
    """
    text = clean_body(body) if body.strip() else ""
    try:
        with transaction.atomic():
            return _again(actor, queries.access_session(actor, session), text, client_id)
    except IntegrityError:
        # A rival tab was faster: its chat stands.
        found = queries.access_session(actor, session)
        raced = queries.open_session_of(found.ticket) or queries.open_session_with(
            found.requester_id, found.team
        )
        if raced is None:
            raise
        if raced.ticket_id == found.ticket_id:
            return raced
        raise already_open(raced) from None


def _again(actor: Actor, found: Session, text: str, client_id: str | None) -> Session:
    if actor.id != found.requester_id:
        raise Forbidden(_("Chats are started by buyers."))
    if queries.open_session_of(found.ticket) is None:
        check_may_start(
            actor, found.team
        )  # before the ticket's lock: it may end an older chat on another one
    ticket, at = lock_ticket(found), now()
    assert ticket is not None
    going_on = queries.open_session_of(ticket)
    if going_on is not None:
        return going_on
    if ticket.status not in LIVE_STATUSES:
        told = _("This is solved. Write here, and it is opened again.")
        raise Conflict(told, code="solved", ticket=ticket.public_id)
    if text:
        tickets.post_message(
            actor=actor,
            ticket=ticket.public_id,
            kind="reply",
            body=text,
            client_id=client_id,
            channel="chat",
        )
    return fresh(put_in_queue(actor, ticket, found.team, at).pk)


def mail_transcript(*, actor: Actor, session: str) -> Session:
    """Mail what both sides said to the chat's buyer, once it is over; at most once in ten minutes.

    Asked for by the buyer, its agent or a manager. Raises NotFound, Forbidden, Conflict `not_ended`, Invalid (email)
    when there is no address to send it to.
    """
    with transaction.atomic():
        found = queries.access_session(actor, session)
        if not can_end(actor, found):
            raise Forbidden(_("This chat is not yours."))
        if found.state in OPEN_STATES:
            raise Conflict(_("This chat goes on. End it first."), code="not_ended")
        if not found.requester.email:
            raise Invalid.field("email", _("There is no e-mail address to send it to."), code="no_address")
        slot = int(now().timestamp() // MAIL_EVERY.total_seconds())
        outbox.enqueue("chat.transcript", {"session": found.pk}, key=f"chat.transcript:{found.pk}:{slot}")
    return found
