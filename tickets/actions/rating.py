"""What the requester thought of it."""

from __future__ import annotations

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
from tickets.models import LIVE_STATUSES, Satisfaction
from tickets.permissions import can_rate
from tickets.queries.access import access_ticket

WORDS_LIMIT = 2000


def rate_ticket(*, actor: Actor, ticket: str, score: int, words: str = "") -> Satisfaction:
    """Mark a solved ticket from 1 to 5, once, by its requester; words are optional.

    Raises Invalid (fields score, words), NotFound, Forbidden for staff, Conflict `not_solved` or
    `already_rated`.
    """
    if not isinstance(score, int) or isinstance(score, bool) or not 1 <= score <= 5:
        raise Invalid.field("score", _("Choose a mark from 1 to 5."), code="bad_score")
    said = clean_body(words, field="words", limit=WORDS_LIMIT) if words.strip() else ""
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_rate(actor, row):
            raise Forbidden(_("Only the one who asked rates the answer."))
        if row.status in LIVE_STATUSES:
            raise Conflict(_("You can rate this once it is solved."), code="not_solved")
        if Satisfaction.objects.filter(ticket=row).exists():
            raise Conflict(_("You have rated this already. Thank you!"), code="already_rated")
        at = now()
        mark = Satisfaction.objects.create(ticket=row, score=score, words=said, at=at)
        add_event(row, actor=actor, verb="ticket.rated", data={"score": score}, at=at)
        publish(TicketRated(row.pk, score))
        pushes.ticket_changed(row)
        pushes.dashboard_changed(row)
    return mark
