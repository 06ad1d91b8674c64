"""Late and stuck parcels from the first news to the last: seen in time, told once, over with the next scan."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from core.actors import SYSTEM
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.models import Outbox
from core.outbox import run_due
from orders.actions import add_scan, cancel_order, look_at_due, save_parcel_rules, upsert_order
from orders.actions.hook_news import take_in
from orders.data import ScanData, ShipmentData
from orders.hooks import aftership
from orders.models import Order, OrderRecord, ParcelFinding, ParcelRules, Shipment, Store
from orders.queries import record_of
from orders.verify import verify
from orders.watch import DEFAULTS
from orders.watch_queries import Sieve, findings_of, page_of_findings, rules_of, try_rules
from tests.orders.conftest import order_data
from tests.tickets.test_order_promises import again, clock_of, ny, public, run_all, staff_verbs, warn
from tickets import actions
from tickets.models import Ticket

World = SimpleNamespace
SHARED = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data" / "webhooks" / "aftership"
NUMBER = "1Z999AA10123456784"
SENT = ny(12, 10)


def work() -> None:
    """As the worker does: look at what is due, then say it."""
    look_at_due()
    run_all()


def put(world: World, **fields: Any) -> Order:
    """An order that left on Thursday 12 November at ten, as its shop's feed tells it."""
    person = world.buyer_person
    parcel = ShipmentData(tracking_number=NUMBER, carrier="UPS", dispatched_at=SENT)
    given = {
        "email": person.email,
        "name": person.name,
        "placed_at": ny(11, 9),
        "paid_at": ny(11, 9),
        "dispatched_at": SENT,
        "shipments": (parcel,),
    }
    data = order_data("7001", **{**given, **fields})
    return upsert_order(actor=SYSTEM, store=world.house.store, data=data).order


def scan(at: datetime, status: str = "in_transit", words: str = "Left the hub") -> None:
    parcel = Shipment.objects.get(tracking_number=NUMBER)
    add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=ScanData(at, status, words))
    work()


def carrier_says(world: World, name: str = "tracking_1", **msg: Any) -> None:
    """A message as AfterShip documents it, about our parcel, with these values instead of the example's."""
    told = json.loads((SHARED / f"{name}.json").read_text())
    told = {**told, "tracking_number": NUMBER, "slug": "ups", "order_number": "7001", **msg}
    data = {"event": "tracking_update", "event_id": "e", "msg": told}
    take_in(
        actor=SYSTEM,
        store=world.house.store,
        source="aftership",
        told=aftership.read("tracking_update", data),
    )
    work()


def checkpoint(at: datetime, tag: str, subtag: str = "", message: str = "", **more: Any) -> dict[str, Any]:
    return {
        "checkpoint_time": at.isoformat(),
        "tag": tag,
        "subtag": subtag,
        "message": message or tag,
        **more,
    }


@pytest.fixture
def order(world: World) -> Order:
    """On its way, in a store that hears from carriers."""
    Store.objects.filter(pk=world.house.store.pk).update(scans_since=ny(1, 9))
    world.house.store.refresh_from_db()
    world.at(SENT)
    return put(world)


def open_kinds() -> list[str]:
    return list(ParcelFinding.objects.filter(cleared_at=None).order_by("pk").values_list("kind", flat=True))


# From the first news to the last ---------------------------------------------------------------------------


def test_a_parcel_that_does_not_move_is_told_before_the_promise_breaks(world: World, order: Order) -> None:
    world.at(ny(13, 9))
    scan(ny(13, 8))
    world.at(ny(20, 7, 59))
    work()
    assert open_kinds() == [] and not Ticket.objects.filter(order=order).exists()
    world.at(ny(20, 8))
    work()
    assert clock_of(order, "delivery").warned_at is None  # the promise is not even near its date
    (found,) = findings_of(Order.objects.get(pk=order.pk))
    assert (found.kind, found.since, found.found_at) == ("still", ny(13, 8), ny(20, 8))
    ticket = Ticket.objects.get(order=order)
    (sent,) = mail.outbox
    assert (
        sent.to == [world.buyer_person.email]
        and "has not moved since Fri 13 Nov 08:00 in New York" in sent.body
    )
    assert NUMBER in sent.body and (found.ticket, found.told_at) == (ticket.public_id, ny(20, 8))
    verbs = list(OrderRecord.objects.filter(order=order).order_by("seq").values_list("verb", flat=True))
    assert verbs[-3:] == ["parcel.late", "parcel.told", "buyer.told"]
    assert [one.verb for one in record_of(world.buyer, order)][-2:] == ["parcel.late", "parcel.told"]
    assert list(verify()) == []


