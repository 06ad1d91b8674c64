"""A manager rules the hours of the tickets' desk: edits, tries, previews, looks at what it does, saves."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import MANILA, ask, at, in_two_zones, story_day
from tests.journeys.test_axe import COLOURS, findings
from tests.servers import Shop

pytestmark = pytest.mark.journey
SUBJECT = "Which glaze is on the mug?"


def test_a_manager_edits_tries_looks_and_saves(shop: Shop, people: People) -> None:
    buyer = people.signed_in(shop, shop.facts["buyer"], timezone_id="Asia/Manila")
    asked = {"category": "product", "subject": SUBJECT, "body": "The blue one."}
    assert ask(buyer, "POST", "/api/v1/tickets/", asked)[0] == 201

    page = people.signed_in(shop, shop.facts["staff"]["manager"], timezone_id="Asia/Manila")
    page.goto(shop.url("/dashboard/"))
    page.get_by_role("link", name="Rules").click()
    expect(page.get_by_role("heading", name="Calendars")).to_be_visible()
    page.evaluate(Axe().axe_script)
    assert not findings(page)
    page.get_by_role("link", name="tickets-ny", exact=True).click()
    week = page.locator("#week")
    expect(week.get_by_role("row").filter(has_text="Fri")).to_contain_text("09:00–18:00")

    _edits_friday(page)
    _tries_it(page)
    _chooses_a_holiday(page)

    page.get_by_role("button", name="See what saving changes").click()
    effects = page.locator("#effects")
    expect(effects.get_by_role("link", name=SUBJECT).first).to_be_visible()
    expect(effects).to_contain_text("Friday 09:00–12:00")
    _anybody_can_use(page)
    effects.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_role("status").filter(has_text="is at version 2")).to_be_visible()
    expect(page.locator("#versions")).to_contain_text("Friday 09:00–12:00")
    expect(page.get_by_label("Friday, window 1, to")).to_have_value("12:00")
    days = shop.sql("SELECT count(*) FROM sla_holiday h JOIN sla_calendar c ON c.id = h.calendar_id")
    assert int(days[0][0]) == 1
    _writes_what_happens_by_itself(page)


def _writes_what_happens_by_itself(page: Page) -> None:
    """A rule by the clock: another occasion asks other facts, it is tried as typed, saved, and stands in the list."""
    page.get_by_role("link", name="Escalation").click()
    page.get_by_role("link", name="New rule").first.click()
    page.get_by_label("Name", exact=True).fill("Late answers")
    page.get_by_role("radio", name="when a promise is broken").check()
    page.get_by_role("group", name="Promise").get_by_label("First response").check()
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_label("Step 2: what it does").select_option("priority|urgent")
    page.locator("#t-on").select_option("breached")
    page.locator("#t-metric").select_option("first_response")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#tried")).to_contain_text("raise the priority to urgent")
    page.evaluate(Axe().axe_script)
    assert not findings(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is at version 1")).to_be_visible()
    page.get_by_role("link", name="All escalation rules").click()
    expect(page.locator("#rule-late-answers")).to_contain_text("Promise: First response")
    page.evaluate(Axe().axe_script)
    assert not findings(page)


def _edits_friday(page: Page) -> None:
    """A wrong word is refused beside its row; the right one is drawn before anything is saved."""
    ends = page.get_by_label("Friday, window 1, to")
    ends.fill("noon")
    ends.press("Tab")
    expect(page.locator("#w-4-err")).to_contain_text("“noon” is no time of day")
    expect(ends).to_have_value("noon")
    ends.fill("12")
    ends.press("Tab")
    expect(page.locator("#w-4-err")).to_be_empty()
    friday = page.locator("#week").get_by_role("row").filter(has_text="Fri")
    expect(friday).to_contain_text("09:00–12:00")


def _tries_it(page: Page) -> None:
    """Four working hours from Thursday 16:30 are over on Friday at 11:30."""
    page.get_by_label("Is it open at").fill(f"{story_day().isoformat()}T16:30")
    page.get_by_role("button", name="Try", exact=True).click()
    tried = page.locator("#tried")
    expect(tried.locator(".due")).to_contain_text(in_two_zones(at(1, 11, 30), MANILA))
    expect(tried.get_by_role("listitem")).to_have_count(4)
    expect(tried).to_contain_text("1 h 30 min counted until the desk closed at 18:00")


def _chooses_a_holiday(page: Page) -> None:
    """The list is looked at; only what is ticked comes in."""
    page.get_by_label("Public holidays of").select_option("US")
    offer = page.get_by_role("group", name="Holidays to choose from")
    expect(offer.get_by_role("checkbox").first).to_be_visible()
    offer.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add chosen").click()
    expect(page.locator("[name=h_day]")).to_have_count(1)


def _anybody_can_use(page: Page) -> None:
    """Nothing serious for axe, in both themes; a telephone never scrolls sideways."""
    page.evaluate(Axe().axe_script)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        assert not findings(page, COLOURS if theme == "dark" else None)
    page.set_viewport_size({"width": 390, "height": 844})
    assert not findings(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
