"""What the requester thought of it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.text import clean_body
from tickets import pushes
from tickets.actions.append import add_event
from tickets.events import TicketRated
from tickets.models import Satisfaction, Ticket
from tickets.permissions import can_rate, may_be_rated
from tickets.queries.access import access_ticket

WORDS_LIMIT = 2000
CHANGE_WITHIN = timedelta(hours=24)  # second thoughts, and words after the mark


def rate_ticket(*, actor: Actor, ticket: str, score: int, words: str | None = None) -> Satisfaction:
    """Mark a solved ticket, or a chat that is over, from 1 to 5 by its requester, words optional; changed within 24
    hours, not later.

    Words that were said before stay unless others are given ("": taken back). The same again changes nothing.
    Raises Invalid (fields score, words), NotFound, Forbidden for staff, Conflict `not_solved` or `already_rated`.
    """
    if not isinstance(score, int) or isinstance(score, bool) or not 1 <= score <= 5:
        raise Invalid.field("score", _("Choose a mark from 1 to 5."), code="bad_score")
    said = clean_body(words, field="words", limit=WORDS_LIMIT) if words and words.strip() else ""
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_rate(actor, row):
            raise Forbidden(_("Only the one who asked rates the answer."))
        mark = Satisfaction.objects.filter(ticket=row).first()
        if mark is None:
            return _first(actor, row, score, said)
        said = mark.words if words is None else said
        if (mark.score, mark.words) != (score, said):
            _second_thoughts(actor, row, mark, score, said)
    return mark


def can_change(mark: Satisfaction) -> bool:
    """Whether the day for second thoughts is not over."""
    return now() - mark.at <= CHANGE_WITHIN


def _first(actor: Actor, ticket: Ticket, score: int, said: str) -> Satisfaction:
    if not may_be_rated(ticket):
        raise Conflict(_("You can rate this once it is solved."), code="not_solved")
    at = now()
    mark = Satisfaction.objects.create(ticket=ticket, score=score, words=said, at=at)
    add_event(ticket, actor=actor, verb="ticket.rated", data={"score": score}, at=at)
    _tell(ticket, score)
    return mark


def _second_thoughts(actor: Actor, ticket: Ticket, mark: Satisfaction, score: int, said: str) -> None:
    if not can_change(mark):
        raise Conflict(_("You have rated this already. Thank you!"), code="already_rated")
    before, at = mark.score, now()
    mark.score, mark.words, mark.changed_at = score, said, at
    mark.save(update_fields=["score", "words", "changed_at"])
    if score != before:
        data = {"score": score, "before": before}
        add_event(ticket, actor=actor, verb="ticket.rated", data=data, at=at)
    _tell(ticket, score)


def _tell(ticket: Ticket, score: int) -> None:
    publish(TicketRated(ticket.pk, score))
    pushes.ticket_changed(ticket)
    pushes.dashboard_changed(ticket)
