"""Each step of an order stands in its record with who, what, when and why, by whichever door it came."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core.management import call_command
from django.test import Client

from accounts.models import Person
from core.actors import SYSTEM
from core.clock import now
from orders.actions import upsert_order
from orders.actions.hook_news import take_in
from orders.changes.models import ChangeProposal
from orders.hooks.sources import SOURCES
from orders.models import Order, OrderRecord, Return
from orders.queries import record_of
from orders.verify import verify
from tests.factories import actor, log_in, make_staff
from tests.orders.conftest import HEADER, order_data
from tests.orders.conftest import row as csv_row
from tests.orders.hooking import shopify_order, tracking
from tests.orders.returning import photo_file
from tests.tickets.test_order_promises import NEW_YORK, ny, run_all, warn
from tickets.actions import open_ticket, post_message
from tickets.models import Ticket

World = SimpleNamespace
Row = tuple[str, str, int | None]


def rows(order: Order, *verbs: str) -> list[OrderRecord]:
    """Rows of the record, of these verbs where any are named."""
    found = OrderRecord.objects.filter(order=order).select_related("detail").order_by("seq")
    return [row for row in found if not verbs or row.verb in verbs]


def last(order: Order, verb: str) -> OrderRecord:
    return rows(order, verb)[-1]


def why(row: OrderRecord) -> Any:
    return row.detail.text.get("reason") if hasattr(row, "detail") else None


def by(row: OrderRecord) -> tuple[str, int | None]:
    return row.actor_kind, row.actor_id


def as_(person: Person) -> Client:
    return log_in(Client(), person)


def put(world: World, **fields: Any) -> Order:
    person = world.buyer_person
    data = order_data(
        "7001", **{"email": person.email, "name": person.name, "placed_at": ny(10, 9), **fields}
    )
    return upsert_order(actor=SYSTEM, store=world.house.store, data=data).order


def body(at: datetime, **fields: Any) -> dict[str, Any]:
    """An order as a shop sends it to the API."""
    line = {"name": "Mug", "quantity": 1, "price": "10.00"}
    given = {
        "email": "shop@example.com",
        "placed_at": at.isoformat(),
        "lines": [line],
        "subtotal": "10.00",
        "total": "10.00",
    }
    return {**given, **{k: v.isoformat() if isinstance(v, datetime) else v for k, v in fields.items()}}


# By the API ------------------------------------------------------------------------------------------------


def test_a_shop_that_tells_an_order_step_by_step(world: World) -> None:
    """Placed, paid, reviewed, packed, dispatched, scanned, delivered, changed: at their own times, by the token's person."""
    agent = as_(world.house.agent)
    told: dict[str, datetime] = {"placed_at": ny(10, 9)}
    parcel = {"tracking_number": "1Z999AA10123456784", "carrier": "UPS"}
    scan = {
        "at": ny(10, 9, 45).isoformat(),
        "status": "in_transit",
        "description": "Left the hub",
        "place": "Reno",
    }
    for minute, step in enumerate(("paid_at", "reviewed_at", "packed_at", "dispatched_at"), 10):
        told[step] = ny(10, 9, minute)
        sent = body(told["placed_at"], **told) | {"updated_at": told[step].isoformat()}
        assert agent.put("/api/v1/orders/us:9001/", sent, content_type="application/json").status_code in (
            200,
            201,
        )
    parcel["scans"] = [scan]  # type: ignore[assignment]
    for more in ({"shipments": [parcel]}, {"note": "gift", "delivered_at": ny(10, 9, 50)}):
        told_all = body(told["placed_at"], **told, **more) | {
            "updated_at": (ny(10, 9, 46) + timedelta(minutes=len(more))).isoformat()
        }
        assert (
            agent.put("/api/v1/orders/us:9001/", told_all, content_type="application/json").status_code == 200
        )
    order = Order.objects.get(number="9001")
    steps = {row.verb: row for row in rows(order)}
    assert set(steps) >= {
        *("order.placed", "order.paid", "order.reviewed", "order.packed", "order.dispatched"),
        *("parcel.added", "parcel.scanned", "order.delivered", "order.changed"),
    }
    assert {by(row) for row in steps.values()} == {("staff", world.house.agent.pk)}
    for verb, at in (
        ("placed", 0),
        ("paid", 10),
        ("reviewed", 11),
        ("packed", 12),
        ("dispatched", 13),
        ("delivered", 50),
    ):
        assert steps[f"order.{verb}"].at == ny(10, 9, at), verb
    assert steps["parcel.scanned"].at == ny(10, 9, 45)
    assert steps["parcel.scanned"].detail.text == {"description": "Left the hub", "place": "Reno"}
    assert "note" in steps["order.changed"].data["fields"] and steps["order.changed"].written_at == now()


