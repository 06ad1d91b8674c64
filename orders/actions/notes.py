"""What staff write into an order's record: a note among themselves, and goods that are sent once more."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden
from core.events import publish
from core.text import clean_body
from orders import permissions
from orders.actions.record import add_record
from orders.events import OrderChanged
from orders.models import Order, OrderRecord, OrderStatus
from orders.queries import access_order

NOTE_LIMIT, RESEND_LIMIT = 2000, 500
SENT = (OrderStatus.AWAITING_DELIVERY, OrderStatus.DELIVERED)


def note_on_order(*, actor: Actor, order_id: int, words: str) -> OrderRecord:
    """A note in the order's record that staff alone read; it cannot be edited. Raises NotFound, Forbidden, Invalid."""
    said = clean_body(words, field="words", limit=NOTE_LIMIT)
    with transaction.atomic():
        order = access_order(actor, order_id=order_id, lock=True)
        return _write(order, actor, "order.noted", said, for_buyer=False)


def order_resend(*, actor: Actor, order_id: int, words: str) -> OrderRecord:
    """Goods are sent once more at the shop's cost: `words` say which and why, and the buyer reads them.

    The shop's own system sends them; the parcel is told as every other. Raises NotFound, Forbidden, Invalid
    (`words`), Conflict `not_sent_yet` before the first parcel left, `resent_already` for the same words again.
    """
    said = clean_body(words, field="words", limit=RESEND_LIMIT)
    with transaction.atomic():
        order = access_order(actor, order_id=order_id, lock=True)
        if not permissions.can_propose(actor, order):
            raise Forbidden()
        if order.status not in SENT:
            raise Conflict(
                _("Nothing can be sent again: no parcel of this order has left."), code="not_sent_yet"
            )
        if order.record.filter(verb="order.resend_ordered", detail__text__reason=said).exists():
            raise Conflict(_("The very same is being sent again already."), code="resent_already")
        return _write(order, actor, "order.resend_ordered", said, for_buyer=True)


def _write(order: Order, actor: Actor, verb: str, said: str, *, for_buyer: bool) -> OrderRecord:
    if not permissions.can_propose(actor, order):
        raise Forbidden()
    row = add_record(order, actor=actor, verb=verb, at=now(), text={"reason": said}, for_buyer=for_buyer)
    publish(OrderChanged(order.pk, order.public_id))
    return row
