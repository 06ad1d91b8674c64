"""Levels of broken promises: the news becomes an outbox row, the worker carries it out; then mails to staff.

The row may be carried out twice, and a process that dies in between leaves nothing half done. Promises on
orders act on the ticket that was opened for them.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Person
from core import mailing, outbox
from core.clock import now
from core.db import retrying
from core.events import inside
from sla.events import ClockEscalated
from tickets import words
from tickets.actions.levels import Level, act_on_level
from tickets.actions.promises import CATEGORY_OF, warn_of_promise
from tickets.models import Escalation, Ticket

log = logging.getLogger(__name__)
STALE = timedelta(days=1)  # nobody is written to about what was due before that


@inside(ClockEscalated)
def leave_level(event: ClockEscalated) -> None:
    """Carrying it out may fail, so it is a row; once for each clock, level and due."""
    due = event.due.isoformat()
    payload = {
        "owner_kind": event.owner_kind,
        "owner_id": event.owner_id,
        "clock": event.clock_id,
        "metric": event.metric,
        "due": due,
        "level": event.level,
        "act": event.act,
        "to": event.to,
    }
    outbox.enqueue("ticket.level", payload, key=f"ticket.level:{event.clock_id}:{event.level}:{due}")


@outbox.handler("ticket.level")
def climb(payload: dict[str, Any]) -> None:
    """Act on the ticket behind the clock. What belongs to no ticket is logged: nothing here can act on it."""
    ticket_id = _ticket_of(payload["owner_kind"], payload["owner_id"], payload["metric"])
    if ticket_id is None:
        whose = (payload["owner_kind"], payload["owner_id"])
        log.warning("level %s of clock %s: no ticket of %s %s", payload["level"], payload["clock"], *whose)
        return
    level = Level(
        clock_id=payload["clock"],
        number=payload["level"],
        metric=payload["metric"],
        due=datetime.fromisoformat(payload["due"]),
        act=payload["act"],
        to=payload["to"],
    )
    retrying(act_on_level, ticket_id=ticket_id, level=level)


def _ticket_of(kind: str, owner_id: int, metric: str) -> int | None:
    if kind == "ticket":
        return owner_id
    if kind == "escalation":
        return Escalation.objects.filter(pk=owner_id).values_list("ticket_id", flat=True).first()
    if kind == "order" and metric in CATEGORY_OF:
        ticket = retrying(warn_of_promise, order_id=owner_id, metric=metric)
        return ticket.pk if ticket else None
    return None


@outbox.handler("ticket.level_mail")
def mail_staff(payload: dict[str, Any]) -> None:
    """One mail to one member of staff, in their language and zone, with the way to the console."""
    ticket = Ticket.objects.filter(pk=payload["ticket"]).first()
    person = Person.objects.filter(pk=payload["person"], kind=Person.Kind.STAFF, erased_at=None).first()
    due = datetime.fromisoformat(payload["due"])
    if ticket is None or person is None or not person.email or due < now() - STALE:
        return
    with translation.override(person.language or "en"):
        mail = _mail(ticket, person, payload["metric"], due)
    mailing.post([mail])


def _mail(ticket: Ticket, person: Person, metric: str, due: datetime) -> EmailMessage:
    facts = {
        "number": ticket.number,
        "subject": ticket.subject,
        "metric": words.name_of(words.METRIC_NAMES, metric),
        "due": words.instant(due, person.timezone),
        "link": f"{settings.PUBLIC_URL}/console/t/{ticket.number}/",
    }
    body = _("%(metric)s on #%(number)s was due %(due)s and is still owed.\n\n%(subject)s\n%(link)s")
    return EmailMessage(
        subject=_("Late: #%(number)s %(subject)s") % facts,
        body=body % facts,
        to=[person.email or ""],
        headers={"Auto-Submitted": "auto-generated"},
    )
