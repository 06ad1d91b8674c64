"""Rules that escalate by themselves: when they are asked, and the mail of those that tell somebody."""

from __future__ import annotations

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
from sla.events import ClockBreached, ClockWarned
from sla.models import OPEN_STATES, Clock
from tickets.actions.clocks import ticket_behind
from tickets.actions.escalation_rules import apply_rules
from tickets.events import TicketOpened, TicketRated
from tickets.models import EscalationRule, Satisfaction, Ticket

STALE = timedelta(days=1)  # history is not escalated


@inside(TicketOpened)
def on_opened(event: TicketOpened) -> None:
    _leave(event.ticket_id, "opened")


@inside(TicketRated)
def on_rated(event: TicketRated) -> None:
    _leave(event.ticket_id, "rated", f":{event.score}")


@inside(ClockWarned)
def on_warned(event: ClockWarned) -> None:
    _leave_clock(event, "warned")


@inside(ClockBreached)
def on_breached(event: ClockBreached) -> None:
    _leave_clock(event, "breached")


def _leave(ticket_id: int, on: str, again: str = "", **more: object) -> None:
    """Carrying it out may fail, so it is a row; shops without such rules leave none."""
    if EscalationRule.objects.filter(on=on, active=True).exists():
        key = f"ticket.rules:{on}:{ticket_id}{again}"
        outbox.enqueue("ticket.rules", {"ticket": ticket_id, "on": on, **more}, key=key)


def _leave_clock(event: ClockWarned | ClockBreached, on: str) -> None:
    """Promises on tickets and on their questions; once for each clock and due."""
    ticket_id = ticket_behind(event.owner_kind, event.owner_id)
    if ticket_id is not None:
        due = event.due.isoformat()
        more = {"clock": event.clock_id, "metric": event.metric, "due": due}
        _leave(ticket_id, on, f":{event.clock_id}:{due}", **more)


@outbox.handler("ticket.rules")
def carry_out(payload: dict[str, Any]) -> None:
    """What happened long ago is left as it is, and so is a promise that was kept meanwhile."""
    ticket = Ticket.objects.filter(pk=payload["ticket"], is_spam=False).first()
    if ticket is None or (at := _when(ticket, payload)) is None or at < now() - STALE:
        return
    mark = f"{payload['clock']}:{payload['due']}" if "clock" in payload else ""
    metric = payload.get("metric", "")
    retrying(apply_rules, ticket_id=ticket.pk, on=payload["on"], metric=metric, mark=mark)


def _when(ticket: Ticket, payload: dict[str, Any]) -> datetime | None:
    """Since when there is something to act on; None: there no longer is."""
    if "clock" in payload:
        is_open = Clock.objects.filter(pk=payload["clock"], state__in=OPEN_STATES).exists()
        return datetime.fromisoformat(payload["due"]) if is_open and ticket.is_live else None
    mark = Satisfaction.objects.filter(ticket=ticket).first() if payload["on"] == "rated" else None
    return (mark.changed_at or mark.at) if mark else ticket.created_at


@outbox.handler("ticket.rule_mail")
def mail_staff(payload: dict[str, Any]) -> None:
    """One mail to one member of staff, in their language, with the way to the console."""
    ticket = Ticket.objects.filter(pk=payload["ticket"]).first()
    rule = EscalationRule.objects.filter(code=payload["rule"]).first()
    person = Person.objects.filter(pk=payload["person"], kind=Person.Kind.STAFF, erased_at=None).first()
    if ticket is None or rule is None or person is None or not person.email:
        return
    with translation.override(person.language or "en"):
        letter = _mail(ticket, rule, person)
    mailing.post([letter])


def _mail(ticket: Ticket, rule: EscalationRule, person: Person) -> EmailMessage:
    mark = Satisfaction.objects.filter(ticket=ticket).first()
    said = (
        _("The buyer gave %(score)s of 5. %(words)s") % {"score": mark.score, "words": mark.words}
        if mark
        else ""
    )
    link = f"{settings.PUBLIC_URL}/console/t/{ticket.number}/"
    lines = (
        _("The rule “%(rule)s” asks you to look at this ticket.") % {"rule": rule.name},
        said,
        ticket.subject,
        link,
    )
    return EmailMessage(
        subject=_("Please look: #%(number)s %(subject)s")
        % {"number": ticket.number, "subject": ticket.subject},
        body="\n\n".join(line for line in lines if line),
        to=[person.email or ""],
        headers={"Auto-Submitted": "auto-generated"},
    )
