"""A buyer at a glance: orders and what was spent, returns, tickets. Of each what the one who looks may see."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum

from accounts.models import Person
from accounts.queries import shopper_of
from core.actors import Actor
from core.clock import now
from orders.models import OrderStatus
from orders.queries import NEWEST, visible_orders
from orders.return_queries import visible_returns
from tickets.queries import visible_tickets

MOST = 20  # of each, the newest


def glance_of(actor: Actor, person: Person) -> dict[str, Any]:
    """Counts, money and the newest rows; seven queries however much there is.

    `spent`: the totals of orders that were paid and not cancelled, less what went back, in the orders' currency.
    """
    orders = visible_orders(actor).filter(person=person)
    returns = visible_returns(actor).filter(order__person=person)
    tickets = visible_tickets(actor).filter(requester=person)
    paid = orders.exclude(status=OrderStatus.CANCELLED).filter(paid_at__isnull=False).order_by()
    sums = paid.aggregate(n=Sum(F("total") - F("refunded")))
    counted = orders.order_by().aggregate(n=Count("pk"))
    return {
        "person": person,
        "zone": person.timezone or "UTC",
        "now": now(),
        "shopper": shopper_of(person.pk),
        "spent": sums["n"] or Decimal("0.00"),
        "orders_count": counted["n"],
        "orders": list(orders.order_by(*NEWEST)[:MOST]),
        "returns": list(returns.order_by("-pk")[:MOST]),
        "tickets": list(tickets.order_by("-pk")[:MOST]),
    }
