"""A mail to the buyer about an order, in the order's record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core.actors import SYSTEM
from core.errors import NotFound
from core.events import publish
from orders.actions.record import add_record
from orders.events import OrderChanged
from orders.models import OrderRecord
from orders.queries import access_order

KEEP_MAIL = "order.mailed"  # the outbox's kind


def keep_mail(*, order_id: int, ticket: str, what: str, seq: int, at: datetime) -> OrderRecord | None:
    """Keep that the buyer was written to at an instant: on which ticket (public id), with which of its messages.

    The same mail is one row, however often the job runs. None for an order that is gone.
    """
    with transaction.atomic():
        try:
            order = access_order(SYSTEM, order_id=order_id, lock=True)
        except NotFound:
            return None
        data = {"by": "mail", "ticket": ticket, "what": what, "seq": seq}
        known = OrderRecord.objects.filter(order=order, verb="buyer.told", at=at, data=data).first()
        if known is not None:
            return known
        row = add_record(order, actor=SYSTEM, verb="buyer.told", at=at, data=data, for_buyer=False)
        publish(OrderChanged(order.pk, order.public_id))
        return row
