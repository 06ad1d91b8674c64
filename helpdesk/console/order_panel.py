"""The order beside a conversation: steps, promises with the tickets that speak of them, what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects

from core.actors import Actor
from helpdesk.console.parcels import line_of
from helpdesk.portal import order_page
from helpdesk.portal.promises import Shown, promises_of
from orders import queries as orders
from orders.changes.queries import open_proposals
from orders.latin import letters_of
from orders.models import Order
from orders.permissions import reviews_returns
from orders.security import open_mark
from orders.watch_queries import findings_of
from sla.models import Clock
from sla.queries import clocks_of
from tickets.change_words import ask
from tickets.queries import visible_tickets

SHAPES = {"kept": "ok", "kept-late": "warn", "off": "none"}


@dataclass(frozen=True, slots=True)
class Panelled:
    """A promise in the panel; `number`: the ticket that tells the buyer of it, 0 for none that one sees.

    `words`: one that lies ahead as the order's headline says it ("Dispatched by Mon 30 Nov"), others by name.
    """

    one: Shown
    number: int
    words: str

    @property
    def shape(self) -> str:
        return SHAPES.get(self.one.state, self.one.state)

    @property
    def clock(self) -> Clock:
        return self.one.clock


def shown(
    actor: Actor,
    order: Order,
    found: list[Clock] | None = None,
    *,
    asks: bool = True,
    marked: bool = True,
    after: bool = True,
) -> dict[str, Any]:
    """What the panel draws of an order that the actor may see.

    `found`: its clocks, where they are at hand; `asks`, `marked`, `after`: False where it is known that no proposal,
    no security mark is open, that nothing was asked back and no money is on its way.
    """
    prefetch_related_objects([order], "lines", "addresses", "shipments__events")
    address = next((one for one in order.addresses.all() if one.kind == "shipping"), None)
    clocks = clocks_of("order", order.pk) if found is None else found
    deeds = order_page.deeds(order, actor)
    return {
        "order": order,
        "steps": order_page.steps(order, order_page.open_promise(clocks)),
        "promises": panelled(actor, order, promises_of(order, clocks, receipts=False)),
        "deeds": [deed for deed in deeds if _works_here(deed)],
        "parcels": orders.parcels(order),
        "late_parcels": [line_of(row) for row in findings_of(order)],
        "mark": open_mark(actor, order) if marked else None,
        "address": address,
        "unreadable": letters_of(address) if address else "",
        "reviews": reviews_returns(actor),
        "returns": list(order.returns.order_by("number")) if after else [],
        "refunds": list(order.refunds.filter(ret=None)) if after else [],
        "questions": [(row, ask(row)) for row in (open_proposals(order) if asks else ())],
    }


def panelled(actor: Actor, order: Order, promises: list[Shown]) -> list[Panelled]:
    """The promises with their tickets' numbers; one query where there are any, and none otherwise."""
    told = [one.ticket for one in promises if one.ticket]
    rows = visible_tickets(actor).filter(public_id__in=told) if told else ()
    numbers = {ticket.public_id: ticket.number for ticket in rows}
    return [Panelled(one, numbers.get(one.ticket, 0), _words(order, one)) for one in promises]


def _words(order: Order, one: Shown) -> str:
    ahead = one.state in ("ok", "warn")
    return (order_page.promise_words(order, one.clock) if ahead else "") or one.title


def _works_here(deed: order_page.Deed) -> bool:
    """Staff are in the conversation already; a parcel is followed only where its carrier has a page."""
    if deed.code == "follow":
        return not deed.choice.allowed or deed.url.startswith("http")
    return deed.code not in ("help", "chat", "change_size")