def test_it_is_told_once_however_often_the_worker_looks_and_dies(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    Shipment.objects.update(look_at=now())
    work()
    assert len(mail.outbox) == 1
    again()
    world.at(ny(21, 12))
    Shipment.objects.update(look_at=now())
    work()
    said = [kind for kind, _words in public(Ticket.objects.get(order=order)) if kind == "reply"]
    assert len(said) == 1 and ParcelFinding.objects.count() == 1
    assert OrderRecord.objects.filter(order=order, verb="parcel.told").count() == 1


def test_the_next_scan_clears_it_says_so_and_solves_the_ticket(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    world.at(ny(20, 13))
    scan(ny(20, 12, 55))
    row = ParcelFinding.objects.get()
    assert (row.cleared_at, row.cleared_by) == (ny(20, 13), "scan")
    order.refresh_from_db()
    assert order.parcels_late == 0 and Shipment.objects.get().look_at == ny(27, 12, 55)
    ticket = Ticket.objects.get(order=order)
    assert [verb for _kind, verb in public(ticket)][-2:] == ["parcel.moving", "ticket.solved"]
    assert ticket.status == "solved" and len(mail.outbox) == 1
    world.at(ny(27, 13))
    work()  # silent again: that is news
    assert open_kinds() == ["still"] and len(mail.outbox) == 2
    assert Ticket.objects.get(order=order).is_live
    assert list(verify()) == []


def test_a_person_who_spoke_keeps_the_ticket(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    ticket = Ticket.objects.get(order=order)
    actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body="Where is it?")
    scan(ny(20, 12, 1))
    assert Ticket.objects.get(pk=ticket.pk).is_live


def test_the_promise_goes_on_on_the_same_ticket(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    ticket = warn(world, order, "delivery")
    assert Ticket.objects.filter(order=order).count() == 1
    assert [kind for kind, _words in public(ticket) if kind == "reply"] == ["reply"] * 2
    assert "was to arrive" in public(ticket)[-1][1] or "arrive" in mail.outbox[-1].body
    scan(now())
    assert Ticket.objects.get(pk=ticket.pk).status != "solved"  # the promise is still in danger


def test_delivered_and_cancelled_end_it(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    world.at(ny(21, 12))
    scan(ny(21, 11), "delivered", "At the door")
    row = ParcelFinding.objects.get()
    assert row.cleared_by == "delivered" and Shipment.objects.get().look_at is None
    assert OrderRecord.objects.filter(order=order, verb="parcel.moving").exists()


# Among staff, by rules ---------------------------------------------------------------------------------------


def test_a_note_goes_to_the_open_ticket_and_nowhere_else(world: World, order: Order) -> None:
    world.at(SENT + timedelta(hours=72))
    work()
    assert open_kinds() == ["unscanned"] and mail.outbox == [] and not Ticket.objects.exists()
    scan(now())
    ticket = actions.open_ticket(
        actor=world.buyer, category="logistics", subject="When?", body="When does it come?", order=order
    )
    world.at(now() + timedelta(hours=1))
    scan(now(), "out_for_delivery", "On the van")
    mail.outbox.clear()
    world.at(now() + timedelta(days=2))
    work()
    assert open_kinds() == ["door"] and "parcel.late" in staff_verbs(ticket)
    assert "parcel.late" not in [verb for _kind, verb in public(ticket)] and mail.outbox == []
    assert not OrderRecord.objects.get(order=order, verb="parcel.noted").for_buyer
    assert "parcel.late" not in [one.verb for one in record_of(world.buyer, order)]


def rules(**kinds: Any) -> dict[str, Any]:
    return {"kinds": kinds}


def test_managers_save_rules_and_parcels_are_looked_at_again(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(16, 12))
    work()
    assert open_kinds() == []
    stricter = rules(still={"after": 2, "then": "buyer"})
    saved = save_parcel_rules(actor=world.manager, store="us", spec=stricter, expected_version=0)
    assert saved.version == 1 and rules_of(world.house.store.pk).kinds["still"].after == 2
    run_all()
    work()
    assert open_kinds() == ["still"] and ParcelFinding.objects.get().version == 1
    assert save_parcel_rules(actor=world.manager, store="us", spec=saved.rules).version == 1  # nothing new
    save_parcel_rules(actor=world.manager, store="us", spec=rules(still={"after": 2, "then": "off"}))
    run_all()
    work()
    assert open_kinds() == [] and ParcelFinding.objects.get().cleared_by == "rules"
    assert ParcelRules.objects.count() == 2


def test_rules_are_the_managers(world: World, order: Order) -> None:
    with pytest.raises(Forbidden):
        save_parcel_rules(actor=world.agent, store="us", spec={})
    with pytest.raises(Invalid):
        save_parcel_rules(actor=world.manager, store="us", spec=rules(still={"after": -1}))
    with pytest.raises(Conflict) as refused:
        save_parcel_rules(actor=world.manager, store="us", spec={}, expected_version=4)
    assert refused.value.code == "newer_version" and not ParcelRules.objects.exists()


def test_other_rules_are_tried_before_they_are_saved(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(16, 12))
    counts, whole = try_rules(world.house.store, rules_of(world.house.store.pk), now())
    assert whole and sum(counts.values()) == 0
    from orders.watch import Rule, Rules

    counts, _whole = try_rules(world.house.store, Rules({**DEFAULTS, "still": Rule(2, "mark")}), now())
    assert counts["still"] == 1 and not ParcelFinding.objects.exists()


# What is not watched -----------------------------------------------------------------------------------------


def test_history_is_not_watched_and_work_follows_what_changed(
    world: World, order: Order, django_assert_num_queries: Any
) -> None:
    old = ShipmentData(
        tracking_number="1Z999AA10123456785", carrier="UPS", dispatched_at=ny(1, 9) - timedelta(days=90)
    )
    put_old = order_data("6001", placed_at=old.dispatched_at, paid_at=None, shipments=(old,))
    upsert_order(actor=SYSTEM, store=world.house.store, data=put_old)
    assert Shipment.objects.get(tracking_number=old.tracking_number).look_at is None
    assert look_at_due() == 1
    with django_assert_num_queries(1):  # nothing is due: one look at an index
        assert look_at_due() == 0


def test_the_first_scan_of_a_store_begins_to_mean_something(world: World) -> None:
    world.at(SENT)
    put(world)
    world.at(SENT + timedelta(days=20))
    work()
    assert open_kinds() == [] and Store.objects.get(code="us").scans_since is None
    scan(now())
    assert Store.objects.get(code="us").scans_since == now()


def test_one_bad_parcel_stops_nothing(world: World, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: object) -> Any:
        raise ValueError("no sum")

    monkeypatch.setattr("orders.watch.look_at", breaks)
    assert look_at_due() == 0
    assert Shipment.objects.get().look_at == now() + timedelta(hours=1)
    monkeypatch.undo()
    world.at(now() + timedelta(hours=1))
    assert look_at_due() == 1


# Lists ---------------------------------------------------------------------------------------------------------


def test_the_list_is_paged_by_its_key_and_sieved(world: World, order: Order) -> None:
    parcel = Shipment.objects.get()
    for n in range(5):
        for kind in ("still", "door"):
            ParcelFinding.objects.create(
                shipment=Shipment.objects.create(order=order, tracking_number=f"T{n}{kind}", carrier="UPS"),
                order=order, store=order.store, kind=kind, carrier="UPS", status="in_transit", since=SENT,
                found_at=SENT + timedelta(hours=n), then="mark",
            )  # fmt: skip
    assert parcel.pk
    seen, key, pages = [], "", 0
    while True:
        rows, key = page_of_findings(world.agent, Sieve(), key, limit=4)
        seen += [row.pk for row in rows]
        pages += 1
        if not key:
            break
    assert len(seen) == len(set(seen)) == 10 and pages == 3
    assert [row.kind for row in page_of_findings(world.agent, Sieve(kind="door", carrier="UPS"))[0]] == [
        "door"
    ] * 5
    assert page_of_findings(world.agent, Sieve(store="jp"))[0] == []
    assert page_of_findings(world.buyer, Sieve())[0] == []


def test_an_order_that_is_over_has_no_late_parcel(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    gone = put(world, status="returned", updated_at=now())
    work()
    assert gone.status == "returned" and ParcelFinding.objects.get().cleared_by == "order"


def test_nothing_waits_in_the_outbox(world: World, order: Order) -> None:
    scan(ny(12, 11))
    world.at(ny(20, 12))
    work()
    assert not Outbox.objects.exclude(state="done").filter(run_after__lte=now()).exists()
    assert run_due() == 0 and cancel_order
