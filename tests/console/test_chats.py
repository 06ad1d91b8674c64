"""Chats in the console: what one is asked to take, what one may do with a chat, writing it up, the page for who leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.actions import count_miss, set_chat_places, set_presence
from accounts.models import Membership, Presence
from livechat import actions
from livechat.models import Session
from tests.factories import House, actor, log_in, make_buyer, make_house, make_order


@pytest.fixture
def house(db: None) -> House:
    return make_house()


def start(house: House, name: str = "Ana Ruiz") -> Session:
    buyer = make_buyer(name)
    return actions.open_chat(
        actor=actor(buyer), team="orderhelp", body="Is it cotton?", order=make_order(buyer)
    )


def queue(client: Client) -> str:
    return client.get("/console/queue/").content.decode()


def test_what_one_is_asked_to_take_stands_out(client: Client, house: House) -> None:
    set_presence(actor=actor(house.agent), switch="on")
    session = start(house)
    assert actions.route() == 1
    log_in(client, house.agent)
    shown = queue(client)
    assert 'class="live-t is-asked"' in shown
    assert f"/live/{session.public_id}/decline/" in shown
    head = client.get(f"/console/t/{session.ticket_id}/head/").content.decode()
    assert "Decline" in head
    log_in(client, house.agent2)
    shown = queue(client)
    assert "is-asked" not in shown
    assert f"{house.agent.display_name} is asked" in shown


def test_it_is_offered_on_every_page_of_the_desk(client: Client, house: House) -> None:
    set_presence(actor=actor(house.agent), switch="on")
    session = start(house)
    assert actions.route() == 1
    log_in(client, house.agent)
    assert 'data-live-src="/console/me/?queue=no"' in client.get("/console/chats/").content.decode()
    shown = client.get("/console/me/?queue=no").content.decode()
    assert f"/live/{session.public_id}/decline/" in shown
    assert f'data-session="{session.public_id}"' in shown and "data-until" in shown
    assert (
        f'action="/live/{session.public_id}/accept/">' in shown
    )  # a form of its own: it leads away from here
    assert "data-incoming" in shown
    beside_the_queue = client.get("/console/me/").content.decode()
    assert session.public_id not in beside_the_queue and "data-incoming" not in beside_the_queue
    log_in(client, house.agent2)
    others = client.get("/console/me/?queue=no").content.decode()
    assert session.public_id in others and "data-until" not in others


def test_two_missed_are_told_to_whom_they_sent_away(client: Client, house: House) -> None:
    log_in(client, house.agent)
    set_presence(actor=actor(house.agent), switch="on")
    count_miss(person_id=house.agent.pk)
    assert "missed two chats" not in client.get("/console/me/").content.decode()
    count_miss(person_id=house.agent.pk)
    told = client.get("/console/me/").content.decode()
    assert "missed two chats" in told and "You are away" in told
    set_presence(actor=actor(house.agent), switch="on")
    assert "missed two chats" not in client.get("/console/me/").content.decode()
    set_presence(actor=actor(house.agent), switch="away")  # of one's own will
    assert "missed two chats" not in client.get("/console/me/").content.decode()


def test_what_one_may_do_with_a_chat(client: Client, house: House) -> None:
    session = start(house)
    head = f"/console/t/{session.ticket_id}/head/"
    actions.accept_chat(actor=actor(house.agent), session=session.public_id)
    words = ("Hand over", "Call back", "Join", "Take over", "End chat", "Accept chat")
    seen = {
        house.agent: {"Hand over", "End chat"},
        house.agent2: {"Join"},
        house.manager: {"Hand over", "Join", "Take over", "End chat"},
    }
    for person, expected in seen.items():
        log_in(client, person)
        shown = client.get(head).content.decode()
        assert {word for word in words if f">{word}<" in shown} == expected, person
    log_in(client, house.agent)
    choices = client.get(f"/console/t/{session.ticket_id}/choices/").content.decode()
    assert 'id="d-transfer"' in choices
    assert "team:specialists" in choices


def test_writing_it_up_frees_the_place(client: Client, house: House) -> None:
    session = start(house)
    actions.accept_chat(actor=actor(house.agent), session=session.public_id)
    actions.end_chat(actor=actor(house.agent), session=session.public_id)
    log_in(client, house.agent)
    assert "write up" in queue(client)
    assert 'id="wrap-up"' in client.get(f"/console/t/{session.ticket_id}/head/").content.decode()
    said = {"note": "Asked about cotton", "tags": "cotton, summer", "solve": "on"}
    assert client.post(f"/live/{session.public_id}/wrap-up/", said).status_code == 302
    session.refresh_from_db()
    assert session.state == "ended"
    assert sorted(session.ticket.tagged.values_list("tag__name", flat=True)) == ["cotton", "summer"]
    assert 'id="wrap-up"' not in client.get(f"/console/t/{session.ticket_id}/head/").content.decode()


def test_a_refused_hand_over_says_why(client: Client, house: House) -> None:
    session = start(house)
    actions.accept_chat(actor=actor(house.agent), session=session.public_id)
    log_in(client, house.agent)
    address = f"/live/{session.public_id}/transfer/"
    for to, words in (
        ("", "Choose a colleague or a team."),
        (f"agent:{house.agent2.public_id}", "is not there just now"),
        ("team:nope", "There is no such team."),
    ):
        answer = client.post(address, {"to": to, "words": "Kept"}, headers={"HX-Request": "true"})
        assert answer.status_code in (400, 409)
        assert words in answer.content.decode()
    session.refresh_from_db()
    assert session.handed_at is None


def test_the_page_about_chats_costs_the_same_for_many(
    client: Client, house: House, django_assert_max_num_queries: Any
) -> None:
    log_in(client, house.manager)
    start(house)
    client.get("/console/chats/")
    with django_assert_max_num_queries(24) as few:
        shown = client.get("/console/chats/").content.decode()
    assert "Ana Ruiz" in shown
    for number in range(5):
        session = start(house, f"Buyer {number}")
        if number % 2:
            actions.accept_chat(actor=actor(house.agent), session=session.public_id)
    with django_assert_max_num_queries(24) as many:
        shown = client.get("/console/chats/").content.decode()
    assert len(many) == len(few)
    assert shown.count("Take over the chat of") == 2
    assert f"{house.agent.display_name}" in shown


def test_places_are_kept_and_bad_numbers_are_told(client: Client, house: House) -> None:
    set_chat_places(actor=actor(house.manager), person=house.agent.public_id, most=4)
    log_in(client, house.agent)
    assert client.post("/console/chats/places/", {"places": "2", "auto_accept": "on"}).status_code == 302
    row = Presence.objects.get(person=house.agent)
    assert (row.chat_capacity, row.auto_accept) == (2, True)
    for bad in ("9", "x", "-1", "1.5"):
        answer = client.post("/console/chats/places/", {"places": bad})
        assert answer.status_code == 400
        assert 'role="alert"' in answer.content.decode()
    row.refresh_from_db()
    assert (row.chat_capacity, row.auto_accept) == (2, True)


def test_a_lead_sees_their_desks_and_nobody_elses(client: Client, house: House) -> None:
    start(house)
    Membership.objects.filter(person=house.agent2, team__code="orderhelp").update(role="lead")
    log_in(client, house.agent2)
    assert "Ana Ruiz" in client.get("/console/chats/").content.decode()
    log_in(client, house.agent)
    assert "Ana Ruiz" not in client.get("/console/chats/").content.decode()
