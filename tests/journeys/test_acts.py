"""Two tickets about one thing are merged and taken apart; words are amended and taken out, before the buyer's eyes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import PATIENCE, ask
from tests.servers import Shop

pytestmark = pytest.mark.journey
CARD = "4111 1111 1111 1111"


def test_merge_undo_amend_and_redact(shop: Shop, people: People) -> None:
    buyer = people.signed_in(shop, shop.facts["buyer"], timezone_id="Asia/Manila")
    first = _asks(buyer, "Wrong size", f"It is too small. My card is {CARD}.")
    second = _asks(buyer, "Still the wrong size", "I asked before.")
    agent = people.signed_in(shop, shop.facts["staff"]["manager"])
    told = {"kind": "reply", "body": "We send a bigger won."}
    assert ask(agent, "POST", f"/api/v1/tickets/{first['number']}/messages/", told)[0] == 201
    buyer.goto(shop.url(f"/tickets/{first['id']}/"))
    expect(buyer.locator("[data-connection]").first).to_have_text("Connected")
    agent.goto(shop.url(f"/console/t/{second['number']}/"))
    expect(agent.locator("[data-connection]").first).to_have_text("Connected")

    _merges(agent, buyer, first["number"])
    _undoes(agent, buyer)
    agent.goto(shop.url(f"/console/t/{first['number']}/"))
    _amends(agent, buyer)
    _redacts(agent, buyer)


def _asks(page: Page, subject: str, body: str) -> dict[str, int]:
    made = {"category": "product", "subject": subject, "body": body}
    status, ticket = ask(page, "POST", "/api/v1/tickets/", made)
    assert status == 201
    return ticket  # type: ignore[no-any-return]


def opened(page: Page, opener: Locator) -> Locator:
    """The dialog that a button fetches; pressed again when the page was drawn anew under the press."""
    dialog = page.locator("#d-act")
    for _ in range(5):
        expect(opener).to_be_attached(timeout=PATIENCE)
        opener.evaluate("(button) => button.click()")
        try:
            expect(dialog.locator("h2")).to_be_visible(timeout=PATIENCE / 5)
            return dialog
        except AssertionError:
            continue
    raise AssertionError("the dialog did not open")


def _merges(agent: Page, buyer: Page, target: int) -> None:
    dialog = opened(agent, agent.locator('#pick-more [data-act="merge"]'))
    dialog.get_by_role("radio", name=f"#{target}").check()
    preview = dialog.locator("#act-preview")
    expect(preview).to_contain_text("1 message is written there once more", timeout=PATIENCE)
    dialog.get_by_role("button", name="Merge").click()
    expect(agent.locator("#head .state")).to_contain_text(f"Merged into #{target}", timeout=PATIENCE)
    expect(buyer.locator("[data-thread-list]")).to_contain_text("I asked before.", timeout=PATIENCE)


def _undoes(agent: Page, buyer: Page) -> None:
    expect(buyer.locator('.msg:has-text("I asked before.") [data-mark="from_ticket"]')).to_be_visible()
    agent.locator("#head .state").get_by_role("button", name="Undo").click()
    expect(agent.locator("#head .state")).to_have_count(0, timeout=PATIENCE)
    expect(buyer.locator("[data-thread-list]")).not_to_contain_text("I asked before.", timeout=PATIENCE)
    expect(buyer.locator("[data-thread-list]")).to_contain_text("went back there")


def _amends(agent: Page, buyer: Page) -> None:
    mine = agent.locator('.msg:has-text("a bigger won")')
    dialog = opened(agent, mine.locator(".msg-more"))
    dialog.get_by_text("Amend", exact=True).first.click()
    dialog.get_by_label("What it says instead").fill("We send a bigger one.")
    dialog.get_by_role("button", name="Amend").click()
    theirs = buyer.locator('.msg:has-text("a bigger one")')
    expect(theirs.locator('[data-mark="amended"]')).to_be_visible(timeout=PATIENCE)
    expect(buyer.locator("[data-thread-list]")).not_to_contain_text("won.")
    again = agent.locator('.msg:has-text("a bigger one")')
    expect(again).to_be_visible(timeout=PATIENCE)
    dialog = opened(agent, again.locator("button.mark"))
    expect(dialog.locator(".past")).to_contain_text("a bigger won.")
    dialog.get_by_role("button", name="Close").click()


def _redacts(agent: Page, buyer: Page) -> None:
    dialog = opened(agent, agent.locator(f'.msg:has-text("{CARD}") .msg-more'))
    dialog.get_by_text("Take something out for good").click()
    dialog.get_by_label("The text, exactly as it stands").fill(CARD)
    dialog.get_by_label("Why").select_option("card")
    dialog.get_by_role("button", name="Take it out").click()
    expect(buyer.locator('.msg:has-text("My card is ████████.")')).to_be_visible(timeout=PATIENCE)
    assert "4111" not in buyer.content()
    expect(agent.locator("[data-thread-list]")).not_to_contain_text("4111", timeout=PATIENCE)
    assert "4111" not in agent.locator("[data-thread-list]").inner_text()
