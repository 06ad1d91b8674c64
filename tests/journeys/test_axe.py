"""The main pages can be used by everybody: axe finds nothing serious, wide and narrow, light and dark; a telephone
never scrolls sideways. (That no page breaks the content policy, the fixture `people` sees to.)"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import ask
from tests.servers import Shop

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("axe")]

WIDTHS = {"wide": (1280, 800), "narrow": (390, 844)}
RESTING = """() => document.getAnimations().every((one) => one.playState !== "running"
  || one.effect?.getComputedTiming().endTime === Infinity)"""


@dataclass(frozen=True)
class Talk:
    """A chat that goes on, with words of both and a note."""

    ticket: str
    number: int


@pytest.fixture(scope="session")
def talk(house: Shop, browser: Browser) -> Talk:
    """Made through the API by the buyer and an agent."""
    people = People(browser)
    buyer = people.signed_in(house, house.facts["buyer"], timezone_id="Asia/Manila")
    agent = people.signed_in(house, house.facts["staff"]["agent"], timezone_id="America/New_York")
    said = {"team": "orderhelp", "order": house.facts["orders"]["2041"], "body": "Is it sent today?"}
    status, chat = ask(buyer, "POST", "/api/v1/chats/", {**said, "client_id": str(uuid.uuid4())})
    assert status == 201, chat
    assert ask(agent, "POST", f"/api/v1/chats/{chat['id']}/accept/")[0] == 200
    messages = f"/api/v1/chats/{chat['id']}/messages/"
    for page, words in ((agent, "I look."), (buyer, "Thank you.")):
        assert ask(page, "POST", messages, {"body": words})[0] == 201
    assert ask(agent, "POST", messages, {"body": "Packed at noon.", "kind": "note"})[0] == 201
    people.close()
    assert people.troubles == []
    number = house.sql(f"SELECT id FROM tickets_ticket WHERE public_id = '{chat['ticket']}'")[0][0]
    return Talk(chat["ticket"], int(number))


# who looks, and where
PAGES = {
    "home": ("", "/"),
    "sign-in": ("", "/accounts/login/"),
    "registration": ("", "/accounts/signup/"),
    "article": ("", "/help/a/{article}/"),
    "contact": ("", "/contact/"),
    "my-orders": ("buyer", "/orders/"),
    "order": ("buyer", "/orders/{order}/"),
    "new-ticket": ("buyer", "/tickets/new/?order={order}"),
    "ticket-with-chat": ("buyer", "/tickets/{ticket}/"),
    "console": ("agent", "/console/"),
    "console-ticket": ("agent", "/console/t/{number}/"),
    "dashboard": ("manager", "/dashboard/"),
}


def opened(house: Shop, people: People, talk: Talk, name: str) -> Page:
    """A page as the one who needs it sees it, at rest."""
    who, path = PAGES[name]
    still = {"reduced_motion": "reduce", "timezone_id": "America/New_York"}
    login = house.facts["staff"].get(who) or house.facts["buyer"]
    page = people.signed_in(house, login, **still) if who else people.open(**still)
    article = house.sql("SELECT slug FROM faq_article WHERE status = 'published' ORDER BY id LIMIT 1")[0][0]
    facts = {"article": article, "order": house.facts["orders"]["2041"]}
    answer = page.goto(house.url(path.format(**facts, ticket=talk.ticket, number=talk.number)))
    assert answer is not None
    assert answer.status == 200
    if page.locator("[data-connection]").count():
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
    page.evaluate(Axe().axe_script)
    return page


COLOURS = ["color-contrast", "link-in-text-block"]


def findings(page: Page, rules: list[str] | None = None, within: str = "html") -> list[str]:
    """What axe calls serious or critical, by all rules or by these, with the element and the reason."""
    page.wait_for_function(RESTING)
    answer: dict[str, Any] = page.evaluate(
        """([within, runOnly]) => axe.run(within, { resultTypes: ['violations'], ...(runOnly && { runOnly }) })""",
        [within, rules],
    )
    return [
        f"{found['id']}: {node['html'][:200]} {node['failureSummary']}"
        for found in answer["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


# What floats above a conversation: how it is opened, and what is then there.
DIALOGS = {
    "keys": ("?", "", "#d-sheet"),
    "palette": ("Control+k", "", "#d-palette"),
    "filter": ("f", "", "#d-filter"),
    "escalate": ("e", "", "#d-escalate"),
    "macros": ("", "[data-macros]", "#macros"),
    "merge": ("", "[data-act=merge]", "#d-act"),
    "hand over": ("", "[data-act=hand]", "#d-act"),
    "tags": ("", "[data-act=tags]", "#d-act"),
    "message": ("", "[data-message]", "#d-act"),
}


def ask_for(page: Page, key: str, button: str, dialog: str) -> None:
    """Open it as a hand does: again, when what it pressed was drawn anew in that instant."""
    for last in (False, False, True):
        if key:
            page.keyboard.press(key)
        else:
            page.locator(button).first.evaluate("button => button.click()")
        try:
            expect(page.locator(dialog)).to_be_visible(timeout=6_000)
            break
        except AssertionError:
            if last:
                raise


def test_nor_does_any_dialog_of_the_console(house: Shop, people: People, talk: Talk) -> None:
    """One page, narrow and light: each is opened, looked at alone, and closed by Escape."""
    page = opened(house, people, talk, "console-ticket")
    page.set_viewport_size({"width": 720, "height": 900})
    found = {}
    for name, (key, button, dialog) in DIALOGS.items():
        ask_for(page, key, button, dialog)
        if serious := findings(page, within=dialog):
            found[name] = serious
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()
    assert not found, "\n".join(f"{where}\n  " + "\n  ".join(what) for where, what in found.items())


@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_in_anybodys_way(house: Shop, people: People, talk: Talk, name: str) -> None:
    page = opened(house, people, talk, name)
    found: dict[str, list[str]] = {}
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            if serious := findings(
                page, COLOURS if theme == "dark" else None
            ):  # a theme changes colours alone
                found[f"{width}, {theme}"] = serious
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > across:
            found[f"{width}, sideways"] = [f"{needed} px are needed"]
    assert not found, "\n".join(f"{where}\n  " + "\n  ".join(what) for where, what in found.items())
