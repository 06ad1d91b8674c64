"""What people get wrong: each time clear words in the right place, the right status, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.factories import PASSWORD
from tests.journeys.conftest import People
from tests.journeys.kit import composer, eventually, log_of, public_id, say, thread_of
from tests.servers import Shop

pytestmark = pytest.mark.journey

MEGABYTE = 1024 * 1024
NASTY = {
    "markup": "<b>bold</b> & <img src=x onerror=alert(1)> &amp; </textarea>",
    "script": "<script>alert(document.cookie)</script>{{ 7*7 }}{% now %}",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202egnp.exe\u202c \u0645\u0631\u062d\u0628\u0627 123",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 é 漢字 𝕏 ﷽",
    "lines": "one\n\n  two   three\n\tfour",
}


@pytest.fixture
def carla(house: Shop, people: People) -> Page:
    """A page of a buyer who may make a mess."""
    page = people.signed_in(house, house.facts["other_buyer"], timezone_id="Europe/Rome")
    page.on("dialog", lambda dialog: people.troubles.append(f"a dialog opened: {dialog.message}"))
    return page


def new_ticket(house: Shop, page: Page, subject: str, body: str) -> None:
    """Fill the form, and leave it unsent."""
    page.goto(house.url("/tickets/new/?category=product"))
    page.get_by_label("In one line").fill(subject)
    page.get_by_label("What happened?").fill(body)


def made(house: Shop, subject: str) -> int:
    """How many tickets have this title."""
    return int(house.sql(f"SELECT count(*) FROM tickets_ticket WHERE subject = '{subject}'")[0][0])


def opened(house: Shop, page: Page, subject: str) -> str:
    """A new ticket on the page that talks it through."""
    new_ticket(house, page, subject, "A plain question.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("A plain question.")
    return public_id(page)


# --- files ----------------------------------------------------------------------------------------------------
def files() -> list[Any]:
    """A wrong kind behind a right name, nothing, and too much."""
    program = {"name": "photo.png", "mimeType": "image/png", "buffer": b"MZ\x90\x00" + bytes(200)}
    nothing = {"name": "nothing.pdf", "mimeType": "application/pdf", "buffer": b""}
    big = {"name": "big.txt", "mimeType": "text/plain", "buffer": b"a" * (10 * MEGABYTE + 1)}
    return [program, nothing, big]


WHY_NOT = {
    "photo.png": "“photo.png” is not an image (PNG, JPEG, GIF, WebP), a PDF or plain text.",
    "nothing.pdf": "This file is empty. Choose it again.",
    "big.txt": "This file is larger than 10 MB. Send a smaller one.",
}


def test_files_that_do_not_fit_say_so_beside_themselves(house: Shop, carla: Page) -> None:
    new_ticket(house, carla, "About a file", "See the picture.")
    carla.get_by_label("Add files").first.set_input_files(files())
    for name, why in WHY_NOT.items():
        row = carla.locator("[data-upload-list] > li").filter(has_text=name)
        expect(row.get_by_role("alert")).to_have_text(why)
    expect(carla.get_by_label("What happened?")).to_have_value("See the picture.")
    carla.get_by_role("button", name="Send").click()
    expect(carla.get_by_role("log")).to_contain_text("See the picture.")
    assert house.sql("SELECT count(*) FROM tickets_attachment") == [(0,)]


def test_files_that_do_not_fit_are_refused_without_script_too(
    house: Shop, people: People, carla: Page
) -> None:
    page = people.open(java_script_enabled=False, storage_state=carla.context.storage_state())
    words = {
        "photo.png": WHY_NOT["photo.png"],
        "nothing.pdf": "“nothing.pdf” is empty. Choose the file again.",
        "big.txt": "“big.txt” is larger than 10 MB. Send a smaller one.",
    }
    for file, status in zip(files(), (400, 400, 413), strict=True):
        new_ticket(house, page, "Without script", "Every word stays.")
        page.locator("input[type=file]").set_input_files([file])
        with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
            page.get_by_role("button", name="Send").click()
        assert refused.value.status == status, file["name"]
        expect(page.get_by_role("alert")).to_contain_text(words[file["name"]])
        expect(page.get_by_label("In one line")).to_have_value("Without script")
        expect(page.get_by_label("What happened?")).to_have_value("Every word stays.")
    assert made(house, "Without script") == 0


# --- again ----------------------------------------------------------------------------------------------------
def test_a_form_that_is_sent_again_makes_one_ticket(house: Shop, carla: Page) -> None:
    new_ticket(house, carla, "Only once", "Sent three times.")
    landed = carla.evaluate(
        """() => {
          const form = document.querySelector("#new-ticket");
          const send = () => fetch(form.action, { method: "POST", body: new FormData(form) });
          return Promise.all([send(), send()]).then((answers) => answers.map((one) => one.url));
        }"""
    )
    carla.get_by_role("button", name="Send").click()
    expect(carla.get_by_role("log")).to_contain_text("Sent three times.")
    assert {public_id(carla)} == {url.split("/tickets/")[1].split("/")[0] for url in landed}
    assert made(house, "Only once") == 1


def test_the_back_button_makes_no_second_ticket(house: Shop, carla: Page) -> None:
    new_ticket(house, carla, "Back again", "Sent, and back.")
    carla.get_by_role("button", name="Send").click()
    expect(carla.get_by_role("log")).to_contain_text("Sent, and back.")
    first = public_id(carla)
    carla.go_back()
    expect(carla.get_by_role("button", name="Send")).to_be_visible()
    with carla.expect_response(lambda answer: answer.request.method == "POST") as answer:
        carla.get_by_role("button", name="Send").click()
    # Either the form as it was, whose replay is known, or an empty one, which is refused.
    assert answer.value.status in (302, 400)
    if answer.value.status == 302:
        expect(carla.get_by_role("log")).to_contain_text("Sent, and back.")
        assert public_id(carla) == first
    assert made(house, "Back again") == 1


def test_two_tabs_of_one_chat_show_the_same(house: Shop, people: People, carla: Page) -> None:
    carla.goto(house.url(f"/chat/?team=orderhelp&order={house.facts['orders']['4001']}"))
    carla.get_by_label("Your question").fill("Two tabs are open.")
    carla.get_by_role("button", name="Start the chat").click()
    expect(carla.get_by_role("log")).to_contain_text("Two tabs are open.")
    other = people.tab(carla.context)
    other.goto(carla.url)
    for page in (carla, other):
        expect(page.locator("[data-connection]")).to_have_text("Connected")
    for turn in range(3):
        say(carla, f"from the first tab, {turn}", key="Enter")
        say(other, f"from the second tab, {turn}", key="Enter")
    ticket = public_id(carla)
    eventually(lambda: len(log_of(house, ticket)), 7, carla)
    for page in (carla, other):
        expect(page.locator("[data-thread-list] article[data-seq]")).to_have_count(7)
        eventually(lambda page=page: thread_of(page), log_of(house, ticket), page)
    carla.get_by_role("button", name="Stop waiting, answer me here").click()
    expect(carla.get_by_role("log")).to_contain_text("The chat ended before someone came")


# --- signed out in the middle ---------------------------------------------------------------------------------
def sign_in_again(house: Shop, page: Page) -> None:
    page.locator("[name=login]").fill(house.facts["other_buyer"])
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form.auth-form button[type=submit]").first.click()


def end_session(house: Shop, page: Page) -> None:
    """What the server does when a session has run out: it forgets it."""
    house.facts["states"].pop(house.facts["other_buyer"], None)
    keys = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    house.sql(f"DELETE FROM django_session WHERE session_key = '{keys[0]}' RETURNING 1")


def test_a_session_that_ends_in_the_middle_of_a_reply_loses_no_word(house: Shop, carla: Page) -> None:
    lines: list[WebSocketRoute] = []
    carla.route_web_socket("**/ws/", lambda line: (line.connect_to_server(), lines.append(line)))
    ticket = opened(house, carla, "Away for long")
    expect(carla.locator("[data-connection]")).to_have_text("Connected")
    composer(carla).press_sequentially("half a thought, ")
    end_session(house, carla)
    lines[-1].close()  # the telephone slept: the line is gone, and the session with it
    composer(carla).press_sequentially("and its end")
    expect(carla.locator("[data-connection]")).to_have_text("Signed out")
    composer(carla).press("Control+Enter")
    expect(carla.locator("[data-error]")).to_contain_text("You are signed out. What you wrote is kept here.")
    expect(composer(carla)).to_have_value("half a thought, and its end")
    carla.locator("[data-error]").get_by_role("link", name="Sign in").click()
    sign_in_again(house, carla)
    expect(composer(carla)).to_have_value("half a thought, and its end")
    composer(carla).press("Control+Enter")
    expect(composer(carla)).to_have_value("")
    eventually(
        lambda: [body for _, body in log_of(house, ticket)][1:], ["half a thought, and its end"], carla
    )


def test_it_loses_no_word_without_script_either(house: Shop, people: People, carla: Page) -> None:
    ticket = opened(house, carla, "Away, without script")
    page = people.open(java_script_enabled=False, storage_state=carla.context.storage_state())
    page.goto(house.url(f"/tickets/{ticket}/"))
    composer(page).fill("Typed on an old telephone")
    end_session(house, page)
    page.get_by_role("button", name="Send").click()
    sign_in_again(house, page)
    expect(page.get_by_label("Your message")).to_have_value("Typed on an old telephone")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("Typed on an old telephone")
    assert [body for _, body in log_of(house, ticket)][1:] == ["Typed on an old telephone"]


# --- words ----------------------------------------------------------------------------------------------------
def test_a_text_that_is_too_long_stays_in_its_field(house: Shop, carla: Page) -> None:
    long = "x" * 8001
    new_ticket(house, carla, "Too long", long)
    with carla.expect_response(lambda answer: answer.request.method == "POST") as refused:
        carla.get_by_role("button", name="Send").click()
    assert refused.value.status == 400
    field = carla.get_by_label("What happened?")
    expect(carla.locator("#id_body_error")).to_have_text("This is 1 characters too long: at most 8000 fit.")
    expect(field).to_have_value(long)
    expect(field).to_be_focused()
    expect(carla.get_by_label("In one line")).to_have_value("Too long")
    field.fill("   ")
    carla.get_by_role("button", name="Send").click()
    expect(carla.locator("#id_body_error")).to_have_text("Write something first.")
    assert made(house, "Too long") == 0


def test_a_text_of_megabytes_is_refused_and_waits_behind_the_back_button(house: Shop, carla: Page) -> None:
    new_ticket(house, carla, "Far too long", "")
    field = carla.get_by_label("What happened?")
    size = field.evaluate("(field) => (field.value = ('z'.repeat(999) + '\\n').repeat(3000)).length")
    with carla.expect_response(lambda answer: answer.request.method == "POST") as refused:
        carla.get_by_role("button", name="Send").click()
    assert refused.value.status == 413
    expect(carla.locator("main")).to_contain_text("This is more than we can take in one go.")
    carla.go_back()
    expect(field).to_be_visible()
    assert field.evaluate("(field) => field.value.length") == size
    expect(carla.get_by_label("In one line")).to_have_value("Far too long")
    assert made(house, "Far too long") == 0


def test_a_reply_that_is_too_long_is_not_sent_and_says_so(house: Shop, carla: Page) -> None:
    ticket = opened(house, carla, "Too long a reply")
    composer(carla).fill("y" * 8001)
    expect(carla.locator("[data-error]").first).to_contain_text("1 character too many.")
    composer(carla).press("Control+Enter")
    expect(composer(carla)).to_have_value("y" * 8001)
    composer(carla).press("Backspace")
    expect(carla.locator("[data-error]").first).to_be_hidden()
    composer(carla).press("Control+Enter")
    eventually(lambda: [len(body) for _, body in log_of(house, ticket)][1:], [8000], carla)


def test_whatever_is_written_is_text(house: Shop, carla: Page) -> None:
    ticket = opened(house, carla, "<i>Nasty</i> & <script>alert(1)</script>")
    expect(carla.get_by_role("heading", level=1)).to_have_text("<i>Nasty</i> & <script>alert(1)</script>")
    for words in NASTY.values():
        say(carla, words)
    eventually(lambda: [body for _, body in log_of(house, ticket)][1:], list(NASTY.values()), carla)
    log = carla.get_by_role("log")
    for drawn_by in ("the page", "the server"):
        for words in NASTY.values():
            shown = log.locator(".text").evaluate_all("(rows) => rows.map((row) => row.textContent)")
            assert words in shown, (drawn_by, words)
        assert log.locator("script, img, b, i, textarea").count() == 0, drawn_by
        carla.reload()
        expect(log.locator("article[data-seq]")).to_have_count(1 + len(NASTY))


# --- order numbers --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", ["99999", "3001", "'; DROP TABLE orders_order; --"])
def test_wrong_and_foreign_order_numbers_look_alike(house: Shop, carla: Page, number: str) -> None:
    carla.goto(house.url("/orders/"))
    carla.get_by_label("Order or tracking number").fill(number)
    carla.keyboard.press("Enter")
    expect(carla.get_by_text(f"No order of yours has “{number}”")).to_be_visible()


def test_a_foreign_order_is_as_missing_as_none(house: Shop, carla: Page) -> None:
    foreign = house.facts["orders"]["3001"]
    pages = []
    for order in (foreign, "a" * 20):
        for path in (
            f"/orders/{order}/",
            f"/tickets/new/?order={order}",
            f"/chat/?team=orderhelp&order={order}",
        ):
            answer = carla.goto(house.url(path))
            assert answer is not None
            assert answer.status == 404, path
        pages.append(carla.locator("main").inner_text())
    assert pages[0] == pages[1]


def test_a_foreign_order_number_in_contact_us_attaches_nothing(house: Shop, people: People) -> None:
    page = people.open()
    page.goto(house.url("/contact/"))
    page.get_by_label("E-mail").fill("nobody at example")
    page.get_by_label("What is it about?").select_option("order")
    page.get_by_label("Order number").fill("3001")
    page.get_by_label("In one line").fill("Where is my order?")
    page.get_by_label("What happened?").fill("It is late.")
    page.get_by_role("button", name="Send").click()
    error = page.locator("#id_email_error")
    expect(error).to_be_visible()
    expect(page.get_by_label("What happened?")).to_have_value("It is late.")
    expect(page.get_by_label("Order number")).to_have_value("3001")
    page.get_by_label("E-mail").fill("somebody@example.org")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It has arrived.")
    rows = house.sql("SELECT order_id FROM tickets_ticket WHERE subject = 'Where is my order?'")
    assert rows == [(None,)]
