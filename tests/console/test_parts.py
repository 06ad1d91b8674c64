"""What renews itself on the console: counts, chats that stand once, presence, what a step has to say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from core.clock import now
from livechat.actions import accept_chat, open_chat
from tests.console.conftest import Budget, Scene
from tests.factories import actor, log_in, make_buyer, make_order, make_ticket
from tickets.actions import escalate_ticket, post_message, take_ticket

HTMX = {"HX-Request": "true"}


def part(client: Client, url: str) -> str:
    response = client.get(url, headers=HTMX)
    assert response.status_code == 200, url
    return response.content.decode()


def count(body: str, name: str) -> str:
    found = re.search(rf'id="rows"[^>]*\sdata-{name}="([^"]*)"', body)
    assert found, f"the queue says nothing of {name}"
    return found[1]


def test_all_staff_come_in(scene: Scene) -> None:
    for client in (scene.agent, scene.specialist, scene.manager, log_in(Client(), scene.house.admin)):
        for url in ("/console/", "/console/queue/", "/console/search/?q=mug", "/console/told/"):
            assert client.get(url).status_code == 200, url


def test_the_queue_carries_the_rails_counts(scene: Scene) -> None:
    before = part(scene.agent, "/console/queue/")
    assert (count(before, "mine"), count(before, "waiting"), count(before, "asked")) == ("0", "0", "0")
    take_ticket(actor=actor(scene.house.agent), ticket=scene.ticket.public_id)
    open_chat(actor=actor(scene.buyer), team="orderhelp", order=scene.order, body="Is the mug in it?")
    after = part(scene.agent, "/console/queue/")
    assert (count(after, "mine"), count(after, "waiting")) == ("1", "1")
    escalate_ticket(
        actor=actor(scene.house.agent),
        ticket=scene.ticket.public_id,
        question="May we send it to the front desk?",
        checked="The label is printed, the parcel stands on the shelf.",
        to_team="specialists",
        promised_for=now() + timedelta(days=1),
    )
    assert count(part(scene.specialist, "/console/queue/"), "asked") == "1"
    assert count(part(scene.agent, "/console/queue/"), "asked") == "0"


def test_a_chat_stands_once_and_is_told_of_by_its_session(scene: Scene) -> None:
    chat = open_chat(actor=actor(scene.buyer), team="orderhelp", order=scene.order, body="Is the mug in it?")
    link = f'href="/console/t/{chat.ticket_id}/"'
    waiting = part(scene.agent, "/console/queue/")
    assert waiting.count(link) == 1
    assert f'data-session="{chat.public_id}"' in waiting and 'data-name="Ana Reyes"' in waiting
    accept_chat(actor=actor(scene.house.agent), session=chat.public_id)
    talking = part(scene.agent, "/console/queue/")
    assert talking.count(link) == 1 and "data-session=" not in talking
    assert count(talking, "mine") == "1"


def test_a_step_says_what_it_did_where_the_page_stayed(scene: Scene) -> None:
    url = f"/o/{scene.order.public_id}/cancel/"
    reason = {"next": scene.page, "reason": "She took the wrong size."}
    assert scene.agent.post(url, reason, headers=HTMX).status_code == 204
    assert "is cancelled" in part(scene.agent, "/console/told/")
    assert "is cancelled" not in part(scene.agent, "/console/told/")


def test_presence_renews_the_dot_on_the_rail(scene: Scene) -> None:
    answer = scene.agent.post("/console/presence/", {"switch": "away"}, headers=HTMX).content.decode()
    assert re.search(r'class="on away" id="n-presence" hx-swap-oob="true"', answer)
    assert re.search(r'class="on away" id="n-presence"><', scene.agent.get("/console/").content.decode())


def test_the_question_that_is_answered_is_the_one_asked_last(scene: Scene) -> None:
    for asked in ("Does the blue mug fit into the box?", "And does the large one fit as well?"):
        escalate_ticket(
            actor=actor(scene.house.agent),
            ticket=scene.ticket.public_id,
            question=asked,
            checked="The list of sizes says nothing.",
            to_team="specialists",
            promised_for=now() + timedelta(days=1),
        )
        head = part(scene.specialist, f"{scene.page}head/")
        dialog = head[head.index('id="d-answer"') :]
        assert asked in dialog
        answer = {"answer": "It does not fit at all.", "send_to_buyer": "0", "client_id": key(dialog)}
        url = f"/t/{scene.ticket.public_id}/answer/"
        assert scene.specialist.post(url, answer, headers=HTMX).status_code == 204
        assert 'id="d-answer"' not in part(scene.agent, f"{scene.page}head/")


def key(markup: str) -> str:
    found = re.search(r'name="client_id" value="([^"]+)"', markup)
    assert found
    return found[1]


def test_steps_by_htmx_answer_without_a_page(scene: Scene) -> None:
    t = f"/t/{scene.ticket.public_id}/"
    for door, said in (
        ("take/", {}),
        ("status/", {"status": "on_hold"}),
        ("priority/", {"priority": "high"}),
        ("note/", {"body": "Seen.", "client_id": "0b0f1c9e-5b0f-4a53-8a54-5b7f9d0b6f01"}),
        ("reply/", {"body": "Yes, tomorrow.", "client_id": "0b0f1c9e-5b0f-4a53-8a54-5b7f9d0b6f02"}),
        ("assign/", {"assignee": scene.house.agent2.public_id}),
    ):
        done = scene.agent.post(t + door, said, headers=HTMX)
        assert done.status_code == 204 and "ticket:done" in done["HX-Trigger"], door
    refused = scene.agent.post(f"{t}status/", {"status": "dancing"}, headers=HTMX)
    assert refused.status_code == 400 and "data-error-code" in refused.content.decode()
    assert "Seen." in scene.agent.get(scene.page).content.decode()
    assert "Seen." not in scene.customer.get(f"/tickets/{scene.ticket.public_id}/").content.decode()


@pytest.mark.parametrize("tickets", [3, 60])
def test_budgets_hold_for_any_number_of_tickets(scene: Scene, at_most: Budget, tickets: int) -> None:
    for n in range(tickets):
        buyer = make_buyer(f"Buyer {n}")
        one = make_ticket(buyer, order=make_order(buyer), subject=f"Question {n}")
        if n % 3 == 0:
            take_ticket(actor=actor(scene.house.agent), ticket=one.public_id)
    post_message(actor=actor(scene.buyer), ticket=scene.ticket.public_id, kind="reply", body="Any news?")
    with at_most(12):
        body = part(scene.agent, "/console/queue/")
    assert body.count('class="row-t') == tickets + 1
    with at_most(25):
        scene.agent.get(f"{scene.page}panes/")
    with at_most(12):
        scene.agent.get(f"{scene.page}head/")
    with at_most(14):
        part(scene.agent, "/console/search/?q=Question")


def test_the_links_to_orders_open_a_page_that_staff_read(scene: Scene) -> None:
    url = f"/orders/{scene.order.public_id}/"
    assert f'href="{url}"' in scene.agent.get(scene.page).content.decode()
    read = scene.agent.get(url).content.decode()
    assert "Blue mug" in read and "Cancel the order" not in read and "Get help with this order" not in read
    assert "Cancel the order" in scene.customer.get(url).content.decode()
