"""Refusing a return takes two people: one proposes with a reason and words to the buyer, another one agrees."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid
from core.text import clean_body
from orders.actions.return_steps import drop_promise, for_review, keep, tell
from orders.models import Return

S = Return.State
WORDS_LIMIT = 1000


def propose_refusal(*, actor: Actor, ret: str, reason: str, words: str) -> Return:
    """Propose to refuse, with a reason code and words to the buyer, who reads nothing before a second person agrees.

    A refund promise runs on meanwhile. Raises Invalid (`reason`, `words`), Forbidden, Conflict (`return_state`).
    """
    if reason not in Return.Refusal.values:
        raise Invalid.field("reason", _("Choose a reason."), code="no_reason")
    text = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        row = for_review(actor, ret, "propose_refusal")
        at = now()
        row.back_to, row.state = row.state, S.REFUSAL_PROPOSED
        row.reviewer_id, row.second_reviewer_id = actor.id, None
        row.refusal, row.refusal_words = reason, text
        keep(row, at, "back_to", "state", "reviewer", "second_reviewer", "refusal", "refusal_words")
        tell(row, "refusal_proposed", actor=actor, at=at, text={"reason": text}, code=reason)
        return row


def agree_to_refusal(*, actor: Actor, ret: str) -> Return:
    """The second person agrees: refused, the buyer is told why. Raises Forbidden (`same_person`) for the first."""
    with transaction.atomic():
        row = for_review(actor, ret, "agree_to_refusal")
        if actor.id == row.reviewer_id:
            raise Forbidden(
                _("You proposed this refusal. It needs another person's agreement."), code="same_person"
            )
        at = now()
        row.state, row.second_reviewer_id = S.REFUSED, actor.id
        row.decided_at = row.ended_at = at
        keep(row, at, "state", "second_reviewer", "decided_at", "ended_at")
        drop_promise(row, actor=actor, at=at, reason="return.refused")
        tell(row, "refused", actor=actor, at=at, text={"reason": row.refusal_words}, code=row.refusal)
        return row


def decline_refusal(*, actor: Actor, ret: str, words: str) -> Return:
    """Not refused: back to where it was, with a reason for the colleague. The one who proposed may take it back too."""
    text = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        row = for_review(actor, ret, "decline_refusal")
        at = now()
        before, row.refusal, row.refusal_words = row.refusal, "", ""
        row.state, row.back_to = row.back_to, ""
        keep(row, at, "state", "back_to", "refusal", "refusal_words")
        tell(row, "refusal_declined", actor=actor, at=at, text={"reason": text}, code=before)
        return row