def test_cancelled_by_the_api_with_its_reason(world: World) -> None:
    order = put(world, paid_at=ny(10, 9))
    sent = {"reason": "Ordered twice."}
    as_(world.house.agent).post("/api/v1/orders/us:7001/cancel/", sent, content_type="application/json")
    row = last(order, "order.cancelled")
    assert (by(row), why(row), row.at) == (("staff", world.house.agent.pk), "Ordered twice.", now())


# By the pages ----------------------------------------------------------------------------------------------


def test_cancelled_by_the_buyer_on_the_page(world: World) -> None:
    order = put(world, paid_at=ny(10, 9))
    as_(world.buyer_person).post(f"/orders/{order.public_id}/cancel/", {"reason": "Wrong size."})
    row = last(order, "order.cancelled")
    assert (by(row), why(row)) == (("buyer", world.buyer_person.pk), "Wrong size.")


def test_an_address_asked_answered_and_changed(world: World) -> None:
    """Who asked and why, who said yes, what stood there before."""
    order = put(world, paid_at=ny(10, 9))
    details = {"name": "Ana Ruiz", "line1": "2 Elm St", "city": "Reno", "country": "US"}
    asked = {"kind": "address", "words": "The street is not known.", "details": details}
    agent = as_(world.house.agent)
    made = agent.post("/api/v1/orders/us:7001/changes/", asked, content_type="application/json")
    assert made.status_code == 201
    row = last(order, "change.proposed")
    assert by(row) == ("staff", world.house.agent.pk) and row.data["kind"] == "address"
    assert "The street is not known." in json.dumps(row.detail.text)
    run_all()
    proposal = ChangeProposal.objects.get()
    as_(world.buyer_person).post(
        f"/api/v1/changes/{proposal.public_id}/answer/", {"yes": True}, content_type="application/json"
    )
    said = last(order, "change.accepted")
    assert by(said) == ("buyer", world.buyer_person.pk)
    changed = last(order, "order.changed")
    assert "shipping_address" in changed.data["fields"] and "1 Main St" in json.dumps(changed.detail.text)
    assert "1 Main St" not in json.dumps(changed.data)


# By feeds ----------------------------------------------------------------------------------------------------


def test_signed_messages_and_files_are_the_shops_system(world: World, tmp_path: Path) -> None:
    store = world.house.store
    told = SOURCES["shopify"].read("orders/create", shopify_order())
    order_id = take_in(actor=SYSTEM, store=store, source="shopify", told=told).order_id
    order = Order.objects.get(pk=order_id)
    parcel = SOURCES["aftership"].read("tracking_update", tracking(upto=1, order_number=order.number))
    take_in(actor=SYSTEM, store=store, source="aftership", told=parcel)
    assert {by(row) for row in rows(order)} == {("system", None)}
    assert last(order, "order.placed").data["source"] == "shopify" and last(order, "parcel.scanned")
    file = tmp_path / "orders.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, HEADER, restval="")
        writer.writeheader()
        writer.writerow(csv_row("#8001", **{"Created at": "2026-11-09 09:59:00 -0500"}))
    call_command("import_orders", str(file), store="us", stdout=StringIO())
    placed = last(Order.objects.get(number="8001"), "order.placed")
    assert (by(placed), placed.data["source"]) == (("system", None), "shopify_csv")
    assert placed.at == datetime(2026, 11, 9, 9, 59, tzinfo=NEW_YORK)


# Returned and refunded ---------------------------------------------------------------------------------------


