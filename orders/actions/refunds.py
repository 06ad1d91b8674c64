"""Money back for a checked return: ordered by a reviewer, sent by a port, done once it is confirmed.

Sending happens outside of any transaction, by a job that is repeated until the answer is clear; the key of a
refund makes the repetition harmless.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import retrying
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.text import clean_body
from orders import permissions, rules
from orders.actions.record import add_record
from orders.actions.return_steps import for_review, keep, keep_promise, tell
from orders.events import OrderChanged
from orders.models import Order, OrderStatus, Refund, Return, ReturnLine
from orders.queries import load_parts
from orders.refunding import MANUAL, RefundRefused, RefundUnclear, port_called, port_for
from orders.return_queries import access_refund, access_return
from orders.return_rules import CENT, CURRENCY, money_left, most_of, text_of
from sla.clocks import FAR_FUTURE

S, R = Return.State, Refund.State
WORDS_LIMIT = 1000
REFERENCE_LIMIT = 100


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
    tell(row, "refund_ordered", actor=actor, at=at, text={"reason": words}, **_facts(refund))
    if port.name != MANUAL:
        _send_soon(refund)
    return refund


def _facts(refund: Refund) -> dict[str, Any]:
    return {
        "refund": refund.public_id,
        "amount": f"{refund.amount:.2f}",
        "currency": refund.currency,
        "by_line": refund.by_line,
        "port": refund.port,
    }


def _send_soon(refund: Refund) -> None:
    outbox.enqueue("orders.send_refund", {"refund": refund.pk}, key=f"refund:{refund.pk}:{refund.tries}")


# Sending --------------------------------------------------------------------------------------------------


@outbox.handler("orders.send_refund")
def _send(payload: dict[str, Any]) -> None:
    send_refund(refund_id=payload["refund"])


def send_refund(*, refund_id: int) -> Refund | None:
    """Send one refund by its port, outside of any transaction; None where there is nothing to send.

    Raises RefundUnclear, so that the job tries again; a refusal is kept and shown.
    """
    refund = retrying(_claim, refund_id=refund_id)
    if refund is None:
        return None
    try:
        reference = port_called(refund.port).send(refund)
    except RefundRefused as error:
        return retrying(_fail, refund_id=refund_id, error=str(error))
    except RefundUnclear as error:
        Refund.objects.filter(pk=refund_id, state=R.SENT).update(error=str(error)[:300])
        raise
    return retrying(_done, actor=SYSTEM, refund_id=refund_id, reference=reference)


def _claim(*, refund_id: int) -> Refund | None:
    """It is being sent from now on."""
    with transaction.atomic():
        row = Refund.objects.filter(pk=refund_id).select_related("ret").first()
        if row is None or row.port == MANUAL:
            return None
        access_return(SYSTEM, row.ret.public_id, lock=True)
        open_ones = Refund.objects.filter(pk=refund_id, state__in=(R.ORDERED, R.SENT))
        if not open_ones.update(state=R.SENT, sent_at=now(), tries=row.tries + 1):
            return None
    return Refund.objects.select_related("order__store", "ret").get(pk=refund_id)


def _fail(*, refund_id: int, error: str) -> Refund:
    with transaction.atomic():
        refund, row = _locked(SYSTEM, refund_id)
        if refund.state != R.DONE:
            refund.state, refund.error = R.FAILED, error[:300]
            refund.save(update_fields=["state", "error"])
            tell(row, "refund_failed", actor=SYSTEM, at=now(), text={"reason": error[:300]}, **_facts(refund))
    return refund


def _locked(actor: Actor, refund_id: int) -> tuple[Refund, Return]:
    """The refund, under the locks of its order and its return."""
    public_id = Refund.objects.filter(pk=refund_id).values_list("ret__public_id", flat=True).get()
    row = access_return(actor, public_id, lock=True)
    return Refund.objects.get(pk=refund_id), row


def retry_refund(*, actor: Actor, refund: str) -> Refund:
    """Send a refund that failed, or that had no clear answer, once more; with the same key.

    Raises Forbidden, NotFound, Conflict (`refund_state`).
    """
    with transaction.atomic():
        row, ret = _locked(actor, access_refund(actor, refund).pk)
        if not permissions.can_review_return(actor, ret.order):
            raise Forbidden()
        unclear = row.state == R.SENT and bool(row.error)
        if row.port == MANUAL or not (row.state == R.FAILED or unclear):
            raise Conflict(_("There is nothing to send again."), code="refund_state", state=row.state)
        row.state, row.error = R.ORDERED, ""
        row.save(update_fields=["state", "error"])
        _send_soon(row)
        publish(OrderChanged(ret.order_id, ret.order.public_id))
        return row


def mark_refunded(*, actor: Actor, refund: str, reference: str) -> Refund:
    """A person paid it by hand and confirms with the payment's reference; confirmed already: nothing happens.

    Also for one that the shop's system refused. Raises Forbidden, NotFound, Invalid (`reference`).
    """
    found = access_refund(actor, refund)
    if not permissions.can_review_return(actor, access_return(actor, found.ret.public_id).order):
        raise Forbidden()
    text = " ".join(clean_body(reference, field="reference", limit=REFERENCE_LIMIT).split())
    if found.state == R.SENT:
        message = _("The shop's system is paying it just now. Wait for its answer, or send it again.")
        raise Conflict(message, code="refund_state", state=found.state)
    return _done(actor=actor, refund_id=found.pk, reference=text)


def _done(*, actor: Actor, refund_id: int, reference: str) -> Refund:
    """The money is back: refund, order, record and promise say so in the same instant; again: nothing happens."""
    with transaction.atomic():
        refund, row = _locked(actor, refund_id)
        if refund.state == R.DONE:
            return refund
        at = now()
        refund.state, refund.reference, refund.error = R.DONE, reference[:REFERENCE_LIMIT], ""
        refund.done_at, refund.confirmed_by_id = at, actor.id
        refund.save(update_fields=["state", "reference", "error", "done_at", "confirmed_by"])
        _count(row.order, refund)
        row.state, row.ended_at, row.due_sort = S.REFUNDED, at, FAR_FUTURE
        keep(row, at, "state", "ended_at", "due_sort")
        keep_promise(row, actor=actor, at=at)
        _record(actor, row, refund)
        _close_order(actor, row.order)
        return refund


def _count(order: Order, refund: Refund) -> None:
    """The order's sum. A feed may have told of a refund through the shop's system before its answer came."""
    after = order.refunded + refund.amount
    if refund.port != MANUAL:
        after = max(order.refunded, refund.before + refund.amount)
    order.refunded, order.updated_at = min(after, max(order.total, order.refunded)), now()
    order.save(update_fields=["refunded", "updated_at"])


def _record(actor: Actor, row: Return, refund: Refund) -> None:
    """The same step for the order's money and for those who talk to the buyer."""
    tell(
        row, "refunded", actor=actor, at=refund.done_at or now(), **_facts(refund), reference=refund.reference
    )


def _close_order(actor: Actor, order: Order) -> None:
    """Everything came back and was paid for: the order is returned."""
    load_parts(order)
    rows = ReturnLine.objects.filter(ret__order=order, ret__state=S.REFUNDED)
    back: dict[int, int] = {}
    for line in rows:
        back[line.position] = back.get(line.position, 0) + (line.arrived or 0)
    whole = all(back.get(line.position, 0) >= line.quantity for line in order.lines.all())
    if not whole or order.status != OrderStatus.DELIVERED:
        return
    moved = {"from": order.status, "to": OrderStatus.RETURNED.value}
    order.status = rules.next_status(order.status, OrderStatus.RETURNED)
    order.save(update_fields=["status"])
    add_record(order, actor=actor, verb="order.returned", at=now(), data=moved)
