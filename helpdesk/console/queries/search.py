"""Tickets and orders by what people know of them."""

from __future__ import annotations

from dataclasses import dataclass

from core.actors import Actor
from orders import queries as orders
from orders.models import Order
from tickets import queries as tickets

FOUND = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, by kind; no ranking over all."""

    tickets: list[tickets.FoundTicket]
    orders: list[Order]


def find(actor: Actor, text: str, most: int = FOUND) -> Found:
    """Tickets and orders by number, tracking, SKU, address, name or words; at most so many of each."""
    if not text.strip():
        return Found([], [])
    return Found(
        tickets=tickets.find(actor, text, limit=most),
        orders=list(orders.search_orders(actor, text).order_by(*orders.NEWEST)[:most]),
    )
