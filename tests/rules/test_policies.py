"""The policies' pages: order, editor, versions, a ticket tried, retiring and deleting."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sla.models import Clock, Policy, Target
from sla.queries import draft_of_policy, policy_named
from tests.factories import House, actor, log_in, make_buyer, make_ticket

LIST, NEW, URGENT = "/rules/policies/", "/rules/new-policy/", "/rules/policies/urgent/"
Form = dict[str, Any]


@pytest.fixture
def page(house: House) -> Client:
    """The manager's browser without scripts."""
    return log_in(Client(), house.manager)


def form_of(client: Client, address: str = URGENT, **changes: Any) -> Form:
    """What the page's form would send as it stands, with some of its fields changed."""
    context = client.get(address).context
    sheet = context["sheet"]
    form: Form = {"name": sheet.name, "code": sheet.code, "version": context["seen"]}
    form |= {f"match-{field}": codes for field, codes in sheet.match.items()}
    for row in sheet.targets:
        given = {"amount": row.amount, "unit": row.unit, "least": row.least, "cutoff": row.cutoff}
        form |= {f"{name}-{row.metric}": value for name, value in {**given, "warn": row.warn}.items()}
        form[f"after-{row.metric}"] = [level.after for level in row.levels]
        form[f"after_unit-{row.metric}"] = [level.unit for level in row.levels]
        form[f"does-{row.metric}"] = [level.does for level in row.levels]
    return {**form, **changes}


def first(code: str = "urgent") -> Target:
    return policy_named(code).targets.get(metric="first_response")


def test_the_list_is_in_order_with_matches_in_words(page: Client) -> None:
    rows = page.get(LIST).context["rows"]
    assert [(row.code, row.is_last) for row in rows] == [("urgent", False), ("standard", True)]
    assert rows[0].match == ["Priority: Urgent"]
    assert rows[0].glance[0] == ("First response", "1 h")
    assert "everything else: the last resort" in page.get(LIST).content.decode()


def test_what_is_saved_unchanged_makes_no_version(page: Client) -> None:
    response = page.post(URGENT, form_of(page, op="save"))
    assert response.status_code == 302
    assert Policy.objects.get(code="urgent").version == 1


def test_targets_and_levels_are_saved_as_a_version(page: Client) -> None:
    levels = {
        "after-first_response": ["0", "1.5"],
        "after_unit-first_response": ["h", "h"],
        "does-first_response": ["tell|lead", "escalate|tier:2"],
    }
    form = form_of(page, **{"amount-first_response": "90", "unit-first_response": "m"}, **levels, op="save")
    assert page.post(URGENT, form).status_code == 302
    target = first()
    assert target.amount == 5400
    assert target.levels == [
        {"after": 0, "act": "tell", "to": "lead"},
        {"after": 5400, "act": "escalate", "to": "tier:2"},
    ]
    page_now = page.get(URGENT).content.decode()
    assert "First response: 1 h → 1 h 30 min" in page_now
    assert "1 h 30 min after: escalate to the specialists (tier 2)" in page_now


