"""Steps 5 to 8: a closed desk, a specialist, a clock that runs out, a visitor."""

from __future__ import annotations

import uuid
from datetime import timedelta

from playwright.sync_api import expect

from tests.journeys.kit import (
    MANILA,
    MONDAY,
    NEW_YORK,
    SUNDAY,
    THURSDAY,
    ask,
    at,
    clocks,
    counts_by_sql,
    counts_shown,
    eventually,
    in_two_zones,
    open_conversation,
    public_id,
    say_on_socket,
    states,
    stay,
    stayed,
)
from tests.journeys.story import QUESTION, Story


# --- 5 ------------------------------------------------------------------------------------------------------
def out_of_hours(story: Story) -> None:
    """Every door of a closed desk refuses in the same words, and the words become a ticket with its promise."""
    page, shop = story.buyer, story.shop
    question = "Does the blue mug fit into a cup holder of 8 cm?"
    shop.set_time(at(THURSDAY, 22))
    page.goto(story.url(page, "/chat/?team=presales"))
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
    buyer.goto(story.url(buyer, f"/tickets/{story.ticket}/"))
    expect(buyer.locator("[data-connection]").first).to_have_text("Connected")
    story.sign_in(specialist, shop.facts["staff"]["specialist"])
    specialist.goto(story.url(specialist, "/console/"))
    expect(specialist.locator("[data-connection]").first).to_have_text("Connected")
    stay(specialist)

    agent.goto(story.url(agent, f"/console/t/{story.number_of(story.ticket)}/"))
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
    story.sign_in(manager, shop.facts["staff"]["manager"])
    expect(manager).to_have_url(story.url(manager, "/dashboard/"))
    agent.goto(story.url(agent, "/console/"))
    for page in (agent, manager):
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
        stay(page)
    eventually(lambda: counts_shown(manager) == counts_by_sql(shop), True, manager)
    before = counts_by_sql(shop)
    row = agent.locator("#team ~ .row-w .row-t").first
    expect(row.get_by_role("img", name="Late")).to_have_count(0)
    due = at(MONDAY, 13)
    assert states(shop, story.later) == {"first_response": "running", "resolution": "running"}
    shop.set_time(due + timedelta(seconds=40))
    expect(row).to_contain_text("Does the blue mug fit")
    expect(row.get_by_role("img", name="Late")).to_be_visible()
    eventually(lambda: states(shop, story.later)["first_response"], "breached", agent)
    late = clocks(shop, story.later)["first_response"]
    assert (late["due"], late["breached_at"]) == (due, due)
    eventually(lambda: counts_shown(manager)["late"], before["late"] + 1, manager)
    eventually(lambda: counts_shown(manager) == counts_by_sql(shop), True, manager)
    expect(manager.locator("#next")).to_contain_text("Does the blue mug fit")
    for page in (agent, manager):
        assert stayed(page)
    story.shot(agent, "console-late")
    story.shot(manager, "dashboard-late")


# --- 8 ------------------------------------------------------------------------------------------------------
def a_visitor_asks(story: Story) -> None:
    """Without an account: search, an answer, and a question through Contact us."""
    page = story.people.open(timezone_id="Europe/Madrid")
    page.goto(story.url(page, "/"))
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
