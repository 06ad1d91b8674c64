"""Rows that change after they were drawn, in a real Chromium: amended, redacted, withdrawn."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.js.site import Site

pytestmark = pytest.mark.journey


def test_a_row_that_was_amended_reads_so_and_a_withdrawn_one_is_gone(blank: Page) -> None:
    site = Site(blank)
    site.event(3, "a card 4111", data={"files": [{"name": "card.png", "size": 9, "url": "/t/files/x/"}]})
    site.event(4, "copied here", data={"from_ticket": 9})
    row = blank.locator('[data-seq="3"]')
    expect(row.locator("a")).to_have_attribute("href", "/t/files/x/")
    now = {"seq": 3, "body": "a card <b>", "files": [], "amended": True, "redacted": False}
    site.event(5, "", kind="event", data={"verb": "message.amended", "text": "Lin amended", "now": now})
    expect(row.locator("p")).to_have_text("a card <b>")
    expect(row.get_by_text("amended")).to_be_visible()
    expect(row.locator("a")).to_have_count(0)
    site.event(6, "", kind="event", data={"verb": "message.withdrawn", "text": "Went back", "seqs": [4]})
    site.event(7, "", data={"withdrawn": True})
    site.event(8, "still here")
    expect(blank.locator('[data-seq="8"]')).to_be_visible()
    assert site.bodies() == ["first", "second", "a card <b>", "Lin amended", "Went back", "still here"]
    assert not site.errors


def test_a_browser_that_keeps_nothing_is_told_as_such(blank: Page) -> None:
    blank.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    site = Site(blank)
    blank.context.route("**/ticket/", lambda route: route.abort())
    site.sockets[-1].close(code=1001)
    expect(blank.locator("[data-connection]")).not_to_have_text("Connected")
    blank.locator("textarea").fill("hold on")
    blank.locator("textarea").press("Enter")
    state = blank.locator(".pending [data-f=state]")
    expect(state).to_have_text("Waiting to be sent; leave this page open")
    questions: list[str] = []
    blank.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.accept()))
    blank.context.unroute("**/ticket/")
    blank.reload()
    assert questions == ["beforeunload"]


def test_another_tab_goes_on_with_the_same_draft(blank: Page) -> None:
    site = Site(blank)
    other = blank.context.new_page()
    Site(other)
    blank.locator("textarea").fill("half a th")
    expect(other.locator("textarea")).to_have_value("half a th")
    other.locator("textarea").fill("words of its own")
    blank.locator("textarea").fill("half a thought")
    expect(blank.locator("textarea")).to_have_value("half a thought")
    expect(other.locator("textarea")).to_have_value("words of its own")
    assert not site.errors
