"""Policies: what is refused and in which words, their order, versions in words, a ticket tried."""

from __future__ import annotations

from typing import Any

import pytest

from core.actors import Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla.actions import delete_policy, reorder_policies, save_policy, set_policy_active
from sla.models import Clock, Policy, PolicyVersion, Target
from sla.policy_drafts import PolicyDraft
from sla.queries import policies_in_order, policy_named, policy_versions, try_ticket
from tests.sla.kit import (
    HOUR,
    MANAGER,
    Desk,
    make_owner,
    ny,
    register_owner,
    save_office,
    save_standard,
    save_urgent,
)

pytestmark = pytest.mark.django_db
LEVEL = {"after": 0, "act": "tell", "to": "lead"}


def save(code: str, match: dict[str, list[str]] | None = None, **target: Any) -> Policy:
    row = {"metric": "first_response", "amount": HOUR, **target}
    return save_policy(actor=MANAGER, code=code, name=code.title(), match=match or {}, targets=[row])


def order() -> list[str]:
    return [version.policy.code for version in policies_in_order()]


LEVELS: dict[str, tuple[Any, str]] = {
    "no list": ({"after": 0}, "Levels are a list."),
    "before the due": ([{**LEVEL, "after": -1}], "Level 1 of first_response must come 0 or more seconds"),
    "no number": ([{**LEVEL, "after": "1"}], "Level 1 of first_response must come 0 or more seconds"),
    "a truth": ([{**LEVEL, "after": True}], "Level 1 of first_response must come 0 or more seconds"),
    "too late": ([{**LEVEL, "after": 10**9}], "Level 1 of first_response must come 0 or more seconds"),
    "out of order": ([{**LEVEL, "after": 60}, LEVEL], "Level 2 of first_response would come before"),
    "unknown deed": ([{**LEVEL, "act": "shout"}], "must do one of: tell, reassign, priority, escalate"),
    "unknown person": ([{**LEVEL, "to": "buyer"}], "tell needs one of: assignee, lead, managers, team:…"),
    "no team": ([{**LEVEL, "to": "team:"}], "tell needs one of"),
    "a team with blanks": ([{**LEVEL, "to": "team:a b"}], "tell needs one of"),
    "lowering": ([{"after": 0, "act": "priority", "to": "low"}], "priority needs one of: high, urgent"),
    "front tier": (
        [{"after": 0, "act": "escalate", "to": "tier:1"}],
        "escalate needs one of: tier:2, tier:3",
    ),
    "to managers": ([{"after": 0, "act": "reassign", "to": "managers"}], "reassign needs one of"),
    "more words": ([{**LEVEL, "why": "x"}], "needs after, act and to, and nothing else"),
    "six": ([LEVEL] * 6, "There are 5 levels at most."),
}


@pytest.mark.parametrize("name", LEVELS)
def test_levels_that_are_refused(name: str) -> None:
    levels, words = LEVELS[name]
    with pytest.raises(Invalid) as refused:
        save("standard", levels=levels)
    assert words in " ".join(refused.value.fields["targets"])
    assert not Policy.objects.exists()


def test_levels_are_kept_in_their_version() -> None:
    save("standard", levels=[LEVEL, {"after": HOUR, "act": "escalate", "to": "tier:2"}])
    assert Target.objects.get().levels[1] == {"after": HOUR, "act": "escalate", "to": "tier:2"}
    assert save("standard", levels=[LEVEL, {"act": "escalate", "to": "tier:2", "after": HOUR}]).version == 1
    assert save("standard", levels=[LEVEL]).version == 2


@pytest.mark.parametrize(
    ("first", "resolution", "refused"),
    [
        ((2 * HOUR, "desk_seconds"), (HOUR, "desk_seconds"), True),
        ((5, "working_days"), (4, "calendar_days"), True),
        ((4, "working_days"), (4, "calendar_days"), False),
        ((9, "calendar_days"), (4, "working_days"), False),
        ((90 * HOUR, "desk_seconds"), (1, "working_days"), False),
    ],
)
def test_a_response_after_the_resolution_is_refused_where_they_compare(
    first: tuple[int, str], resolution: tuple[int, str], refused: bool
) -> None:
    rows = [
        {"metric": metric, "amount": amount, "unit": unit}
        for metric, (amount, unit) in (("first_response", first), ("resolution", resolution))
    ]
    problems = PolicyDraft.of(code="a", name="A", match={}, targets=rows).problems()
    assert bool(problems) is refused


def test_a_new_policy_goes_before_the_last_resort() -> None:
    for code, match in (("standard", {}), ("vip", {"member_type": ["vip"]}), ("chat", {"channel": ["chat"]})):
        save(code, match)
    assert order() == ["vip", "chat", "standard"]
    assert save("vip", {"member_type": ["vip", "big"]}).version == 2
    assert order() == ["vip", "chat", "standard"]


def test_the_order_is_put_at_once_or_not_at_all() -> None:
    for code, match in (("standard", {}), ("vip", {"member_type": ["vip"]}), ("chat", {"channel": ["chat"]})):
        save(code, match)
    reorder_policies(actor=MANAGER, codes=["chat", "vip", "standard"])
    assert order() == ["chat", "vip", "standard"]
    for wrong in (["vip", "standard", "chat"], ["chat", "standard"], ["chat", "chat", "vip", "standard"], []):
        with pytest.raises(Invalid):
            reorder_policies(actor=MANAGER, codes=wrong)
    with pytest.raises(Forbidden):
        reorder_policies(actor=Actor(kind="staff", id=1, role="agent"), codes=order())
    assert order() == ["chat", "vip", "standard"]
    positions = list(Policy.objects.values_list("position", flat=True))
    assert len(set(positions)) == 3


