"""Returns: who may ask for one, until when, of what; and that a refusal takes two people."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from core.errors import Conflict, Forbidden, Invalid, NotFound
from orders import actions, rules
from orders.actions import Asked, Checked
from orders.models import OrderRecord, OrderStatus, Return, ReturnPhoto
from orders.return_queries import refund_clock, steps_of
from orders.return_rules import money_left, most_of
from orders.verify import verify
from sla.models import ClockState
from tests.factories import actor, make_buyer, make_staff
from tests.orders.returning import Goods, make_goods

pytestmark = pytest.mark.django_db
MUGS = Asked(1, 2, "damaged", "Both handles are off.")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def goods() -> Goods:
    return make_goods()


@pytest.fixture
def at() -> Iterator[Any]:
    """Move the room's clock: `at(instant)`."""
    patches: list[Any] = []

    def move(moment: datetime) -> None:
        for where in ("orders.rules.now", "orders.actions.returns.now"):
            patches.append(mock.patch(where, return_value=moment))
            patches[-1].start()

    yield move
    for one in reversed(patches):
        one.stop()


# The application ----------------------------------------------------------------------------------------


def test_an_application_is_kept_whole(goods: Goods) -> None:
    ret = goods.apply(MUGS, Asked(2, 1, "not_wanted"))
    assert (ret.number, ret.state) == (1, "applied")
    lines = list(ret.lines.values_list("position", "quantity", "reason", "words", "name"))
    assert lines == [(1, 2, "damaged", MUGS.words, "Camp mug"), (2, 1, "not_wanted", "", "Tote")]
    # 24/34 and 10/34 of the 30.60 that were paid
    assert [str(line.worth) for line in ret.lines.all()] == ["21.60", "9.00"]
    assert ret.photos.count() == 1
    row = OrderRecord.objects.get(order=goods.order)
    assert (row.verb, row.data["pieces"], row.actor_id) == (
        "return.applied",
        {"1": 2, "2": 1},
        goods.buyer.pk,
    )
    assert row.detail.text == {"1": MUGS.words} and list(verify()) == []


def test_the_same_application_twice_is_one(goods: Goods) -> None:
    key = uuid.uuid4()
    first = goods.apply(client_id=key)
    assert goods.apply(client_id=str(key)) == first and Return.objects.count() == 1


def test_only_the_buyer_and_staff_apply(goods: Goods) -> None:
    stranger = actor(make_buyer())
    with pytest.raises(NotFound):
        actions.apply_for_return(actor=stranger, order_id=goods.order.pk, lines=[MUGS])
    lines = [Asked(2, 1, "not_wanted")]
    assert actions.apply_for_return(actor=goods.one, order_id=goods.order.pk, lines=lines).number == 1


@pytest.mark.parametrize("status", [s for s in OrderStatus.values if s != "delivered"])
def test_only_a_delivered_order_is_returned(goods: Goods, status: str) -> None:
    goods.order.status = status
    goods.order.save()
    with pytest.raises(Conflict) as told:
        goods.apply(photos=False)
    assert told.value.code == "not_returnable" and told.value.message and told.value.extra["instead"]
    assert not Return.objects.exists()


