"""Somebody without an account: writes, opens the link of the mail, adds something, says solved and gives a mark."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import People
from tests.journeys.kit import eventually
from tests.servers import Shop

pytestmark = pytest.mark.journey
EMAIL = "gus.guest@example.com"


def letters(shop: Shop) -> list[str]:
    """What this person was mailed."""
    box = shop.home / "demo-mail.jsonl"
    lines = box.read_text().splitlines() if box.exists() else []
    return [line for line in lines if EMAIL in line]


def test_from_the_mail_to_the_mark(house: Shop, people: People) -> None:
    page = people.open(viewport={"width": 390, "height": 844}, timezone_id="Asia/Manila")
    page.goto(house.url("/contact/"))
    page.get_by_label("Name").fill("Gus Guest")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("What is it about?").select_option("order")
    page.locator("#id_subject").fill("A cup came broken")
    page.locator("#id_body").fill("The handle is off.")
    page.locator("#contact button[type=submit]").click()
    page.wait_for_url("**/contact/thanks/")

    eventually(lambda: len(letters(house)), 1, page)
    found = re.search(r"https?://[^\s\"\\]+/g/[^\s\"\\]+/", json.dumps(json.loads(letters(house)[0])))
    assert found is not None
    page.goto(house.url(urlsplit(found[0]).path))
    expect(page.get_by_text("The handle is off.")).to_be_visible()
    page.locator("#reply").fill("I can send a picture.")
    page.locator(".composer .send").click()
    expect(page.locator(".msg .text").get_by_text("I can send a picture.")).to_be_visible()
    expect(page.locator("#reply")).to_have_value("")

    page.goto(house.url("/tickets/"))
    page.wait_for_url("**/accounts/login/**")  # the link opens nothing else
    page.goto(house.url(urlsplit(found[0]).path))
    page.get_by_role("button", name="Not solved").or_(page.locator(".ok-btn")).first.wait_for(
        state="attached"
    )
    page.locator("form.solve").evaluate("form => form.requestSubmit()")
    page.get_by_role("link", name="Give a mark").click()
    page.locator(".rate input[value='4']").check()
    page.locator("#rate-words").fill("Quick.")
    page.get_by_role("button", name="Send the mark").click()
    expect(page.get_by_text("You gave 4 of 5.")).to_be_visible()
    marks = "SELECT s.score, s.words FROM tickets_satisfaction s JOIN tickets_ticket t ON t.id = s.ticket_id"
    assert house.sql(f"{marks} WHERE t.subject = 'A cup came broken'") == [(4, "Quick.")]
