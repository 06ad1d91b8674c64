"""When a parcel is late or stuck: each leg's own rule, what carriers say by themselves, and what silence means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.errors import Invalid
from orders.carriers import CARRIERS
from orders.watch import (
    BUYER,
    DEFAULTS,
    KINDS,
    MARK,
    OFF,
    Look,
    News,
    Rule,
    Rules,
    Scan,
    check_rules,
    leg_of,
    look_at,
    rules_of_spec,
)
from orders.watch_words import RULES as RULE_WORDS
from orders.watch_words import sentence

SENT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
HEARD = SENT - timedelta(days=30)
RULES = Rules()


def after(**span: float) -> datetime:
    return SENT + timedelta(**span)


def news(*scans: tuple[float, str, str] | tuple[float, str], **fields: Any) -> News:
    """A parcel that left at SENT, scanned so many hours later."""
    seen = tuple(Scan(after(hours=one[0]), one[1], one[2] if len(one) > 2 else "") for one in scans)
    given = {"carrier": "usps", "status": seen[-1].status if seen else "in_transit", "dispatched_at": SENT}
    return News(scans=seen, **{"listening": HEARD, **given, **fields})


def kinds(look: Look) -> list[str]:
    return [found.kind for found in look.found]


@pytest.mark.parametrize(
    ("parcel", "waits", "kind"),
    [
        (news(), timedelta(hours=72), "unscanned"),
        (news((1, "info_received", "Label created")), timedelta(hours=72), "unscanned"),
        (news((5, "in_transit")), timedelta(hours=5, days=7), "still"),
        (news((5, "in_transit"), (30, "in_transit")), timedelta(hours=30, days=7), "still"),
        (news((40, "customs"), (60, "customs")), timedelta(hours=40, days=4), "customs"),
        (news((40, "exception", "Held, pending customs inspection")), timedelta(hours=40, days=4), "customs"),
        (news((50, "out_for_delivery")), timedelta(hours=50, days=2), "door"),
        (news((50, "ready_for_pickup")), timedelta(hours=50, days=4), "pickup"),
    ],
)
def test_a_leg_may_take_so_long_and_not_a_second_more(parcel: News, waits: timedelta, kind: str) -> None:
    due = SENT + waits
    before = look_at(parcel, RULES, due - timedelta(seconds=1))
    assert before == Look(again_at=due)
    late = look_at(parcel, RULES, due)
    assert kinds(late) == [kind] and late.again_at is None


@pytest.mark.parametrize(
    ("scan", "kind"),
    [
        ((9, "attempt_failed", "Nobody home"), "attempt"),
        ((9, "exception", "Address unknown"), "problem"),
        ((9, "lost"), "lost"),
        ((9, "damaged"), "lost"),
        ((9, "returning"), "returning"),
        ((9, "returned"), "returning"),
        ((9, "exception", "Return to sender: refused"), "returning"),
        ((9, "in_transit", "Returned to shipper"), "returning"),
    ],
)
def test_what_a_carrier_says_is_a_cause_at_once(scan: tuple[float, str], kind: str) -> None:
    look = look_at(news((1, "in_transit"), scan), RULES, after(hours=9))
    assert kinds(look) == [kind] and look.found[0].since == after(hours=9)


def test_the_way_back_began_with_its_first_scan() -> None:
    parcel = news((1, "in_transit"), (9, "returning"), (20, "in_transit", "Returning to sender"))
    assert look_at(parcel, RULES, after(hours=30)).found[0].since == after(hours=9)


@pytest.mark.parametrize(
    ("status", "words", "leg"),
    [
        ("in_transit", "Arrived at customs", "still"),
        ("in_transit", "Clearance delayed by customs", "customs"),
        ("in_transit", "Customs clearance completed", "still"),
        ("exception", "Delayed: released by customs", "problem"),
        ("exception", "Weather delay", "problem"),
        ("in_transit", "Returned to the depot", "still"),
        ("delivered", "Returned to sender", "still"),
    ],
)
def test_words_tell_what_a_status_leaves_open(status: str, words: str, leg: str) -> None:
    assert leg_of(status, words) == leg


def test_silence_says_nothing_where_nobody_listens() -> None:
    later = after(days=40)
    assert look_at(news(listening=None), RULES, later) == Look()
    assert look_at(news(listening=after(days=1)), RULES, later) == Look()
    assert look_at(news(dispatched_at=None), RULES, later) == Look()
    assert kinds(look_at(news(status="exception", listening=None), RULES, later)) == ["problem"]


def test_what_is_over_is_never_late() -> None:
    assert look_at(news((5, "in_transit"), over=True), RULES, after(days=40)) == Look()


def test_scans_that_are_told_for_later_do_not_count_yet() -> None:
    parcel = news((5, "in_transit"), (300, "in_transit"))
    assert kinds(look_at(parcel, RULES, after(days=8))) == ["still"]


def test_a_carrier_may_have_its_own_days_and_no_news_for_long_is_told_at_once() -> None:
    slow = Rules(carriers={"usps": 20})
    parcel = news((5, "in_transit"))
    assert look_at(parcel, slow, after(days=8)).again_at == after(hours=5, days=20)
    assert kinds(look_at(news((5, "in_transit"), carrier="ups"), slow, after(days=8))) == ["still"]
    assert kinds(look_at(news((5, "in_transit"), status="expired"), slow, after(days=6))) == ["still"]


def test_a_day_after_the_promised_one_stands_beside_the_leg() -> None:
    parcel = news((5, "in_transit"), promised_on=date(2026, 11, 18), expected_on=date(2026, 11, 19))
    look = look_at(parcel, RULES, after(days=1))
    assert kinds(look) == ["expected"] and look.again_at == after(hours=5, days=7)
    assert kinds(look_at(parcel, RULES, after(days=8))) == ["still", "expected"]
    on_time = news((5, "in_transit"), promised_on=date(2026, 11, 18), expected_on=date(2026, 11, 18))
    assert kinds(look_at(on_time, RULES, after(days=1))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_off_has_words_and_a_default(kind: str) -> None:
    off = Rules({**DEFAULTS, kind: Rule(DEFAULTS[kind].after, OFF)})
    cause = {
        "unscanned": news(),
        "still": news((1, "in_transit")),
        "customs": news((1, "customs")),
        "door": news((1, "out_for_delivery")),
        "pickup": news((1, "ready_for_pickup")),
        "attempt": news((1, "attempt_failed")),
        "problem": news((1, "exception")),
        "lost": news((1, "lost")),
        "returning": news((1, "returning")),
        "expected": news((1, "delivered"), promised_on=date(2026, 11, 3), expected_on=date(2026, 11, 4)),
    }[kind]
    assert kind in kinds(look_at(cause, RULES, after(days=30)))
    assert kind not in kinds(look_at(cause, off, after(days=30)))
    assert str(RULE_WORDS[kind]) and "%" not in sentence(kind, "Mon 2 Nov") and sentence(kind, "") != kind


def test_rules_come_back_as_they_were_kept() -> None:
    rules = check_rules({"kinds": {"still": {"after": 9, "then": MARK}}, "carriers": {"usps": 12}}, CARRIERS)
    assert rules.kinds["still"] == Rule(9, MARK) and rules.kinds["door"] == DEFAULTS["door"]
    assert rules_of_spec(rules.spec(), 3) == Rules(rules.kinds, rules.carriers, 3)
    assert rules_of_spec({"kinds": {}}).kinds["lost"].then == BUYER


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ([], "kinds"),
        ({"kinds": []}, "kinds"),
        ({"kinds": {"lunch": {}}}, "kinds.lunch"),
        ({"kinds": {"still": 7}}, "kinds.still"),
        ({"kinds": {"still": {"after": 0}}}, "kinds.still.after"),
        ({"kinds": {"still": {"after": 61}}}, "kinds.still.after"),
        ({"kinds": {"still": {"after": True}}}, "kinds.still.after"),
        ({"kinds": {"still": {"after": "7"}}}, "kinds.still.after"),
        ({"kinds": {"unscanned": {"after": 1441}}}, "kinds.unscanned.after"),
        ({"kinds": {"lost": {"then": "shout"}}}, "kinds.lost.then"),
        ({"carriers": {"own van": 3}}, "carriers.own van"),
        ({"carriers": {"usps": 0}}, "carriers.usps"),
    ],
)
def test_rules_that_are_none_are_refused_by_field(spec: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_rules(spec, CARRIERS)
    assert list(refused.value.fields) == [field]