def test_whoever_read_an_older_version_is_told() -> None:
    save("standard")
    save("standard", amount=2 * HOUR)
    rows = [{"metric": "first_response", "amount": 3 * HOUR}]
    with pytest.raises(Conflict):
        save_policy(actor=MANAGER, code="standard", name="S", match={}, targets=rows, expected_version=1)
    assert policy_named("standard").targets.get().amount == 2 * HOUR


def test_retired_policies_are_not_tried_and_come_back_before_the_last_resort() -> None:
    for code, match in (("standard", {}), ("vip", {"member_type": ["vip"]}), ("chat", {"channel": ["chat"]})):
        save(code, match)
    set_policy_active(actor=MANAGER, code="vip", active=False)
    assert order() == ["chat", "standard"]
    assert [version.policy.code for version in policies_in_order(retired=True)] == ["vip"]
    save("vip", {"member_type": ["big"]})
    set_policy_active(actor=MANAGER, code="vip", active=True)
    assert order() == ["chat", "vip", "standard"]
    with pytest.raises(Conflict) as refused:
        set_policy_active(actor=MANAGER, code="standard", active=False)
    assert refused.value.code == "last_resort"


def test_what_was_used_is_retired_what_was_not_is_gone() -> None:
    register_owner()
    office = save_office()
    save_standard()
    save_urgent()
    Desk(office, make_owner()).start("first_response", ny(23, 14), facts={"priority": "urgent"})
    assert delete_policy(actor=MANAGER, code="urgent") is False
    assert PolicyVersion.objects.filter(policy__code="urgent").count() == 1
    assert Clock.objects.get().policy_version.policy.active is False  # type: ignore[union-attr]
    save("vip", {"member_type": ["vip"]})
    assert delete_policy(actor=MANAGER, code="vip") is True
    assert not Policy.objects.filter(code="vip").exists()
    for code, error in (("standard", Conflict), ("nothing", NotFound)):
        with pytest.raises(error):
            delete_policy(actor=MANAGER, code=code)


def test_versions_say_what_they_changed() -> None:
    save("standard")
    save("vip", {"member_type": ["vip"]})
    save("vip", {"member_type": ["big"]}, amount=2 * HOUR, warn_percent=50, levels=[LEVEL])
    newest, first = policy_versions(Policy.objects.get(code="vip"))
    assert [(line.kind, line.text) for line in newest.changes] == [
        ("removed", "Member type: vip"),
        ("added", "Member type: big"),
        ("changed", "First response: 1 h → 2 h"),
        ("changed", "First response warns at: 75 % → 50 %"),
        ("added", "First response, when due: tell the team’s lead"),
    ]
    assert (newest.number, first.number, first.changes) == (2, 1, ())


def test_policies_are_listed_in_two_queries(django_assert_num_queries: Any) -> None:
    save("standard")
    save("vip", {"member_type": ["vip"]})
    with django_assert_num_queries(2):
        assert [len(version.targets.all()) for version in policies_in_order()] == [1, 1]


def test_a_tried_ticket_is_promised_what_its_clock_is() -> None:
    register_owner()
    office = save_office()
    save_standard()
    save_urgent()
    at, facts = ny(19, 17, 30), {"priority": "normal"}
    calendars = dict.fromkeys(("first_response", "resolution", "dispatch", "privacy"), office.pk)
    tried = try_ticket(facts=facts, calendars=calendars, at=at, zone="UTC")
    assert tried.policy is not None and tried.policy.policy.code == "standard"
    assert [(one.code, one.why) for one in tried.passed] == [
        ("urgent", "Priority is normal, it wants urgent")
    ]
    desk = Desk(office, make_owner())
    assert [one.metric for one in tried.promises] == list(calendars)
    for promise in tried.promises:
        clock = desk.start(promise.metric, at, facts=facts)
        assert clock is not None
        assert (promise.due, promise.warn_at) == (clock.due, clock.warn_at)


def test_levels_of_a_trial_lie_after_its_due_in_desk_time() -> None:
    office = save_office()
    levels = [LEVEL, {"after": HOUR, "act": "priority", "to": "urgent"}]
    save("standard", levels=levels)
    tried = try_ticket(facts={}, calendars={"first_response": office.pk}, at=ny(19, 17), zone="UTC")
    (promise,) = tried.promises
    assert promise.due == ny(19, 18)
    assert [one.at for one in promise.levels] == [ny(19, 18), ny(20, 10)]
    assert promise.lines[-1].text.startswith("1 h left → due Thu 19 Nov 18:00 in New York")


def test_a_draft_is_tried_in_its_place_and_nothing_is_written() -> None:
    office = save_office()
    save("standard")
    draft = PolicyDraft.of(
        code="vip",
        name="VIP",
        match={"member_type": ["vip"]},
        targets=[{"metric": "first_response", "amount": 600}],
    )
    given = {"calendars": {"first_response": office.pk}, "at": ny(19, 10), "zone": "UTC", "draft": draft}
    tried = try_ticket(facts={"member_type": "vip"}, **given)
    assert tried.policy is not None and tried.policy.policy.code == "vip"
    assert tried.promises[0].due == ny(19, 10, 10)
    assert try_ticket(facts={}, **given).passed[0].why == "Member type is none, it wants vip"
    assert order() == ["standard"]
