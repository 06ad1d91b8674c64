"""Two at once on one order, on PostgreSQL: one row, one truth, whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction

from core.actors import SYSTEM
from core.clock import now
from core.db import retrying
from core.errors import Conflict
from orders.actions import (
    add_scan,
    add_shipment,
    answer_change,
    cancel_order,
    look_at_due,
    propose_change,
    upsert_order,
)
from orders.data import ScanData
from orders.models import Order, OrderRecord, ParcelFinding, Shipment
from orders.queries import access_order
from orders.verify import verify
from tests.factories import actor, make_house
from tests.orders.conftest import order_data

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(transactional_db: None) -> Any:
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    return make_house()


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each on its own connection; results or errors in their order."""
    gate, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(index: int, action: Callable[[], Any]) -> None:
        gate.wait(timeout=10)
        try:
            results[index] = action()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_the_same_order_from_six_sides_is_created_once(house: Any) -> None:
    data = order_data()
    done = together(*[lambda: retrying(upsert_order, actor=SYSTEM, store=house.store, data=data).outcome] * 6)
    assert sorted(done) == ["created", *["unchanged"] * 5]
    assert Order.objects.count() == 1 and OrderRecord.objects.count() == 2
    assert list(verify()) == []


def test_updates_at_once_leave_the_newest_and_a_whole_chain(house: Any) -> None:
    at = now().replace(microsecond=0)
    upsert_order(actor=SYSTEM, store=house.store, data=order_data(updated_at=at))

    def update(n: int) -> Callable[[], Any]:
        data = order_data(updated_at=at + timedelta(seconds=n), note=f"note {n}", total=Decimal(40 + n))
        return lambda: retrying(upsert_order, actor=SYSTEM, store=house.store, data=data).outcome

    done = together(*[update(n) for n in range(1, 7)])
    assert set(done) <= {"updated", "unchanged"}
    order = Order.objects.get()
    assert (order.note, order.total) == ("note 6", Decimal("46.00"))
    assert list(verify()) == []


def test_cancelling_and_dispatching_at_once_ends_one_way(house: Any) -> None:
    for n in range(5):
        data = order_data(f"X{n}")
        order = upsert_order(actor=SYSTEM, store=house.store, data=data).order
        sent = order_data(f"X{n}", placed_at=data.placed_at, dispatched_at=now())
        results = together(
            lambda order=order: retrying(cancel_order, actor=SYSTEM, order_id=order.pk, reason="asked"),
            lambda sent=sent: retrying(upsert_order, actor=SYSTEM, store=house.store, data=sent),
        )
        refused = [result for result in results if isinstance(result, Conflict)]
        assert len(refused) == 1, results
        order.refresh_from_db()
        verbs = set(order.record.values_list("verb", flat=True))
        assert (order.status == "cancelled") == ("order.cancelled" in verbs) != ("order.dispatched" in verbs)
    assert list(verify()) == []


def asked(house: Any, number: str) -> tuple[Order, str, Any]:
    """An order whose buyer is asked whether it may be cancelled."""
    order = upsert_order(actor=SYSTEM, store=house.store, data=order_data(number)).order
    row = propose_change(actor=actor(house.agent), order_id=order.pk, kind="cancel", words="No stock.")
    return order, row.public_id, actor(order.person)


def test_a_yes_and_a_no_at_once_is_one_answer(house: Any) -> None:
    for n in range(3):
        order, proposal, buyer = asked(house, f"A{n}")
        done = together(
            *[
                lambda yes=yes, p=proposal, b=buyer: retrying(answer_change, actor=b, proposal=p, yes=yes)
                for yes in (True, False, True)
            ]
        )
        order.refresh_from_db()
        verbs = list(order.record.filter(verb__startswith="change.").values_list("verb", flat=True))
        assert len(verbs) == 2 and any(isinstance(one, Conflict) for one in done)
        assert (order.status == "cancelled") == (verbs[1] == "change.accepted")
    assert list(verify()) == []


def test_a_yes_while_it_is_dispatched_ends_one_way(house: Any) -> None:
    for n in range(5):
        order, proposal, buyer = asked(house, f"D{n}")
        together(
            lambda p=proposal, b=buyer: retrying(answer_change, actor=b, proposal=p, yes=True),
            lambda o=order: retrying(
                add_shipment, actor=SYSTEM, order_id=o.pk, tracking_number="1Z999AA10123456784"
            ),
        )
        order.refresh_from_db()
        state = order.proposals.get().state
        assert (order.status, state) in {("cancelled", "accepted"), ("awaiting_delivery", "overtaken")}
    assert list(verify()) == []


def stuck(house: Any) -> Shipment:
    """A parcel whose carrier says that it is lost, not yet looked at."""
    parcel = add_shipment(
        actor=SYSTEM,
        order_id=upsert_order(actor=SYSTEM, store=house.store, data=order_data("P1")).order.pk,
        tracking_number="1Z999AA10123456784",
    )
    add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=ScanData(now(), "lost", "Lost"))
    return Shipment.objects.get(pk=parcel.pk)


def test_four_workers_find_a_lost_parcel_once(house: Any) -> None:
    parcel = stuck(house)
    together(*[look_at_due] * 4)
    assert list(ParcelFinding.objects.values_list("kind", flat=True)) == ["lost"]
    assert Order.objects.get(pk=parcel.order_id).parcels_late == 1
    assert OrderRecord.objects.filter(verb="parcel.late").count() == 1 and list(verify()) == []


def test_a_worker_passes_over_an_order_that_somebody_holds(house: Any) -> None:
    parcel = stuck(house)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            access_order(SYSTEM, order_id=parcel.order_id, lock=True)
            held.set()
            done.wait(timeout=20)

    def look() -> int:
        held.wait(timeout=20)
        try:
            return look_at_due()
        finally:
            done.set()

    assert together(hold, look)[1] == 0
    assert look_at_due() == 1 and ParcelFinding.objects.count() == 1
