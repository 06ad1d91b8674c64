"""A manager makes today a holiday while people talk: the chat says when it closes, and goes on as a ticket."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import People
from tests.journeys.kit import START, ask, at, composer, eventually, public_id, stay, stayed
from tests.servers import Shop

pytestmark = pytest.mark.journey

CHATS = "SELECT state FROM livechat_session ORDER BY id"


def test_a_holiday_today_brings_a_running_chat_to_its_end(shop: Shop, people: People) -> None:
    staff = shop.facts["staff"]
    buyer = people.signed_in(shop, shop.facts["buyer"], timezone_id="Asia/Manila")
    agent = people.signed_in(shop, staff["agent"])
    manager = people.signed_in(shop, staff["manager"])

    order = shop.facts["orders"]["2041"]
    said = {"team": "orderhelp", "order": order, "body": "Can I have the blue one?"}
    status, chat = ask(buyer, "POST", "/api/v1/chats/", said)
    assert status == 201, chat
    assert ask(agent, "POST", f"/api/v1/chats/{chat['id']}/accept/")[0] == 200
    buyer.goto(shop.url(f"/tickets/{chat['ticket']}/"))
    assert public_id(buyer) == chat["ticket"]
    expect(buyer.locator("#strip")).to_contain_text("You are chatting with")
    expect(buyer.locator("[data-connection]").first).to_have_text("Connected")
    composer(buyer).fill("Half a sen")
    composer(buyer).focus()
    stay(buyer)

    # Today is a holiday from now on: ten minutes for who talks, nobody new.
    path = "/api/v1/calendars/always/"
    status, hours = ask(manager, "GET", path)
    assert status == 200, hours
    today = at(*START).date()
    hours["holidays"] = [{"day": today.isoformat(), "name": "A holiday"}]
    keys = ("name", "timezone", "windows", "holidays", "special_days", "holiday_country")
    status, saved = ask(manager, "PUT", path, {key: hours[key] for key in keys})
    assert status == 200, saved
    expect(buyer.locator("#strip")).to_contain_text("This chat closes at")
    expect(buyer.get_by_role("log")).to_contain_text("This chat closes at")
    expect(composer(buyer)).to_be_focused()
    expect(composer(buyer)).to_have_value("Half a sen")
    again = {**said, "order": shop.facts["orders"]["2052"]}
    status, refused = ask(buyer, "POST", "/api/v1/chats/", again)
    assert (status, refused["code"]) == (409, "already_open")

    # Ten minutes of notice and a quarter to end it: then it is a ticket, with its time.
    shop.set_time(at(*START) + timedelta(minutes=30))
    eventually(lambda: shop.sql(CHATS), [("ticket",)], buyer)
    number = shop.sql("SELECT ticket_id FROM livechat_session")[0][0]
    expect(buyer.locator("#strip")).to_contain_text(f"Your chat is ticket #{number} now.")
    expect(buyer.locator("#strip")).to_contain_text(re.compile("Answer by"))
    expect(buyer.get_by_role("log")).to_contain_text(
        f"The desk has closed. This chat is ticket #{number} now"
    )
    expect(composer(buyer)).to_have_value("Half a sen")
    assert stayed(buyer)
