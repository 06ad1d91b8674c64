"""The pages of escalation rules: list and order, editor, a ticket tried, retiring and deleting."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import House, log_in
from tickets.actions.rule_keeping import save_first_rules
from tickets.models import EscalationRule

LIST, NEW, MARKS = "/rules/escalation/", "/rules/new-escalation/", "/rules/escalation/low-mark/"
Form = dict[str, Any]


@pytest.fixture
def page(house: House) -> Client:
    """The manager's browser without scripts; the shop has its first three rules."""
    save_first_rules()
    return log_in(Client(), house.manager)


def form_of(client: Client, address: str = MARKS, **changes: Any) -> Form:
    """What the page's form would send as it stands, with some of its fields changed."""
    context = client.get(address).context
    sheet = context["sheet"]
    form: Form = {"name": sheet.name, "code": sheet.code, "version": context["seen"], "on": sheet.on}
    form |= {f"match-{fact}": values for fact, values in sheet.match.items()}
    form["does"] = [row.does for row in sheet.deeds]
    return {**form, **changes}


def rule(code: str = "low-mark") -> EscalationRule:
    return EscalationRule.objects.get(code=code)


def test_the_list_is_in_order_and_in_words(page: Client) -> None:
    rows = page.get(LIST).context["rows"]
    assert [row.code for row in rows] == ["complaint", "wholesaler", "low-mark"]
    assert rows[2].on == "when a ticket is rated" and rows[2].match == ["Mark: 1 of 5 or 2 of 5"]
    assert rows[2].does == ["put the last answer before the team’s lead", "tell the team’s lead"]


def test_without_rules_the_page_says_what_to_do(house: House) -> None:
    EscalationRule.objects.all().delete()
    shown = log_in(Client(), house.manager).get(LIST).content.decode()
    assert "Nothing escalates by itself yet" in shown and NEW in shown


def test_a_rule_is_moved(page: Client) -> None:
    assert page.post(f"{LIST}low-mark/order/", {"move": "up"}).status_code == 302
    assert [row.code for row in page.get(LIST).context["rows"]] == ["complaint", "low-mark", "wholesaler"]
    assert page.post(f"{LIST}low-mark/order/", {"move": "sideways"}).status_code == 404


def test_saved_as_a_version_that_says_what_it_changed(page: Client) -> None:
    assert page.post(MARKS, form_of(page, op="save")).status_code == 302
    assert rule().version == 1
    form = form_of(page, **{"match-score": ["1", "2", "3"]}, does=["tell|managers"], op="save")
    assert page.post(MARKS, form).status_code == 302
    assert (rule().match, rule().acts) == ({"score": [1, 2, 3]}, [{"act": "tell", "to": "managers"}])
    shown = page.get(MARKS).content.decode()
    assert "Mark: 3 of 5" in shown and "It does: tell the managers" in shown


BAD: dict[str, tuple[Form, str]] = {
    "no name": ({"name": " "}, "Give it a name"),
    "does nothing": ({"does": []}, "does at least one thing"),
    "nobody": ({"does": ["tell|moon"]}, "1: choose what is done"),
    "twice": ({"does": ["tell|lead", "tell|lead"]}, "each thing once"),
    "a mark before there is one": ({"on": "opened", "does": ["tell|lead"]}, "A mark is known only"),
    "no occasion": ({"on": "never", "match-score": []}, "A rule acts when"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_and_nothing_is_lost(page: Client, name: str) -> None:
    changes, words = BAD[name]
    response = page.post(MARKS, form_of(page, **changes, op="save"))
    assert response.status_code == 400 and words in response.content.decode()
    assert response.context["sheet"].name == changes.get("name", rule().name).strip()
    assert rule().version == 1


def test_a_code_that_is_taken_is_refused(page: Client) -> None:
    form = form_of(page, f"{NEW}?from=low-mark", code="complaint", op="save")
    response = page.post(NEW, form)
    assert response.status_code == 400 and "has this code already" in response.content.decode()


def test_over_a_newer_version_nothing_is_saved_and_the_form_stays(page: Client) -> None:
    form = form_of(page, name="Mine", op="save")
    EscalationRule.objects.filter(code="low-mark").update(version=2)
    response = page.post(MARKS, form)
    assert response.status_code == 409 and "meanwhile" in response.content.decode()
    assert response.context["sheet"].name == "Mine" and rule().name != "Mine"


def test_steps_are_added_and_taken_away_and_another_occasion_drops_what_does_not_fit(page: Client) -> None:
    more = page.post(MARKS, form_of(page, op="add")).context["sheet"]
    assert [row.does for row in more.deeds] == ["flag|lead", "tell|lead", "tell|lead"]
    less = page.post(MARKS, form_of(page, op="drop:0")).context["sheet"]
    assert [row.does for row in less.deeds] == ["tell|lead"]
    other = page.post(MARKS, form_of(page, on="warned", op="fit")).context["sheet"]
    assert "score" not in other.facts and "metric" in other.facts and not other.match
    assert rule().version == 1


def test_a_ticket_is_tried_on_what_is_saved_and_on_what_is_typed(page: Client) -> None:
    asked = {"t-on": "rated", "t-score": "3"}
    (saved,) = page.post(LIST, asked).context["trial"].results
    assert saved["does"] == [] and saved["why"] == "Mark is 3 of 5, it wants 1 of 5 or 2 of 5"
    form = form_of(page, **asked, **{"match-score": ["3"]}, op="try")
    (typed,) = page.post(MARKS, form).context["trial"].results
    assert typed["does"] == ["put the last answer before the team’s lead", "tell the team’s lead"]
    refused = page.post(MARKS, {**form, "name": ""})
    assert "Mend what is marked first" in refused.content.decode()


def test_a_new_one_comes_last_and_is_retired_restored_and_deleted(page: Client) -> None:
    form = form_of(page, f"{NEW}?from=complaint", name="Weekend", op="save")
    assert page.post(NEW, form).headers["Location"] == f"{LIST}weekend/"
    assert [row.code for row in page.get(LIST).context["rows"]][-1] == "weekend"
    assert "acts on no ticket any more" in page.get(f"{LIST}weekend/retire/").content.decode()
    page.post(f"{LIST}weekend/retire/")
    assert [row.code for row in page.get(LIST).context["retired"]] == ["weekend"]
    page.post(f"{LIST}weekend/restore/")
    page.post(f"{LIST}weekend/delete/")
    assert not EscalationRule.objects.filter(code="weekend").exists()
    EscalationRule.objects.filter(code="low-mark").update(acted=2)
    page.post(f"{MARKS}delete/")
    assert rule().active is False


def test_nobody_else_comes_in(house: House, page: Client) -> None:
    agent = log_in(Client(), house.agent)
    assert agent.get(LIST).status_code == 403
    assert agent.post(MARKS, form_of(page, op="save", name="Theirs")).status_code == 403
    assert rule().name != "Theirs"
