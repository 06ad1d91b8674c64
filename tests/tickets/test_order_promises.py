"""The shop speaks first: one ticket for each promise that comes near its date, and how it goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from accounts.models import Membership
from core.actors import SYSTEM
from core.clock import now
from core.models import Outbox
from core.outbox import run_due
from orders.actions import add_scan, add_shipment, cancel_order, upsert_order
from orders.data import OrderData, ScanData
from orders.models import Order, OrderRecord
from orders.queries import tellings
from orders.verify import verify
from sla.actions import fire_clock
from sla.models import Clock
from tests.factories import make_shopper
from tests.orders.conftest import order_data
from tickets import actions
from tickets.models import Message, Ticket
from tickets.queries import access_ticket, thread, wire

World = SimpleNamespace
NEW_YORK = ZoneInfo("America/New_York")


def ny(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


def put(world: World, **fields: Any) -> Order:
    """The buyer's order as its shop's feed tells it: paid on Thursday 12 November at ten."""
    person = world.buyer_person
    given = {"email": person.email, "name": person.name, "placed_at": ny(12, 9, 55), "paid_at": ny(12, 10)}
    data: OrderData = order_data("7001", **{**given, **fields})
    return upsert_order(actor=SYSTEM, store=world.house.store, data=data).order


@pytest.fixture
def order(world: World) -> Order:
    """Checked, not packed; to be dispatched by Tuesday 17 November, 18:00."""
    world.at(ny(12, 10, 5))
    return put(world, reviewed_at=ny(12, 10, 5))


def clock_of(order: Order, metric: str = "dispatch") -> Clock:
    return Clock.objects.get(owner_kind="order", owner_id=order.pk, metric=metric)


def warn(world: World, order: Order, metric: str = "dispatch") -> Ticket:
    """Time goes on to the warning, and the worker does what follows."""
    clock = clock_of(order, metric)
    world.at(clock.warn_at)
    assert fire_clock(clock.pk)
    run_all()
    return Ticket.objects.get(order=order, channel="system", category__code=CATEGORY[metric])


CATEGORY = {"dispatch": "order", "delivery": "logistics"}


def run_all() -> None:
    while run_due():
        pass


def again() -> None:
    """As if the process had died after the work and before it was marked as done."""
    Outbox.objects.filter(state="done").update(state="ready", claimed_at=None)
    run_all()


def public(ticket: Ticket) -> list[tuple[str, str]]:
    """Kind and words (or verb) of what the buyer reads."""
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind="public").order_by("seq")
    return [(row.kind, row.body or row.verb) for row in rows]


def staff_verbs(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind="staff").order_by("seq")
    return [row.verb for row in rows]


# The warning -------------------------------------------------------------------------------------------------


def test_a_warning_opens_one_ticket_and_tells_what_is_left_and_the_new_date(
    world: World, order: Order
) -> None:
    assert clock_of(order).due == ny(17, 18)
    ticket = warn(world, order)
    assert (ticket.requester, ticket.team.code, ticket.category.code) == (
        world.buyer_person,
        "orders",
        "order",
    )
    assert ticket.opened_by_staff and ticket.assignee is None
    words = thread(world.buyer, ticket)[1]
    assert words.author_kind == "system" and wire(words)["author"]["id"] is None
    assert "by Tue 17 Nov 18:00 in New York" in words.body
    assert "still has to be packed and handed to the carrier" in words.body
    assert "We now expect to hand it over by Thu 19 Nov 18:00 in New York." in words.body
    (sent,) = mail.outbox
    assert sent.to == [world.buyer_person.email] and "Thu 19 Nov 18:00" in sent.body
    assert sent.body.startswith("Minato Lane wrote:")


def test_the_record_keeps_the_warning_and_what_was_told(world: World, order: Order) -> None:
    ticket = warn(world, order)
    told = OrderRecord.objects.get(order=order, verb="promise.told")
    assert told.for_buyer and told.data["ticket"] == ticket.public_id
    assert tellings(order.pk)["dispatch"].due == ny(19, 18)
    assert OrderRecord.objects.filter(order=order, verb="promise.warned").count() == 1
    assert list(verify()) == []


def test_the_api_tells_the_new_date_too(world: World, order: Order) -> None:
    assert shape_of(order)["told"] is None
    ticket = warn(world, order)
    told = shape_of(order)["told"]
    assert (told["basis"], told["ticket"], told["turn"]) == ("pack", ticket.public_id, 1)
    assert datetime.fromisoformat(told["due"]) == ny(19, 18)


def shape_of(order: Order) -> dict[str, Any]:
    from orders.api_shapes import PromiseOut
    from orders.queries import promises

    return PromiseOut(promises(order, now())[0]).data


def test_the_job_may_run_twice(world: World, order: Order) -> None:
    ticket = warn(world, order)
    before = public(ticket), staff_verbs(ticket), OrderRecord.objects.count(), len(mail.outbox)
    again()
    Outbox.objects.filter(kind="ticket.mail").update(state="done")
    assert Ticket.objects.count() == 1
    assert (public(ticket), staff_verbs(ticket), OrderRecord.objects.count()) == before[:3]


def test_the_buyers_zone_and_language_are_used(world: World, order: Order) -> None:
    world.buyer_person.timezone, world.buyer_person.language = "Asia/Manila", "es"
    world.buyer_person.save()
    body = thread(world.buyer, warn(world, order))[1].body
    assert "07:00" in body  # Friday in Manila
    assert "We now expect" not in body


def test_the_ticket_is_the_personal_shoppers_where_there_is_one(world: World, order: Order) -> None:
    make_shopper(world.buyer_person, world.shopper)
    assert warn(world, order).assignee == world.shopper


def test_a_promise_that_was_met_or_fell_away_before_the_worker_came_says_nothing(
    world: World, order: Order
) -> None:
    clock = clock_of(order)
    world.at(clock.warn_at)
    assert fire_clock(clock.pk)
    cancel_order(actor=world.buyer, order_id=order.pk)
    run_all()
    assert not Ticket.objects.exists() and mail.outbox == []
    assert not OrderRecord.objects.filter(verb="promise.told").exists()


def test_a_promise_can_still_be_kept_and_the_buyer_reads_so(world: World, order: Order) -> None:
    clock = clock_of(order)
    world.at(ny(16, 11))
    Clock.objects.filter(pk=clock.pk).update(warn_at=ny(16, 11), next_fire_at=ny(16, 11))
    put(world, reviewed_at=ny(12, 10, 5), packed_at=ny(16, 10), updated_at=ny(16, 10))
    body = thread(world.buyer, warn(world, order))[1].body
    assert "It is packed" in body
    assert "We still expect to keep the date: Tue 17 Nov 18:00 in New York." in body
    assert tellings(order.pk)["dispatch"].holds


# What comes after ---------------------------------------------------------------------------------------------


def miss(world: World, order: Order) -> None:
    clock = clock_of(order)
    world.at(clock.due + timedelta(seconds=1))
    assert fire_clock(clock.pk)
    run_all()


def test_a_missed_promise_is_a_line_on_the_same_ticket(world: World, order: Order) -> None:
    ticket = warn(world, order)
    miss(world, order)
    again()
    ticket.refresh_from_db()
    assert Ticket.objects.count() == 1
    assert [words for _, words in public(ticket)].count("promise.missed") == 1
    assert ticket.priority == "high"
    line = wire(thread(world.buyer, ticket)[-1])["data"]["text"]
    assert line.startswith("Dispatch: the promised time has passed")


def test_a_warning_and_a_breach_noticed_at_once_make_one_ticket(world: World, order: Order) -> None:
    miss(world, order)  # the machine was off until after the due
    ticket = Ticket.objects.get()
    assert [kind for kind, _ in public(ticket)] == ["event", "reply", "event"]
    # After Tuesday's close counting starts on Wednesday: two working days more are Friday.
    assert tellings(order.pk)["dispatch"].due == ny(20, 18)


def test_dispatched_after_all_the_buyer_is_told_and_the_ticket_is_solved(world: World, order: Order) -> None:
    ticket = warn(world, order)
    world.at(ny(17, 15))
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    run_all()
    again()
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    said = [words for kind, words in public(ticket) if kind == "reply"]
    assert len(said) == 2
    assert "has left us: Tue 17 Nov 15:00 in New York" in said[1]
    assert "It travels with UPS, tracking number 1Z999AA1." in said[1]
    assert "sorry" not in said[1]
    assert "has left us" in mail.outbox[1].body


def test_kept_late_says_sorry(world: World, order: Order) -> None:
    ticket = warn(world, order)
    miss(world, order)
    world.at(ny(18, 11))
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    run_all()
    assert "That was later than we promised, and we are sorry." in [*public(ticket)][-2][1]


@pytest.mark.parametrize("speaker", ["buyer", "agent"])
def test_where_a_person_spoke_the_ticket_is_left_to_people(world: World, order: Order, speaker: str) -> None:
    ticket = warn(world, order)
    actions.post_message(
        actor=getattr(world, speaker), ticket=ticket.public_id, kind="reply", body="And the blue one?"
    )
    world.at(ny(17, 15))
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    run_all()
    ticket.refresh_from_db()
    assert ticket.is_live
    assert "promise.over" in staff_verbs(ticket)
    assert "has left us" in public(ticket)[-1][1]


def test_a_cancelled_order_ends_it_without_a_word_more(world: World, order: Order) -> None:
    ticket = warn(world, order)
    cancel_order(actor=world.buyer, order_id=order.pk)
    run_all()
    again()
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    assert [words for _, words in public(ticket)][-2:] == ["promise.ended", "ticket.solved"]
    assert len([kind for kind, _ in public(ticket) if kind == "reply"]) == 1
    before = public(ticket), staff_verbs(ticket)
    run_dates(world)
    assert (public(ticket), staff_verbs(ticket)) == before


# The date that was told ---------------------------------------------------------------------------------------


def run_dates(world: World) -> None:
    """Time goes on to the next thing that the worker was told to do later."""
    waiting = Outbox.objects.filter(state="ready").order_by("run_after").first()
    if waiting is not None:
        world.at(waiting.run_after)
        run_all()


def test_when_the_new_date_passes_the_lead_is_told_and_the_buyer_once_more(
    world: World, order: Order
) -> None:
    lead = world.house.agent2
    Membership.objects.filter(person=lead, team__code="orders").update(role="lead")
    ticket = warn(world, order)
    miss(world, order)
    run_dates(world)
    again()
    ticket.refresh_from_db()
    said = [words for kind, words in public(ticket) if kind == "reply"]
    assert len(said) == 2
    assert "We told you Thu 19 Nov 18:00 in New York" in said[1]
    # Nothing has moved since: no second date is made up.
    assert "We look into it and tell you more by Mon 23 Nov 18:00 in New York." in said[1]
    assert tellings(order.pk)["dispatch"].turn == 2
    line = [
        wire(row)["data"]["text"] for row in thread(SYSTEM, ticket) if row.verb == "promise.told_date_passed"
    ]
    assert len(line) == 1 and "Tom Reed" in line[0]
    run_dates(world)  # that time passes too: staff hear of it, the buyer is not told a third date
    assert len([kind for kind, _ in public(ticket) if kind == "reply"]) == 2
    assert staff_verbs(ticket).count("promise.told_date_passed") == 2
    assert not Outbox.objects.filter(state="ready").exists()
    assert list(verify()) == []


def test_a_new_date_after_the_order_moved_on(world: World, order: Order) -> None:
    ticket = warn(world, order)
    miss(world, order)
    world.at(ny(19, 12))
    put(world, reviewed_at=ny(12, 10, 5), packed_at=ny(19, 11), updated_at=ny(19, 12))
    run_dates(world)
    said = [words for kind, words in public(ticket) if kind == "reply"]
    assert "It is packed" in said[1]
    # After the close of Thursday counting starts on Friday, and one working day more is Monday.
    assert "We now expect to hand it over by Mon 23 Nov 18:00" in said[1]


def test_a_solved_ticket_opens_again_when_the_told_date_passes(world: World, order: Order) -> None:
    ticket = warn(world, order)
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    miss(world, order)
    assert access_ticket(SYSTEM, ticket.public_id).status == "solved"
    run_dates(world)
    assert access_ticket(SYSTEM, ticket.public_id).status == "open"


def test_a_told_date_of_a_promise_that_was_kept_is_nobodys_business(world: World, order: Order) -> None:
    ticket = warn(world, order)
    world.at(ny(17, 15))
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    run_all()
    before = public(ticket), staff_verbs(ticket)
    run_dates(world)
    assert (public(ticket), staff_verbs(ticket)) == before


# Delivery -----------------------------------------------------------------------------------------------------


def test_a_parcel_that_may_come_late(world: World, order: Order) -> None:
    world.at(ny(13, 10))
    parcel = add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    run_all()
    assert not Ticket.objects.exists()
    clock = clock_of(order, "delivery")
    world.at(clock.warn_at - timedelta(hours=2))
    seen = ScanData(clock.warn_at - timedelta(hours=3), "in_transit", "Left the depot", "Reno")
    assert add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=seen)
    ticket = warn(world, order, "delivery")
    body = thread(world.buyer, ticket)[1].body
    assert ticket.team.code == "logistics" and "Left the depot" in body
    told = tellings(order.pk)["delivery"]
    assert told.basis == "moving" and told.due > clock.due
    there = told.due - timedelta(hours=1)
    world.at(there)
    assert add_scan(actor=SYSTEM, shipment_id=parcel.pk, scan=ScanData(there, "delivered", "At the door"))
    run_all()
    ticket.refresh_from_db()
    assert ticket.status == "solved" and "arrived" in public(ticket)[-2][1]


def test_a_silent_carrier_gives_no_date(world: World, order: Order) -> None:
    world.at(ny(13, 10))
    add_shipment(actor=SYSTEM, order_id=order.pk, tracking_number="1Z999AA1", carrier="UPS")
    body = thread(world.buyer, warn(world, order, "delivery"))[1].body
    assert "The carrier has not told us anything about the parcel yet." in body
    assert "We look into it and tell you more by" in body and "We now expect" not in body
