"""A return with a photograph on a phone; a refusal that needs its second person; another return up to the money."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.servers import Shop

pytestmark = pytest.mark.journey
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

DELIVERED = """
from datetime import timedelta
from core.clock import now
from orders.models import Order
at = now() - timedelta(days=3)
Order.objects.filter(number__in=("2041", "2052")).update(status="delivered", delivered_at=at, paid_at=at)
"""


def test_from_the_application_to_a_refusal_and_to_the_money(
    shop: Shop, people: People, shot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    shop.run("manage.py", "shell", "-c", DELIVERED)
    buyer = people.signed_in(shop, shop.facts["buyer"], **PHONE)
    first, second = (people.signed_in(shop, shop.facts["staff"][who]) for who in ("manager", "admin"))
    refused = _apply(shop, buyer, "2041", tmp_path)
    shot(buyer, "returns-phone")
    _refuse(shop, first, second, refused)
    expect(buyer.get_by_role("heading", name="We could not take this return")).to_be_visible()
    expect(buyer.get_by_text("The break is fresh.").first).to_be_visible()
    paid = _apply(shop, buyer, "2052", tmp_path)
    _pay(shop, first, paid)
    shot(first, "returns-desk")
    expect(buyer.get_by_role("heading", name="Your money is on its way to you")).to_be_visible()
    expect(buyer.get_by_text("Reference PP-77")).to_be_visible()


def _apply(shop: Shop, page: Page, number: str, folder: Path) -> str:
    """Line by line, with a photograph; the public id of the return."""
    from tests.orders.returning import picture

    image = folder / "mug.jpg"
    image.write_bytes(picture(size=(640, 480)))
    page.goto(shop.url(f"/orders/{shop.facts['orders'][number]}/"))
    page.get_by_role("link", name="Ask for a return").first.click()
    page.locator(".take").first.check()
    page.get_by_label("Reason").first.select_option("damaged")
    page.get_by_label("What is it?").first.fill("The handle is off.")
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_text("Add a photograph that shows it").first).to_be_visible()
    expect(page.get_by_label("What is it?").first).to_have_value("The handle is off.")
    page.locator("#files").set_input_files(str(image))
    expect(page.locator("[data-upload-list] [name=attachment_ids]")).to_have_count(1)
    page.get_by_role("button", name="Look it over").click()
    expect(page.locator(".ret-photos img")).to_have_count(1)
    page.get_by_role("button", name="Ask for the return").click()
    expect(page.get_by_role("heading", name="We are looking at your return")).to_be_visible()
    return page.url.rstrip("/").rpartition("/")[2]


def _refuse(shop: Shop, first: Page, second: Page, ret: str) -> None:
    """One proposes and cannot agree; another one does."""
    address = shop.url(f"/console/returns/{ret}/")
    first.goto(address)
    expect(first.locator(".shots img")).to_have_count(1)
    first.get_by_text("Propose a refusal").click()
    first.locator("#refusal_reason").select_option("buyer_damage")
    first.locator("#refusal_words").fill("The break is fresh.")
    first.get_by_role("button", name="Propose it").click()
    expect(first.get_by_text("somebody else of the team decides")).to_be_visible()
    expect(first.get_by_role("button", name="Agree: refuse it")).to_have_count(0)
    second.goto(address)
    second.get_by_role("button", name="Agree: refuse it").click()
    expect(second.locator(".one-head .chip")).to_have_text("Refused")


def _pay(shop: Shop, page: Page, ret: str) -> None:
    """Approved, received, checked, refunded by hand."""
    page.goto(shop.url(f"/console/returns/{ret}/"))
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="The goods are here").click()
    page.get_by_label("State", exact=True).select_option("damaged")
    page.get_by_role("button", name="Checked").click()
    page.get_by_role("button", name="Order the refund").click()
    page.get_by_label("Reference of the payment").fill("PP-77")
    page.get_by_role("button", name="It is paid").click()
    expect(page.locator(".one-head .chip")).to_have_text("Refunded")
