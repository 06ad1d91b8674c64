"""A yes acts by itself: money in part goes back through the port, a later date moves the promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import Conflict, Forbidden, Invalid
from core.models import Outbox
from core.outbox import run_due
from orders import actions as orders
from orders.actions.promises import Horizon, settle_promises
from orders.changes.models import ChangeProposal
from orders.models import Order, Refund
from orders.verify import verify
from sla.actions import fire_clock
from sla.models import Clock
from sla.receipts import receipt
from tests.factories import actor, make_staff
from tests.orders.shopify_server import TOKEN, Shop, serving
from tickets.models import Message, Ticket

World = SimpleNamespace
D = Decimal


def run_all() -> None:
    while run_due():
        pass


def agreed(world: World, **given: Any) -> ChangeProposal:
    row = orders.propose_change(
        actor=world.agent, order_id=world.order.pk, words="The glaze has a flaw.", **given
    )
    row = orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    run_all()
    return row


def said() -> list[str]:
    rows = Message.objects.filter(stream__kind="public", kind="reply").order_by("pk")
    return list(rows.values_list("body", flat=True))


def clock_of(order: Order, metric: str) -> Clock:
    return Clock.objects.filter(owner_kind="order", owner_id=order.pk, metric=metric).latest("pk")


@pytest.fixture
def desk(world: World) -> Any:
    return actor(make_staff("aftersales", name="Diego Alvarez"))


def test_money_in_part_is_owed_by_a_day_and_paid_by_hand(world: World, desk: Any) -> None:
    row = agreed(world, kind="refund", details={"amount": "5.00"})
    refund = Refund.objects.get()
    assert (refund.proposal, refund.ret, refund.amount, refund.state, refund.port) == (
        *(row, None, D("5.00"), "ordered", "manual"),
    )
    assert refund.ordered_by == world.house.agent
    clock = clock_of(world.order, "refund")
    assert clock.state == "running" and clock.due is not None
    assert clock.due.date() == date(2026, 11, 24)  # ten working days after Tue 10 Nov
    with pytest.raises(Forbidden):
        orders.mark_refunded(actor=world.agent, refund=refund.public_id, reference="PP-1")
    for _ in range(2):
        orders.mark_refunded(actor=desk, refund=refund.public_id, reference="PP-1")
    run_all()
    world.order.refresh_from_db()
    clock.refresh_from_db()
    assert world.order.refunded == D("5.00") and clock.state == "met"
    assert "5.00 USD went back" in said()[-1] and "PP-1" in said()[-1]
    verbs = list(world.order.record.filter(verb__startswith="change.").values_list("verb", flat=True))
    assert verbs == ["change.proposed", "change.accepted", "change.refunded"] and list(verify()) == []


def test_never_above_what_was_paid_and_one_at_a_time(world: World, desk: Any) -> None:
    agreed(world, kind="refund", details={"amount": "15.00"})
    with pytest.raises(Conflict, match="on its way back already"):
        agreed(world, kind="refund", details={"amount": "1.00"})
    orders.mark_refunded(actor=desk, refund=Refund.objects.get().public_id, reference="PP-1")
    with pytest.raises(Conflict, match=r"At most 4\.99 USD"):
        agreed(world, kind="refund", details={"amount": "5.00"})
    agreed(world, kind="refund", details={"amount": "4.99"})
    assert Refund.objects.count() == 2


def test_money_that_was_spent_meanwhile_overtakes_the_yes(world: World) -> None:
    row = orders.propose_change(
        actor=world.agent, order_id=world.order.pk, kind="refund", words="Sorry.", details={"amount": "9"}
    )
    Order.objects.update(refunded=D("15.00"))  # the shop's own system gave it back
    done = orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    assert done.state == "overtaken" and not Refund.objects.exists()


def test_money_is_owed_although_the_order_is_called_off(world: World) -> None:
    agreed(world, kind="refund", details={"amount": "5.00"})
    orders.cancel_order(actor=world.buyer, order_id=world.order.pk)
    assert clock_of(world.order, "refund").state == "running"


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    with serving() as shop:
        settings.SHOPIFY_SHOP, settings.SHOPIFY_TOKEN = shop.address, TOKEN
        settings.SHOPIFY_API_VERSION = "2026-04"
        yield shop


def test_it_goes_out_through_the_shops_own_system_once(world: World, shop: Shop, desk: Any) -> None:
    Order.objects.update(source="shopify_csv")
    shop.broken = ["500"]
    agreed(world, kind="refund", details={"amount": "5.00"})
    assert Refund.objects.get().state == "sent"
    Outbox.objects.filter(state="ready").update(run_after=world.now)
    run_all()
    refund = Refund.objects.get()
    assert (refund.state, len(shop.refunds)) == ("done", 1) and "went back" in said()[-1]
    assert clock_of(world.order, "refund").state == "met"


def test_a_refusal_of_the_shops_system_is_for_staff_alone(world: World, shop: Shop, desk: Any) -> None:
    Order.objects.update(source="shopify_csv")
    shop.broken = ["403"]
    agreed(world, kind="refund", details={"amount": "5.00"})
    refund = Refund.objects.get()
    assert refund.state == "failed" and "go back to the account" in said()[-1]
    assert not world.order.record.get(verb="change.refund_failed").for_buyer
    orders.retry_refund(actor=desk, refund=refund.public_id)
    run_all()
    assert Refund.objects.get().state == "done"


def start(world: World) -> Clock:
    settle_promises(
        actor=world.agent, order=world.order, horizon=Horizon(world.now, start_late=True), fresh=False
    )
    return clock_of(world.order, "dispatch")


def test_a_later_date_moves_the_promise_and_its_reason_stands_in_record_and_receipt(world: World) -> None:
    old = start(world)
    agreed(world, kind="later", details={"date": "2026-11-20"})
    old.refresh_from_db()
    fresh = clock_of(world.order, "dispatch")
    assert old.state == "cancelled" and fresh.pk != old.pk and fresh.state == "running"
    assert (
        fresh.due is not None and fresh.due.isoformat() == "2026-11-21T04:59:59+00:00"
    )  # the last second in New York
    assert "a later date, agreed with the buyer" in receipt(fresh, zone="UTC")[0].text
    assert "a later date, agreed with the buyer" in receipt(old, zone="UTC")[-1].text
    world.order.refresh_from_db()
    assert world.order.promised_by == fresh.due
    moved = world.order.record.get(verb="promise.moved")
    assert (moved.data["metric"], moved.data["to"]) == ("dispatch", fresh.due.isoformat())
    assert moved.data["from"] == old.due.isoformat() and moved.detail.text == {
        "reason": "The glaze has a flaw."
    }  # type: ignore[union-attr]
    assert "leave us later, by Fri 20 Nov" in said()[0] and "leaves us by Fri 20 Nov" in said()[-1]


def test_the_moved_promise_is_kept_by_the_parcel_that_leaves(world: World) -> None:
    start(world)
    agreed(world, kind="later", details={"date": "2026-11-20"})
    orders.add_shipment(
        actor=world.agent, order_id=world.order.pk, tracking_number="1Z999AA10123456784", carrier="UPS"
    )
    assert clock_of(world.order, "dispatch").state == "met"
    assert clock_of(world.order, "delivery").state == "running"


@pytest.mark.parametrize("status", ["delivered", "cancelled", "returned"])
def test_no_later_date_for_what_is_over(world: World, status: str) -> None:
    Order.objects.update(status=status)
    with pytest.raises(Conflict, match="ended or arrived"):
        agreed(world, kind="later", details={"date": "2026-11-20"})


def test_a_later_date_is_later_than_what_was_promised(world: World) -> None:
    start(world)
    with pytest.raises(Conflict, match="no earlier than that"):
        agreed(world, kind="later", details={"date": "2026-11-11"})
    with pytest.raises(Invalid):
        agreed(world, kind="later", details={"date": "2026-11-10"})


def test_a_parcel_that_left_meanwhile_needs_no_later_day(world: World) -> None:
    row = orders.propose_change(
        actor=world.agent,
        order_id=world.order.pk,
        kind="later",
        words="Snow.",
        details={"date": "2026-11-20"},
    )
    orders.add_shipment(
        actor=world.agent, order_id=world.order.pk, tracking_number="1Z999AA10123456784", carrier="UPS"
    )
    done = orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    assert done.state == "overtaken" and not world.order.record.filter(verb="promise.moved").exists()


def test_an_answer_after_the_proposed_day_changes_nothing(world: World) -> None:
    row = orders.propose_change(
        actor=world.agent,
        order_id=world.order.pk,
        kind="later",
        words="Snow.",
        details={"date": "2026-11-12"},
        answer_by=world.now + timedelta(days=5),
    )
    world.at(world.now + timedelta(days=3))
    assert orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True).state == "overtaken"


def test_a_moved_promise_warns_of_its_new_date_on_the_same_ticket(world: World) -> None:
    old = start(world)
    assert old.warn_at is not None
    world.at(old.warn_at)
    assert fire_clock(old.pk)
    run_all()
    warned = Ticket.objects.get(order=world.order)
    world.at(old.warn_at + timedelta(hours=1))
    agreed(world, kind="later", details={"date": "2026-11-25"})
    assert (
        len(said()) == 4
    )  # the warning; the question, its answer and what followed on a ticket of their own
    fresh = clock_of(world.order, "dispatch")
    assert fresh.warn_at is not None and fresh.warn_at > old.warn_at
    world.at(fresh.warn_at)
    assert fire_clock(fresh.pk)
    run_all()
    warned.refresh_from_db()
    last = Message.objects.filter(stream__ticket=warned, kind="reply", stream__kind="public").latest("seq")
    assert "25 Nov" in last.body and "getting close" in last.body and warned.status == "open"
