"""Letters that the requester gets by themselves: asked for a mark, told that it arrived, sent a new link.

A job may run twice and late: each looks again whether there is still a reason to write.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from core import outbox
from core.clock import now
from core.events import inside
from tickets import letters
from tickets.events import TicketChanged, TicketOpened
from tickets.mailed import note_mails
from tickets.models import (
    Channel,
    MailOff,
    MarkAsked,
    Message,
    MessageKind,
    Satisfaction,
    Status,
    Stream,
    Ticket,
)

ASK_AFTER = timedelta(minutes=30)  # a ticket that is reopened at once is not asked about
STALE = timedelta(days=3)  # nobody is asked about what was solved before that
FLOOD = 5  # letters that say "it has arrived" to one address in an hour
DONE = (Status.SOLVED, Status.CLOSED)


@inside(TicketChanged)
def plan_to_ask(event: TicketChanged) -> None:
    """A little after it is solved, if it still is then; once for each time it is solved."""
    if "status" not in event.what:
        return
    at = (
        Ticket.objects.filter(pk=event.ticket_id, status=Status.SOLVED)
        .values_list("solved_at", flat=True)
        .first()
    )
    if at is None:
        return
    when = at.isoformat()
    payload = {"ticket": event.ticket_id, "solved_at": when}
    key = f"ticket.ask_mark:{event.ticket_id}:{when}"
    outbox.enqueue("ticket.ask_mark", payload, key=key, delay=ASK_AFTER.total_seconds())


@outbox.handler("ticket.ask_mark")
def ask_for_mark(payload: dict[str, Any]) -> None:
    """Ask once for a ticket, however often it is solved; never for spam, merged ones and the machine's own."""
    solved_at = datetime.fromisoformat(payload["solved_at"])
    rows = Ticket.objects.select_related("requester").filter(status__in=DONE, is_spam=False, merged_into=None)
    ticket = rows.filter(pk=payload["ticket"], solved_at=solved_at, chatting=False).first()
    if ticket is None or solved_at < now() - STALE or not _may_ask(ticket):
        return
    try:
        with transaction.atomic():
            MarkAsked.objects.create(ticket=ticket, at=now())
            note_mails(
                ticket, letters.send([letters.ask_for_mark(ticket)]), "mark"
            )  # not sent: not asked, and the row is tried again
    except IntegrityError:
        return


def _may_ask(ticket: Ticket) -> bool:
    person = ticket.requester
    if not person.email or person.kind == "staff" or MailOff.objects.filter(ticket=ticket).exists():
        return False
    if Satisfaction.objects.filter(ticket=ticket).exists():
        return False
    answers = Message.objects.filter(stream__ticket=ticket, stream__kind=Stream.Kind.PUBLIC)
    return answers.filter(kind=MessageKind.REPLY, author_kind="staff").exists()


@inside(TicketOpened)
def plan_receipt(event: TicketOpened) -> None:
    """Who wrote without a log-in finds the way back in a mail."""
    own = Ticket.objects.filter(pk=event.ticket_id, opened_by_staff=False).exclude(channel=Channel.CHAT)
    if own.filter(requester__user=None).exists():
        key = f"ticket.received:{event.ticket_id}"
        outbox.enqueue("ticket.received", {"ticket": event.ticket_id}, key=key)


@outbox.handler("ticket.received")
def mail_receipt(payload: dict[str, Any]) -> None:
    """A few in an hour at most: an address that a stranger typed in is not flooded."""
    ticket = Ticket.objects.select_related("requester").filter(pk=payload["ticket"]).first()
    at = now()
    if ticket is None or not ticket.requester.email or ticket.is_spam or ticket.created_at < at - STALE:
        return
    recent = Ticket.objects.filter(requester=ticket.requester, opened_by_staff=False, pk__lte=ticket.pk)
    if recent.filter(created_at__gt=ticket.created_at - timedelta(hours=1)).count() <= FLOOD:
        note_mails(ticket, letters.send([letters.received(ticket)]), "received")


def send_new_link(ticket: Ticket) -> None:
    """A new link to the requester's own address, whoever asks; at most one in ten minutes."""
    tenth = int(now().timestamp()) // 600
    with transaction.atomic():
        outbox.enqueue("ticket.link", {"ticket": ticket.pk}, key=f"ticket.link:{ticket.pk}:{tenth}")


@outbox.handler("ticket.link")
def mail_link(payload: dict[str, Any]) -> None:
    """The address as it is by now."""
    ticket = Ticket.objects.select_related("requester").filter(pk=payload["ticket"], is_spam=False).first()
    if ticket is not None and ticket.requester.email and ticket.requester.erased_at is None:
        note_mails(ticket, letters.send([letters.new_link(ticket)]), "link")
