"""A shop's page on another origin: a chat in its corner, vouched for by the shop, signed out, and on a telephone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import ask, eventually
from tests.servers import Shop

pytestmark = pytest.mark.journey
QUESTION = "Does the kettle work on induction? <b>bold</b>"
SERIOUS = ("serious", "critical")


def opened(page: Page) -> FrameLocator:
    page.get_by_role("button", name="Chat with us").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("#status-text")).to_have_text("Open now")
    return frame


def axe_of(page: Page) -> list[str]:
    """What is serious in the frame."""
    frame = next(one for one in page.frames if "/widget/" in one.url)
    frame.evaluate(Axe().axe_script)
    found: dict[str, Any] = frame.evaluate("axe.run()")
    return [
        f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"] if one["impact"] in SERIOUS
    ]


def test_a_chat_on_the_shops_own_page(house: Shop, people: People) -> None:
    port = house.ports[0]
    house.run("-m", "tests.widget.seed", str(port))
    shop = f"http://localhost:{port}/demo/shop/"
    page = people.open(timezone_id="Asia/Tokyo", reduced_motion="reduce")
    page.goto(shop)
    frame = opened(page)
    expect(frame.locator("#start-body")).to_be_focused()
    frame.locator("#start-body").fill(QUESTION)
    frame.get_by_role("button", name="Start the chat").click()
    expect(frame.locator(".msg .text")).to_have_text(QUESTION)
    expect(frame.locator("[data-state-text]")).to_have_text("You are next: somebody comes soon.")
    assert axe_of(page) == []

    # The agent sees where it comes from, as text, and answers.
    agent = people.signed_in(house, house.facts["staff"]["agent"])
    number = house.sql("SELECT max(ticket_id) FROM livechat_widgettalk")[0][0]
    agent.goto(house.url(f"/console/t/{number}/"))
    beside = agent.locator("#context")
    expect(beside).to_contain_text("ML-KETL-24 Pour-over kettle, matte black")
    expect(beside).to_contain_text("1 item, $66.00")
    expect(beside).to_contain_text(shop)
    chat = house.sql(f"SELECT public_id FROM livechat_session WHERE ticket_id = {number}")[0][0]
    assert ask(agent, "POST", f"/api/v1/chats/{chat}/accept/")[0] == 200
    expect(frame.locator("[data-state-text]")).to_have_text("You talk with Mia Chen.")
    messages = f"/api/v1/chats/{chat}/messages/"
    assert ask(agent, "POST", messages, {"body": "It does."})[0] == 201
    expect(frame.locator(".msg:not(.mine) .text")).to_have_text("It does.")
    frame.locator("#talk-body").fill("And how heavy is it?")
    frame.locator("#talk-body").press("Enter")
    eventually(
        lambda: [one[0] for one in house.sql(_said(number))],
        [QUESTION, "It does.", "And how heavy is it?"],
        page,
    )

    # Closed by Esc; an answer is counted on the button, and told.
    frame.locator("#talk-body").press("Escape")
    launcher = page.get_by_role("button", name="Chat with us")
    expect(launcher).to_be_focused()
    assert ask(agent, "POST", messages, {"body": "Nine hundred grams."})[0] == 201
    expect(page.get_by_role("button", name="Chat with us (1 new message)")).to_be_visible()
    launcher.click()
    expect(frame.get_by_text("Nine hundred grams.")).to_be_visible()

    # The shop vouches: the talk goes on, and the agent reads who it is. Signed out, nothing of it is left here.
    page.get_by_role("button", name="Sign in as Mika Sato").click()
    eventually(lambda: house.sql(_signed(number)), [("Mika Sato", 1)], page)
    expect(frame.locator(".msg .text")).to_have_count(4)
    expect(frame.locator(".msg.mine .text")).to_have_count(2)
    agent.reload()
    expect(beside).to_contain_text("the shop vouches")
    page.get_by_role("button", name="Sign out").click()
    expect(frame.locator("#start-body")).to_be_visible()
    expect(frame.locator(".msg")).to_have_count(0)

    # On a telephone it is the whole screen.
    page.set_viewport_size({"width": 390, "height": 844})
    box = page.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(launcher).to_be_hidden()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert axe_of(page) == []
    frame.get_by_role("button", name="Close", exact=True).click()
    expect(launcher).to_be_focused()
    assert json.loads(page.evaluate("JSON.stringify(document.documentElement.style.overflow)")) == ""


def _said(number: int) -> str:
    return (
        "SELECT body FROM tickets_message m JOIN tickets_stream s ON s.id = m.stream_id "
        f"WHERE s.ticket_id = {number} AND m.kind = 'reply' ORDER BY m.seq"
    )


def _signed(number: int) -> str:
    return f"SELECT name, signed FROM livechat_widgettalk WHERE ticket_id = {number}"