# Delivered on 3 September, late in the evening in Manila; the store stands in New York.
DELIVERED = datetime(2026, 9, 3, 23, 30, tzinfo=ZoneInfo("Asia/Manila"))
# Day 60 is 2 November by each calendar: it ends last where the day of delivery is counted latest.
LAST = datetime(2026, 11, 3, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


def test_the_last_minute_of_day_60_passes_and_day_61_does_not(at: Any) -> None:
    goods = make_goods(delivered_at=DELIVERED)
    assert rules.return_until(goods.order, goods.by_buyer) == LAST
    at(LAST)
    with pytest.raises(Conflict) as told:
        goods.apply(photos=False)
    assert told.value.code == "not_returnable"
    assert "60 days" in told.value.message and told.value.extra["instead"] == ["help"]
    at(LAST - timedelta(seconds=1))
    assert goods.apply().state == "applied"


def test_the_buyers_zone_counts_where_it_is_later(at: Any) -> None:
    goods = make_goods(delivered_at=DELIVERED)
    goods.buyer.timezone = "Pacific/Honolulu"
    goods.buyer.save()
    end = datetime(2026, 11, 3, tzinfo=ZoneInfo("Pacific/Honolulu")).astimezone(UTC)
    assert end > LAST
    at(end - timedelta(minutes=1))
    assert goods.apply().state == "applied"


BAD = {
    "none": [],
    "twice": [Asked(1, 1, "wrong_size"), Asked(1, 1, "wrong_size")],
    "more than bought": [Asked(1, 3, "wrong_size")],
    "zero": [Asked(1, 0, "wrong_size")],
    "minus": [Asked(1, -1, "wrong_size")],
    "huge": [Asked(1, 10**12, "wrong_size")],
    "no such line": [Asked(9, 1, "wrong_size")],
    "no such reason": [Asked(1, 1, "because")],
    "other without words": [Asked(1, 1, "other", "   ")],
    "too long": [Asked(1, 1, "other", "x" * 1001)],
}


@pytest.mark.parametrize("lines", BAD.values(), ids=BAD.keys())
def test_bad_lines_are_refused_where_they_stand(goods: Goods, lines: list[Asked]) -> None:
    with pytest.raises(Invalid) as told:
        actions.apply_for_return(actor=goods.by_buyer, order_id=goods.order.pk, lines=lines)
    (name,) = told.value.fields
    assert name == (f"line_{lines[0].position}" if lines else "lines") and told.value.fields[name]
    assert not Return.objects.exists() and not OrderRecord.objects.exists()


def test_pieces_on_their_way_back_cannot_be_asked_for_again(goods: Goods) -> None:
    first = goods.apply(Asked(1, 1, "wrong_size"), photos=False)
    with pytest.raises(Invalid, match="check what is marked") as told:
        goods.apply(Asked(1, 2, "wrong_size"), photos=False)
    assert "Only 1 piece" in str(told.value.fields["line_1"][0])
    actions.withdraw_return(actor=goods.by_buyer, ret=first.public_id)
    assert goods.apply(Asked(1, 2, "wrong_size"), photos=False).number == 2
    assert goods.apply(Asked(2, 1, "wrong_size"), photos=False).number == 3
    choice = rules.return_choice(goods.order, goods.by_buyer)
    assert not choice.allowed and "already" in choice.reason


# The review ---------------------------------------------------------------------------------------------


def test_from_approval_to_the_promise(goods: Goods) -> None:
    ret = goods.inspected()
    clock = refund_clock(ret)
    assert clock is not None and (clock.state, clock.unit, clock.target) == ("running", "working_days", 10)
    assert clock.started_at == ret.inspected_at.replace(microsecond=0)
    assert Return.objects.get().due_sort == clock.due
    verbs = [entry.verb for entry in steps_of(goods.by_buyer, ret)]
    assert verbs == ["return.applied", "return.approved", "return.received", "return.inspected"]
    assert list(verify()) == []


def test_steps_out_of_turn_change_nothing(goods: Goods) -> None:
    ret = goods.apply()
    for step in (
        lambda: actions.receive_goods(actor=goods.one, ret=ret.public_id),
        lambda: actions.inspect_lines(actor=goods.one, ret=ret.public_id, lines=[Checked(1, 2, "used")]),
        lambda: actions.agree_to_refusal(actor=goods.two, ret=ret.public_id),
        lambda: actions.order_refund(actor=goods.one, ret=ret.public_id, amounts={}),
    ):
        with pytest.raises(Conflict) as told:
            step()
        assert told.value.code == "return_state"
    assert Return.objects.get().state == "applied" and OrderRecord.objects.count() == 1


def test_only_the_desk_reviews(goods: Goods) -> None:
    ret = goods.apply()
    for who in (goods.by_buyer, actor(goods.house.agent), actor(goods.house.other_agent)):
        with pytest.raises(Forbidden):
            actions.approve_return(actor=who, ret=ret.public_id)
        with pytest.raises(Forbidden):
            actions.propose_refusal(actor=who, ret=ret.public_id, reason="used", words="Worn.")
    with pytest.raises(NotFound):
        actions.approve_return(actor=actor(make_buyer()), ret=ret.public_id)
    assert actions.approve_return(actor=actor(goods.house.manager), ret=ret.public_id).state == "approved"


def test_nobody_reviews_their_own_return(goods: Goods) -> None:
    ret = goods.apply()
    goods.order.person = goods.first
    goods.order.save()
    with pytest.raises(Forbidden):
        actions.approve_return(actor=goods.one, ret=ret.public_id)


def test_a_question_and_its_answer(goods: Goods) -> None:
    ret = actions.ask_about_return(actor=goods.one, ret=goods.apply().public_id, words="Which colour came?")
    assert (ret.state, ret.question) == ("asked", "Which colour came?")
    answered = actions.note_answer(actor=goods.by_buyer, return_id=ret.pk)
    assert answered is not None and answered.state == "applied"
    assert actions.note_answer(actor=goods.by_buyer, return_id=ret.pk) is None
    with pytest.raises(Invalid):
        actions.ask_about_return(actor=goods.one, ret=ret.public_id, words="  ")


BAD_FINDINGS = {
    "a line left out": [],
    "a line twice": [Checked(1, 1, "used"), Checked(1, 1, "used")],
    "another line": [Checked(2, 1, "used")],
    "more than sent": [Checked(1, 3, "used")],
    "minus": [Checked(1, -1, "used")],
    "no state": [Checked(1, 2, "")],
    "missing yet there": [Checked(1, 2, "missing")],
    "nothing yet used": [Checked(1, 0, "used")],
    "nothing at all": [Checked(1, 0, "missing")],
    "facts too long": [Checked(1, 2, "used", "", "x" * 1001)],
}


@pytest.mark.parametrize("lines", BAD_FINDINGS.values(), ids=BAD_FINDINGS.keys())
def test_bad_findings(goods: Goods, lines: list[Checked]) -> None:
    ret = goods.received()
    with pytest.raises(Invalid):
        actions.inspect_lines(actor=goods.one, ret=ret.public_id, lines=lines)
    assert Return.objects.get().state == "received" and refund_clock(ret) is None


def test_a_piece_that_did_not_come_is_not_paid_for(goods: Goods) -> None:
    ret = goods.received()
    actions.inspect_lines(
        actor=goods.one, ret=ret.public_id, lines=[Checked(1, 1, "damaged", "damaged", "Packed by Lee.")]
    )
    line = ret.lines.get()
    assert (line.arrived, line.finding, line.facts) == (1, "damaged", "Packed by Lee.")
    assert str(most_of(line)) == "10.80" and str(money_left(goods.order)) == "30.60"


# Two people ---------------------------------------------------------------------------------------------


def propose(goods: Goods, ret: Return) -> Return:
    return actions.propose_refusal(
        actor=goods.one, ret=ret.public_id, reason="buyer_damage", words="The break is fresh."
    )


def test_a_refusal_takes_two_people(goods: Goods) -> None:
    ret = propose(goods, goods.apply())
    assert ret.state == "refusal_proposed"
    assert [e.verb for e in steps_of(goods.by_buyer, ret)] == [
        "return.applied"
    ]  # nothing to read for the buyer
    with pytest.raises(Forbidden) as told:
        actions.agree_to_refusal(actor=goods.one, ret=ret.public_id)
    assert told.value.code == "same_person" and Return.objects.get().state == "refusal_proposed"
    done = actions.agree_to_refusal(actor=goods.two, ret=ret.public_id)
    assert (done.state, done.reviewer_id, done.second_reviewer_id) == (
        "refused",
        goods.first.pk,
        goods.second.pk,
    )
    last = steps_of(goods.by_buyer, done)[-1]
    assert (last.verb, last.text["reason"], last.data["code"]) == (
        "return.refused", "The break is fresh.", "buyer_damage",
    )  # fmt: skip
    assert list(verify()) == []


def test_the_database_knows_it_too(goods: Goods) -> None:
    ret = propose(goods, goods.apply())
    for fields in ({"second_reviewer": goods.first}, {"second_reviewer": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Return.objects.filter(pk=ret.pk).update(state="refused", **fields)


def test_the_second_person_may_decline(goods: Goods) -> None:
    ret = propose(goods, goods.apply())
    with pytest.raises(Invalid):
        actions.decline_refusal(actor=goods.two, ret=ret.public_id, words="")
    back = actions.decline_refusal(actor=goods.two, ret=ret.public_id, words="The photograph shows a crack.")
    assert (back.state, back.refusal, back.refusal_words) == ("applied", "", "")
    # and whoever agreed to nothing may propose in turn: then the first one is the second
    actions.propose_refusal(actor=goods.two, ret=ret.public_id, reason="used", words="Worn.")
    assert actions.agree_to_refusal(actor=goods.one, ret=ret.public_id).state == "refused"


def test_a_refusal_after_the_check_ends_the_promise(goods: Goods) -> None:
    ret = propose(goods, goods.inspected())
    assert refund_clock(ret).state == ClockState.RUNNING  # type: ignore[union-attr]
    actions.agree_to_refusal(actor=goods.two, ret=ret.public_id)
    assert refund_clock(ret).state == ClockState.CANCELLED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reason", "words"), [("", "No."), ("because", "No."), ("used", " "), ("used", "x" * 1001)]
)
def test_a_refusal_says_why(goods: Goods, reason: str, words: str) -> None:
    ret = goods.apply()
    with pytest.raises(Invalid):
        actions.propose_refusal(actor=goods.one, ret=ret.public_id, reason=reason, words=words)
    assert Return.objects.get().state == "applied"


def test_the_buyer_withdraws_until_the_goods_are_here(goods: Goods) -> None:
    ret = propose(goods, goods.apply())
    assert actions.withdraw_return(actor=goods.by_buyer, ret=ret.public_id).state == "withdrawn"
    assert actions.withdraw_return(actor=goods.by_buyer, ret=ret.public_id).state == "withdrawn"
    other = goods.received(Asked(1, 1, "damaged"))
    with pytest.raises(Conflict):
        actions.withdraw_return(actor=goods.by_buyer, ret=other.public_id)
    with pytest.raises(Forbidden):
        actions.withdraw_return(actor=goods.one, ret=other.public_id)


def test_staff_of_other_desks_are_no_reviewers(goods: Goods) -> None:
    ret = propose(goods, goods.apply())
    with pytest.raises(Forbidden):
        actions.agree_to_refusal(actor=actor(make_staff("logistics")), ret=ret.public_id)


def test_erasing_takes_words_and_photographs_and_leaves_what_counts(goods: Goods) -> None:
    from core import outbox
    from orders.actions.privacy import erase_orders
    from orders.privacy import export

    ret = goods.inspected()
    told = export(goods.buyer.pk).data["orders"][0]["returns"][0]
    assert told["lines"][0]["words"] == MUGS.words
    key = ret.photos.get().file
    erase_orders(goods.buyer.pk)
    while outbox.run_due():
        pass
    line = ret.lines.get()
    assert (line.words, line.quantity, str(line.worth)) == ("", 2, "21.60")
    assert not ReturnPhoto.objects.exists() and not default_storage.exists(key) and list(verify()) == []
