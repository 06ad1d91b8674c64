"""The story of one question on one order, told by four people side by side against the embedded shape."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import (
    FRIDAY,
    MANILA,
    MONDAY,
    SUNDAY,
    THURSDAY,
    ask,
    at,
    in_two_zones,
    public_id,
    say_on_socket,
)
from tests.servers import Shop

pytestmark = pytest.mark.journey


@dataclass
class Story:
    """Who is there, and what the steps hand on."""

    shop: Shop
    people: People
    buyer: Page
    agent: Page
    specialist: Page
    manager: Page
    ticket: str = ""
    later: str = ""  # the ticket that was a refused chat

    def url(self, path: str) -> str:
        return self.shop.url(path)


@pytest.fixture
def story(shop: Shop, people: People) -> Story:
    there = {"timezone_id": "America/New_York"}
    buyer = people.open(timezone_id="Asia/Manila")
    staff = [people.open(**there) for _ in range(3)]
    return Story(shop, people, buyer, *staff)


def test_one_question_from_the_buyers_phone_to_the_managers_screen(story: Story) -> None:
    the_buyer_asks(story)
    out_of_hours(story)
    a_visitor_asks(story)


# --- 1 ------------------------------------------------------------------------------------------------------
def the_buyer_asks(story: Story) -> None:
    """By mobile number to the order, from there to the question; answers and the promise before it is sent."""
    page, facts = story.buyer, story.shop.facts
    story.people.sign_in(page, story.url("/"), facts["mobile"])
    page.get_by_role("link", name="My orders").first.click()
    page.get_by_label("Order or tracking number").fill("2041")
    page.keyboard.press("Enter")
    page.locator("main").get_by_role("link", name="#2041", exact=True).click()
    expect(page).to_have_url(story.url(f"/orders/{facts['orders']['2041']}/"))
    page.get_by_role("link", name="Get help with this order").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Get help with order #2041")

    page.wait_for_load_state()
    page.get_by_role("radio", name=re.compile("^Order")).check()
    page.get_by_label("In one line").fill("Can I change the address of my order?")
    page.get_by_label("What happened?").press_sequentially("I moved. Where is my parcel delivered?")
    answers = page.get_by_role("region", name="Answers that may help")
    expect(answers.get_by_role("link").first).to_be_visible()
    # Two hours are left of the desk's Thursday, two more are taken from its Friday.
    promised = f"Answered by {in_two_zones(at(FRIDAY, 11), MANILA)}"
    expect(page.locator("#promise")).to_have_text(promised)


# --- 5 ------------------------------------------------------------------------------------------------------
def out_of_hours(story: Story) -> None:
    """Every door of a closed desk refuses in the same words, and the words become a ticket with its promise."""
    page, shop = story.buyer, story.shop
    question = "Does the blue mug fit into a cup holder of 8 cm?"
    shop.set_time(at(THURSDAY, 22))
    page.goto(story.url("/chat/?team=presales"))
    expect(page.get_by_text("Open until 11:30 PM in New York", exact=False)).to_be_visible()
    page.get_by_label("Your question").fill(question)

    shop.set_time(at(SUNDAY, 12))
    opens = at(MONDAY, 1)
    told = "Chat is closed. It opens Monday 1:00 AM in New York "
    told += f"({opens.astimezone(MANILA).hour - 12}:00 PM for you)."
    said = {"team": "presales", "body": question}

    status, answer = ask(page, "POST", "/api/v1/chats/", {**said, "client_id": str(uuid.uuid4())})
    assert (status, answer["code"], answer["message"]) == (409, "closed", told)
    assert answer["opens_at"].replace("Z", "+00:00") == opens.isoformat()
    nack = say_on_socket(page, {"op": "start", "id": str(uuid.uuid4()), **said})
    assert (nack["op"], nack["code"], nack["message"]) == ("nack", "closed", told)
    assert nack["opens_at"].replace("Z", "+00:00") == opens.isoformat()

    with page.expect_response("**/live/start/") as refused:
        page.get_by_role("button", name="Start the chat").click()
    assert refused.value.status == 409
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.get_by_label("Your question")).to_have_value(question)
    due = at(MONDAY, 13)
    expect(page.locator("main")).to_contain_text(f"Answered by {in_two_zones(due, MANILA)}")
    page.get_by_role("button", name="Send it as a ticket").click()

    expect(page.get_by_role("log")).to_contain_text(question)
    story.later = public_id(page)
    expect(page.locator("#strip time")).to_have_attribute("data-due", due.isoformat())
    rows = shop.sql(f"SELECT channel, status FROM tickets_ticket WHERE public_id = '{story.later}'")
    assert rows == [("web", "new")]
    assert shop.sql("SELECT count(*) FROM livechat_session") == [(0,)]


# --- 8 ------------------------------------------------------------------------------------------------------
def a_visitor_asks(story: Story) -> None:
    """Without an account: search, an answer, and a question through Contact us."""
    page = story.people.open(timezone_id="Europe/Madrid")
    page.goto(story.url("/"))
    page.get_by_role("searchbox", name="Search answers").fill("return")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “return”")
    page.locator(".hits").get_by_role("link").first.click()
    expect(page.get_by_role("article").get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="No").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")

    page.get_by_role("link", name="Contact us").first.click()
    page.get_by_label("Your name").fill("Vera Visitor")
    page.get_by_label("E-mail").fill("vera@example.org")
    page.get_by_label("What is it about?").select_option("product")
    page.get_by_label("In one line").fill("Is the mug safe for a dishwasher?")
    page.get_by_label("What happened?").fill("I could not find it in the answers.")
    expect(page.locator("#promise")).to_contain_text("Answered by")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It has arrived.")
    found = story.shop.sql(
        "SELECT p.kind, p.name, t.status FROM tickets_ticket t JOIN accounts_person p ON p.id = t.requester_id "
        "WHERE p.email = 'vera@example.org'"
    )
    assert found == [("guest", "Vera Visitor", "new")]
