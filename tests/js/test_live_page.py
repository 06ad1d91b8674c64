"""The live client in a real Chromium, against a socket that the test holds: what the unit tests cannot see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.js.site import Site

pytestmark = pytest.mark.journey


def test_events_are_drawn_as_text_in_order_with_their_day(blank: Page) -> None:
    site = Site(blank)
    site.event(3, "<img src=x onerror=alert(1)>")
    site.event(1, "a note", stream="stf", kind="note", after_public=2)
    site.event(4, "", kind="event", data={"verb": "joined"})
    site.event(5, "", kind="event", data={"verb": "unknown"})
    site.event(6, "", kind="event", data={"verb": "moved", "text": "Moved on"})
    files = [
        {"name": "a.png", "size": 218_000, "url": "/f/1/"},
        {"name": "b", "size": 1, "url": "javascript:alert(1)"},
    ]
    site.event(7, "last", data={"files": files})
    expect(blank.locator("article").last).to_contain_text("last")
    assert site.bodies() == [
        "first",
        "second",
        "a note",
        "<img src=x onerror=alert(1)>",
        "Ana R.",
        "Moved on",
        "last",
    ]
    assert blank.locator("[data-day]").all_inner_texts() == ["Monday", "Tuesday, November 24"]
    assert blank.locator("img").count() == 0
    assert blank.locator("[data-files] a").all_inner_texts() == ["a.png 213 KB", "b 1 B"]
    assert [a.get_attribute("href") for a in blank.locator("[data-files] a").all()] == ["/f/1/", None]
    expect(blank.locator("article").last.locator("time")).to_have_text("9:05 AM")
    assert site.errors == []


def test_sent_bubble_becomes_the_event_once_and_is_marked_read(blank: Page) -> None:
    site = Site(blank)
    field = blank.locator("textarea")
    expect(blank.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    field.fill("hello")
    field.press("Shift+Enter")
    field.press_sequentially("there")
    field.press("Enter")
    expect(field).to_have_value("")
    expect(blank.locator(".pending [data-f=state]")).to_have_text("Sending…")
    frame = site.wait_sent(1)
    assert frame["body"] == "hello\nthere"
    site.say(op="ack", id=frame["id"], stream="pub", seq=3, created_at="", dup=False)
    expect(blank.locator(".pending [data-f=state]")).to_have_text("Sent")
    site.event(3, frame["body"], who=7, id=frame["id"])
    expect(blank.locator(".pending")).to_have_count(0)
    assert site.bodies() == ["first", "second", "hello\nthere"]
    site.say(op="read", stream="pub", who="buyer", seq=3)
    expect(blank.locator("[data-seq='3'] [data-f=state]")).to_have_text("Read")
    site.say(op="typing", stream="pub", who={"name": "Ana"}, ttl=6)
    expect(blank.locator("[data-typing]")).to_have_text("Ana is typing")
    assert site.errors == []


def test_unsent_survives_a_reload_and_goes_out_by_itself(blank: Page) -> None:
    site = Site(blank)
    blank.locator("textarea").fill("keep me")
    blank.locator("textarea").press("Enter")
    first = site.wait_sent(1)
    blank.reload()
    expect(blank.locator(".pending p")).to_have_text("keep me")
    again = site.wait_sent(2)
    assert again["id"] == first["id"]
    site.event(3, "keep me", who=7, id=again["id"])
    expect(blank.locator(".pending")).to_have_count(0)
    blank.reload()
    expect(blank.locator("[data-connection]")).to_have_text("Connected")
    assert site.bodies() == ["first", "second"]
    expect(blank.locator("textarea")).to_have_value("")


def test_a_refused_message_stays_and_can_go_again(blank: Page) -> None:
    site = Site(blank)
    blank.locator("textarea").fill("no")
    blank.locator("textarea").press("Enter")
    site.say(
        op="nack", id=site.wait_sent(1)["id"], code="closed", message="The desk is closed.", retryable=False
    )
    expect(blank.locator(".pending [data-f=state]")).to_have_text("Not sent: The desk is closed.")
    blank.get_by_role("button", name="Send again").click()
    assert site.wait_sent(2)["id"] == site.sent()[0]["id"]
    expect(blank.get_by_role("button", name="Send again")).to_be_hidden()


def test_log_out_asks_while_something_is_unsent(blank: Page) -> None:
    site = Site(blank)
    blank.locator("textarea").fill("unsent")
    blank.locator("textarea").press("Enter")
    site.wait_sent(1)
    questions: list[str] = []
    answers = ["dismiss", "accept"]
    blank.on("dialog", lambda d: (questions.append(d.message), getattr(d, answers.pop(0))()))
    with blank.expect_event("dialog"):
        blank.get_by_role("button", name="Log out").click()
    expect(blank.locator(".pending")).to_have_count(1)
    with blank.expect_navigation(url="**/out/"):
        blank.get_by_role("button", name="Log out").click()
    assert questions == ["1 message has not been sent. Sign out and throw it away?"] * 2
    expect(blank.locator("[data-connection]")).to_have_text("Connected")
    expect(blank.locator(".pending")).to_have_count(0)


def test_a_reset_draws_the_servers_copy_and_keeps_what_is_unsent(blank: Page) -> None:
    site = Site(blank)
    blank.locator("textarea").fill("on its way")
    blank.locator("textarea").press("Enter")
    sent = site.wait_sent(1)
    site.event(3, "of another time")
    blank.locator("textarea").fill("half a thought")
    site.say(op="reset", stream="pub", reason="epoch")
    expect(blank.locator("[data-seq='3']")).to_have_count(0)
    expect(blank.locator("textarea")).to_have_value("half a thought")
    expect(blank.locator(".pending p")).to_have_text("on its way")
    site.wait_sent(2, "sub")
    assert {"id": "pub", "seq": 2, "epoch": "1"} in [frame["streams"][0] for frame in site.sent("sub")]
    site.event(3, "on its way", who=7, id=sent["id"])
    expect(blank.locator(".pending")).to_have_count(0)
    assert site.bodies() == ["first", "second", "on its way"]


def test_reading_is_not_disturbed_and_the_pill_counts(blank: Page) -> None:
    site = Site(blank)
    for seq in range(3, 9):
        site.event(seq, f"m{seq}")
    scroller = blank.locator("[data-thread-scroll]")
    expect(blank.locator("[data-seq='8']")).to_be_in_viewport()
    scroller.evaluate("el => { el.scrollTop = 0 }")
    site.event(9, "m9")
    site.event(10, "m10")
    expect(blank.locator("[data-new-pill]")).to_have_text("2 new messages")
    assert scroller.evaluate("el => el.scrollTop") == 0
    blank.locator("[data-new-pill]").click()
    expect(blank.locator("[data-seq='10']")).to_be_in_viewport()
    expect(blank.locator("[data-new-pill]")).to_be_hidden()
    assert site.wait_sent(1, "read")["stream"] == "pub"
    assert site.sent("read")[-1]["seq"] == 10


def test_a_message_with_a_file_goes_as_the_form_that_it_is(blank: Page) -> None:
    site = Site(blank)
    blank.locator("form[data-live-composer]").evaluate(
        "form => form.append(Object.assign(document.createElement('input'), {type: 'hidden', name: 'attachment_ids', value: 'a'}))"
    )
    blank.locator("textarea").fill("see the picture")
    with blank.expect_navigation(url="**/reply/"):
        blank.locator("textarea").press("Enter")
    assert site.sent() == []


def test_a_reply_that_crosses_others_words_is_held(blank: Page) -> None:
    site = Site(blank, mode="ticket")
    field = blank.locator("textarea")
    field.press_sequentially("my ans")
    site.event(3, "wait")
    site.event(1, "stock is out", stream="stf", kind="note", after_public=3)
    expect(blank.locator("[data-since]")).to_have_text("2 new since you began")
    field.press("Enter")
    assert site.sent() == []
    field.press("Control+Enter")
    expect(blank.locator("[data-held-text]")).to_have_text("Held. 2 messages came in while you wrote.")
    blank.get_by_role("button", name="Send as it is").click()
    assert site.wait_sent(1)["body"] == "my ans\n" or site.sent()[0]["body"] == "my ans"
    expect(blank.locator("[data-held]")).to_be_hidden()


def test_drafts_limits_and_signed_out_keep_the_text(blank: Page) -> None:
    site = Site(blank)
    blank.locator("textarea").fill("half a thought")
    blank.reload()
    expect(blank.locator("textarea")).to_have_value("half a thought")
    blank.locator("textarea").fill("x" * 8001)
    expect(blank.locator("[data-error]")).to_contain_text("1 character too many")
    expect(blank.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    blank.locator("textarea").fill("after the session")
    blank.context.route("**/ticket/", lambda route: route.fulfill(status=403))
    site.sockets[-1].close(code=4401)
    expect(blank.locator("[data-connection]")).to_have_text("Signed out")
    blank.locator("textarea").press("Enter")
    expect(blank.locator("[data-error] a")).to_have_attribute("href", "/login/?next=%2F")
    expect(blank.locator("textarea")).to_have_value("after the session")
    site.user = "8"
    blank.reload()
    expect(blank.locator("textarea")).to_have_value("")
    site.user = "7"
    blank.reload()
    expect(blank.locator("textarea")).to_have_value("after the session")


def test_regions_are_fetched_anew_but_not_under_the_hand(blank: Page) -> None:
    site = Site(blank)
    expect(blank.locator("#queue b")).to_have_text("round 1")
    assert site.sent("hello")[0]["topics"] == ["inbox"]
    blank.locator("#find").fill("typing")
    site.say(op="changed", topic="inbox", ids=[1])
    blank.wait_for_timeout(400)
    expect(blank.locator("#find")).to_have_value("typing")
    blank.locator("textarea").focus()
    expect(blank.locator("#queue b")).to_have_text("round 2")
    assert site.errors == []


def test_a_menu_that_opens_while_the_answer_is_on_its_way_stays_open(blank: Page) -> None:
    site = Site(blank)
    expect(blank.locator("#queue b")).to_have_text("round 1")
    # At the last moment before the swap, and before the menu's own toggle event.
    blank.evaluate(
        "document.addEventListener('htmx:beforeSwap', () => document.getElementById('menu').open = true, "
        "{capture: true, once: true})"
    )
    site.say(op="changed", topic="inbox", ids=[1])
    expect(blank.locator("#menu button")).to_be_visible()
    expect(blank.locator("#queue b")).to_have_text("round 1")
    blank.locator("#menu summary").click()
    expect(blank.locator("#queue b")).to_have_text("round 3")  # the second answer found no place
    assert site.errors == []


def test_what_was_opened_while_the_answer_is_on_its_way_is_open_in_the_new_one(blank: Page) -> None:
    site = Site(blank)
    expect(blank.locator("#queue b")).to_have_text("round 1")
    blank.evaluate(
        "document.addEventListener('htmx:beforeSwap', () => document.getElementById('more').open = true, "
        "{capture: true, once: true})"
    )
    site.say(op="changed", topic="inbox", ids=[1])
    expect(blank.locator("#queue b")).to_have_text("round 2")
    expect(blank.get_by_text("All of it")).to_be_visible()
    assert site.errors == []


def test_what_was_chosen_is_still_chosen_in_the_new_one(blank: Page) -> None:
    site = Site(blank)
    expect(blank.locator("#queue b")).to_have_text("round 1")
    blank.get_by_role("radio", name="5").check()
    site.say(op="changed", topic="inbox", ids=[1])
    expect(blank.locator("#queue b")).to_have_text("round 2")
    expect(blank.get_by_role("radio", name="5")).to_be_checked()
    expect(blank.get_by_role("radio", name="5")).to_be_focused()
    assert site.errors == []


def test_the_line_is_told_as_it_is_and_comes_back(blank: Page) -> None:
    site = Site(blank)
    site.answering = False
    blank.context.route("**/ticket/", lambda route: route.abort())
    blank.evaluate("states = []; document.addEventListener('live:state', (e) => states.push(e.detail.state))")
    blank.evaluate("dispatchEvent(new Event('online'))")
    blank.locator("textarea").fill("later")
    blank.locator("textarea").press("Enter")
    expect(blank.locator("[data-connection]")).to_have_text("Offline, 1 unsent", timeout=8000)
    assert blank.evaluate("states.indexOf('offline') > 0 && states[0] === 'reconnecting'")
    expect(blank.locator("[data-connection-banner]")).to_contain_text("1 message waits here")
    site.answering = True
    blank.context.unroute("**/ticket/")
    blank.evaluate("dispatchEvent(new Event('online'))")
    expect(blank.locator("[data-connection]")).to_have_text("Connected", timeout=6000)
    assert site.wait_sent(1)["body"] == "later"


def test_countdown_has_words_and_shape(blank: Page) -> None:
    site = Site(blank)
    expect(blank.locator("#late")).to_have_text("26m late")
    expect(blank.locator("[data-countdown-shape]")).to_have_class("is-late")
    expect(blank.locator("[data-countdown-shape]")).to_have_attribute("aria-label", "Late")
    assert site.errors == []
