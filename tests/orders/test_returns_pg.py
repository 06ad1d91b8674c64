"""Two people at once on one return, on PostgreSQL: one refund, one refusal, one application."""

from __future__ import annotations

import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core.db import retrying
from core.errors import Conflict, Forbidden
from orders import actions
from orders.actions import Asked
from orders.models import Order, OrderRecord, Refund, Return
from orders.refunding import ports
from orders.verify import verify
from tests.factories import actor
from tests.orders.returning import Goods, make_goods
from tests.orders.test_races import together

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def goods(transactional_db: None, settings: Any, tmp_path: Any) -> Goods:
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    settings.MEDIA_ROOT = str(tmp_path)
    return make_goods()


def test_two_agents_refunding_at_once_refund_once(goods: Goods) -> None:
    ret = goods.inspected()
    one, two = goods.one, goods.two

    def refund(who: Any) -> Any:
        return lambda: retrying(
            actions.order_refund, actor=who, ret=ret.public_id, amounts={1: Decimal("21.60")}
        )

    done = together(refund(one), refund(two), refund(one), refund(two))
    assert sorted(type(answer).__name__ for answer in done) == ["Conflict"] * 3 + ["Refund"]
    row = Refund.objects.get()

    def confirm(who: Any) -> Any:
        return lambda: retrying(actions.mark_refunded, actor=who, refund=row.public_id, reference="R-1")

    assert {answer.state for answer in together(confirm(one), confirm(two), confirm(one))} == {"done"}
    assert Order.objects.get().refunded == Decimal("21.60") and list(verify()) == []
    assert OrderRecord.objects.filter(verb="return.refunded").count() == 1


def test_two_workers_pay_once(goods: Goods, monkeypatch: pytest.MonkeyPatch) -> None:
    paid, guard = [], threading.Lock()

    class Slow:
        name = "shopify"

        def send(self, refund: Refund) -> str:
            with guard:
                paid.append(refund.key)
            return f"ref-{refund.key}"

    monkeypatch.setattr("orders.actions.refunds.port_for", lambda order: Slow())
    monkeypatch.setattr("orders.actions.refund_sending.port_called", lambda name: Slow())
    assert ports.MANUAL == "manual"
    ret = goods.inspected()
    refund = actions.order_refund(actor=goods.one, ret=ret.public_id, amounts={1: Decimal("21.60")})
    together(*[lambda: actions.send_refund(refund_id=refund.pk)] * 3)
    assert set(paid) == {refund.key}  # whoever sends, sends the same key
    assert Order.objects.get().refunded == Decimal("21.60")
    assert OrderRecord.objects.filter(verb="return.refunded").count() == 1


def test_agreeing_and_declining_at_once_ends_one_way(goods: Goods) -> None:
    ret = goods.apply()
    actions.propose_refusal(actor=goods.one, ret=ret.public_id, reason="used", words="Worn.")
    one, two = goods.one, goods.two
    done = together(
        lambda: retrying(actions.agree_to_refusal, actor=one, ret=ret.public_id),
        lambda: retrying(actions.agree_to_refusal, actor=two, ret=ret.public_id),
        lambda: retrying(actions.decline_refusal, actor=two, ret=ret.public_id, words="No."),
    )
    assert isinstance(done[0], (Forbidden, Conflict))
    assert sum(isinstance(answer, Return) for answer in done[1:]) == 1
    state = Return.objects.get().state
    assert state in ("refused", "applied")
    assert OrderRecord.objects.filter(verb__in=("return.refused", "return.refusal_declined")).count() == 1


def test_the_last_piece_is_asked_for_once(goods: Goods) -> None:
    buyer, order = goods.by_buyer, goods.order.pk
    line = [Asked(2, 1, "not_wanted")]
    done = together(
        *[lambda: retrying(actions.apply_for_return, actor=buyer, order_id=order, lines=line)] * 4
    )
    assert sum(isinstance(answer, Return) for answer in done) == 1 and Return.objects.count() == 1


def test_one_click_twice_is_one_application(goods: Goods) -> None:
    buyer, order, key = goods.by_buyer, goods.order.pk, uuid.uuid4()
    line = [Asked(1, 1, "not_wanted")]
    done = together(
        *[lambda: retrying(actions.apply_for_return, actor=buyer, order_id=order, lines=line, client_id=key)]
        * 4
    )
    assert {answer.pk for answer in done} == {Return.objects.get().pk}


def test_a_yes_said_twice_at_once_and_paid_by_two_goes_back_once(goods: Goods) -> None:
    agent = actor(goods.house.agent)
    row = actions.propose_change(
        actor=agent, order_id=goods.order.pk, kind="refund", words="A scratch.", details={"amount": "5.00"}
    )

    def answer(yes: bool) -> Any:
        return lambda: retrying(actions.answer_change, actor=goods.by_buyer, proposal=row.public_id, yes=yes)

    together(answer(True), answer(True), answer(True))
    refund = Refund.objects.get()

    def confirm(who: Any) -> Any:
        return lambda: retrying(actions.mark_refunded, actor=who, refund=refund.public_id, reference="R-1")

    together(confirm(goods.one), confirm(goods.two), confirm(goods.one))
    assert Order.objects.get().refunded == Decimal("5.00") and list(verify()) == []
    assert OrderRecord.objects.filter(verb="change.refunded").count() == 1


def test_money_agreed_on_and_money_of_a_return_at_once_stay_below_what_was_paid(goods: Goods) -> None:
    ret = goods.inspected()
    row = actions.propose_change(
        actor=actor(goods.house.agent),
        order_id=goods.order.pk,
        kind="refund",
        words="A scratch.",
        details={"amount": "20.00"},
    )
    pay = {1: Decimal("21.60")}
    together(
        lambda: retrying(actions.order_refund, actor=goods.one, ret=ret.public_id, amounts=pay),
        lambda: retrying(actions.answer_change, actor=goods.by_buyer, proposal=row.public_id, yes=True),
    )
    assert sum(one.amount for one in Refund.objects.all()) <= Order.objects.get().total
