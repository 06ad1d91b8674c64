"""The hand stays on the keys: from signing in to solved, over a view that is kept and a change to many."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import ask
from tests.servers import Shop

pytestmark = pytest.mark.journey
SUBJECTS = ("Is the mug blue?", "Is the bowl oven-proof?", "Does the tea come loose?")


def test_from_sign_in_to_solved_by_keys_alone(shop: Shop, people: People) -> None:
    buyer = people.signed_in(shop, shop.facts["buyer"], timezone_id="Asia/Manila")
    made = [_ask(buyer, subject) for subject in SUBJECTS]
    page = people.open()
    page.add_init_script(EARS)
    _signs_in(page, shop)
    page.goto(shop.url("/console/"))
    expect(page.locator("#rows .row-t")).to_have_count(3)
    _keeps_a_view(page)
    _changes_many(page, buyer, made)
    _solves(page, shop)
    found = shop.sql("SELECT count(*) FROM tickets_ticket WHERE status = 'solved'")
    assert int(found[0][0]) == 1
    _hears_of_a_chat(page, buyer, shop)


# What a desktop would show and sound, written down.
EARS = """
  window.told = [];
  window.Notification = class { static permission = "granted"; constructor(title) { told.push(title); } };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function () { told.push("tone"); return start.call(this); };
  localStorage.setItem("console-notify", "1");
"""


def _hears_of_a_chat(page: Page, buyer: Page, shop: Shop) -> None:
    """A waiting chat is told once on this computer, with a tone; the tab's title counts it until nobody waits."""
    asked = {"team": "orderhelp", "order": shop.facts["orders"]["2041"], "body": "Is it sent today?"}
    status, chat = ask(buyer, "POST", "/api/v1/chats/", asked)
    assert status == 201
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    told = page.evaluate("told")
    # The router may be quicker than the page: then it is told as what it is, this agent's to take.
    words = told[told[0] == "tone"]
    assert "tone" in told and len(told) == 2, told
    assert words.endswith(("waits in chat", "is yours to take")), told
    page.reload()
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    assert page.evaluate("told") == []
    assert ask(buyer, "POST", f"/api/v1/chats/{chat['id']}/end/")[0] == 200
    expect(page).not_to_have_title(re.compile(r"^\("))


def _ask(buyer: Page, subject: str) -> str:
    asked = {"category": "product", "subject": subject, "body": "I would like to know."}
    status, ticket = ask(buyer, "POST", "/api/v1/tickets/", asked)
    assert status == 201
    return str(ticket["number"])


def _signs_in(page: Page, shop: Shop) -> None:
    page.goto(shop.url("/accounts/login/"))
    page.locator("[name=login]").focus()
    page.keyboard.type(shop.facts["staff"]["agent"])
    page.keyboard.press("Tab")
    page.locator("[name=password]").focus()
    page.keyboard.type("demo-pass-1")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def _keeps_a_view(page: Page) -> None:
    """f: what is not solved, under a name; the address carries it, back leads to the inbox."""
    page.keyboard.press("f")
    form = page.get_by_role("dialog", name="Filter the tickets")
    expect(form).to_be_visible()
    form.get_by_label("Not solved yet", exact=True).focus()
    page.keyboard.press("Space")
    form.get_by_label("Name").focus()
    page.keyboard.type("At work")
    page.keyboard.press("Enter")  # the first button of the form keeps it
    expect(page.locator("[data-view-title]")).to_have_text("At work")
    expect(page.locator("#rows .row-t")).to_have_count(3)
    assert "view=" in page.url
    page.go_back()
    expect(page.locator("[data-view-title]")).to_have_text("Inbox")
    page.go_forward()
    expect(page.locator("[data-view-title]")).to_have_text("At work")


def _changes_many(page: Page, buyer: Page, made: list[str]) -> None:
    """x x x, a colleague is faster on one: it is named with the reason, the others are done and taken back."""
    page.route("**/console/queue/**", lambda route: route.abort())  # this page has not seen it yet
    for _row in SUBJECTS:
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("3 chosen")
    assert ask(buyer, "POST", f"/api/v1/tickets/{made[1]}/messages/", {"body": "And the lid?"})[0] == 201
    page.keyboard.press("a")
    tags = page.get_by_label("Add tags")
    expect(tags).to_be_visible()
    tags.focus()
    page.keyboard.type("kitchen")
    page.keyboard.press("Enter")
    told = page.locator("#bulk-told")
    expect(told).to_contain_text("2 tickets changed.")
    expect(told).to_contain_text("was changed meanwhile.")
    page.unroute("**/console/queue/**")
    page.locator("#bulk-undo").focus()
    page.keyboard.press("Enter")
    expect(told).to_contain_text("2 tickets are as they were.")
    expect(told.get_by_role("button", name="Undo")).to_have_count(0)
    told.get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    expect(told).to_be_empty()


def _solves(page: Page, shop: Shop) -> None:
    """⌘K finds the ticket and opens it; r answers; solving it before the answer is out is asked about; ] goes on."""
    page.keyboard.press("Control+k")
    page.keyboard.type("oven")
    expect(page.get_by_role("option", name="oven-proof")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text(SUBJECTS[1])
    page.keyboard.press("Control+k")
    page.keyboard.type("solved")
    expect(page.get_by_role("option", name="Status: Solved")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("solved while the buyer waits")
    expect(page.get_by_role("button", name="Do it anyway")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("It is, up to 230 degrees.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sending")).to_contain_text("Sending in")
    shop.shift_clock(float(shop.clock.read_text()) + 11)  # the ten seconds are over
    expect(page.get_by_role("log")).to_contain_text("It is, up to 230 degrees.")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("solved")
    expect(page.get_by_role("option", name="Status: Solved")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Next:")).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).not_to_have_text(SUBJECTS[1])
    assert "view=" in page.url
