"""Mails about tickets: to the requester, to those who get a copy, and to ask for a mark."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from core import mailing
from tickets import links
from tickets.models import MailOff, Message, Ticket

SCORES = (5, 4, 3, 2, 1)


def send(mails: list[EmailMessage]) -> list[EmailMessage]:
    """All that have an address, over one connection; those that left."""
    return mailing.post(mails)


def way_to(ticket: Ticket) -> str:
    """Where its requester reads on: a page behind the sign-in, or a signed link for who has none."""
    if links.needs_link(ticket.requester):
        return links.link_for(ticket)
    return f"{settings.PUBLIC_URL}/tickets/{ticket.public_id}/"


def replies(message: Message) -> list[EmailMessage]:
    """The shop's words to the requester, unless they want no mail, and to everybody who gets a copy.

    A copy holds no link: what the requester's one opens is the requester's alone.
    """
    ticket = message.stream.ticket
    letters = []
    with translation.override(ticket.language or "en"):
        if ticket.requester.email and not MailOff.objects.filter(ticket=ticket).exists():
            text = _to_requester(message) % {**_facts(message), "link": way_to(ticket)}
            letters.append(_mail(ticket, ticket.requester.email, text, f"{message.seq}"))
        for email in ticket.copies.order_by("pk").values_list("email", flat=True):
            letters.append(_mail(ticket, email, _to_others(message) % _facts(message), f"{message.seq}.copy"))
    return letters


def _facts(message: Message) -> dict[str, str]:
    name = message.author.display_name if message.author else ""
    return {"shop": settings.SHOP_NAME, "name": name, "body": message.body}


def _to_requester(message: Message) -> str:
    if message.author is None:
        return _("%(shop)s wrote:\n\n%(body)s\n\nRead and answer here: %(link)s")
    return _("%(name)s of %(shop)s wrote:\n\n%(body)s\n\nRead and answer here: %(link)s")


def _to_others(message: Message) -> str:
    if message.author is None:
        return _(
            "%(shop)s wrote:\n\n%(body)s\n\nYou get a copy because your address was named on this ticket."
        )
    return _(
        "%(name)s of %(shop)s wrote:\n\n%(body)s\n\n"
        "You get a copy because your address was named on this ticket."
    )


def received(ticket: Ticket) -> EmailMessage:
    """To somebody without a log-in: it has arrived, and here is the way to it."""
    with translation.override(ticket.language or "en"):
        facts = {"number": ticket.number, "link": way_to(ticket)}
        text = _(
            "Your message has arrived; its number is #%(number)s. The answer comes to this address.\n\n"
            "Read, add something or send files here: %(link)s\n\n"
            "The link is yours alone and works for 30 days."
        )
        return _mail(ticket, ticket.requester.email or "", text % facts, "received")


def new_link(ticket: Ticket) -> EmailMessage:
    """The new link that was asked for."""
    with translation.override(ticket.language or "en"):
        text = _("Here is the new link to ticket #%(number)s: %(link)s\n\nIt works for 30 days.")
        facts = {"number": ticket.number, "link": way_to(ticket)}
        return _mail(ticket, ticket.requester.email or "", text % facts, "link")


def ask_for_mark(ticket: Ticket) -> EmailMessage:
    """Five links, one for each mark: none of them rates, the page that they open does."""
    with translation.override(ticket.requester.language or ticket.language or "en"):
        page = links.link_for(ticket, links.MARK)
        names = score_names()
        rows = "\n".join(f"{score} {names[score]}: {page}?score={score}" for score in SCORES)
        text = _(
            "Your ticket #%(number)s “%(subject)s” is solved. How did we do?\n\n%(rows)s\n\n"
            "One click opens the page, a second one sends the mark. Not solved? Write to us again, "
            "and the ticket opens again: %(link)s"
        )
        facts = {"number": ticket.number, "subject": ticket.subject, "rows": rows, "link": way_to(ticket)}
        return _mail(ticket, ticket.requester.email or "", text % facts, "mark")


def score_names() -> dict[int, str]:
    """The marks in words, in the active language."""
    return {1: _("Bad"), 2: _("Poor"), 3: _("Fair"), 4: _("Good"), 5: _("Great")}


def _mail(ticket: Ticket, to: str, body: str, what: str) -> EmailMessage:
    return EmailMessage(
        subject=f"[#{ticket.number}] {ticket.subject}",
        body=body,
        to=[to],
        headers={
            "Message-ID": f"<{ticket.public_id}.{what}@{_host()}>",
            "Auto-Submitted": "auto-replied",
        },
    )


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
