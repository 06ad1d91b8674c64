"""What a macro may say of the buyer, the order and the ticket: `{{ order.number }}` and the like.

Not a template language: a name in braces is looked up in a table, and nothing else is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Person
from core.actors import Actor
from core.errors import Invalid
from orders.models import Shipment
from tickets.models import Ticket

MARK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its values in place; `missing` names those that this ticket has none for."""

    text: str
    missing: tuple[str, ...]


def _first(name: str) -> str:
    return name.split()[0] if name.split() else ""


def _tracking(ticket: Ticket) -> str:
    rows = Shipment.objects.filter(order_id=ticket.order_id).order_by("-pk") if ticket.order_id else ()
    return next((row.tracking_number for row in rows if row.tracking_number), "")


def _me(actor: Actor) -> str:
    person = Person.objects.filter(pk=actor.id).first()
    return person.display_name if person else settings.SHOP_NAME


VALUES: dict[str, Callable[[Actor, Ticket], str]] = {
    "buyer.name": lambda actor, ticket: ticket.requester.display_name,
    "buyer.first_name": lambda actor, ticket: _first(ticket.requester.display_name),
    "ticket.number": lambda actor, ticket: str(ticket.number),
    "ticket.subject": lambda actor, ticket: ticket.subject,
    "order.number": lambda actor, ticket: ticket.order.number if ticket.order else "",
    "order.status": lambda actor, ticket: str(ticket.order.get_status_display()) if ticket.order else "",
    "order.tracking": lambda actor, ticket: _tracking(ticket),
    "agent.name": lambda actor, ticket: _me(actor),
    "agent.first_name": lambda actor, ticket: _first(_me(actor)),
    "shop.name": lambda actor, ticket: settings.SHOP_NAME,
}


def check(text: str, *, field: str = "body") -> None:
    """Raise Invalid that names every placeholder nobody knows, with those that there are."""
    unknown = sorted({name for name in MARK.findall(text) if name not in VALUES})
    if unknown:
        message = _("Nobody knows %(unknown)s. There are: %(known)s.") % {
            "unknown": ", ".join("{{ " + name + " }}" for name in unknown),
            "known": ", ".join(sorted(VALUES)),
        }
        raise Invalid.field(field, message, code="unknown_placeholder")


def fill(text: str, *, actor: Actor, ticket: Ticket) -> Filled:
    """Put this ticket's values in place; what it has none for stays as it is and is told."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        known = VALUES[name](actor, ticket) if name in VALUES else ""
        if not known:
            missing.append(name)
        return known or found.group(0)

    filled = MARK.sub(value, text)
    return Filled(filled, tuple(dict.fromkeys(missing)))
