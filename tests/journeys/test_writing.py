"""A reply is written: found in another browser, taken back, put in by a macro, and a colleague sees that it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import composer, eventually, log_of, type_until
from tests.servers import Shop

pytestmark = pytest.mark.journey

# A ticket of somebody who does not look at it, and a macro for everybody.
DESK = """
import json
from accounts.models import Person
from accounts.queries import actor_of_person
from orders.models import Order
from tickets.actions import open_ticket
from tickets.actions.macros import save_macro
of = {row.email: row for row in Person.objects.exclude(email=None)}
buyer = actor_of_person(of["carla@example.com"])
order = Order.objects.get(number="4001")
ticket = open_ticket(actor=buyer, category="order", subject="Where is it?", body="It was due today. How long does delivery take?", order=order)
boss = actor_of_person(Person.objects.get(email="%(manager)s"))
save_macro(actor=boss, name="On its way", body="Dear {{ buyer.first_name }}, order {{ order.number }} is on its way.",
           deeds={"status": "waiting", "add_tags": ["delay"]}, shared="all")
print(json.dumps({"ticket": ticket.public_id, "number": ticket.number}))
"""


def test_what_is_written_is_never_lost(
    house: Shop, people: People, shot: Callable[[Page, str], None]
) -> None:
    staff = house.facts["staff"]
    made: dict[str, Any] = json.loads(
        house.run("manage.py", "shell", "-v0", "-c", DESK % staff).splitlines()[-1]
    )
    ticket, url = made["ticket"], house.url(f"/console/t/{made['number']}/")
    tom = people.signed_in(house, staff["agent"])
    _open(tom, url)
    _draft_is_found_elsewhere(people, house, tom, url)
    _sent_and_taken_back(house, tom, ticket)
    _a_macro_says_what_it_does(house, tom, ticket, shot)
    _a_macro_goes_in_from_the_palette(tom)
    boss = _a_colleague_sees_it(people, house, tom, url)
    _two_replies_cross(house, tom, boss, ticket)
    _the_line_goes_in_the_middle(house, tom, ticket)


def _open(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-connection]").first).to_have_text("Connected")


def _draft_is_found_elsewhere(people: People, house: Shop, tom: Page, url: str) -> None:
    """In another browser, reply and note apart; the window that is behind is told."""
    composer(tom).fill("The parcel left on")
    expect(tom.locator("[data-saved]")).to_contain_text("Saved")
    tom.get_by_role("tab", name="Note").click()
    expect(composer(tom)).to_have_value("")
    composer(tom).fill("Carrier is slow.")
    expect(tom.locator("[data-saved]")).to_contain_text("Saved")
    home = people.signed_in(house, house.facts["staff"]["agent"])
    _open(home, url)
    expect(composer(home)).to_have_value("The parcel left on")
    home.get_by_role("tab", name="Note").click()
    expect(composer(home)).to_have_value("Carrier is slow.")
    home.get_by_role("tab", name="Reply").click()
    composer(home).fill("The parcel left on Monday.")
    expect(home.locator("[data-saved]")).to_contain_text("Saved")
    tom.get_by_role("tab", name="Reply").click()
    composer(tom).fill("The parcel left on Tuesday.")
    both = tom.locator("[data-both-texts]")
    expect(both).to_contain_text("The parcel left on Monday.")
    both.get_by_role("button", name="Take that one").click()
    expect(composer(tom)).to_have_value("The parcel left on Monday.")
    home.context.close()
    people.contexts.remove(home.context)


def _sent_and_taken_back(house: Shop, tom: Page, ticket: str) -> None:
    """Undo within ten seconds, even after a reload; nothing reached the buyer."""
    before = log_of(house, ticket)
    composer(tom).press("Control+Enter")
    expect(composer(tom)).to_have_value("")
    expect(tom.locator("#sending")).to_contain_text("Sending in")
    tom.reload()
    expect(tom.locator("#sending")).to_contain_text("To Carla Conti")
    tom.locator("#main").press("z")
    expect(composer(tom)).to_have_value("The parcel left on Monday.")
    expect(tom.locator("#sending form")).to_have_count(0)
    assert log_of(house, ticket) == before


def _a_macro_says_what_it_does(
    house: Shop, tom: Page, ticket: str, shot: Callable[[Page, str], None]
) -> None:
    """Words and deeds are seen first, a deed can be left out, the rest is done with the reply."""
    composer(tom).fill("")
    composer(tom).press(";")
    panel = tom.get_by_role("dialog", name="Macros")
    expect(panel.get_by_role("option", name="On its way")).to_be_visible()
    panel.get_by_role("combobox").fill("way")
    expect(panel).to_contain_text("Dear Carla, order 4001 is on its way.")
    expect(panel).to_contain_text("Tags: +delay")
    shot(tom, "writing-macro")
    panel.get_by_role("combobox").press("Enter")
    expect(composer(tom)).to_have_value("Dear Carla, order 4001 is on its way.")
    tom.get_by_role("button", name="Leave out: Tags: +delay").click()
    composer(tom).press("Control+Enter")
    expect(tom.locator("#sending")).to_contain_text("Sending in")
    house.shift_clock(float(house.clock.read_text()) + 11)  # the ten seconds are over
    words = "Dear Carla, order 4001 is on its way."
    expect(tom.get_by_role("log")).to_contain_text(words)
    expect(tom.locator("#sending form")).to_have_count(0)
    state = f"SELECT status FROM tickets_ticket WHERE public_id = '{ticket}'"
    eventually(lambda: house.sql(state)[0][0], "waiting", tom)
    assert [body for _, body in log_of(house, ticket)][-1] == words
    assert house.sql("SELECT count(*) FROM tickets_tickettag")[0][0] == 0


def _a_macro_goes_in_from_the_palette(tom: Page) -> None:
    """Seen first, put in by Enter; what it does waits in the draft, which another page of the writer's finds."""
    tom.keyboard.press("Control+k")
    tom.keyboard.type("On its w")
    option = tom.locator("#pal-list").get_by_role("option", name="On its way", exact=True)
    expect(option).to_have_attribute("aria-selected", "true")
    expect(tom.locator("#pal-see")).to_contain_text("Dear Carla, order 4001 is on its way.")
    tom.keyboard.press("Enter")
    expect(composer(tom)).to_have_value("Dear Carla, order 4001 is on its way.")
    expect(tom.locator("[data-saved]")).to_contain_text("Saved")
    tom.reload()
    expect(composer(tom)).to_have_value("Dear Carla, order 4001 is on its way.")
    for deed in ("Tags: +delay", "Status: waiting for the buyer"):
        tom.get_by_role("button", name=f"Leave out: {deed}").click()
    expect(tom.locator("[data-connection]").first).to_have_text("Connected")
    composer(tom).fill("")
    tom.get_by_role("button", name="Insert").first.click()  # an answer, with its link
    expect(composer(tom)).to_have_value(re.compile(r"^.+: http.+/help/a/"))
    composer(tom).fill("")


