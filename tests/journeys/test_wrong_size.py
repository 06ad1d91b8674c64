"""A wrong size: caught in time the order is called off; too late the shop offers money in part, and a yes acts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import PATIENCE, ask
from tests.journeys.test_acts import opened
from tests.servers import Shop

pytestmark = pytest.mark.journey
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_caught_in_time_and_too_late(shop: Shop, people: People) -> None:
    buyer = people.signed_in(shop, shop.facts["buyer"], **PHONE)
    _in_time(shop, buyer)
    number = _too_late(shop, buyer)
    _offers(shop, people.signed_in(shop, shop.facts["staff"]["manager"]), number)
    buyer.goto(shop.url(f"/orders/{shop.facts['orders']['2017']}/"))
    expect(buyer.get_by_role("heading", name="May we give you 5.00 USD")).to_be_visible()
    buyer.get_by_role("button", name="Yes", exact=True).click()
    expect(buyer.get_by_text("It is done as you agreed").first).to_be_visible(timeout=PATIENCE)
    expect(buyer.get_by_text("Money given back").first).to_be_visible(timeout=PATIENCE)


def _in_time(shop: Shop, buyer: Page) -> None:
    """Nothing has left: cancelled at once, to order again."""
    buyer.goto(shop.url(f"/orders/{shop.facts['orders']['2052']}/"))
    buyer.get_by_role("link", name="Change size or item").click()
    buyer.get_by_label("Why?").fill("I need a size larger.")
    buyer.get_by_role("button", name="Cancel the order").click()
    expect(buyer.locator("h1 .chip").first).to_have_text("Cancelled", timeout=PATIENCE)


def _too_late(shop: Shop, buyer: Page) -> int:
    """The parcel has left: the page says why not and what is left; the number of the ticket that they open."""
    order = shop.facts["orders"]["2017"]
    buyer.goto(shop.url(f"/orders/{order}/"))
    expect(buyer.get_by_role("button", name="Cancel the order")).to_have_attribute("aria-disabled", "true")
    expect(buyer.get_by_text("The parcel is on its way").first).to_be_visible()
    expect(buyer.get_by_role("link", name="Change size or item")).to_have_count(0)
    made = {"category": "order", "subject": "Wrong size", "body": "It is too small.", "order": "us:2017"}
    status, ticket = ask(buyer, "POST", "/api/v1/tickets/", made)
    assert status == 201
    return int(ticket["number"])


def _offers(shop: Shop, desk: Page, number: int) -> None:
    """From the order panel beside the conversation."""
    desk.goto(shop.url(f"/console/t/{number}/"))
    dialog = opened(desk, desk.locator('#context [data-act="refund"]'))
    dialog.get_by_label("Amount in USD").fill("5.00")
    dialog.get_by_label("Why, in words to the buyer").fill("Keep the shirt, and have a part back.")
    dialog.get_by_role("button", name="Ask the buyer").click()
    expect(desk.get_by_text("Asked by").first).to_be_visible(timeout=PATIENCE)
