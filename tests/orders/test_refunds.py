"""Money back: never more than was paid, once, to the account that paid; by hand and through Shopify."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import outbox
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import Outbox
from orders import actions
from orders.actions import Asked, Checked
from orders.models import Order, OrderRecord, Refund, Return
from orders.refunding import RefundRefused, RefundUnclear
from orders.refunding.shopify import ShopifyPort
from orders.return_queries import refund_clock
from orders.verify import verify
from sla.models import ClockState
from tests.factories import actor, make_buyer
from tests.orders.returning import Goods, make_goods
from tests.orders.shopify_server import TOKEN, Shop, order_node, serving

pytestmark = pytest.mark.django_db
D = Decimal
MUGS = {1: D("21.60")}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def give_back(goods: Goods, ret: Return, amounts: dict[int, Decimal] | None = None, **fields: Any) -> Refund:
    return actions.order_refund(
        actor=goods.one, ret=ret.public_id, amounts=MUGS if amounts is None else amounts, **fields
    )


# By hand ------------------------------------------------------------------------------------------------


def test_paid_by_hand_and_confirmed(goods: Goods) -> None:
    ret = goods.inspected()
    refund = give_back(goods, ret)
    assert (refund.state, refund.port, refund.amount, refund.currency) == (
        "ordered",
        "manual",
        D("21.60"),
        "USD",
    )
    assert not Outbox.objects.filter(kind="orders.send_refund").exists()
    done = actions.mark_refunded(actor=goods.two, refund=refund.public_id, reference=" PP-77 12 ")
    assert (done.state, done.reference, done.confirmed_by_id) == ("done", "PP-77 12", goods.second.pk)
    order, ret = Order.objects.get(), Return.objects.get()
    assert (order.refunded, order.status, ret.state) == (D("21.60"), "delivered", "refunded")
    assert refund_clock(ret).state == ClockState.MET  # type: ignore[union-attr]
    again = actions.mark_refunded(actor=goods.two, refund=refund.public_id, reference="other")
    assert again.reference == "PP-77 12" and Order.objects.get().refunded == D("21.60")
    assert list(verify()) == []


def test_everything_back_closes_the_order(goods: Goods) -> None:
    ret = goods.inspected(Asked(1, 2, "damaged"), Asked(2, 1, "not_wanted"))
    refund = give_back(goods, ret, {1: D("21.60"), 2: D("9.00")})
    actions.mark_refunded(actor=goods.one, refund=refund.public_id, reference="X")
    order = Order.objects.get()
    assert (order.status, order.refunded) == ("returned", order.total)
    assert OrderRecord.objects.filter(verb="order.returned").count() == 1


BAD = {
    "minus": ({1: D("-0.01")}, "line_1"),
    "nothing": ({1: D("0.00")}, "amount"),
    "no line": ({}, "amount"),
    "more than the line": ({1: D("21.61")}, "line_1"),
    "another's line": ({2: D("1.00")}, "line_2"),
    "a part of a cent": ({1: D("1.001")}, "line_1"),
    "no number": ({1: D("NaN")}, "line_1"),
    "without end": ({1: D("Infinity")}, "line_1"),
    "less, unsaid": ({1: D("10.00")}, "words"),
}


@pytest.mark.parametrize(("amounts", "field"), BAD.values(), ids=BAD.keys())
def test_bad_amounts(goods: Goods, amounts: dict[int, Decimal], field: str) -> None:
    ret = goods.inspected()
    with pytest.raises(Invalid) as told:
        give_back(goods, ret, amounts)
    assert list(told.value.fields) == [field] and not Refund.objects.exists()


@pytest.mark.parametrize("currency", ["EUR", "usd", "", "JPY"])
def test_other_currencies(goods: Goods, currency: str) -> None:
    with pytest.raises(Invalid) as told:
        give_back(goods, goods.inspected(), currency=currency)
    assert told.value.code == "currency" and not Refund.objects.exists()


def test_an_order_in_another_currency(goods: Goods) -> None:
    ret = goods.inspected()
    Order.objects.update(currency="JPY")
    with pytest.raises(Invalid) as told:
        give_back(goods, ret)
    assert told.value.code == "currency"


def test_never_above_what_is_left_of_the_payment(goods: Goods) -> None:
    ret = goods.inspected()
    Order.objects.update(refunded=D("20.00"))
    with pytest.raises(Invalid) as told:
        give_back(goods, ret)
    assert told.value.code == "more_than_paid" and "10.60" in str(told.value.fields["amount"][0])
    assert give_back(goods, ret, {1: D("10.60")}).amount == D(
        "10.60"
    )  # all that is left: no words are needed


def test_what_is_on_its_way_back_counts(goods: Goods) -> None:
    give_back(goods, goods.inspected())
    Order.objects.update(total=D("25.00"))
    second = goods.inspected(Asked(2, 1, "not_wanted"))
    with pytest.raises(Invalid) as told:
        give_back(goods, second, {2: D("7.00")})
    assert told.value.code == "more_than_paid" and "3.40" in str(told.value.fields["amount"][0])


def test_an_unpaid_order_gives_nothing_back(goods: Goods) -> None:
    ret = goods.inspected()
    Order.objects.update(paid_at=None)
    with pytest.raises(Invalid) as told:
        give_back(goods, ret)
    assert told.value.code == "more_than_paid"


def test_less_with_words_that_the_buyer_reads(goods: Goods) -> None:
    refund = give_back(goods, goods.inspected(), {1: D("10.00")}, words="One mug can be used.")
    assert (refund.amount, refund.by_line, refund.words) == (
        D("10.00"),
        {"1": "10.00"},
        "One mug can be used.",
    )


def test_a_second_order_is_told_that_one_runs(goods: Goods) -> None:
    ret, key = goods.inspected(), uuid.uuid4()
    first = give_back(goods, ret, key=key)
    assert give_back(goods, ret, key=str(key)) == first  # the same click again
    with pytest.raises(Conflict) as told:
        actions.order_refund(actor=goods.two, ret=ret.public_id, amounts=MUGS)
    assert told.value.code == "refund_open"
    actions.mark_refunded(actor=goods.one, refund=first.public_id, reference="X")
    with pytest.raises(Conflict) as told:
        give_back(goods, ret)
    assert told.value.code == "return_state" and Refund.objects.count() == 1


def test_only_the_desk_gives_money_back(goods: Goods) -> None:
    ret = goods.inspected()
    refund = give_back(goods, ret)
    for who in (goods.by_buyer, actor(goods.house.agent)):
        with pytest.raises(Forbidden):
            actions.order_refund(actor=who, ret=ret.public_id, amounts=MUGS)
        with pytest.raises(Forbidden):
            actions.mark_refunded(actor=who, refund=refund.public_id, reference="X")
        with pytest.raises(Forbidden):
            actions.retry_refund(actor=who, refund=refund.public_id)
    with pytest.raises(NotFound):
        actions.mark_refunded(actor=actor(make_buyer()), refund=refund.public_id, reference="X")
    with pytest.raises(Invalid):
        actions.mark_refunded(actor=goods.one, refund=refund.public_id, reference="  ")
    assert Refund.objects.get().state == "ordered"


# Through Shopify ----------------------------------------------------------------------------------------


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    with serving() as shop:
        settings.SHOPIFY_SHOP, settings.SHOPIFY_TOKEN = shop.address, TOKEN
        settings.SHOPIFY_API_VERSION = "2026-04"
        yield shop


@pytest.fixture
def sent(goods: Goods, shop: Shop) -> Refund:
    """A refund that is to go out through Shopify."""
    ret = goods.inspected()
    Order.objects.update(source="shopify_csv")
    return give_back(goods, ret)


def run() -> None:
    """The worker's round, also for what waits for its next try."""
    Outbox.objects.filter(state="ready").exclude(kind="orders.send_refund").delete()
    Outbox.objects.filter(state="ready").update(
        run_after=Outbox.objects.latest("pk").created_at - timedelta(1)
    )
    outbox.run_due()