def _a_colleague_sees_it(people: People, house: Shop, tom: Page, url: str) -> Page:
    """Who looks on, and who writes, without a reload."""
    boss = people.signed_in(house, house.facts["staff"]["manager"])
    _open(boss, url)
    name = house.sql(f"SELECT name FROM accounts_person WHERE email = '{house.facts['staff']['agent']}'")[0][
        0
    ]
    expect(boss.locator("#others")).to_contain_text(f"{name} looks at this too")
    type_until(tom, "One more thing ", boss.locator("#others").filter(has_text=f"{name} is writing"))
    expect(tom.locator("#others")).to_contain_text("looks at this too")
    return boss


def _two_replies_cross(house: Shop, tom: Page, boss: Page, ticket: str) -> None:
    """A colleague is faster: the reply waits until its writer has looked, and goes then."""
    composer(boss).fill("I have called the carrier about it.")
    composer(boss).press("Control+Enter")
    expect(boss.locator("#sending")).to_contain_text("Sending in")
    house.shift_clock(float(house.clock.read_text()) + 11)
    expect(tom.get_by_role("log")).to_contain_text("I have called the carrier")
    before = log_of(house, ticket)
    composer(tom).press("Control+Enter")
    held = tom.locator("[data-held]")
    expect(held).to_be_visible()
    assert log_of(house, ticket) == before
    held.get_by_role("button", name="Send as it is").click()
    expect(tom.locator("#sending")).to_contain_text("Sending in")
    house.shift_clock(float(house.clock.read_text()) + 11)
    expect(tom.get_by_role("log")).to_contain_text("One more thing")


def _the_line_goes_in_the_middle(house: Shop, tom: Page, ticket: str) -> None:
    """Offline while a reply is written: it says so, keeps every word, and sends it once when the line is back."""
    words = "It arrives on Thursday, and that is certain."
    composer(tom).fill("It arrives on Thursday,")
    tom.context.set_offline(True)
    composer(tom).press("End")
    tom.keyboard.type(" and that is certain.")
    expect(tom.locator("html")).not_to_have_attribute("data-link", "connected")
    composer(tom).press("Control+Enter")
    expect(tom.locator("[data-bubble]")).to_contain_text(words)
    expect(tom.locator("[data-connection]").first).to_contain_text("1")  # unsent
    tom.context.set_offline(False)
    expect(tom.locator("[data-connection]").first).to_have_text("Connected")
    expect(tom.locator("[data-bubble]")).to_have_count(0)
    assert [body for _, body in log_of(house, ticket)].count(words) == 1
