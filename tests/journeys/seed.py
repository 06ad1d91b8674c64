"""The people and orders of the journeys: `python -m tests.journeys.seed` fills the shop of this environment.

Prints one line of JSON: the ids that the tests need, by name.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import django


def main() -> dict[str, Any]:
    """Migrate, then fill."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    return fill()


def fill() -> dict[str, Any]:
    """One house, one buyer with three orders, the answers of the demo shop."""
    from allauth.account.models import EmailAddress

    from accounts.models import Presence, User
    from core.actors import SYSTEM
    from core.clock import now
    from faq import demo
    from tests.factories import House, make_buyer, make_house, make_order

    house: House = make_house()
    staff = {
        "agent": house.agent, "agent2": house.agent2, "other_agent": house.other_agent,
        "specialist": house.specialist, "manager": house.manager, "admin": house.admin,
    }  # fmt: skip
    buyer = make_buyer("Ana Reyes", timezone="Asia/Manila", email="ana@example.com")
    stranger = make_buyer("Bo Stranger", email="bo@example.com")
    User.objects.filter(person=buyer).update(phone="+14155550101")
    orders = [make_order(buyer, number=number) for number in ("2041", "2052", "2017")]
    foreign = make_order(stranger, number="3001")
    demo.load(SYSTEM)
    for user in User.objects.all():
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for person in staff.values():
        Presence.objects.get_or_create(
            person=person, defaults={"switch": "on", "last_seen": now() + timedelta(0)}
        )
    return {
        "orders": {order.number: order.public_id for order in orders},
        "foreign_order": foreign.public_id,
        "staff": {name: person.email for name, person in staff.items()},
        "buyer": buyer.email,
        "stranger": stranger.email,
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main()))