def test_returned_and_refunded_step_by_step(world: World) -> None:
    """Each step of a return by the person who did it, with their words, down to the money."""
    order = put(world, paid_at=ny(2, 9), placed_at=ny(2, 9), dispatched_at=ny(3, 9), delivered_at=ny(9, 9))
    first = make_staff("aftersales", name="Lin One")
    buyer, one = as_(world.buyer_person), as_(first)
    shot = buyer.post("/api/v1/orders/us:7001/returns/photos/", {"file": photo_file()})
    lines = [{"position": 1, "quantity": 1, "reason": "damaged", "words": "The handle is off."}]
    sent = {"lines": lines, "photos": [shot.json()["id"]]}
    made = buyer.post("/api/v1/orders/us:7001/returns/", sent, content_type="application/json")
    assert made.status_code == 201
    run_all()
    url = f"/api/v1/returns/{Return.objects.get().public_id}/"

    def step(client: Client, name: str, **told: Any) -> None:
        done = client.post(f"{url}{name}/", told, content_type="application/json")
        assert done.status_code in (200, 201), (name, done.content)

    step(one, "approve")
    step(one, "receive")
    step(one, "inspect", lines=[{"position": 1, "arrived": 1, "condition": "damaged"}])
    step(one, "refund", lines=[{"position": 1, "amount": "11.66"}])
    refund = Return.objects.get().refunds.get()
    step(one, "confirm-refund", refund=refund.public_id, reference="PAY-1")
    run_all()
    verbs = [row.verb for row in rows(order) if row.verb.startswith("return.")]
    wanted = ["applied", "approved", "received", "inspected", "refund_ordered", "refunded"]
    assert [verb.removeprefix("return.") for verb in verbs] == wanted
    assert by(last(order, "return.applied")) == ("buyer", world.buyer_person.pk)
    assert all(by(last(order, f"return.{verb}")) == ("staff", first.pk) for verb in wanted[1:])
    assert Decimal(last(order, "return.refund_ordered").data["amount"]) == Decimal("11.66")
    assert rows(order, "buyer.told")


# By jobs -----------------------------------------------------------------------------------------------------


def test_a_promise_warned_of_and_each_mail_is_a_row(world: World) -> None:
    world.at(ny(12, 10, 5))
    order = put(world, placed_at=ny(12, 9, 55), paid_at=ny(12, 10), reviewed_at=ny(12, 10, 5))
    ticket = warn(world, order)
    warned, told, mailed = (
        last(order, "promise.warned"),
        last(order, "promise.told"),
        last(order, "buyer.told"),
    )
    assert by(warned) == by(told) == by(mailed) == ("system", None)
    assert warned.data["metric"] == "dispatch" and told.data["ticket"] == ticket.public_id
    assert (mailed.data["by"], mailed.data["what"], mailed.data["ticket"]) == (
        "mail",
        "reply",
        ticket.public_id,
    )
    assert mailed.at == now() and not mailed.for_buyer


def test_a_persons_words_by_mail_are_a_row_and_a_buyer_without_mail_has_none(world: World) -> None:
    order = put(world, paid_at=ny(10, 9))
    ticket = open_ticket(actor=world.buyer, category="order", subject="When?", body="Tell me.", order=order)
    post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="Tomorrow.")
    run_all()
    assert [row.data["ticket"] for row in rows(order, "buyer.told")] == [ticket.public_id]
    Person.objects.filter(pk=world.buyer_person.pk).update(email=None)
    post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="By noon.")
    post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="Stock says so.")
    run_all()
    assert len(rows(order, "buyer.told")) == 1


def test_the_whole_verifies_and_each_reader_sees_theirs(world: World) -> None:
    world.at(ny(12, 10, 5))
    order = put(world, placed_at=ny(12, 9, 55), paid_at=ny(12, 10), reviewed_at=ny(12, 10, 5))
    warn(world, order)
    assert list(verify()) == [] and Ticket.objects.filter(order=order).exists()
    buyer = {entry.verb for entry in record_of(world.buyer, order)}
    staff = {entry.verb for entry in record_of(actor(world.house.agent), order)}
    assert staff - buyer >= {"promise.warned", "buyer.told"} and "promise.told" in buyer
