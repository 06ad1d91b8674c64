"""Rules that escalate by themselves: when they are asked, and the mail of those that tell somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Person
from core import outbox
from core.clock import now
from core.db import retrying
from core.events import inside
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


def _leave(ticket_id: int, on: str, again: str = "") -> None:
    """Carrying it out may fail, so it is a row; shops without such rules leave none."""
    if EscalationRule.objects.filter(on=on, active=True).exists():
        key = f"ticket.rules:{on}:{ticket_id}{again}"
        outbox.enqueue("ticket.rules", {"ticket": ticket_id, "on": on}, key=key)


@outbox.handler("ticket.rules")
def carry_out(payload: dict[str, Any]) -> None:
    """What happened long ago is left as it is."""
    ticket = Ticket.objects.filter(pk=payload["ticket"], is_spam=False).first()
    if ticket is None:
        return
    mark = Satisfaction.objects.filter(ticket=ticket).first() if payload["on"] == "rated" else None
    at = (mark.changed_at or mark.at) if mark else ticket.created_at
    if at >= now() - STALE:
        retrying(apply_rules, ticket_id=ticket.pk, on=payload["on"])


@outbox.handler("ticket.rule_mail")
def mail_staff(payload: dict[str, Any]) -> None:
    """One mail to one member of staff, in their language, with the way to the console."""
    ticket = Ticket.objects.filter(pk=payload["ticket"]).first()
    rule = EscalationRule.objects.filter(code=payload["rule"]).first()
    person = Person.objects.filter(pk=payload["person"], kind=Person.Kind.STAFF, erased_at=None).first()
    if ticket is None or rule is None or person is None or not person.email:
        return
    with translation.override(person.language or "en"):
        _mail(ticket, rule, person).send()


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
