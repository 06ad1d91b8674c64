"""Two hours that begin an hour before the desk closes for the weekend: the page says when, and why then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import MANILA, MONDAY, NEW_YORK, THURSDAY, at, clocks, eventually, public_id
from tests.servers import Shop

pytestmark = pytest.mark.journey

# The desk of the night, 21:00-23:30 and 01:00-06:00 New York, Monday to Thursday, answers within two hours.
RULES = """
from core.actors import SYSTEM
from sla.actions import save_policy
from tickets.actions import save_category
save_category(actor=SYSTEM, code="product", name="A product", team="presales")
targets = [{"metric": "first_response", "amount": 7200}]
save_policy(actor=SYSTEM, code="night", name="Night", position=5, match={"team": ["presales"]}, targets=targets)
"""


def test_thursday_at_half_past_ten_is_monday_at_two(
    shop: Shop, people: People, shot: Callable[[Page, str], None]
) -> None:
    shop.run("manage.py", "shell", "-c", RULES)
    shop.set_time(at(THURSDAY, 22, 30))
    buyer = people.open(timezone_id="Asia/Manila")
    people.sign_in(buyer, shop.url(), shop.facts["buyer"])
    due = _ask(shop, buyer)
    _reads_why(buyer, due)
    shot(buyer, "receipt-buyer")

    staff = people.open(timezone_id="America/New_York")
    people.sign_in(staff, shop.url(), shop.facts["staff"]["manager"])
    ticket = public_id(buyer)
    number = shop.sql(f"SELECT id FROM tickets_ticket WHERE public_id = '{ticket}'")[0][0]
    shop.set_time(at(MONDAY, 1, 45))
    eventually(lambda: clocks(shop, ticket)["first_response"]["state"], "running", staff)
    shop.set_time(at(MONDAY, 2, 0, 2))
    eventually(lambda: clocks(shop, ticket)["first_response"]["state"], "breached", staff)
    assert clocks(shop, ticket)["first_response"]["breached_at"] == due
    _read_its_life(shop, staff, number)
    shot(staff, "receipt-console")


def _ask(shop: Shop, page: Page) -> datetime:
    """A question about a product; the answer is due on Monday at two."""
    page.goto(shop.url("/tickets/new/?category=product"))
    page.wait_for_load_state()
    page.get_by_label("In one line").fill("Does it fit?")
    page.get_by_label("What happened?").fill("Into a cup holder of 8 cm?")
    page.get_by_role("button", name="Send").first.click()
    page.wait_for_url("**/tickets/*/**")
    clock = clocks(shop, public_id(page))["first_response"]
    due, began = clock["due"], clock["started_at"]
    assert due - at(MONDAY, 2) == began - at(
        THURSDAY, 22, 30
    )  # one hour is left of Thursday, the other is Monday's
    return due  # type: ignore[no-any-return]


def _reads_why(page: Page, due: datetime) -> None:
    """The promise above the thread, and its sum in New York and in Manila."""
    strip = page.locator("#strip")
    expect(strip).to_contain_text("Answer by")
    receipt = strip.locator("details.receipt")
    expect(receipt).to_be_visible()
    receipt.evaluate("(details) => { details.open = true; }")
    expect(receipt).to_contain_text("in New York")
    expect(receipt).to_contain_text("for you); target 2 h")
    expect(receipt).to_contain_text("counted until the desk closed at 23:30")
    expect(receipt).to_contain_text("Next open Mon")
    there, here = due.astimezone(NEW_YORK), due.astimezone(MANILA)
    expect(receipt.locator("li").last).to_contain_text(f"due Mon {there.day} {there:%b %H:%M}")
    expect(receipt.locator("li").last).to_contain_text(f"({here:%H:%M}")


def _read_its_life(shop: Shop, page: Page, number: int) -> None:
    """Started, warned, missed: by whom, and the sum, among the clocks of the ticket."""
    page.goto(shop.url(f"/console/t/{number}/"))
    page.wait_for_load_state()
    page.locator("#clocks").evaluate("(details) => { details.open = true; }")
    life = page.get_by_role("article", name="First response")
    for words in ("Started", "Ana Reyes", "Warned", "Missed", "the clock itself", "late"):
        expect(life).to_contain_text(words)
