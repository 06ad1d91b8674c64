"""The security mark: the same product bought again and again within a day asks for a person's look.

The rule is the shop's service standard. It judges nobody: an order goes on as before, staff alone see the mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.actors import Actor
from orders import permissions
from orders.models import Order, SecurityMark

WITHIN = timedelta(hours=24)
ORDERS = 3  # of the same product: bought, again, and again


def product_of(sku: str, name: str) -> str:
    """What makes two lines the same product: the SKU, or the name where there is none."""
    return (sku.strip() or name.strip()).lower()


def again_and_again(placed: Iterable[datetime]) -> int:
    """How many orders of one product stand in the fullest 24 hours; 0 where that is no cause to look.

    `placed`: when each order with it was placed, in any order. Exactly 24 hours apart is no longer within.
    """
    moments = sorted(placed)
    most = max((sum(first <= at < first + WITHIN for at in moments) for first in moments), default=0)
    return most if most >= ORDERS else 0


def open_marks(order: Order) -> QuerySet[SecurityMark]:
    """What stands open on the account of an order's buyer, whoever asks."""
    return SecurityMark.objects.filter(person_id=order.person_id, cleared_at=None)


def open_mark(actor: Actor, order: Order) -> SecurityMark | None:
    """The mark on the account of an order's buyer, for staff who may see the order that set it. One query."""
    if not actor.is_staff:
        return None
    seen = Order.objects.filter(permissions.visible_to(actor)).values("pk")
    return open_marks(order).select_related("order").filter(order__in=seen).first()
