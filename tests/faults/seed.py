"""People and talks for the faults, written into an empty database: `python -m tests.faults.seed COUNT`.

Prints them as JSON: `agents` with their sessions, and COUNT `talks`, each a buyer with a ticket on an order.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from core.clock import now  # noqa: E402
from orders.models import Order, OrderStatus  # noqa: E402
from tests.livechat.world import NEW_YORK, World, _user, build, sign_in, streams  # noqa: E402
from tickets import actions as tickets  # noqa: E402

AGENTS = {"cy": "orders", "max": "orders", "lin": "orderhelp", "bo": "orderhelp"}


def main(count: int) -> None:
    call_command("migrate", verbosity=0)
    world = build()
    with transaction.atomic():
        talks = [_talk(world, n) for n in range(count)]
    agents = {name: _person(world, name) for name in AGENTS}
    print(json.dumps({"agents": agents, "talks": talks}))


def _person(world: World, name: str) -> dict[str, str]:
    user = world.users[name]
    return {"name": name, "id": user.person.public_id, "session": sign_in(user)}


def _talk(world: World, number: int) -> dict[str, Any]:
    name = f"buyer{number}"
    user = world.users[name] = _user(f"{name}@mail.example", name.title(), NEW_YORK)
    at, store = now(), world.orders["ana"].store
    order = Order.objects.create(
        store=store, number=f"9{number:04}", person=user.person, status=OrderStatus.AWAITING_DELIVERY,
        placed_at=at, source="test", created_at=at, updated_at=at,
    )  # fmt: skip
    ticket = tickets.open_ticket(
        actor=world.actor(name), category="order", subject="s", body="first", order=order
    )
    return {
        "number": number,
        "ticket": ticket.public_id,
        "order": order.public_id,
        "buyer": _person(world, name),
        "stream": streams(ticket)["public"],
    }


main(int(sys.argv[1]))
