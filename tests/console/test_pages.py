"""The console's pages: open to staff for the work of their desks, not there for anybody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import transaction

from core.actors import SYSTEM
from core.clock import now
from livechat.actions import open_chat
from orders.actions import add_record
from sla.queries import open_clocks
from tests.console.conftest import Budget, Scene
from tests.factories import actor, log_in, make_buyer, make_ticket
from tickets.actions import escalate_ticket, post_message, set_status
from tickets.models import Escalation

MARKUP = re.compile(r"""<(?:[a-z][^>]*\s)?(?:style=|on[a-z]+=)|<style|<script(?![^>]*\ssrc=)""")
GENERAL = ["/console/", "/console/queue/", "/console/search/?q=2041", "/console/search/"]


def own(scene: Scene) -> list[str]:
    clock = open_clocks("ticket", [scene.ticket.pk])[scene.ticket.pk][0]
    parts = ["", "panes/", "head/", "context/", "choices/", "answers/?body=refund", f"why/{clock.pk}/"]
    return [scene.page + part for part in parts]


def test_an_agent_sees_the_work_of_their_desk(scene: Scene) -> None:
    for url in [*GENERAL, *own(scene)]:
        response = scene.agent.get(url, follow=True)
        assert response.status_code == 200, url
        assert not MARKUP.search(response.content.decode()), f"{url} has inline script or style"


def test_a_buyer_finds_no_console(scene: Scene) -> None:
    for url in [*GENERAL, *own(scene)]:
        response = scene.customer.get(url)
        assert response.status_code == 404, url
        assert "Stock says" not in response.content.decode(), url


def test_a_visitor_signs_in_first(scene: Scene) -> None:
    for url in [*GENERAL, *own(scene)]:
        response = scene.visitor.get(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith("/accounts/login/?next="), url


def test_a_ticket_of_another_desk_is_not_there(scene: Scene) -> None:
    for url in own(scene):
        assert scene.foreign.get(url).status_code == 404, url
    assert scene.ticket.subject not in scene.foreign.get("/console/").content.decode()
    assert scene.ticket.subject not in scene.foreign.get("/console/search/?q=front").content.decode()
    assert scene.manager.get(scene.page).status_code == 200


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_a_number_that_is_none_is_not_there(scene: Scene, number: str) -> None:
    assert scene.agent.get(f"/console/t/{number}/").status_code == 404


def test_the_thread_merges_both_streams_in_one_order(scene: Scene) -> None:
    post_message(actor=actor(scene.buyer), ticket=scene.ticket.public_id, kind="reply", body="Are you there?")
    body = scene.agent.get(scene.page).content.decode()
    places = [body.index(words) for words in ("I ordered a mug", "Stock says no blue M.", "Are you there?")]
    assert places == sorted(places)
    assert "note, staff only" in body


def test_words_of_a_buyer_stay_words(scene: Scene) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    ticket = make_ticket(make_buyer("<b>Eve</b>"), subject=nasty, body=f"{nasty} and more")
    for url in (f"/console/t/{ticket.number}/", "/console/", "/console/search/?q=onerror"):
        body = scene.agent.get(url, follow=True).content.decode()
        assert nasty not in body and "<b>Eve" not in body, url
        assert "&lt;img src=x" in body, url


def test_the_receipt_says_step_by_step_why(scene: Scene) -> None:
    clock = open_clocks("ticket", [scene.ticket.pk])[scene.ticket.pk][0]
    body = scene.agent.get(f"{scene.page}why/{clock.pk}/").content.decode()
    assert body.count("<li>") >= 2
    assert "Standard" in body and "version 1" in body
    assert scene.agent.get(f"{scene.page}why/{clock.pk + 1000}/").status_code == 404


def test_the_order_stands_beside_with_what_may_be_done(scene: Scene) -> None:
    body = scene.agent.get(f"{scene.page}context/").content.decode()
    for words in ("2041", "$19.99", "Blue mug", "Ana Reyes", "Manila", "1 order, 1 ticket"):
        assert words in body, words
    assert 'data-dialog="cancel"' in body
    assert 'aria-disabled="true"' in body and "A return starts once the parcel has arrived." in body


def test_an_agent_cancels_with_the_buyers_reason(scene: Scene) -> None:
    url = f"/o/{scene.order.public_id}/cancel/"
    refused = scene.agent.post(url, {"next": scene.page}, headers={"HX-Request": "true"})
    assert refused.status_code == 400
    scene.order.refresh_from_db()
    assert scene.order.status == "awaiting_shipping"
    done = scene.agent.post(
        url, {"next": scene.page, "reason": "She took the wrong size."}, headers={"HX-Request": "true"}
    )
    assert (done.status_code, done["HX-Redirect"]) == (204, scene.page)
    scene.order.refresh_from_db()
    assert scene.order.status == "cancelled"
    assert 'data-dialog="cancel"' not in scene.agent.get(f"{scene.page}context/").content.decode()


def test_an_escalation_is_a_card_for_those_who_were_asked(scene: Scene) -> None:
    assert scene.specialist.get(scene.page).status_code == 404
    escalate_ticket(
        actor=actor(scene.house.agent),
        ticket=scene.ticket.public_id,
        question="May we send it to the front desk although the label is printed?",
        checked="The label is printed, the parcel stands on the shelf.",
        to_team="specialists",
        promised_for=now() + timedelta(days=1),
    )
    asked = scene.specialist.get(scene.page).content.decode()
    assert "May we send it to the front desk" in asked and "The label is printed" in asked
    assert 'data-dialog="answer"' in asked
    agent = scene.agent.get(scene.page).content.decode()
    assert "May we send it" in agent
    assert 'data-dialog="answer"' not in agent and 'id="go-escalate"' not in agent
    assert f'data-number="{scene.ticket.number}"' in scene.specialist.get("/console/queue/").content.decode()
    assert "May we send" not in scene.customer.get(f"/tickets/{scene.ticket.public_id}/").content.decode()
    answer = {"answer": "Yes: the carrier takes it to the front desk.", "send_to_buyer": "1"}
    url = f"/t/{scene.ticket.public_id}/answer/"
    assert scene.specialist.post(url, answer, headers={"HX-Request": "true"}).status_code == 204
    assert Escalation.objects.get().state == Escalation.State.ANSWERED


def test_the_escalation_dialog_offers_a_time_in_desk_hours(scene: Scene) -> None:
    body = scene.agent.get(f"{scene.page}choices/").content.decode()
    field = re.search(r'<input type="datetime-local"[^>]*>', body)
    assert field and re.search(r'value="\d{4}-\d\d-\d\dT\d\d:\d\d"', field[0])
    assert 'data-buyer-zone="Asia/Manila"' in field[0]
    assert '<option value="specialists">' in body


def test_who_waits_in_chat_stands_first_and_is_accepted(scene: Scene) -> None:
    session = open_chat(
        actor=actor(scene.buyer), team="orderhelp", order=scene.order, body="Is the mug in it?"
    )
    waiting = scene.agent.get("/console/queue/").content.decode()
    assert waiting.index(session.public_id) < waiting.index('id="mine"')
    assert session.public_id not in scene.foreign.get("/console/queue/").content.decode()
    taken = scene.agent.post(f"/live/{session.public_id}/accept/", headers={"HX-Request": "true"})
    assert taken["HX-Redirect"] == f"/console/t/{session.ticket_id}/"
    talking = scene.agent.get(taken["HX-Redirect"]).content.decode()
    assert f"/live/{session.public_id}/end/" in talking and 'data-mode="chat"' in talking


def test_a_solved_ticket_leaves_the_queue(scene: Scene) -> None:
    queue = "/console/queue/"
    assert scene.ticket.subject in scene.agent.get(queue).content.decode()
    set_status(actor=actor(scene.house.agent), ticket=scene.ticket.public_id, status="solved")
    assert scene.ticket.subject not in scene.agent.get(queue).content.decode()
    assert scene.agent.get(scene.page).status_code == 200


def test_presence_is_switched_by_oneself(scene: Scene) -> None:
    assert (
        scene.agent.post("/console/presence/", {"switch": "on"}, headers={"HX-Request": "true"}).status_code
        == 200
    )
    assert "chats can come" in scene.agent.get("/console/").content.decode()
    assert scene.agent.post("/console/presence/", {"switch": "dancing"}).status_code == 400
    assert "chats can come" in scene.agent.get("/console/").content.decode()
    assert scene.customer.post("/console/presence/", {"switch": "on"}).status_code == 404


def test_search_finds_tickets_and_orders_by_what_people_say(scene: Scene) -> None:
    for text in ("2041", "Ana Reyes", scene.buyer.email or "", "front desk", str(scene.ticket.number)):
        body = scene.agent.get(
            "/console/search/", {"q": text}, headers={"HX-Request": "true"}
        ).content.decode()
        assert f"/console/t/{scene.ticket.number}/" in body, text
    body = scene.agent.get("/console/search/", {"q": "2041"}, headers={"HX-Request": "true"}).content.decode()
    assert f"/orders/{scene.order.public_id}/" in body
    nothing = scene.agent.get(
        "/console/search/", {"q": "zzz<"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "zzz&lt;" in nothing


def test_cost_does_not_grow_with_the_queue(scene: Scene, at_most: Budget) -> None:
    with at_most(9):
        scene.agent.get("/console/queue/")
    for n in range(8):
        make_ticket(make_buyer(f"Buyer {n}"), subject=f"Question {n}")
    open_chat(actor=actor(scene.buyer), team="orderhelp", order=scene.order, body="Is the mug in it?")
    with at_most(9):
        body = scene.agent.get("/console/queue/").content.decode()
    assert body.count('class="row-t') == 9 and body.count('class="live-t') == 1
    with at_most(9):
        body = scene.agent.get("/console/queue/", {"status": "live"}).content.decode()
    assert body.count('class="row-t') == 10
    with at_most(13):
        scene.agent.get("/console/")
    with at_most(12):
        scene.agent.get("/console/search/", {"q": "Question"}, headers={"HX-Request": "true"})


def test_cost_of_a_ticket_does_not_grow_with_its_words(scene: Scene, at_most: Budget) -> None:
    for n in range(12):
        by = scene.buyer if n % 2 else scene.house.agent
        post_message(actor=actor(by), ticket=scene.ticket.public_id, kind="reply", body=f"Line {n}")
    with at_most(15):  # with its order and address, the buyer at a glance, answers and one's own drafts
        scene.agent.get(f"{scene.page}panes/")
    with at_most(7):
        scene.agent.get(f"{scene.page}head/")
    escalate_ticket(
        actor=actor(scene.house.agent),
        ticket=scene.ticket.public_id,
        question="May we send it to the front desk although the label is printed?",
        checked="The label is printed, the parcel stands on the shelf.",
        to_team="specialists",
        promised_for=now() + timedelta(days=1),
    )
    with at_most(16):
        scene.agent.get(f"{scene.page}panes/")


def test_a_long_queue_is_shown_in_parts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.console.queries.queue.SHOWN", 3)
    for n in range(4):
        make_ticket(make_buyer(f"Buyer {n}"), subject=f"Question {n}")
    first = scene.agent.get("/console/queue/").content.decode()
    assert first.count('class="row-t') == 3 and "Show more" in first
    rest = scene.agent.get("/console/queue/?most=6").content.decode()
    assert rest.count('class="row-t') == 5 and "Show more" not in rest
    assert scene.agent.get("/console/queue/?most=99999999999999999999&at=x").status_code == 200


def test_a_manager_reads_every_desks_queue(scene: Scene) -> None:
    other = make_ticket(make_buyer(), category="logistics", subject="Where is the parcel?")
    assert other.subject in scene.manager.get("/console/").content.decode()
    assert other.subject not in scene.agent.get("/console/").content.decode()
    assert other.subject in log_in(scene.foreign, scene.house.other_agent).get("/console/").content.decode()


def test_the_order_s_record_stands_beside_the_ticket(scene: Scene) -> None:
    with transaction.atomic():
        add_record(scene.order, actor=SYSTEM, verb="order.paid", at=now(), data={"amount": "19.99"})
    assert "1 step" in scene.agent.get(scene.page).content.decode()
    shown = scene.agent.get(f"{scene.page}record/").content.decode()
    assert "Payment received" in shown
    assert scene.foreign.get(f"{scene.page}record/").status_code == 404
