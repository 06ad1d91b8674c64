"""Replies that a lead should look at: flagged as they are stored, looked at once."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.queries import leads_of
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Invalid, NotFound
from tickets import pushes
from tickets.actions.append import add_event
from tickets.models import Flag, Message, Ticket
from tickets.queries.service import flags_for

VERDICTS = (Flag.State.FINE, Flag.State.COACHED)


def raise_flag(actor: Actor, ticket: Ticket, message: Message, reasons: list[str]) -> None:
    """Keep why a lead should look at this row; its writer was told before. Under the ticket's lock."""
    if not reasons or actor.id is None:
        return
    at = now()
    Flag.objects.create(message=message, ticket=ticket, author_id=actor.id, reasons=reasons, at=at)
    data = {"seq": message.seq, "reasons": reasons}
    add_event(ticket, actor=actor, verb="message.flagged", data=data, stream="staff", at=at)
    for lead in leads_of(ticket.team_id):
        pushes.person_told(lead.pk, ticket)


def flag_answer(ticket: Ticket, message: Message, reason: str) -> Flag | None:
    """The machine puts an answer before the lead, again when it was looked at; under the ticket's lock.

    None: nobody of staff wrote it, or it lies there for that reason already.
    """
    if message.author_id is None:
        return None
    at = now()
    row, made = Flag.objects.get_or_create(
        message=message,
        defaults={"ticket": ticket, "author_id": message.author_id, "reasons": [reason], "at": at},
    )
    if not made:
        if reason in row.reasons:
            return None
        row.reasons, row.state = [*row.reasons, reason], Flag.State.OPEN
        row.save(update_fields=["reasons", "state"])
    data = {"seq": message.seq, "reasons": [reason]}
    add_event(ticket, actor=SYSTEM, verb="message.flagged", data=data, stream="staff", at=at)
    for lead in leads_of(ticket.team_id):
        pushes.person_told(lead.pk, ticket)
    return row


def review_flag(*, actor: Actor, flag: int, state: str, words: str = "") -> Flag:
    """A lead or manager looked: `fine`, or `coached` with words to the writer. Once.

    Raises Invalid (fields state, words), NotFound for another team's, Conflict `reviewed`.
    """
    if state not in VERDICTS:
        raise Invalid.field("state", _("It is fine, or its writer was talked to."), code="unknown_state")
    said = " ".join(words.split())
    if len(said) > 500 or (state == Flag.State.COACHED and not said):
        raise Invalid.field("words", _("Say in at most 500 characters what was said."), code="bad_words")
    with transaction.atomic():
        found = flags_for(actor).filter(pk=flag).first()
        if found is None:
            raise NotFound()
        row = locked(Flag.objects.filter(pk=found.pk)).get()
        if row.state != Flag.State.OPEN:
            raise Conflict(_("Somebody has looked at this already."), code="reviewed")
        row.state, row.words, row.reviewer_id, row.reviewed_at = state, said, actor.id, now()
        row.save(update_fields=["state", "words", "reviewer", "reviewed_at"])
        pushes.person_told(row.author_id, found.ticket)
    return row
