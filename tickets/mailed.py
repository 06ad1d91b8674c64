"""What left by mail about an order is a row of that order's record, so that "were they told?" has an answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.db import transaction

from core import outbox
from core.clock import now
from orders.actions import KEEP_MAIL
from tickets.models import Ticket


def note_mails(ticket: Ticket, sent: Iterable[EmailMessage], what: str, seq: int = 0) -> None:
    """Keep that mails about a ticket left for its requester; nothing for a ticket without an order.

    `what`: reply, mark, received, link, ended, transcript; `seq`: the message that it carried. Written by a job of
    its own: the caller may hold the ticket's lock, and an order's comes before it.
    """
    address = ticket.requester.email
    if ticket.order_id is None or not address or not any(address in one.to for one in sent):
        return
    payload = {
        "order": ticket.order_id,
        "ticket": ticket.public_id,
        "what": what,
        "seq": seq,
        "at": now().isoformat(),
    }
    with transaction.atomic():
        outbox.enqueue(KEEP_MAIL, payload)
