"""The round that moves chats on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from core import mailing, outbox, worker
from core.clock import now
from livechat import actions
from livechat.limits import NOT_WATCHED
from livechat.transcript import session_with_talk, talk_of
from livechat.widget import jobs as widget
from tickets.mailed import note_mails
from tickets.queries.threads import message_by_id, text_of

STALE_MAIL = timedelta(days=1)
__all__ = ["Watch", "mail_end", "move_chats_on", "widget"]


class Watch:
    """Since when this process has seen every round: while nothing ran, nobody could give a sign of life either.

    Only a grace for those who were cut off with us; every deadline is a row.
    """

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.last: datetime | None = None

    def look(self, at: datetime) -> datetime:
        """A round at this instant; from when on absence counts."""
        if self.since is None or self.last is None or not self.last <= at <= self.last + NOT_WATCHED:
            self.since = at
        self.last = at
        return self.since


_watch = Watch()


@worker.every(1)
def move_chats_on() -> int:
    """One round; any number of workers may run it at once."""
    return actions.sweep(watched_since=_watch.look(now()))


@worker.every(1)
def offer_chats() -> int:
    """Who waits is offered to who is there; any number of workers may do it at once."""
    return actions.route()


@outbox.handler("chat.hand_back")
def take_from_who_left(payload: dict[str, Any]) -> None:
    """Somebody went home, or a manager ended their access: others are asked to go on with their chats."""
    actions.give_up_chats(person_id=payload["person"])


@outbox.handler("chat.mail")
def mail_end(payload: dict[str, Any]) -> None:
    """A chat that time has ended: where it goes on and by when an answer comes, for whoever left the page."""
    message = message_by_id(payload["message"])
    ticket = message.stream.ticket
    if not ticket.requester.email or message.created_at < now() - STALE_MAIL:
        return
    with translation.override(ticket.language or "en"):
        link = f"{settings.PUBLIC_URL}/tickets/{ticket.public_id}/"
        facts = {
            "line": text_of(message, ticket.requester.timezone),
            "shop": settings.SHOP_NAME,
            "link": link,
        }
        body = _("%(line)s\n\nRead and write on here: %(link)s\n\n%(shop)s") % facts
    letter = EmailMessage(
        subject=f"[#{ticket.number}] {ticket.subject}",
        body=body,
        to=[ticket.requester.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    note_mails(ticket, mailing.post([letter]), "ended", message.seq)


@outbox.handler("chat.transcript")
def mail_transcript(payload: dict[str, Any]) -> None:
    """What both sides said in a chat, as its buyer asked; nothing where the address is gone meanwhile."""
    session = session_with_talk(payload["session"])
    if session is None or not session.requester.email:
        return
    ticket = session.ticket
    zone = session.requester.timezone or session.team.calendar.timezone
    with translation.override(ticket.language or "en"):
        link = f"{settings.PUBLIC_URL}/tickets/{ticket.public_id}/"
        facts = {"shop": settings.SHOP_NAME, "link": link, "talk": "\n\n".join(talk_of(session, zone))}
        body = _("Your chat with %(shop)s:\n\n%(talk)s\n\nRead and write on here: %(link)s") % facts
    letter = EmailMessage(
        subject=f"[#{ticket.number}] {ticket.subject}",
        body=body,
        to=[session.requester.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    note_mails(ticket, mailing.post([letter]), "transcript")
