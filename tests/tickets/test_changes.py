"""The shop asks before it changes an order: the question on a ticket, the answer, what follows, what does not."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from core.actors import SYSTEM
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import Outbox
from core.outbox import run_due
from orders import actions as orders
from orders.actions import add_shipment
from orders.actions.privacy import erase_orders
from orders.changes.models import ChangeProposal
from orders.changes.queries import open_proposals
from orders.models import Address, Order, OrderRecord
from orders.verify import verify
from tests.factories import actor
from tickets import actions, links
from tickets.actions.changes import answer_on_ticket, questions_on
from tickets.models import Message, Ticket

World = SimpleNamespace
AMOUNT = {"amount": "5.00"}
KYIV = {"name": "Ana Ruiz", "line1": "12 Shevchenko St", "city": "Kyiv", "country": "UA"}


@pytest.fixture
def ticket(world: World) -> Ticket:
    return actions.open_ticket(
        actor=world.buyer, category="order", subject="Is it there?", body="I wonder.", order=world.order,
    )  # fmt: skip


def run_all() -> None:
    while run_due():
        pass


def propose(world: World, ticket: Ticket | None = None, **given: Any) -> ChangeProposal:
    asked = {"kind": "cancel", "words": "The mug is out of stock.", **given}
    where = ticket.public_id if ticket else ""
    row = orders.propose_change(actor=world.agent, order_id=world.order.pk, asked_on=where, **asked)
    run_all()
    return row


def said(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind="public", kind="reply").order_by("seq")
    return list(rows.values_list("body", flat=True))


def verbs(order: Order) -> list[str]:
    return list(order.record.filter(verb__startswith="change.").values_list("verb", flat=True))


def test_the_question_is_asked_on_the_ticket_and_a_yes_cancels(world: World, ticket: Ticket) -> None:
    row = propose(world, ticket)
    ticket.refresh_from_db()
    world.order.refresh_from_db()
    assert ticket.status == "waiting" and world.order.status != "cancelled"
    assert "out of stock" in said(ticket)[-1] and "May we cancel your order 2041?" in said(ticket)[-1]
    assert ticket.subject in mail.outbox[-1].subject and "May we cancel" in mail.outbox[-1].body
    assert [one.pk for one in questions_on(ticket)] == [row.pk]
    answer_on_ticket(
        actor=world.buyer, ticket=ticket.public_id, proposal=row.public_id, yes=True, said="Fine."
    )
    run_all()
    world.order.refresh_from_db()
    ticket.refresh_from_db()
    assert world.order.status == "cancelled" and ticket.status == "open"
    assert said(ticket)[-2:] == [
        "May we cancel your order 2041? Yes.\n\nFine.",
        "Your order 2041 is cancelled, as you agreed.",
    ]
    by_buyer = world.order.record.get(verb="order.cancelled")
    assert (by_buyer.actor_kind, by_buyer.actor_id) == ("buyer", world.buyer.id)
    assert verbs(world.order) == ["change.proposed", "change.accepted"] and list(verify()) == []
    Outbox.objects.filter(state="done").update(state="ready", claimed_at=None)  # as if the worker had died
    before = said(ticket)
    run_all()
    assert said(ticket) == before


def test_a_no_changes_nothing_and_the_same_answer_twice_is_one(world: World, ticket: Ticket) -> None:
    row = propose(world, ticket)
    for _ in range(2):
        orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=False, words="I wait for it.")
    with pytest.raises(Conflict, match="no longer open"):
        orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    run_all()
    world.order.refresh_from_db()
    assert world.order.status == "awaiting_shipping"
    assert verbs(world.order) == ["change.proposed", "change.declined"]
    assert "Nothing about your order 2041 is changed" in said(ticket)[-1]


def test_silence_past_the_time_told_changes_nothing_and_the_agent_sees_it(
    world: World, ticket: Ticket
) -> None:
    row = propose(world, ticket, answer_by=now() + timedelta(hours=2))
    world.at(now() + timedelta(hours=2))
    with pytest.raises(Conflict):
        orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    run_all()
    row.refresh_from_db()
    ticket.refresh_from_db()
    world.order.refresh_from_db()
    assert (row.state, ticket.status) == ("no_answer", "open") and world.order.status != "cancelled"
    assert verbs(world.order)[-1] == "change.no_answer" and "not heard from you" in said(ticket)[-1]


def test_a_yes_after_the_parcel_left_is_told_to_both_and_changes_nothing(
    world: World, ticket: Ticket
) -> None:
    row = propose(world, ticket)
    add_shipment(actor=SYSTEM, order_id=world.order.pk, tracking_number="1Z999AA10123456784", carrier="UPS")
    done = orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    run_all()
    world.order.refresh_from_db()
    assert done.state == "overtaken" and world.order.status == "awaiting_delivery"
    assert "could not be done any more" in said(ticket)[-1] and "on its way" in said(ticket)[-1]
    assert orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True).state == "overtaken"


def test_without_a_ticket_one_is_opened_in_the_shops_name(world: World) -> None:
    row = propose(world, kind="later", details={"date": (now().date() + timedelta(days=9)).isoformat()})
    made = Ticket.objects.get(order=world.order)
    assert made.channel == "system" and made.requester == world.buyer_person
    assert [one.pk for one in questions_on(made)] == [row.pk] and "leave us later, by" in said(made)[0]
    orders.withdraw_change(actor=world.agent, proposal=row.public_id)
    run_all()
    assert questions_on(made) == [] and "need not answer" in said(made)[-1]
    with pytest.raises(Conflict):
        orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)


def test_a_new_address_is_written_and_the_old_one_stays_in_the_record(world: World, ticket: Ticket) -> None:
    row = propose(world, ticket, kind="address", details=KYIV)
    assert "12 Shevchenko St, Kyiv, UA" in said(ticket)[-1]
    orders.answer_change(actor=world.buyer, proposal=row.public_id, yes=True)
    kept = Address.objects.get(order=world.order, kind="shipping")
    assert (kept.line1, kept.city) == ("12 Shevchenko St", "Kyiv")
    changed = OrderRecord.objects.get(order=world.order, verb="order.changed")
    assert "Kyiv" not in str(changed.data) and changed.data["proposal"] == row.public_id


def test_erasing_a_person_empties_what_proposals_say(world: World, ticket: Ticket) -> None:
    row = propose(world, ticket, kind="address", details=KYIV)
    erase_orders(world.buyer_person.pk)
    row.refresh_from_db()
    assert (row.words, row.details) == ("", {}) and list(verify()) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "gift"}, "kind"),
        ({"words": " "}, "words"),
        ({"words": "x" * 501}, "words"),
        ({"answer_by": timedelta(minutes=59)}, "answer_by"),
        ({"answer_by": timedelta(days=31)}, "answer_by"),
        ({"kind": "refund", "details": {"amount": "-1"}}, "amount"),
        ({"kind": "refund", "details": {"amount": "NaN"}}, "amount"),
        ({"kind": "refund", "details": {"amount": "1.001"}}, "amount"),
        ({"kind": "later", "details": {"date": "2001-01-01"}}, "date"),
        ({"kind": "later", "details": {"date": "soon"}}, "date"),
        ({"kind": "address", "details": {"line1": "1 Main St"}}, "city"),
        ({"kind": "address", "details": {**KYIV, "city": "Київ"}}, "city"),
    ],
)
def test_what_is_wrong_is_said_by_field(world: World, given: dict[str, Any], field: str) -> None:
    if isinstance(given.get("answer_by"), timedelta):
        given = {**given, "answer_by": now() + given["answer_by"]}
    with pytest.raises(Invalid) as error:
        propose(world, **given)
    assert field in error.value.fields and not ChangeProposal.objects.exists()


def test_one_open_question_of_a_kind_and_the_same_again_is_one(world: World) -> None:
    key = "5f0e9f0a-7a0c-4b1c-9d46-0a4f4b5f3c99"
    row = propose(world, client_id=key)
    assert propose(world, client_id=key).pk == row.pk
    with pytest.raises(Conflict, match="asked about this already"):
        propose(world)
    propose(world, kind="later", details={"date": (now().date() + timedelta(days=9)).isoformat()})
    assert len(open_proposals(world.order)) == 2


def test_who_may_ask_and_who_may_answer(world: World, ticket: Ticket) -> None:
    with pytest.raises(Forbidden):
        orders.propose_change(actor=world.buyer, order_id=world.order.pk, kind="cancel", words="Please.")
    row = propose(world, ticket)
    for who, wrong in ((world.agent, Forbidden), (world.other, NotFound), (SYSTEM, Forbidden)):
        with pytest.raises(wrong):
            orders.answer_change(actor=who, proposal=row.public_id, yes=True)
    with pytest.raises(Forbidden):
        orders.withdraw_change(actor=world.buyer, proposal=row.public_id)


def test_the_link_of_a_mail_answers_on_its_ticket_alone(world: World, ticket: Ticket) -> None:
    other = actions.open_ticket(
        actor=world.buyer, category="order", subject="Another", body="Words.", order=world.order,
    )  # fmt: skip
    row = propose(world, ticket)
    elsewhere = links.open_link(links.token_for(other))
    with pytest.raises(NotFound):
        answer_on_ticket(actor=elsewhere.actor, ticket=other.public_id, proposal=row.public_id, yes=True)
    opened = links.open_link(links.token_for(ticket))
    done = answer_on_ticket(actor=opened.actor, ticket=ticket.public_id, proposal=row.public_id, yes=True)
    assert done.state == "accepted"


def test_more_money_than_is_left_is_refused(world: World) -> None:
    with pytest.raises(Conflict) as error:
        propose(world, kind="refund", details={"amount": "99999.00"})
    assert error.value.code == "not_possible"


def test_an_order_of_ones_own_is_for_a_colleague(world: World) -> None:
    world.order.person = world.house.agent
    world.order.save(update_fields=["person"])
    with pytest.raises(Forbidden):
        orders.propose_change(
            actor=actor(world.house.agent), order_id=world.order.pk, kind="cancel", words="No stock."
        )