def test_it_goes_out_and_comes_back_with_its_reference(sent: Refund, shop: Shop) -> None:
    assert (sent.port, sent.state) == ("shopify", "ordered")
    run()
    done = Refund.objects.get()
    assert (done.state, done.reference, done.tries) == ("done", "gid://shopify/Refund/900", 1)
    assert Order.objects.get().refunded == D("21.60") and Return.objects.get().state == "refunded"
    wanted = shop.asked[1]["variables"]
    assert "refundCreate" in shop.asked[1]["query"] and "@idempotent(key: $key)" in shop.asked[1]["query"]
    assert wanted["key"] == sent.key and sent.key in wanted["input"]["note"]
    assert wanted["input"]["transactions"] == [
        {
            "orderId": "gid://shopify/Order/5001",
            "parentId": "gid://shopify/OrderTransaction/2",
            "gateway": "shopify_payments",
            "kind": "REFUND",
            "amount": "21.60",
        }
    ]


@pytest.mark.parametrize("how", ["500", "503", "429", "throttled", "garbled"])
def test_no_clear_answer_is_tried_again(sent: Refund, shop: Shop, how: str) -> None:
    shop.broken = [how]
    run()
    waiting = Refund.objects.get()
    assert (waiting.state, bool(waiting.error)) == (
        "sent",
        True,
    ) and Return.objects.get().state == "inspected"
    run()
    assert Refund.objects.get().state == "done" and len(shop.refunds) == 1


