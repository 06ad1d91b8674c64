"""Tickets, orders and buyers by what people know of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import Person
from accounts.phones import readings
from accounts.queries import people_named
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
    people: list[Person] = field(default_factory=list)


def find(actor: Actor, text: str, most: int = FOUND) -> Found:
    """Tickets, orders and buyers by number, tracking, SKU, e-mail, telephone in any format, name or words.

    At most so many of each. Whose order holds the address or the telephone number is a buyer that was meant, too.
    """
    if not text.strip():
        return Found([], [])
    rows = list(orders.search_orders(actor, text).order_by(*orders.NEWEST)[:most])
    people = people_named(text, limit=most)
    if "@" in text or readings(text):
        known = {person.pk for person in people}
        people += {row.person_id: row.person for row in rows if row.person_id not in known}.values()
    return Found(tickets=tickets.find(actor, text, limit=most), orders=rows, people=people[:most])
