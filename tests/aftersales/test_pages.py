"""The desk's pages about returns: who comes in, each step by its form, refusals by two, money by line."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core import outbox
from orders import actions
from orders.actions import Asked
from orders.models import Refund, Return
from tests.factories import actor, log_in, make_buyer
from tests.orders.returning import Goods, make_goods

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(settings: Any, tmp_path: Any) -> Goods:
    settings.MEDIA_ROOT = str(tmp_path)
    return make_goods()


@pytest.fixture
def one(goods: Goods) -> Client:
    return log_in(Client(), goods.first)


@pytest.fixture
def two(goods: Goods) -> Client:
    return log_in(Client(), goods.second)


def at(ret: Return, do: bool = False) -> str:
    return f"/console/returns/{ret.public_id}/" + ("do/" if do else "")


def page(client: Client, ret: Return) -> str:
    return client.get(at(ret)).content.decode()


def test_only_the_desk_and_managers_come_in(goods: Goods, one: Client) -> None:
    ret = goods.apply()
    for person in (
        goods.buyer,
        make_buyer(),
        goods.house.agent,
        goods.house.other_agent,
        goods.house.specialist,
    ):
        client = log_in(Client(), person)
        assert client.get("/console/returns/").status_code == client.get(at(ret)).status_code == 404
        assert client.post(at(ret, True), {"op": "approve"}).status_code == 404
    assert Client().get("/console/returns/").status_code in (302, 401)
    assert log_in(Client(), goods.house.manager).get(at(ret)).status_code == 200
    assert one.get("/console/returns/nothing-here/").status_code == 404
    assert Return.objects.get().state == "applied"
    assert 'href="/console/returns/"' in one.get("/console/").content.decode()
    assert (
        'href="/console/returns/"'
        not in log_in(Client(), goods.house.agent).get("/console/").content.decode()
    )


def test_an_empty_desk_says_so(goods: Goods, one: Client) -> None:
    text = one.get("/console/returns/").content.decode()
    assert "No return waits" in text and "No return stands here." in text


def test_the_list_stands_by_due_and_is_sieved(goods: Goods, one: Client) -> None:
    later = goods.apply(Asked(2, 1, "not_wanted"), photos=False)
    owed = goods.inspected(Asked(1, 1, "damaged"))
    text = one.get("/console/returns/").content.decode()
    assert text.index(at(owed)) < text.index(at(later))
    assert at(later) not in one.get("/console/returns/?show=money").content.decode()
    assert at(owed) not in one.get("/console/returns/?show=review").content.decode()
    for odd in ("show=nothing", "after=x,y", "after=2026-01-01,9", f"after=,{'9' * 40}"):
        assert one.get(f"/console/returns/?{odd}").status_code == 200


def test_the_long_list_goes_on(goods: Goods, one: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.aftersales.queries.PAGE", 1)
    first = goods.apply(Asked(1, 1, "not_wanted"), photos=False)
    second = goods.apply(Asked(1, 1, "not_wanted"), photos=False)
    begin = one.get("/console/returns/")
    assert at(first) in begin.content.decode() and at(second) not in begin.content.decode()
    rest = one.get("/console/returns/", {"after": begin.context["older"]})
    assert at(second) in rest.content.decode() and not rest.context["older"]


def test_from_review_to_money(goods: Goods, one: Client) -> None:
    ret = goods.apply()
    text = page(one, ret)
    assert "Both handles are off." in text and "/returns/photos/" in text and "$21.60" in text
    for op, said in (("approve", "The goods are here"), ("receive", "Check the goods")):
        assert one.post(at(ret, True), {"op": op}).status_code == 302
        assert said in page(one, ret)
    found = {"op": "inspect", "arrived_1": "2", "condition_1": "damaged", "facts_1": "Packed by Lee."}
    assert one.post(at(ret, True), found).status_code == 302
    text = page(one, ret)
    assert "Order the refund" in text and 'value="21.60"' in text and "Money back by" in text
    assert one.post(at(ret, True), {"op": "refund", "amount_1": "21.60"}).status_code == 302
    refund = Refund.objects.get()
    assert "Reference of the payment" in page(one, ret)
    paid = {"op": "confirm", "refund": refund.public_id, "reference": "PP-7"}
    assert one.post(at(ret, True), paid).status_code == 302
    text = page(one, ret)
    assert "PP-7" in text and "Kept" in text and Return.objects.get().state == "refunded"


def test_a_refusal_needs_another_person(goods: Goods, one: Client, two: Client) -> None:
    ret = goods.apply()
    told = {"op": "propose_refusal", "reason": "used", "words": "The glaze is worn."}
    assert one.post(at(ret, True), told).status_code == 302
    mine, theirs = page(one, ret), page(two, ret)
    assert "Needs another person" in mine and 'value="agree_to_refusal"' not in mine
    assert 'value="agree_to_refusal"' in theirs
    blocked = one.post(at(ret, True), {"op": "agree_to_refusal"})
    assert blocked.status_code == 403 and "another person" in blocked.content.decode()
    assert Return.objects.get().state == "refusal_proposed"
    assert two.post(at(ret, True), {"op": "agree_to_refusal"}).status_code == 302
    assert Return.objects.get().state == "refused"


def test_not_agreeing_leads_back(goods: Goods, one: Client, two: Client) -> None:
    ret = goods.apply()
    actions.propose_refusal(actor=goods.one, ret=ret.public_id, reason="used", words="Worn.")
    assert two.post(at(ret, True), {"op": "decline_refusal", "words": ""}).status_code == 400
    assert two.post(at(ret, True), {"op": "decline_refusal", "words": "I see a crack."}).status_code == 302
    assert "I see a crack." in page(one, ret) and Return.objects.get().state == "applied"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"op": "propose_refusal", "reason": "", "words": "My words"}, "Choose a reason."),
        ({"op": "propose_refusal", "reason": "used", "words": " "}, "Write something first."),
        ({"op": "ask", "words": ""}, "Write something first."),
        ({"op": "receive"}, "not open any more"),
        ({"op": "what"}, "Choose what to do."),
        ({}, "Choose what to do."),
    ],
)
def test_a_refused_step_keeps_what_was_typed(
    goods: Goods, one: Client, typed: dict[str, str], said: str
) -> None:
    ret = goods.apply()
    answer = one.post(at(ret, True), typed)
    text = answer.content.decode()
    assert answer.status_code in (400, 409) and said in text
    assert typed.get("words", "").strip() in text and Return.objects.get().state == "applied"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("-1", "not below zero"),
        ("abc", "not below zero"),
        ("21.61", "At most 21.60 USD"),
        ("0", "above zero"),
        ("5.00", "less than the full amount"),
        ("1e9", "At most 21.60 USD"),
        ("NaN", "not below zero"),
    ],
)
def test_bad_amounts_are_told_and_kept(goods: Goods, one: Client, amount: str, said: str) -> None:
    ret = goods.inspected()
    answer = one.post(at(ret, True), {"op": "refund", "amount_1": amount})
    text = answer.content.decode()
    assert answer.status_code == 400 and said in text and f'value="{amount}"' in text
    assert not Refund.objects.exists()


def test_a_failed_refund_is_shown_and_sent_again(goods: Goods, one: Client) -> None:
    ret = goods.inspected()
    refund = actions.order_refund(actor=goods.one, ret=ret.public_id, amounts={1: ret.lines.get().worth})
    Refund.objects.update(port="shopify", state="failed", error="Shopify answered 401.")
    assert "Shopify answered 401." in page(one, ret) and "Send it again" in page(one, ret)
    assert one.post(at(ret, True), {"op": "again", "refund": refund.public_id}).status_code == 302
    assert Refund.objects.get().state == "ordered"


def test_the_page_asks_the_database_within_a_budget(
    goods: Goods, one: Client, django_assert_max_num_queries: Any
) -> None:
    goods.apply(Asked(2, 1, "not_wanted"), photos=False)
    ret = goods.inspected(Asked(1, 1, "damaged"))
    outbox.run_due()
    with django_assert_max_num_queries(32):
        one.get(at(ret))
    with django_assert_max_num_queries(13):
        one.get("/console/returns/")


@pytest.fixture
def agreed(goods: Goods) -> Refund:
    asked = actions.propose_change(
        actor=actor(goods.house.agent),
        order_id=goods.order.pk,
        kind="refund",
        words="The handle is scratched.",
        details={"amount": "5.00"},
    )
    actions.answer_change(actor=goods.by_buyer, proposal=asked.public_id, yes=True, words="Fair enough.")
    return Refund.objects.get()


def test_money_that_was_agreed_on_is_paid_here(goods: Goods, one: Client, agreed: Refund) -> None:
    assert "$5.00" in one.get("/console/returns/?show=agreed").content.decode()
    door = f"/console/returns/refunds/{agreed.public_id}/"
    text = one.get(door).content.decode()
    assert "The handle is scratched." in text and "Fair enough." in text and "Money back by" in text
    refused = one.post(door + "do/", {"op": "confirm", "reference": " "})
    assert refused.status_code == 400 and "Write something first." in refused.content.decode()
    assert one.post(door + "do/", {"op": "again"}).status_code == 409
    assert one.post(door + "do/", {"op": "confirm", "reference": "PP-7"}).status_code == 302
    agreed.refresh_from_db()
    assert (agreed.state, agreed.confirmed_by) == ("done", goods.first) and "PP-7" in one.get(
        door
    ).content.decode()


def test_the_api_pays_it_too(goods: Goods, one: Client, agreed: Refund) -> None:
    shown = one.get("/api/v1/orders/us:2041/refunds/").json()["results"]
    assert [(row["id"], row["amount"]["amount"], row["state"]) for row in shown] == [
        (agreed.public_id, "5.00", "ordered")
    ]
    door = f"/api/v1/refunds/{agreed.public_id}/"
    assert one.post(door + "retry/").json()["code"] == "refund_state"
    paid = one.post(door + "confirm/", {"reference": "PP-7"}, content_type="application/json")
    assert paid.json()["state"] == "done"