def test_an_answer_that_was_lost_pays_once(sent: Refund, shop: Shop) -> None:
    shop.broken = ["", "lost"]  # found; then done, but nobody heard
    run()
    assert Refund.objects.get().state == "sent" and len(shop.refunds) == 1
    run()
    assert Refund.objects.get().reference == shop.refunds[0]["id"] and len(shop.refunds) == 1
    assert Order.objects.get().refunded == D("21.60")
    assert sum("refundCreate" in one["query"] for one in shop.asked) == 1  # found by its note


def test_a_feed_that_told_of_it_first_does_not_count_it_twice(sent: Refund, shop: Shop) -> None:
    Order.objects.update(refunded=D("21.60"))
    run()
    assert Refund.objects.get().state == "done" and Order.objects.get().refunded == D("21.60")


def test_no_answer_in_time(sent: Refund, shop: Shop) -> None:
    shop.broken = ["hang"]
    port = ShopifyPort(f"{shop.address}/admin/api/2026-04", TOKEN, timeout=0.2)
    with pytest.raises(RefundUnclear):
        port.send(Refund.objects.select_related("order").get())
    shop.let_go.set()


@pytest.mark.parametrize("how", ["401", "403", "404", "422", "302"])
def test_a_refusal_is_kept_and_shown_and_can_be_sent_again(
    goods: Goods, sent: Refund, shop: Shop, how: str
) -> None:
    shop.broken = [how]
    run()
    failed = Refund.objects.get()
    assert failed.state == "failed" and how in failed.error and not shop.refunds
    assert OrderRecord.objects.filter(verb="return.refund_failed", for_buyer=False).count() == 1
    actions.retry_refund(actor=goods.one, refund=failed.public_id)
    run()
    assert Refund.objects.get().state == "done" and len(shop.refunds) == 1


def test_what_shopify_says_no_to(goods: Goods, sent: Refund, shop: Shop) -> None:
    shop.errors = [{"field": ["transactions"], "message": "Refund amount exceeds the balance"}]
    run()
    failed = Refund.objects.get()
    assert failed.state == "failed" and "exceeds the balance" in failed.error
    done = actions.mark_refunded(actor=goods.one, refund=failed.public_id, reference="By bank 12")
    assert done.state == "done" and Order.objects.get().refunded == D("21.60")


@pytest.mark.parametrize(
    "node",
    [order_node("20411"), order_node(total="5.00"), order_node(currency="EUR")],
    ids=["another order", "smaller payment", "other currency"],
)
def test_an_order_that_does_not_fit(sent: Refund, shop: Shop, node: dict[str, Any]) -> None:
    shop.orders = [node]
    run()
    assert Refund.objects.get().state == "failed" and not shop.refunds


def test_one_that_is_done_or_by_hand_is_not_sent(goods: Goods, sent: Refund, shop: Shop) -> None:
    run()
    assert actions.send_refund(refund_id=sent.pk) is None and len(shop.refunds) == 1
    with pytest.raises(Conflict):
        actions.retry_refund(actor=goods.one, refund=sent.public_id)


def test_the_token_goes_nowhere_else(settings: Any, goods: Goods) -> None:
    settings.SHOPIFY_SHOP, settings.SHOPIFY_TOKEN = "http://shop.example", TOKEN
    ret = goods.inspected()
    refund = give_back(goods, ret)
    assert refund.port == "manual"  # the order did not come from there
    with pytest.raises(RefundRefused, match="https"):
        ShopifyPort.from_settings().send(refund)


def test_pieces_that_did_not_come_are_not_paid(goods: Goods) -> None:
    ret = goods.received()
    actions.inspect_lines(actor=goods.one, ret=ret.public_id, lines=[Checked(1, 1, "damaged")])
    with pytest.raises(Invalid):
        give_back(goods, ret)
    assert give_back(goods, ret, {1: D("10.80")}).amount == D("10.80")
