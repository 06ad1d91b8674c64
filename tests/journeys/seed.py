"""The people and orders of the journeys: `python -m tests.journeys.seed` fills the shop of this environment.

Prints one line of JSON: the ids that the tests need, by name.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

MOBILE = "+14155550101"


def main() -> dict[str, Any]:
    """Migrate, then fill."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    return fill()


def fill() -> dict[str, Any]:
    """One house; a buyer with three orders, another one, a stranger with an order; the demo shop's answers."""
    from allauth.account.models import EmailAddress

    from accounts.models import Presence, User
    from core.actors import SYSTEM
    from core.clock import now
    from faq import demo
    from tests.factories import House, make_buyer, make_house

    house: House = make_house()
    staff = {
        "agent": house.agent, "agent2": house.agent2, "other_agent": house.other_agent,
        "specialist": house.specialist, "manager": house.manager, "admin": house.admin,
    }  # fmt: skip
    ana = make_buyer("Ana Reyes", timezone="Asia/Manila", email="ana@example.com")
    carla = make_buyer("Carla Conti", timezone="Europe/Rome", email="carla@example.com")
    stranger = make_buyer("Bo Stranger", email="bo@example.com")
    User.objects.filter(person=ana).update(phone=MOBILE)
    orders = {n: _order(house.store, ana, n) for n in ("2041", "2052", "2017")}
    orders |= {"3001": _order(house.store, stranger, "3001"), "4001": _order(house.store, carla, "4001")}
    demo.load(SYSTEM)
    for user in User.objects.all():
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for person in staff.values():
        Presence.objects.get_or_create(person=person, defaults={"switch": "on", "last_seen": now()})
    return {
        "orders": {number: order.public_id for number, order in orders.items()},
        "staff": {name: person.email for name, person in staff.items()},
        "buyer": ana.email,
        "mobile": MOBILE,
        "other_buyer": carla.email,
        "stranger": stranger.email,
    }


def _order(store: Any, person: Any, number: str) -> Any:
    """An order by the real action: two lines, a record, a promise. 2017 is on its way."""
    from core.actors import SYSTEM
    from core.clock import now
    from orders.actions import upsert_order
    from orders.data import AddressData, LineData, OrderData, ShipmentData

    placed = now() - timedelta(days=1)
    sent = placed + timedelta(hours=20) if number == "2017" else None
    parcel = ShipmentData(tracking_number=f"SP{number}", carrier="Swift Post", dispatched_at=sent)
    home = AddressData(
        name=person.name, line1="12 Mango Street", city="Manila", postcode="1000", country="PH"
    )
    data = OrderData(
        number=number,
        email=person.email,
        name=person.name,
        placed_at=placed,
        lines=(
            LineData("Blue mug", 2, Decimal("19.99"), sku="MUG-BLUE"),
            LineData("Canvas tote bag", 1, Decimal("21.98"), sku="TOTE-1"),
        ),
        subtotal=Decimal("61.96"),
        total=Decimal("61.96"),
        paid_at=placed + timedelta(minutes=2),
        reviewed_at=placed + timedelta(hours=1),
        packed_at=placed + timedelta(hours=3) if sent else None,
        dispatched_at=sent,
        shipping_address=home,
        shipments=(parcel,) if sent else (),
    )
    return upsert_order(actor=SYSTEM, store=store, data=data).order


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main()))
