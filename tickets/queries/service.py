"""What good service is not: replies that a lead should look at, told to their writer before they are sent."""

from __future__ import annotations

import unicodedata

from django.db.models import QuerySet

from accounts.models import Membership
from core.actors import Actor
from tickets import placeholders
from tickets.models import Escalation, Flag, Ticket
from tickets.permissions import visible_to
from tickets.queries.kept import macros_for

LEAST = 8  # letters that say something; a Chinese or Japanese one counts as two
WIDE = 0x2E80  # from here on a letter is a word or a syllable


def doubts_about_reply(actor: Actor, ticket: Ticket, *, body: str, has_files: bool = False) -> list[str]:
    """Why a lead should look at this reply: `empty`, `canned_on_escalated`.

    In a chat a short turn is an answer: there only a turn without any letter, digit or sign is empty.
    """
    if not actor.is_staff:
        return []
    found = []
    if not has_files and (not says_something(body) if ticket.chatting else _weight(body) < LEAST):
        found.append("empty")
    if Escalation.objects.filter(ticket=ticket).exists() and _is_canned(actor, ticket, body):
        found.append("canned_on_escalated")
    return found


def doubts_about_solving(actor: Actor, ticket: Ticket) -> list[str]:
    """`solved_unanswered` when staff would solve what the buyer still waits for an answer to."""
    return ["solved_unanswered"] if actor.is_staff and ticket.unanswered_since is not None else []


def _weight(body: str) -> int:
    return sum(2 if ord(letter) >= WIDE else 1 for letter in body if letter.isalnum())


def says_something(body: str) -> bool:
    """A letter, a digit, or a sign such as an emoji; not full stops and dashes alone."""
    return any(letter.isalnum() or unicodedata.category(letter).startswith("S") for letter in body)


def _is_canned(actor: Actor, ticket: Ticket, body: str) -> bool:
    """Whether it is a macro's text and nothing of one's own."""
    said = " ".join(body.split())
    texts = macros_for(actor).exclude(body="").values_list("body", flat=True)
    return any(
        said == " ".join(placeholders.fill(text, actor=actor, ticket=ticket).text.split()) for text in texts
    )


def flags_for(actor: Actor) -> QuerySet[Flag]:
    """Flags of the teams that this actor leads (a manager: all), the newest first."""
    rows = Flag.objects.select_related("ticket", "author", "message", "reviewer").order_by("-pk")
    if actor.is_manager:
        return rows
    led = Membership.objects.filter(person_id=actor.id, role=Membership.Role.LEAD).values("team_id")
    if not actor.is_staff:
        return rows.none()
    return rows.filter(
        ticket__team_id__in=led, ticket__in=Ticket.objects.filter(visible_to(actor)).values("pk")
    )
