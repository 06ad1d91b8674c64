"""Calling an order off."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.text import clean_body
from orders import events, permissions, rules
from orders.actions.promises import Horizon, settle_promises
from orders.actions.record import add_record
from orders.models import Order, OrderStatus
from orders.queries import access_order

REASON_LIMIT = 500


def cancel_order(*, actor: Actor, order_id: int, reason: str = "") -> Order:
    """Cancel an order by its buyer, or by staff on the buyer's word; again: nothing happens.

    Staff give a reason, since the shop calls no valid order off on its own. Raises NotFound, Forbidden,
    Invalid (`reason`), Conflict (`not_cancellable`) with the reason and `instead`: the ways that are left.
    """
    with transaction.atomic():
        order = access_order(actor, order_id=order_id, lock=True)
        if not permissions.can_cancel(actor, order):
            raise Forbidden()
        if order.status == OrderStatus.CANCELLED:
            return order
        choice = rules.cancel_choice(order)
        if not choice.allowed:
            raise Conflict(
                choice.reason, code="not_cancellable", instead=[code for _label, code in choice.instead]
            )
        words = _reason(actor, reason)
        before, at = order.status, now()
        order.status, order.cancelled_at, order.updated_at = OrderStatus.CANCELLED, at, at
        order.save(update_fields=["status", "cancelled_at", "updated_at"])
        add_record(
            order,
            actor=actor,
            verb="order.cancelled",
            at=at,
            data={"from": before},
            text={"reason": words} if words else None,
        )
        settle_promises(actor=actor, order=order, horizon=Horizon(at), fresh=False)
        publish(events.OrderCancelled(order.pk))
        publish(events.OrderChanged(order.pk, order.public_id))
        return order


def _reason(actor: Actor, reason: str) -> str:
    if reason.strip():
        return clean_body(reason, field="reason", limit=REASON_LIMIT)
    if actor.is_staff:
        raise Invalid.field(
            "reason", _("Say why, in the buyer's words: the shop calls no order off on its own.")
        )
    return ""
