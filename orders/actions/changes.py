"""Proposing a change of an order, the buyer's answer, and what follows from it.

Every step is a row of the order's record and news for those who talk to the buyer. The order is locked first:
an answer, a dispatch and a deadline that meet are told one after the other.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.text import clean_body
from orders import permissions
from orders.actions.addresses import write_address
from orders.actions.cancel import cancel_order
from orders.actions.change_steps import move_date, tell
from orders.actions.refunds import order_agreed_refund
from orders.changes import rules
from orders.changes.models import ChangeProposal
from orders.changes.queries import access_proposal
from orders.models import Order
from orders.queries import access_order

K, S = ChangeProposal.Kind, ChangeProposal.State
WORDS_LIMIT, ANSWER_LIMIT = 500, 1000
LAPSE = "order.change_unanswered"


def propose_change(
    *,
    actor: Actor,
    order_id: int,
    kind: str,
    words: str,
    details: dict[str, Any] | None = None,
    answer_by: datetime | None = None,
    asked_on: str = "",
    client_id: object = None,
) -> ChangeProposal:
    """Ask the buyer about a change; nothing is changed before the answer. A known `client_id` gives its proposal.

    `answer_by` (UTC, within 1 hour to 30 days; three days from now) is told to the buyer. Raises NotFound, Forbidden,
    Invalid (kind, words, answer_by, details' fields), Conflict `not_possible` by the order's rules now and
    `proposal_open` while one of this kind waits.
    """
    if kind not in K.values:
        raise Invalid.field("kind", _("This kind of change is not known."), code="unknown_kind")
    said = clean_body(words, field="words", limit=WORDS_LIMIT)
    clean, key = rules.clean_details(kind, details or {}), _key(client_id)
    with transaction.atomic():
        order = access_order(actor, order_id=order_id, lock=True)
        if not permissions.can_propose(actor, order):
            raise Forbidden()
        if key and (known := order.proposals.filter(client_id=key).first()):
            return known
        clean = rules.completed(order, kind, clean)
        if reason := rules.why_not(order, kind, clean):
            raise Conflict(reason, code="not_possible")
        if order.proposals.filter(kind=kind, state=S.OPEN).exists():
            raise Conflict(_("The buyer is being asked about this already."), code="proposal_open")
        at = now()
        row = ChangeProposal.objects.create(
            order=order,
            kind=kind,
            words=said,
            details=clean,
            asked_on=asked_on,
            client_id=key,
            proposed_by_id=actor.id,
            proposed_at=at,
            answer_by=_answer_by(answer_by, at),
        )
        tell(row, "proposed", actor, at, text={"reason": said, **_named(row)}, by=row.answer_by.isoformat())
        wait = (row.answer_by - at).total_seconds()
        outbox.enqueue(LAPSE, {"proposal": row.pk}, key=f"{LAPSE}:{row.pk}", delay=wait)
        return row


def _key(raw: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(raw)) if raw else None
    except ValueError:
        raise Invalid.field("client_id", _("This is no UUID.")) from None


def _answer_by(wanted: datetime | None, at: datetime) -> datetime:
    by = wanted or at + rules.ANSWER_WITHIN
    if not rules.SHORTEST <= by - at <= rules.LONGEST:
        told = _("Leave the buyer between one hour and thirty days to answer.")
        raise Invalid.field("answer_by", told, code="bad_time")
    return by


def answer_change(*, actor: Actor, proposal: str, yes: bool, words: str = "") -> ChangeProposal:
    """The buyer's answer. Yes acts at once by the rules of this very moment; where they say no, it is `overtaken`.

    The same answer again changes nothing. Raises NotFound, Forbidden for anybody but the order's buyer, Invalid
    (`words`), Conflict `proposal_over` once it has ended or its time is over.
    """
    said = clean_body(words, field="words", limit=ANSWER_LIMIT) if words.strip() else ""
    with transaction.atomic():
        row = access_proposal(actor, proposal, lock=True)
        if not permissions.can_answer_proposal(actor, row.order):
            raise Forbidden()
        if row.state in ((S.ACCEPTED, S.OVERTAKEN) if yes else (S.DECLINED,)):
            return row
        at = now()
        if row.state != S.OPEN or at >= row.answer_by:
            raise Conflict(_("This question is no longer open; nothing was changed."), code="proposal_over")
        if not yes:
            return _end(row, S.DECLINED, actor, at, said, {"words": said})
        return _accept(row, actor, at, said)


def _accept(row: ChangeProposal, actor: Actor, at: datetime, said: str) -> ChangeProposal:
    reason = rules.why_not(row.order, row.kind, row.details)
    if reason:
        return _end(row, S.OVERTAKEN, actor, at, reason, {"words": said, "why_not": reason})
    _end(row, S.ACCEPTED, actor, at, said, {"words": said})
    if row.kind in (K.CANCEL, K.ITEM):
        cancel_order(actor=actor, order_id=row.order_id, reason=row.words)
    elif row.kind == K.ADDRESS:
        write_address(row.order, row.details, actor=actor, at=at, proposal=row.public_id)
    elif row.kind == K.REFUND:
        order_agreed_refund(actor=actor, row=row, at=at)
    elif row.kind == K.LATER:
        move_date(row, actor=actor, at=at)
    return row


def withdraw_change(*, actor: Actor, proposal: str) -> ChangeProposal:
    """Staff take the question back; again changes nothing. Raises NotFound, Forbidden, Conflict `proposal_over`."""
    with transaction.atomic():
        row = access_proposal(actor, proposal, lock=True)
        if not permissions.can_propose(actor, row.order):
            raise Forbidden()
        if row.state == S.WITHDRAWN:
            return row
        if row.state != S.OPEN:
            raise Conflict(_("The buyer has answered, or the time is over."), code="proposal_over")
        return _end(row, S.WITHDRAWN, actor, now(), "", {})


def lapse_change(*, proposal_id: int) -> bool:
    """The time to answer is over: nothing is changed, and it is told. False when it had ended before."""
    with transaction.atomic():
        found = ChangeProposal.objects.filter(pk=proposal_id).values_list("public_id", flat=True).first()
        row = access_proposal(SYSTEM, found, lock=True) if found else None
        at = now()
        if row is None or row.state != S.OPEN or at < row.answer_by:
            return False
        _end(row, S.NO_ANSWER, SYSTEM, at, "", {})
        return True


# What they share ---------------------------------------------------------------------------------------


def _end(
    row: ChangeProposal, state: str, actor: Actor, at: datetime, said: str, text: dict[str, Any]
) -> ChangeProposal:
    row.state, row.ended_at, row.answer_words = state, at, said
    row.save(update_fields=["state", "ended_at", "answer_words"])
    tell(row, state, actor, at, text=text)
    return row


def _named(row: ChangeProposal) -> dict[str, Any]:
    return {"address": row.details} if row.kind == K.ADDRESS else {}


def erase_proposals(order: Order) -> None:
    """What proposals say about a person; kinds, states and times stay. The caller holds the order's lock."""
    for row in order.proposals.all():
        row.words = row.answer_words = ""
        row.details = {} if row.kind == K.ADDRESS else row.details
        row.save(update_fields=["words", "answer_words", "details"])
