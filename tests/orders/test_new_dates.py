"""The new date of a promise that is about to break: the rule, case by case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orders.models import Order, Shipment, TrackingEvent
from orders.new_dates import NewDate, new_date
from orders.queries import load_parts
from sla.models import CalendarVersion, Clock
from tests.factories import make_buyer, make_order

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = [["09:00", "18:00"]]
pytestmark = pytest.mark.django_db


def ny(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026: the 16th is a Monday, the 26th Thanksgiving."""
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


@pytest.fixture
def order(house: Any) -> Order:
    return make_order(make_buyer(), number="7001", status="under_review", paid_at=ny(10, 10))


def ask(order: Order, metric: str, due: datetime, at: datetime, since: datetime | None = None) -> NewDate:
    """The rule for a promise of six to twelve working days."""
    least, most = (6, 12) if metric == "delivery" else (1, 3)
    clock = Clock(metric=metric, due=due, min_target=least, target=most, unit="working_days")
    return new_date(load_parts(Order.objects.get(pk=order.pk)), clock, at=at, since=since)


@pytest.mark.parametrize(
    ("steps", "basis", "due"),
    [
        ({}, "review", ny(19, 18)),
        ({"reviewed_at": ny(12, 9)}, "pack", ny(18, 18)),
        ({"status": "awaiting_shipping"}, "pack", ny(18, 18)),
        ({"reviewed_at": ny(12, 9), "packed_at": ny(13, 9)}, "hand_over", ny(17, 18)),
    ],
)
def test_a_working_day_for_each_step_that_is_left(
    order: Order, steps: dict[str, Any], basis: str, due: datetime
) -> None:
    Order.objects.filter(pk=order.pk).update(**steps)
    told = ask(order, "dispatch", ny(16, 18), ny(16, 10))
    assert (told.basis, told.due, told.holds) == (basis, due, False)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (ny(16, 18, 1), ny(18, 18)),  # after the close: counting starts tomorrow
        (ny(20, 10), ny(23, 18)),  # Friday: Monday is the next working day
        (ny(21, 10), ny(24, 18)),  # Saturday: from Monday on
        (ny(25, 10), ny(27, 18)),  # Thanksgiving is not counted
    ],
)
def test_days_are_the_stores_working_days(order: Order, at: datetime, due: datetime) -> None:
    Order.objects.filter(pk=order.pk).update(packed_at=ny(12, 9))
    version(
        order, {"mon": OFFICE, "tue": OFFICE, "wed": OFFICE, "thu": OFFICE, "fri": OFFICE}, ["2026-11-26"]
    )
    assert ask(order, "dispatch", at, at).due == due


def test_a_date_before_the_promised_one_means_that_it_stands(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(packed_at=ny(12, 9))
    told = ask(order, "dispatch", ny(18, 18), ny(16, 10))
    assert (told.due, told.holds, told.basis) == (ny(18, 18), True, "hand_over")


def test_nothing_moved_since_the_buyer_was_told_gives_no_second_date(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(reviewed_at=ny(12, 9))
    told = ask(order, "dispatch", ny(13, 18), ny(17, 10), since=ny(16, 10))
    assert (told.basis, told.is_date, told.due) == ("look", False, ny(18, 18))
    assert ask(order, "dispatch", ny(13, 18), ny(17, 10), since=ny(11, 10)).basis == "pack"


def version(order: Order, weekly: dict[str, list[list[str]]], holidays: list[str]) -> None:
    """The store's calendar as it is from now on."""
    spec = {"timezone": "America/New_York", "weekly": weekly, "holidays": holidays, "extra": {}, "tzdata": ""}
    CalendarVersion.objects.create(
        calendar=order.store.calendar, number=2, spec=spec, created_at=ny(1, 0), actor_kind="system"
    )


# Delivery ---------------------------------------------------------------------------------------------------


def scan(order: Order, at: datetime, status: str = "in_transit") -> None:
    parcel, _new = Shipment.objects.get_or_create(
        order=order, tracking_number="1Z999", dispatched_at=ny(2, 10)
    )
    TrackingEvent.objects.create(shipment=parcel, at=at, status=status, description="Seen")


def test_no_scan_no_date(order: Order) -> None:
    told = ask(order, "delivery", ny(18, 18), ny(16, 10))
    assert (told.basis, told.due) == ("look", ny(17, 18))


def test_out_for_delivery_is_the_next_working_day(order: Order) -> None:
    scan(order, ny(16, 8), "out_for_delivery")
    told = ask(order, "delivery", ny(16, 18), ny(16, 10))
    assert (told.basis, told.due, told.seen_at) == ("door", ny(17, 18), ny(16, 8))


def test_a_parcel_on_its_way_takes_the_shortest_promised_time_from_its_last_scan(order: Order) -> None:
    scan(order, ny(9, 12))
    scan(order, ny(13, 12))
    told = ask(order, "delivery", ny(18, 18), ny(16, 10))
    assert (told.basis, told.due) == ("moving", ny(23, 18))  # six working days after Friday the 13th


def test_a_carrier_that_fell_silent_gives_no_date(order: Order) -> None:
    scan(order, ny(5, 12))
    assert ask(order, "delivery", ny(18, 18), ny(16, 10)).basis == "look"


def test_a_parcel_that_arrived_and_a_scan_of_tomorrow_say_nothing(order: Order) -> None:
    scan(order, ny(17, 12))
    assert ask(order, "delivery", ny(18, 18), ny(16, 10)).basis == "look"
    Shipment.objects.update(delivered_at=ny(15, 12))
    assert ask(order, "delivery", ny(18, 18), ny(18, 10)).basis == "look"


# Whatever happens ---------------------------------------------------------------------------------------------


def test_no_date_ever_lies_in_the_past(order: Order) -> None:
    for hours in range(0, 24 * 30, 17):
        at = ny(1, 0) + timedelta(hours=hours)
        for metric in ("dispatch", "delivery", "refund"):
            for due in (at - timedelta(days=9), at + timedelta(hours=1), at + timedelta(days=20)):
                assert ask(order, metric, due, at).due > at


def test_a_store_that_never_opens_still_says_when_it_tells_more(order: Order) -> None:
    version(order, {}, [])
    told = ask(order, "dispatch", ny(13, 18), ny(16, 10))
    assert (told.basis, told.due) == ("look", ny(18, 10))
