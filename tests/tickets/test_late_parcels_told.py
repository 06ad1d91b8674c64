"""What carriers say of a late parcel, in messages as AfterShip documents them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail

from orders.models import Order, Shipment
from tests.tickets.test_late_parcels import SENT, carrier_says, checkpoint, open_kinds, order, work
from tests.tickets.test_order_promises import clock_of, ny

World = SimpleNamespace
pytestmark = pytest.mark.shared_data
__all__ = ["order"]


@pytest.mark.parametrize(
    ("tag", "subtag", "kind", "words"),
    [
        ("Exception", "Exception_001", "problem", "reports a problem"),
        ("Exception", "Exception_007", "problem", "reports a problem"),
        ("Exception", "Exception_010", "returning", "on its way back to us"),
        ("Exception", "Exception_011", "returning", "on its way back to us"),
        ("Exception", "Exception_012", "lost", "damaged on the way"),
        ("Exception", "Exception_013", "lost", "is lost"),
        ("AttemptFail", "AttemptFail_001", "attempt", "tried to deliver"),
    ],
)
def test_aftership_says_what_is_wrong(
    world: World, order: Order, tag: str, subtag: str, kind: str, words: str
) -> None:
    world.at(ny(14, 12))
    points = [checkpoint(ny(13, 9), "InTransit"), checkpoint(ny(14, 9), tag, subtag)]
    carrier_says(world, tag=tag, subtag=subtag, checkpoints=points)
    carrier_says(world, tag=tag, subtag=subtag, checkpoints=points)  # it tells all of it each time
    assert open_kinds() == [kind]
    (sent,) = mail.outbox
    assert words in sent.body


@pytest.mark.parametrize(
    ("tag", "subtag", "hours", "kind"),
    [
        ("Exception", "Exception_004", 4 * 24, "customs"),
        ("OutForDelivery", "OutForDelivery_001", 2 * 24, "door"),
        ("AvailableForPickup", "AvailableForPickup_001", 4 * 24, "pickup"),
        ("InTransit", "InTransit_003", 7 * 24, "still"),
    ],
)
def test_aftership_tells_the_leg(
    world: World, order: Order, tag: str, subtag: str, hours: int, kind: str
) -> None:
    seen = ny(13, 9)
    world.at(seen)
    carrier_says(world, tag=tag, subtag=subtag, checkpoints=[checkpoint(seen, tag, subtag)])
    world.at(seen + timedelta(hours=hours, seconds=-1))
    work()
    assert open_kinds() == []
    world.at(seen + timedelta(hours=hours))
    work()
    assert open_kinds() == [kind]


def test_a_label_is_no_parcel(world: World, order: Order) -> None:
    """The example as it is: a label, and nothing that the carrier saw."""
    world.at(SENT + timedelta(hours=72))
    carrier_says(world)
    assert open_kinds() == ["unscanned"] and mail.outbox == []
    assert Order.objects.get(pk=order.pk).parcels_late == 1


def test_the_examples_own_days_are_read(world: World, order: Order) -> None:
    world.at(ny(13, 12))
    carrier_says(
        world,
        "tracking_2",
        tag="InTransit",
        shipment_delivery_date=None,
        checkpoints=[checkpoint(ny(13, 9), "InTransit")],
    )
    assert str(Shipment.objects.get().expected_on) == "2022-07-06" and open_kinds() == []
    due = clock_of(order, "delivery").due
    assert due is not None
    day = (due + timedelta(days=1)).date().isoformat()
    newer = {"latest_estimated_delivery": {"datetime": f"{day}T20:00:00", "datetime_max": None}}
    carrier_says(world, tag="InTransit", checkpoints=[checkpoint(ny(13, 10), "InTransit")], **newer)
    assert open_kinds() == ["expected"]
    older = {"expected_delivery": "2026-11-14"}
    carrier_says(world, tag="InTransit", checkpoints=[checkpoint(ny(13, 8), "InTransit")], **older)
    assert open_kinds() == ["expected"]  # an older guess undoes no newer one


def test_what_goes_back_is_never_delivered(world: World, order: Order) -> None:
    world.at(ny(14, 12))
    points = [
        checkpoint(ny(13, 9), "Exception", "Exception_010"),
        checkpoint(ny(14, 9), "Delivered", "Delivered_001"),
    ]
    carrier_says(world, tag="Delivered", return_to_sender=True, checkpoints=points)
    order.refresh_from_db()
    assert order.delivered_at is None and open_kinds() == ["returning"]
