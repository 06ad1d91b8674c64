"""The story of one question on one order, told by four people side by side against the embedded shape."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import (
    FRIDAY,
    MANILA,
    MONDAY,
    NEW_YORK,
    SUNDAY,
    THURSDAY,
    ask,
    at,
    clocks,
    composer,
    counts_by_sql,
    counts_shown,
    eventually,
    in_two_zones,
    instant,
    open_conversation,
    public_id,
    say,
    say_on_socket,
    states,
    stay,
    stayed,
    talk,
    wait_for_all,
    watch_for,
    write_as,
)
from tests.servers import Shop

pytestmark = pytest.mark.journey

QUESTION = "Can I change the address of my order?"
HELLO = "Is it sent today?"
SECRET = "wolpertinger"


@dataclass
class Story:
    """Who is there, and what the steps hand on."""

    shop: Shop
    people: People
    shot: Callable[[Page, str], None]
    buyer: Page
    agent: Page
    specialist: Page
    manager: Page
    ticket: str = ""
    later: str = ""  # the ticket that was a refused chat

    def url(self, path: str) -> str:
        return self.shop.url(path)


def number_of(story: Story, ticket: str) -> int:
    """What staff and the API call a ticket."""
    return int(story.shop.sql(f"SELECT id FROM tickets_ticket WHERE public_id = '{ticket}'")[0][0])


@pytest.fixture
def story(shop: Shop, people: People, shot: Callable[[Page, str], None]) -> Story:
    there = {"timezone_id": "America/New_York"}
    buyer = people.open(timezone_id="Asia/Manila")
    staff = [people.open(**there) for _ in range(3)]
    return Story(shop, people, shot, buyer, *staff)


def test_one_question_from_the_buyers_phone_to_the_managers_screen(story: Story) -> None:
    the_buyer_asks(story)
    the_agent_answers(story)
    the_clocks_tell(story)
    a_chat_survives_a_power_cut(story)
    out_of_hours(story)
    a_specialist_answers(story)
    a_clock_runs_out(story)
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
    page.get_by_label("In one line").fill(QUESTION)
    page.get_by_label("What happened?").press_sequentially("I moved. Where is my parcel delivered?")
    answers = page.get_by_role("region", name="Answers that may help")
    expect(answers.get_by_role("link").first).to_be_visible()
    # Two hours are left of the desk's Thursday, two more are taken from its Friday.
    promised = instant(page.locator("#promise time").get_attribute("datetime"))
    assert timedelta() <= promised - at(FRIDAY, 11) < timedelta(minutes=5)
    expect(page.locator("#promise")).to_have_text(f"Answered by {in_two_zones(promised, MANILA)}")


# --- 2 ------------------------------------------------------------------------------------------------------
def the_agent_answers(story: Story) -> None:
    """The ticket comes by itself, with countdown and order; the note stays among staff, the reply does not."""
    buyer, agent, facts = story.buyer, story.agent, story.shop.facts
    story.people.sign_in(agent, story.url("/"), facts["staff"]["agent"])
    agent.goto(story.url("/console/"))
    expect(agent.locator("[data-connection]").first).to_have_text("Connected")
    stay(agent)
    seen = watch_for(agent, QUESTION)
    buyer.get_by_role("button", name="Send").click()
    seconds = seen()
    print(f"the ticket was in the console {seconds:.2f} s after the press of Send")
    assert seconds < 2
    expect(buyer.get_by_role("log")).to_contain_text("I moved. Where is my parcel delivered?")
    story.ticket = public_id(buyer)
    opened = story.shop.sql(f"SELECT created_at FROM tickets_ticket WHERE public_id = '{story.ticket}'")[0][0]
    due = clocks(story.shop, story.ticket)["first_response"]["due"]
    assert abs(due - instant(opened) - timedelta(hours=19)) < timedelta(seconds=1)  # fifteen of them at night
    expect(buyer.locator("#strip time")).to_have_attribute("data-due", due.isoformat())
    expect(buyer.locator("[data-connection]").first).to_have_text("Connected")
    stay(buyer)

    open_conversation(agent, QUESTION)
    head, order = agent.locator("#head"), agent.locator("#context")
    expect(head.locator("time[data-countdown]").first).to_have_text(re.compile(r"^1[89]h \d\dm$"))
    expect(order).to_contain_text("Order 2041")
    expect(order).to_contain_text("Canvas tote bag")
    expect(order).to_contain_text("Paid")
    expect(order).to_contain_text("Dispatched by Mon")

    wire = story.people.wires[buyer]
    wire.forget()
    agent.get_by_role("button", name="Take").click()
    write_as(agent, "Note", f"Stock says {SECRET}: do not promise a size.")
    expect(agent.locator("article.note[data-seq]")).to_contain_text(SECRET)
    write_as(agent, "Reply", "Of course. Which address shall it be?")
    expect(buyer.get_by_role("log")).to_contain_text("Of course. Which address shall it be?")
    # What else the buyer could ask for: the log, and the page as a whole.
    number = number_of(story, story.ticket)
    status, page_of_messages = ask(buyer, "GET", f"/api/v1/tickets/{number}/messages/")
    assert status == 200
    assert "Of course" in str(page_of_messages)
    tab = story.people.tab(buyer.context)
    tab.goto(buyer.url)
    expect(tab.get_by_role("log")).to_contain_text("Of course. Which address shall it be?")
    expect(tab.locator("[data-connection]").first).to_have_text("Connected")
    for heard in (wire, story.people.wires[tab]):
        heard.settle()
        assert heard.unread == []
        assert heard.places_of("Which address shall it be?"), "the recorder must hear what the buyer gets"
        assert heard.places_of(SECRET) == []
    assert "frame" in wire.places_of("Which address shall it be?")
    tab.close()
    assert stayed(buyer)
    assert stayed(agent)
    story.shot(agent, "console-ticket")
    story.shot(buyer, "portal-ticket")


# --- 3 ------------------------------------------------------------------------------------------------------
def the_clocks_tell(story: Story) -> None:
    """What was met, what runs, and that waiting holds nothing but the resolution."""
    shop, buyer, agent = story.shop, story.buyer, story.agent
    assert states(shop, story.ticket) == {"first_response": "met", "resolution": "running"}

    say(buyer, "12 Palm Road, Cebu.")
    expect(agent.get_by_role("log")).to_contain_text("12 Palm Road, Cebu.")
    eventually(lambda: states(shop, story.ticket).get("next_response"), "running", buyer)
    asked = shop.sql(
        "SELECT m.created_at FROM tickets_message m JOIN tickets_stream s ON s.id = m.stream_id JOIN "
        f"tickets_ticket t ON t.id = s.ticket_id WHERE t.public_id = '{story.ticket}' AND m.body LIKE '12 Palm%'"
    )
    began = instant(asked[0][0]).replace(microsecond=0)  # clocks count whole seconds
    assert clocks(shop, story.ticket)["next_response"]["started_at"] == began

    agent.locator("summary").filter(has_text="Status:").click()
    agent.get_by_role("button", name="Waiting for the buyer").click()
    eventually(lambda: states(shop, story.ticket)["resolution"], "paused", agent)
    waiting = clocks(shop, story.ticket)
    assert waiting["resolution"]["due"] is None
    assert waiting["next_response"]["state"] == "running"

    write_as(agent, "Reply", "It is changed.")
    expect(buyer.get_by_role("log")).to_contain_text("It is changed.")
    eventually(lambda: states(shop, story.ticket)["next_response"], "met", agent)
    assert states(shop, story.ticket)["resolution"] == "paused"


# --- 4 ------------------------------------------------------------------------------------------------------
def a_chat_survives_a_power_cut(story: Story) -> None:
    """Both write at once, the server dies in the middle and comes back: one log, on both screens, by itself."""
    chat = start_chat(story, "2052")
    both = {"buyer": story.buyer, "agent": story.agent}
    see_each_other(story)
    for page in both.values():
        stay(page)
    server = story.shop.servers[0]
    talk(both, range(8))
    server.kill()
    talk(both, range(8, 14))  # into the dark: kept on each side
    for page in both.values():
        expect(page.locator("html")).not_to_have_attribute("data-link", "connected")
    server.start()
    talk(both, range(14, 20))
    wait_for_all(story.shop, both, chat, said=40)
    for page in both.values():
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
        assert stayed(page)
    story.shot(story.agent, "console-chat")
    story.shot(story.buyer, "portal-chat")
    story.agent.get_by_role("button", name="End chat").click()
    expect(story.buyer.get_by_role("log")).to_contain_text("ended the chat")


def start_chat(story: Story, number: str) -> str:
    """From an order to a chat that an agent has accepted; the ticket it is kept on."""
    buyer, agent = story.buyer, story.agent
    buyer.goto(story.url(f"/orders/{story.shop.facts['orders'][number]}/"))
    buyer.get_by_role("link", name="Chat about this order").click()
    buyer.get_by_label("Your question").fill(HELLO)
    accept = agent.get_by_role("button", name="Accept the chat of Ana Reyes")
    expect(accept).to_have_count(0)
    stay(agent)
    buyer.get_by_role("button", name="Start the chat").click()
    expect(buyer.locator("#strip")).to_contain_text("You are next in the queue")
    expect(accept).to_be_visible()
    assert stayed(agent)
    accept.click()
    expect(agent.get_by_role("main").get_by_role("heading", level=1)).to_have_text(HELLO)
    expect(buyer.locator("#strip")).to_contain_text("You are chatting with Mia Chen")
    for page in (buyer, agent):
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
    return public_id(buyer)


def see_each_other(story: Story) -> None:
    """Who types is seen while typing; what was read is marked."""
    buyer, agent = story.buyer, story.agent
    composer(buyer).press_sequentially("I am ty")
    expect(agent.locator("[data-typing]")).to_be_visible()
    expect(agent.locator("[data-typing]")).to_contain_text("Ana Reyes is typing")
    composer(buyer).fill("")
    expect(agent.locator("[data-typing]")).to_be_hidden()
    composer(agent).press_sequentially("So am ")
    expect(buyer.locator("[data-typing]")).to_contain_text("Mia Chen is typing")
    composer(agent).fill("")
    expect(buyer.locator("article[data-own]").last).to_contain_text("Read")


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
    chats = "SELECT count(*) FROM livechat_session s JOIN tickets_ticket t ON t.id = s.ticket_id"
    assert shop.sql(f"{chats} WHERE t.public_id = '{story.later}'") == [(0,)]


# --- 6 ------------------------------------------------------------------------------------------------------
def a_specialist_answers(story: Story) -> None:
    """A question in detail, to those who know, for a time that the buyer is told; then the complete answer."""
    shop, buyer, agent, specialist = story.shop, story.buyer, story.agent, story.specialist
    shop.set_time(at(MONDAY, 9, 30))
    buyer.goto(story.url(f"/tickets/{story.ticket}/"))
    expect(buyer.locator("[data-connection]").first).to_have_text("Connected")
    story.people.sign_in(specialist, story.url("/"), shop.facts["staff"]["specialist"])
    specialist.goto(story.url("/console/"))
    expect(specialist.locator("[data-connection]").first).to_have_text("Connected")
    stay(specialist)

    agent.goto(story.url(f"/console/t/{number_of(story, story.ticket)}/"))
    agent.get_by_role("button", name="Escalate").click()
    dialog = agent.get_by_role("dialog", name="Escalate")
    dialog.get_by_label("The question, in detail").fill("Too short")
    dialog.get_by_label("What you have checked").fill("The carrier's page, the label, the address.")
    dialog.get_by_label("Ask").select_option("specialists")
    promised = at(MONDAY, 15)
    dialog.get_by_label("Answered by").fill(promised.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M"))
    dialog.get_by_label("Words to the buyer").fill("Sofia knows the carrier.")
    ask_them = dialog.get_by_role("button", name="Ask the specialists")
    ask_them.click()
    expect(dialog.get_by_role("alert").first).to_contain_text("at least 20 characters")
    dialog.get_by_label("The question, in detail").fill(
        "Does the carrier deliver to Palm Road in Cebu at all?"
    )
    ask_them.click()
    expect(dialog).to_be_hidden()

    told = buyer.get_by_role("log")
    expect(told).to_contain_text("A specialist looks into this. You get the complete answer by")
    expect(told).to_contain_text("Sofia knows the carrier.")
    expect(buyer.locator("#strip time")).to_have_attribute("data-due", promised.isoformat())
    clock = clocks(shop, story.ticket, "escalation")["escalation_answer"]
    assert (clock["state"], clock["due"]) == ("running", promised)

    open_conversation(specialist, QUESTION)
    asked = specialist.get_by_role("region", name="Escalation")
    expect(asked).to_contain_text("Does the carrier deliver to Palm Road in Cebu at all?")
    expect(asked).to_contain_text("The carrier's page, the label, the address.")
    asked.get_by_role("button", name="Answer").click()
    answer = specialist.get_by_role("dialog", name="Answer the question")
    answer.get_by_label("The complete answer").fill("Yes, on Tuesdays and Fridays; yours comes on Tuesday.")
    answer.get_by_role("button", name="Send to the buyer").click()
    expect(answer).to_be_hidden()
    expect(told).to_contain_text("Yes, on Tuesdays and Fridays; yours comes on Tuesday.")
    assert stayed(specialist)
    assert states(shop, story.ticket, "escalation") == {"escalation_answer": "met"}
    assert shop.sql("SELECT state FROM tickets_escalation") == [("answered",)]


# --- 7 ------------------------------------------------------------------------------------------------------
def a_clock_runs_out(story: Story) -> None:
    """Late at its due time, not at the worker's round; every screen says so by itself, with true counts."""
    shop, agent, manager = story.shop, story.agent, story.manager
    story.people.sign_in(manager, story.url("/"), shop.facts["staff"]["manager"])
    expect(manager).to_have_url(story.url("/dashboard/"))
    agent.goto(story.url("/console/"))
    for page in (agent, manager):
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
        stay(page)
    before = counts_by_sql(shop)
    assert counts_shown(manager) == before
    row = agent.locator("#team ~ .row-t").first
    expect(row.get_by_role("img", name="Late")).to_have_count(0)
    due = at(MONDAY, 13)
    assert states(shop, story.later) == {"first_response": "running", "resolution": "running"}
    shop.set_time(due + timedelta(seconds=40))
    expect(row).to_contain_text("Does the blue mug fit")
    expect(row.get_by_role("img", name="Late")).to_be_visible()
    late = clocks(shop, story.later)["first_response"]
    assert (late["state"], late["due"], late["breached_at"]) == ("breached", due, due)
    eventually(lambda: counts_shown(manager)["late"], before["late"] + 1, manager)
    eventually(lambda: counts_shown(manager), counts_by_sql(shop), manager)
    expect(manager.locator("#next")).to_contain_text("Does the blue mug fit")
    for page in (agent, manager):
        assert stayed(page)
    story.shot(agent, "console-late")
    story.shot(manager, "dashboard-late")


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
