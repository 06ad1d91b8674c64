"""What a lead would ask about is told before it is sent, in the same words, by page, API, chat and socket."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from core.errors import Conflict
from livechat import doors
from livechat.models import Session, SessionState
from livechat.protocol import Send, parse
from tests.factories import log_in, make_ticket
from tests.tickets.test_flags import CANNED, escalate
from tickets import actions
from tickets.actions import macros
from tickets.models import Flag, HeldReply, Message, Stream, Ticket

World = SimpleNamespace
READY = f"Ana, {CANNED}"


@pytest.fixture
def scene(world: World) -> World:
    """An escalated ticket of the buyer; the agent's macro is READY."""
    world.ticket = make_ticket(world.buyer_person)
    macros.save_macro(
        actor=world.manager, name="Sorry", body="{{ buyer.first_name }}, " + CANNED, shared="all"
    )
    escalate(world, world.ticket)
    world.client = log_in(Client(), world.house.agent)
    return world


def in_a_chat(scene: World) -> Session:
    Ticket.objects.filter(pk=scene.ticket.pk).update(chatting=True)
    return Session.objects.create(
        ticket=scene.ticket,
        requester=scene.buyer_person,
        team=scene.ticket.team,
        agent=scene.house.agent,
        state=SessionState.ACTIVE,
        queued_at=scene.now,
    )


Answer = tuple[int, dict[str, Any]]


def _answer(response: Any) -> Answer:
    return response.status_code, response.json() if response.content else {}


def by_page(scene: World, body: str, *, sure: bool) -> Answer:
    said = {"body": body, "client_id": uuid.uuid4(), "sure": "1" if sure else ""}
    return _answer(scene.client.post(f"/t/{scene.ticket.public_id}/send/", said))


def by_api(scene: World, body: str, *, sure: bool, door: str = "messages") -> Answer:
    said = {"body": body, "client_id": str(uuid.uuid4()), "sure": sure}
    path = f"/api/v1/tickets/{scene.ticket.number}/{door}/"
    return _answer(scene.client.post(path, said, content_type="application/json"))


def by_api_held(scene: World, body: str, *, sure: bool) -> Answer:
    return by_api(scene, body, sure=sure, door="send")


def by_chat_api(scene: World, body: str, *, sure: bool) -> Answer:
    said = {"body": body, "client_id": str(uuid.uuid4()), "sure": sure}
    path = f"/api/v1/chats/{scene.session.public_id}/messages/"
    return _answer(scene.client.post(path, said, content_type="application/json"))


def by_socket(scene: World, body: str, *, sure: bool) -> Answer:
    stream = Stream.objects.get(ticket=scene.ticket, kind="public").public_id
    try:
        doors.say_on_stream(scene.agent, Send(str(uuid.uuid4()), stream, "reply", body, (), sure))
    except Conflict as error:
        return error.status, error.as_dict()
    return 200, {}


DOORS = [by_page, by_api, by_api_held, by_socket]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("body", "why"), [("Ok.", "next to nothing"), (READY, "escalated")])
def test_told_first_and_flagged_when_sent_all_the_same(
    scene: World, door: Callable[..., Answer], body: str, why: str
) -> None:
    status, told = door(scene, body, sure=False)
    assert (status, told["code"]) == (409, "doubts")
    assert why in told["message"] and why in told["doubts"][0]
    assert not Message.objects.filter(body=body).exists() and not HeldReply.objects.exists()
    status, _ = door(scene, body, sure=True)
    assert status < 300
    if not HeldReply.objects.exists():  # a held one is flagged when it goes out
        assert Flag.objects.count() == 1


@pytest.mark.parametrize("door", [*DOORS, by_chat_api])
def test_in_a_chat_too(scene: World, door: Callable[..., Answer]) -> None:
    scene.session = in_a_chat(scene)
    assert door(scene, "Ok.", sure=False)[0] < 300
    assert door(scene, "👍", sure=False)[0] < 300
    for body in ("…", READY):
        status, told = door(scene, body, sure=False)
        assert (status, told["code"]) == (409, "doubts"), body
        assert door(scene, body, sure=True)[0] < 300
    assert [one.reasons for one in Flag.objects.order_by("pk")] == [["empty"], ["canned_on_escalated"]]


def test_solving_unanswered_is_asked_about_by_page_and_api(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    client = log_in(Client(), world.house.agent)
    page, api = f"/t/{ticket.public_id}/status/", f"/api/v1/tickets/{ticket.number}/status/"
    asked = client.post(page, {"status": "solved"})
    assert asked.status_code == 409 and 'name="sure" value="1"' in asked.content.decode()
    told = client.post(api, {"status": "solved"}, content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (409, "doubts")
    assert client.post(page, {"status": "waiting"}).status_code == 302
    assert client.post(page, {"status": "solved", "sure": "1"}).status_code == 302
    assert Flag.objects.get().reasons == ["solved_unanswered"]
    assert client.post(page, {"status": "solved"}).status_code == 302  # nothing changes: nothing is asked


def test_without_script_the_words_stay_and_a_tick_sends_them(scene: World) -> None:
    path = f"/t/{scene.ticket.public_id}/reply/"
    told = scene.client.post(path, {"body": READY})
    page = told.content.decode()
    assert told.status_code == 409 and READY in page and 'name="sure" value="1"' in page
    assert scene.client.post(path, {"body": READY, "sure": "1"}).status_code == 302


def test_a_buyer_is_asked_nothing(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    client = log_in(Client(), world.buyer_person)
    path = f"/api/v1/tickets/{ticket.number}/messages/"
    assert client.post(path, {"body": "Ok."}, content_type="application/json").status_code == 201


def test_a_replay_gives_its_row_whatever_was_asked_since(scene: World) -> None:
    key, ticket = uuid.uuid4(), make_ticket(scene.buyer_person, subject="Other")
    said = {
        "actor": scene.agent,
        "ticket": ticket.public_id,
        "kind": "reply",
        "body": READY,
        "client_id": key,
    }
    first = actions.post_message(**said, sure=False)
    ticket.refresh_from_db()
    escalate(scene, ticket)
    again = actions.post_message(**said, sure=False)
    assert (again.dup, again.message.pk) == (True, first.message.pk)


def test_the_frame_says_that_its_writer_is_sure() -> None:
    frame = '{"op":"send","id":"%s","stream":"s1","kind":"reply","body":"Ok.","sure":%s}'
    key = uuid.uuid4()
    assert parse(frame % (key, "true")).sure is True  # type: ignore[union-attr]
    assert parse(frame % (key, '"yes"')).sure is False  # type: ignore[union-attr]