BAD: dict[str, tuple[Form, str]] = {
    "zero": ({"amount-first_response": "0"}, "must be a whole number from 1"),
    "negative": ({"amount-first_response": "-2"}, "must be a whole number from 1"),
    "no number": ({"amount-first_response": "soon"}, "must be a whole number from 1"),
    "later than the resolution": ({"amount-first_response": "9"}, "later than the resolution"),
    "a warning of nothing": ({"warn-first_response": "0"}, "1 to 99 percent"),
    "a cut-off at night": ({"cutoff-first_response": "25:00"}, "“close” or HH:MM"),
    "levels out of order": (
        {
            "after-first_response": ["2", "1"],
            "after_unit-first_response": ["h", "h"],
            "does-first_response": ["tell|lead", "tell|managers"],
        },
        "Level 2 of First response would come before",
    ),
    "a level before the due": (
        {
            "after-first_response": ["-1"],
            "after_unit-first_response": ["h"],
            "does-first_response": ["tell|lead"],
        },
        "Level 1 of First response must come 0 or more",
    ),
    "nobody": (
        {
            "after-first_response": ["0"],
            "after_unit-first_response": ["h"],
            "does-first_response": ["tell|everybody"],
        },
        "Level 1 of First response: tell needs one of",
    ),
    "no name": ({"name": " "}, "Give it a name"),
    "two last resorts": ({"match-priority": []}, "is the last resort already"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_and_nothing_is_lost(page: Client, name: str) -> None:
    changes, words = BAD[name]
    before = draft_of_policy(policy_named("urgent"))
    form = form_of(page, **changes, op="save")
    response = page.post(URGENT, form)
    assert response.status_code == 400
    body = response.content.decode()
    assert words in body
    for field, value in changes.items():
        if isinstance(value, str) and value.strip():
            assert f'value="{value}"' in body, field
    assert draft_of_policy(policy_named("urgent")) == before


def test_whoever_saves_over_a_newer_version_is_told(page: Client) -> None:
    form = form_of(page, **{"amount-first_response": "2"}, op="save")
    assert page.post(URGENT, {**form, "amount-first_response": "3"}).status_code == 302
    late = page.post(URGENT, form)
    assert late.status_code == 409
    assert "Somebody has saved this policy meanwhile" in late.content.decode()
    assert 'value="2"' in late.content.decode()
    assert first().amount == 3 * 3600


def test_a_new_policy_stands_before_the_last_resort_and_moves(page: Client) -> None:
    form = form_of(page, NEW, name="Complaints", **{"match-category": ["complaint"]}, op="save")
    form |= {"amount-first_response": "2", "unit-first_response": "h"}
    assert page.post(NEW, form).status_code == 302
    assert [row.code for row in page.get(LIST).context["rows"]] == ["urgent", "complaints", "standard"]
    page.post("/rules/policies/complaints/order/", {"move": "up"})
    assert [row.code for row in page.get(LIST).context["rows"]] == ["complaints", "urgent", "standard"]
    refused = page.post("/rules/policies/urgent/order/", {"move": "down"})
    assert refused.status_code == 400
    assert [row.code for row in page.get(LIST).context["rows"]] == ["complaints", "urgent", "standard"]


def test_levels_are_added_and_taken_away_and_what_was_typed_stays(page: Client) -> None:
    form = form_of(page, name="Half a na", op="add:resolution")
    shown = page.post(URGENT, form)
    row = next(one for one in shown.context["sheet"].targets if one.metric == "resolution")
    assert (len(row.levels), shown.context["sheet"].name) == (1, "Half a na")
    form |= {"after-resolution": ["0"], "after_unit-resolution": ["h"], "does-resolution": ["tell|lead"]}
    shown = page.post(URGENT, {**form, "op": "drop:resolution:0"})
    assert not any(one.levels for one in shown.context["sheet"].targets)
    assert Policy.objects.get(code="urgent").version == 1


def test_what_saving_changes_is_told_before(page: Client) -> None:
    shown = page.post(URGENT, form_of(page, **{"amount-resolution": "6"}, op="look"))
    assert [line.text for line in shown.context["changes"]] == ["Resolution: 8 h → 6 h"]
    assert Policy.objects.get(code="urgent").version == 1


def test_a_ticket_is_tried_on_what_is_saved(page: Client) -> None:
    ask = {"t-category": "order", "t-priority": "normal", "t-at": "2026-11-12T17:30"}  # a Thursday, NY
    shown = page.post(LIST, ask)
    result = shown.context["trial"].result
    assert result.policy.policy.code == "standard"
    assert [(one.code, one.why) for one in result.passed] == [
        ("urgent", "Priority is Normal, it wants Urgent")
    ]
    due = {one.metric: one.due.isoformat() for one in result.promises if one.due}
    assert due["first_response"] == "2026-11-13T17:30:00+00:00"  # Friday 12:30 there
    assert "30 min counted until the desk closed at 18:00" in shown.content.decode()


def test_a_ticket_is_tried_on_a_draft_that_is_not_saved(page: Client) -> None:
    form = form_of(page, **{"amount-first_response": "30", "unit-first_response": "m"}, op="try")
    levels = {"after-first_response": ["1"], "after_unit-first_response": ["h"]}
    levels["does-first_response"] = ["tell|managers"]
    ask = {"t-category": "order", "t-priority": "urgent", "t-at": "2026-11-10T12:00"}
    shown = page.post(URGENT, {**form, **levels, **ask})
    promise = shown.context["trial"].result.promises[0]
    assert promise.due.isoformat() == "2026-11-10T17:30:00+00:00"
    assert promise.levels[0].at.isoformat() == "2026-11-10T18:30:00+00:00"
    assert "tell the managers" in shown.content.decode()
    assert first().amount == 3600


def test_a_trial_without_a_time_is_refused_in_words(page: Client) -> None:
    refused = page.post(LIST, {"t-at": "later"})
    assert refused.status_code == 400
    assert "Give a date and a time." in refused.content.decode()


def test_one_that_was_used_is_retired_and_can_be_tried_again(house: House, page: Client) -> None:
    from tickets.actions import set_priority

    ticket = make_ticket(make_buyer())
    set_priority(actor=actor(house.manager), ticket=ticket.public_id, priority="urgent")
    assert page.post(f"{URGENT}delete/").status_code == 302
    urgent = Policy.objects.get(code="urgent")
    assert (urgent.active, urgent.versions.count()) == (False, 1)
    assert [row.code for row in page.get(LIST).context["rows"]] == ["standard"]
    page.post(f"{URGENT}restore/")
    assert [row.code for row in page.get(LIST).context["rows"]] == ["urgent", "standard"]


def test_one_that_was_never_used_is_gone_and_the_last_resort_stays(page: Client) -> None:
    assert page.get(f"{URGENT}delete/").status_code == 200
    page.post(f"{URGENT}delete/")
    assert not Policy.objects.filter(code="urgent").exists()
    refused = page.post("/rules/policies/standard/delete/")
    assert refused.status_code == 409
    assert "is the last resort" in refused.content.decode()


@pytest.mark.parametrize("address", [LIST, NEW, URGENT, f"{URGENT}retire/"])
def test_managers_alone(house: House, address: str) -> None:
    assert log_in(Client(), house.agent).get(address).status_code == 403
    assert log_in(Client(), house.manager).get(address).status_code == 200
    assert log_in(Client(), house.manager).get("/rules/policies/nothing/").status_code == 404


def test_pages_ask_little(house: House, page: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(16):
        page.get(LIST)
    with django_assert_max_num_queries(20):
        page.get(URGENT)


def test_a_ticket_tried_is_promised_what_one_really_opened_is(house: House, page: Client) -> None:
    shown = page.post(LIST, {"t-category": "order", "t-at": "2026-11-10T10:00"})  # now, in New York
    ticket = make_ticket(make_buyer())
    promised = {one.metric: (one.due, one.warn_at) for one in shown.context["trial"].result.promises}
    clocks = Clock.objects.filter(owner_kind="ticket", owner_id=ticket.pk)
    assert {clock.metric: (clock.due, clock.warn_at) for clock in clocks} == {
        metric: promised[metric] for metric in ("first_response", "resolution")
    }
