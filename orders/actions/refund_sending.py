"""Money on its way back: sent by a port or paid by a person, done once it is confirmed, counted once.

Sending happens outside of any transaction, by a job that is repeated until the answer is clear; the key of a
refund makes the repetition harmless.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import retrying
from core.errors import Conflict, Forbidden
from core.events import publish
from core.text import clean_body
from orders import permissions, rules
from orders.actions import change_steps, return_steps
from orders.actions.record import add_record
from orders.events import OrderChanged
from orders.models import Order, OrderStatus, Refund, Return, ReturnLine
from orders.queries import access_order, load_parts
from orders.refunding import MANUAL, RefundRefused, RefundUnclear, port_called
from orders.return_queries import access_refund, access_return
from sla.clocks import FAR_FUTURE

S, R = Return.State, Refund.State
REFERENCE_LIMIT = 100
JOB = "orders.send_refund"


def send_soon(refund: Refund) -> None:
    """Leave the row that the worker carries out; in the caller's transaction. Nothing where a person pays."""
    if refund.port != MANUAL:
        outbox.enqueue(JOB, {"refund": refund.pk}, key=f"refund:{refund.pk}:{refund.tries}")


def tell(
    refund: Refund, step: str, *, actor: Actor, at: datetime, text: dict[str, Any] | None = None, **data: Any
) -> None:
    """A row of the order's record about a refund, as a step of its return or of what the buyer agreed to."""
    facts = {**facts_of(refund), **data}
    if refund.ret is not None:
        return_steps.tell(refund.ret, step, actor=actor, at=at, text=text, **facts)
    elif refund.proposal is not None:
        change_steps.tell(refund.proposal, step, actor, at, text=text or {}, **facts)


def facts_of(refund: Refund) -> dict[str, Any]:
    """What the record says of a refund; names nobody."""
    return {
        "refund": refund.public_id,
        "amount": f"{refund.amount:.2f}",
        "currency": refund.currency,
        "by_line": refund.by_line,
        "port": refund.port,
    }


@outbox.handler(JOB)
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
        row = Refund.objects.filter(pk=refund_id).first()
        if row is None or row.port == MANUAL:
            return None
        row = _locked(SYSTEM, refund_id)
        open_ones = Refund.objects.filter(pk=refund_id, state__in=(R.ORDERED, R.SENT))
        if not open_ones.update(state=R.SENT, sent_at=now(), tries=row.tries + 1):
            return None
    return Refund.objects.select_related("order__store", "ret").get(pk=refund_id)


def _fail(*, refund_id: int, error: str) -> Refund:
    with transaction.atomic():
        refund = _locked(SYSTEM, refund_id)
        if refund.state != R.DONE:
            refund.state, refund.error = R.FAILED, error[:300]
            refund.save(update_fields=["state", "error"])
            tell(refund, "refund_failed", actor=SYSTEM, at=now(), text={"reason": error[:300]})
    return refund


def _locked(actor: Actor, refund_id: int) -> Refund:
    """The refund under the locks of its order and of its return, where it has one; both hang on it."""
    found = Refund.objects.select_related("ret").get(pk=refund_id)
    ret = access_return(actor, found.ret.public_id, lock=True) if found.ret else None
    order = ret.order if ret else access_order(actor, order_id=found.order_id, lock=True)
    refund = Refund.objects.select_related("proposal").get(pk=refund_id)
    refund.ret, refund.order = ret, order
    if refund.proposal is not None:
        refund.proposal.order = order
    return refund


def retry_refund(*, actor: Actor, refund: str) -> Refund:
    """Send a refund that failed, or that had no clear answer, once more; with the same key.

    Raises Forbidden, NotFound, Conflict (`refund_state`).
    """
    with transaction.atomic():
        row = _locked(actor, access_refund(actor, refund).pk)
        if not permissions.can_review_return(actor, row.order):
            raise Forbidden()
        unclear = row.state == R.SENT and bool(row.error)
        if row.port == MANUAL or not (row.state == R.FAILED or unclear):
            raise Conflict(_("There is nothing to send again."), code="refund_state", state=row.state)
        row.state, row.error = R.ORDERED, ""
        row.save(update_fields=["state", "error"])
        send_soon(row)
        publish(OrderChanged(row.order_id, row.order.public_id))
        return row


def mark_refunded(*, actor: Actor, refund: str, reference: str) -> Refund:
    """A person paid it by hand and confirms with the payment's reference; confirmed already: nothing happens.

    Also for one that the shop's system refused. Raises Forbidden, NotFound, Invalid (`reference`).
    """
    found = access_refund(actor, refund)
    if not permissions.can_review_return(actor, access_order(actor, order_id=found.order_id)):
        raise Forbidden()
    text = " ".join(clean_body(reference, field="reference", limit=REFERENCE_LIMIT).split())
    if found.state == R.SENT:
        message = _("The shop's system is paying it just now. Wait for its answer, or send it again.")
        raise Conflict(message, code="refund_state", state=found.state)
    return _done(actor=actor, refund_id=found.pk, reference=text)


def _done(*, actor: Actor, refund_id: int, reference: str) -> Refund:
    """The money is back: refund, order, record and promise say so in the same instant; again: nothing happens."""
    with transaction.atomic():
        refund = _locked(actor, refund_id)
        if refund.state == R.DONE:
            return refund
        at = now()
        refund.state, refund.reference, refund.error = R.DONE, reference[:REFERENCE_LIMIT], ""
        refund.done_at, refund.confirmed_by_id = at, actor.id
        refund.save(update_fields=["state", "reference", "error", "done_at", "confirmed_by"])
        _count(refund.order, refund)
        if refund.ret is not None:
            _end_return(actor, refund.ret, at)
        else:
            change_steps.keep_refund_promise(refund.order, actor=actor, at=at)
        tell(refund, "refunded", actor=actor, at=at, reference=refund.reference)
        if refund.ret is not None:
            _close_order(actor, refund.order)
        return refund


def _end_return(actor: Actor, ret: Return, at: datetime) -> None:
    ret.state, ret.ended_at, ret.due_sort = S.REFUNDED, at, FAR_FUTURE
    return_steps.keep(ret, at, "state", "ended_at", "due_sort")
    return_steps.keep_promise(ret, actor=actor, at=at)


def _count(order: Order, refund: Refund) -> None:
    """The order's sum. A feed may have told of a refund through the shop's system before its answer came."""
    after = order.refunded + refund.amount
    if refund.port != MANUAL:
        after = max(order.refunded, refund.before + refund.amount)
    order.refunded, order.updated_at = min(after, max(order.total, order.refunded)), now()
    order.save(update_fields=["refunded", "updated_at"])


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
