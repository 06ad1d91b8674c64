"""Money back, ordered: for a checked return by a reviewer, in part by what the buyer agreed to.

How it goes out and is confirmed: `orders.actions.refund_sending`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.text import clean_body
from orders import permissions
from orders.actions.change_steps import promise_refund
from orders.actions.refund_sending import send_soon, tell
from orders.actions.return_steps import for_review
from orders.changes.models import ChangeProposal
from orders.models import Refund, Return, ReturnLine
from orders.refunding import port_for
from orders.return_queries import access_return
from orders.return_rules import CENT, CURRENCY, money_left, most_of, text_of

R = Refund.State
WORDS_LIMIT = 1000


def order_refund(
    *,
    actor: Actor,
    ret: str,
    amounts: Mapping[int, Decimal],
    currency: str = CURRENCY,
    words: str = "",
    key: object = None,
) -> Refund:
    """Order money back for a checked return: `amounts` by line (position), in USD, to the account that paid.

    Never more than a line's pieces cost, nor than was paid and is left on the order; less than the full amount
    needs `words` to the buyer. A known `key` gives the refund that it made. Raises Forbidden, Conflict
    (`return_state`, `refund_open`, `currency`), Invalid (`amount`, `line_<position>`, `currency`, `words`).
    """
    name = _key(key)
    with transaction.atomic():
        row = access_return(actor, ret, lock=True)
        if not permissions.can_review_return(actor, row.order):
            raise Forbidden()
        if name and (first := row.refunds.filter(key=name).first()):
            return first
        if row.refunds.exclude(state=R.DONE).exists():
            raise Conflict(_("A refund of this return is on its way already."), code="refund_open")
        row = for_review(actor, ret, "order_refund")
        clean, note = _check(row, amounts, currency, words)
        return _order(actor, row, clean, note, name)


def _key(raw: object) -> str:
    try:
        return uuid.UUID(str(raw)).hex if raw else ""
    except ValueError:
        raise Invalid.field("key", _("This is no UUID.")) from None


def _check(
    row: Return, amounts: Mapping[int, Decimal], currency: str, words: str
) -> tuple[dict[int, Decimal], str]:
    if currency != CURRENCY or row.order.currency != CURRENCY:
        message = _("Refunds are paid in USD, the currency of the payment.")
        raise Invalid.field("currency", message, code="currency")
    lines = {line.position: line for line in row.lines.all()}
    problems = {
        f"line_{position}": [told]
        for position, amount in amounts.items()
        if (told := _wrong(lines.get(position), amount))
    }
    if problems:
        raise Invalid(code="bad_amount", fields=problems)
    clean = {position: amount.quantize(CENT) for position, amount in amounts.items() if amount}
    total, left = sum(clean.values(), Decimal(0)), money_left(row.order)
    if total <= 0:
        raise Invalid.field("amount", _("Say how much goes back, above zero."), code="bad_amount")
    if total > left:
        told = _("At most %(left)s USD is left of what was paid for this order.") % {"left": f"{left:.2f}"}
        raise Invalid.field("amount", told, code="more_than_paid")
    full = min(left, sum((most_of(line) for line in lines.values()), Decimal(0)))
    if total < full and not words.strip():
        told = _("This is less than the full amount of %(full)s USD: tell the buyer why.")
        raise Invalid.field("words", told % {"full": f"{full:.2f}"}, code="empty")
    return clean, clean_body(words, field="words", limit=WORDS_LIMIT) if words.strip() else ""


def _wrong(line: ReturnLine | None, amount: Decimal) -> str:
    if line is None:
        return _("This item is not of this return.")
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(CENT):
        return _("Write an amount such as 12.30, not below zero.")
    if amount > most_of(line):
        return _("At most %(most)s USD was paid for these pieces.") % {"most": f"{most_of(line):.2f}"}
    return ""


def _order(actor: Actor, row: Return, amounts: dict[int, Decimal], words: str, key: str) -> Refund:
    at, port = now(), port_for(row.order)
    refund = Refund.objects.create(
        order=row.order,
        ret=row,
        amount=sum(amounts.values(), Decimal(0)),
        by_line=text_of(amounts),
        words=words,
        port=port.name,
        key=key or uuid.uuid4().hex,
        before=row.order.refunded,
        ordered_by_id=actor.id,
        ordered_at=at,
    )
    tell(refund, "refund_ordered", actor=actor, at=at, text={"reason": words})
    send_soon(refund)
    return refund


def order_agreed_refund(*, actor: Actor, row: ChangeProposal, at: datetime) -> Refund:
    """The money that the buyer said yes to, in part and with nothing to send back; ordered by who proposed it.

    In the caller's transaction, under the order's lock, once `changes.rules.why_not` has allowed it: so never
    more than is left of what was paid. Starts the refund's clock. A proposal has one refund.
    """
    order = row.order
    refund = Refund.objects.create(
        order=order,
        proposal=row,
        amount=Decimal(row.details["amount"]),
        currency=row.details["currency"],
        port=port_for(order).name,
        key=uuid.uuid4().hex,
        before=order.refunded,
        ordered_by_id=row.proposed_by_id,
        ordered_at=at,
    )
    promise_refund(order, actor=actor, at=at)
    send_soon(refund)
    return refund
