"""A chat is offered to one agent, missed, taken by the other by a key, handed over, written up and marked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import ask, eventually, instant, say, stay, stayed
from tests.servers import Shop

pytestmark = pytest.mark.journey

ASKED = "SELECT p.email FROM livechat_session s LEFT JOIN accounts_person p ON p.id = s.offered_to_id"
UNTIL = "SELECT offer_until FROM livechat_session"
STATES = "SELECT state FROM livechat_session ORDER BY id"


def take(page: Page) -> None:
    """By the key: the bar above says whose chat it is and how long one has."""
    bar = page.locator("[data-incoming].is-asked")
    expect(bar).to_contain_text("Ana Reyes")
    expect(bar.locator("[data-incoming-until]")).to_have_text(re.compile(r"^0:\d\d$"))
    page.locator("body").press("y")
    expect(page.get_by_role("button", name="End chat")).to_be_visible()


def test_missed_by_one_taken_by_the_other_handed_over_and_marked(shop: Shop, people: People) -> None:
    staff = shop.facts["staff"]
    buyer = people.signed_in(shop, shop.facts["buyer"], timezone_id="Asia/Manila")
    mia, tom = (people.signed_in(shop, staff[name]) for name in ("agent", "agent2"))
    for page in (mia, tom):
        page.goto(shop.url("/console/"))
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
        assert ask(page, "POST", "/api/v1/presence/", {"switch": "on"})[0] == 200
        stay(page)

    said = {"team": "orderhelp", "order": shop.facts["orders"]["2041"], "body": "Can I have the blue one?"}
    status, chat = ask(buyer, "POST", "/api/v1/chats/", said)
    assert status == 201, chat
    buyer.goto(shop.url(f"/tickets/{chat['ticket']}/"))
    expect(buyer.locator("#strip")).to_contain_text("You are next in the queue")

    # One of them is asked, and does not answer in time: the other one is.
    eventually(lambda: shop.sql(ASKED) != [(None,)], True, buyer)
    by_mail = {staff["agent"]: mia, staff["agent2"]: tom}
    first_mail = shop.sql(ASKED)[0][0]
    first = by_mail.pop(first_mail)
    ((second_mail, second),) = by_mail.items()
    expect(first.locator("[data-incoming].is-asked [data-incoming-decline]")).to_be_visible()
    shop.set_time(instant(shop.sql(UNTIL)[0][0]))
    eventually(lambda: shop.sql(ASKED), [(second_mail,)], buyer)
    expect(first.locator("[data-incoming].is-asked")).to_have_count(0)
    assert stayed(second)
    take(second)
    expect(buyer.locator("#strip")).to_contain_text("You are chatting with")

    # Handed over to the first one, with words; who has it stays until it is accepted.
    expect(second.locator("#go-transfer")).to_be_visible()
    second.locator("#main").press("t")
    dialog = second.get_by_role("dialog", name="Hand the chat over")
    name = {staff["agent"]: "Mia Chen", staff["agent2"]: "Tom Reed"}[first_mail]
    whom = dialog.get_by_label("To whom")
    whom.select_option(whom.locator("option").filter(has_text=name).get_attribute("value"))
    dialog.get_by_label("What they should know").fill("Wants the blue one")
    dialog.get_by_role("button", name="Hand over").click()
    expect(second.locator("#chat-handed")).to_be_visible()
    take(first)
    expect(buyer.get_by_role("log")).to_contain_text("handed the chat over")
    expect(first.get_by_role("log")).to_contain_text("Wants the blue one")
    say(first, "Yes, you can.", "Enter")
    expect(buyer.get_by_role("log")).to_contain_text("Yes, you can.")

    # Over for the buyer, who marks it; its agent writes it up, and the place is free.
    first.get_by_role("button", name="End chat").click()
    expect(first.locator("#wrap-note")).to_be_visible()
    first.locator("#wrap-note").fill("Blue instead of green")
    first.locator("#wrap-up").get_by_role("button", name="Done").click()
    expect(first.get_by_role("log")).to_contain_text("Blue instead of green")
    assert shop.sql(STATES) == [("ended",)]
    buyer.get_by_role("radio", name="5").check()
    buyer.get_by_role("button", name="Send the mark").click()
    expect(buyer.get_by_text("You gave 5 of 5.")).to_be_visible()
