"""A return's ticket: opened with the application, told each step once, and the answer goes back down."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from core import outbox
from core.models import Outbox
from orders import actions
from orders.models import OrderRecord, Return
from tests.orders.returning import Goods, make_goods
from tickets.actions import post_message
from tickets.actions.returns import tell_return_step
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(settings: Any, tmp_path: Any) -> Goods:
    settings.MEDIA_ROOT = str(tmp_path)
    return make_goods()


def said(ticket: Ticket) -> list[tuple[str, str]]:
    rows = Message.objects.filter(stream__ticket=ticket, kind="reply").order_by("seq")
    return [(row.author_kind, row.body) for row in rows]


def work() -> None:
    while outbox.run_due():
        pass


def test_the_application_opens_a_ticket_in_the_buyers_name(goods: Goods) -> None:
    ret = goods.apply()
    work()
    ticket = Ticket.objects.get()
    assert (ticket.category.code, ticket.order_id, ticket.requester_id) == (
        "aftersales",
        goods.order.pk,
        goods.buyer.pk,
    )
    assert ticket.subject == "Return 1 of order #2041" and not ticket.opened_by_staff
    ((by, body),) = said(ticket)
    assert (
        by == "buyer"
        and "2 × Camp mug, Forest: It arrived damaged" in body
        and f"/returns/{ret.public_id}/" in body
    )


def test_each_step_is_told_once_and_mailed(goods: Goods) -> None:
    ret = goods.inspected()
    refund = actions.order_refund(actor=goods.one, ret=ret.public_id, amounts={1: Decimal("21.60")})
    actions.mark_refunded(actor=goods.one, refund=refund.public_id, reference="PP-7")
    work()
    ticket = Ticket.objects.get()
    words = [body for _by, body in said(ticket)]
    for part in ("is approved", "has arrived", "by ", "21.60 USD to the account", "Reference: PP-7"):
        assert sum(part in body for body in words) >= 1, part
    assert len(words) == 6 and ticket.status == "solved"
    assert any("Reference: PP-7" in letter.body for letter in mail.outbox)
    for seq in OrderRecord.objects.filter(order=goods.order).values_list("seq", flat=True):
        tell_return_step(return_id=ret.pk, seq=seq)  # a job that runs again
    assert len(said(ticket)) == 6


def test_a_refusal_is_told_when_two_agreed_and_not_before(goods: Goods) -> None:
    ret = goods.apply()
    actions.propose_refusal(actor=goods.one, ret=ret.public_id, reason="used", words="The glaze is worn.")
    work()
    ticket = Ticket.objects.get()
    assert len(said(ticket)) == 1
    actions.agree_to_refusal(actor=goods.two, ret=ret.public_id)
    work()
    last = said(ticket)[-1][1]
    assert "The glaze is worn." in last and "Used beyond trying on" in last


def test_a_question_goes_out_and_the_answer_comes_back(
    goods: Goods, django_capture_on_commit_callbacks: Any
) -> None:
    ret = goods.apply()
    actions.ask_about_return(actor=goods.one, ret=ret.public_id, words="Which colour came?")
    work()
    ticket = Ticket.objects.get()
    assert said(ticket)[-1] == ("staff", "Which colour came?") and ticket.status == "waiting"
    with django_capture_on_commit_callbacks(execute=True):
        post_message(actor=goods.two, ticket=ticket.public_id, kind="reply", body="We ask since it matters.")
    assert Return.objects.get().state == "asked"
    with django_capture_on_commit_callbacks(execute=True):
        post_message(actor=goods.by_buyer, ticket=ticket.public_id, kind="reply", body="The blue one.")
    assert Return.objects.get().state == "applied"


def test_a_closed_ticket_gets_a_fresh_one(goods: Goods) -> None:
    ret = goods.apply()
    work()
    Ticket.objects.update(status="closed")
    actions.approve_return(actor=goods.one, ret=ret.public_id)
    work()
    assert not Outbox.objects.filter(kind="ticket.return_stepped").exclude(state="done").exists()
    assert Ticket.objects.count() == 2 and "is approved" in said(Ticket.objects.latest("pk"))[0][1]


def test_the_shop_speaks_first_about_money_that_may_be_late(goods: Goods) -> None:
    from sla.actions import fire_clock
    from sla.models import Clock

    goods.inspected()
    clock = Clock.objects.get(owner_kind="return")
    Clock.objects.filter(pk=clock.pk).update(warn_at=clock.started_at, next_fire_at=clock.started_at)
    assert fire_clock(clock.pk)
    work()
    assert "comes near" in said(Ticket.objects.get())[-1][1]
