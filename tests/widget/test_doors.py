"""The widget's doors over HTTP: who gets in, what moves, what is too often, and what a page may not do."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Membership, Person
from livechat.actions import accept_chat
from livechat.models import Session
from livechat.widget.models import Visitor, WidgetSite, WidgetTalk
from tests.access.world import PIXEL
from tests.factories import actor, log_in, make_buyer
from tests.widget.world import SHOP, World
from tickets.actions import post_message
from tickets.models import Ticket


class Browser:
    """A visitor's frame: the doors of one site, with a token of its own."""

    def __init__(self, world: World, client: Client | None = None) -> None:
        self.client, self.home = client or Client(), f"/api/v1/widget/{world.site.key}/"
        self.token, self.access = "", ""

    def call(self, path: str, body: Any = None, *, method: str = "POST", **headers: str) -> Any:
        if self.access:
            headers = {"Authorization": f"Bearer {self.access}", **headers}
        return self.client.generic(
            method, self.home + path, _json(body), content_type="application/json", headers=headers
        )

    def begin(self) -> Browser:
        return self.take(self.call("visitors/", {}))

    def take(self, response: Any) -> Browser:
        told = response.json()
        assert response.status_code in (200, 201), told
        self.token, self.access = told["token"] or self.token, told["access"]
        return self

    def chat(self, body: str = "Is it made of iron?", **more: Any) -> Any:
        return self.call("chats/", {"body": body, "client_id": str(uuid.uuid4()), **more})

    def ticket(self, body: str = "Is it made of iron?", **more: Any) -> Any:
        return self.call("tickets/", {"body": body, "client_id": str(uuid.uuid4()), **more})


def _json(body: Any) -> str:
    import json

    return "" if body is None else json.dumps(body)


@pytest.fixture
def guest(world: World) -> Browser:
    return Browser(world).begin()


def closed(world: World) -> None:
    """The desk's calendar opens at no hour of this week."""
    from tests.factories import make_calendar

    world.site.team.calendar = make_calendar("never", "UTC", {"mon": [("00:00", "00:01")]})
    world.site.team.save()


def test_a_chat_from_its_first_words_to_its_mark(world: World, guest: Browser) -> None:
    made = guest.chat(name="Ana", context={"title": "Kettle"})
    assert made.status_code == 201, made.json()
    talk = made.json()
    assert (talk["state"], talk["place"], talk["can_write"]) == ("waiting", 1, True)
    assert guest.call("talk/", method="GET").json()["ticket"] == talk["ticket"]
    said = {"ticket": talk["ticket"], "body": "Still there?", "client_id": str(uuid.uuid4())}
    first, again = guest.call("messages/", said), guest.call("messages/", said)
    assert (first.status_code, again.json()["head"]) == (201, first.json()["head"])
    ended = guest.call("end/", {"ticket": talk["ticket"]}).json()
    assert ended["state"] == "ticket"
    marked = guest.call("mark/", {"ticket": talk["ticket"], "score": 5, "words": "Quick."}).json()
    assert (marked["status"], marked["score"]) == ("solved", 5)


def test_a_chat_that_is_over_is_rated_as_it_stands(world: World, guest: Browser) -> None:
    Membership.objects.create(team=world.site.team, person=world.house.agent, role="agent")
    talk = guest.chat().json()
    assert (talk["about_minutes"], talk["can_rate"]) == (None, False)
    agent = actor(world.house.agent)
    accept_chat(actor=agent, session=talk["session"])
    post_message(actor=agent, ticket=talk["ticket"], kind="reply", body="It does.", channel="chat")
    assert guest.call("talk/", method="GET").json()["can_rate"] is False
    ended = guest.call("end/", {"ticket": talk["ticket"]}).json()
    assert (ended["status"], ended["can_rate"]) == ("open", True)
    marked = guest.call("mark/", {"ticket": talk["ticket"], "score": 4}).json()
    assert (marked["status"], marked["score"]) == ("open", 4)
    assert guest.call("mark/", {"ticket": talk["ticket"]}).json()["status"] == "solved"


def test_no_session_and_no_cookie_is_borrowed(world: World) -> None:
    client = Client()
    log_in(client, world.house.manager)
    guest = Browser(world, client)
    assert guest.call("talk/", method="GET").status_code == 401
    assert guest.chat().status_code == 401
    guest.begin()
    assert guest.chat().status_code == 201
    assert Session.objects.get().requester.kind == "guest"
    assert not any("Set-Cookie" in str(one) for one in [Browser(world).call("visitors/", {}).headers])


def test_an_access_opens_nothing_but_the_widget(world: World, guest: Browser) -> None:
    buyer = make_buyer("Owner")
    headers = {"Authorization": f"Bearer {guest.access}"}
    for path in ("tickets/", "orders/", "chats/", "me/", "privacy-requests/"):
        assert Client().get(f"/api/v1/{path}", headers=headers).status_code in (401, 404), path
    assert Person.objects.filter(pk=buyer.pk).exists()


def test_another_visitors_talk_is_not_there(world: World, guest: Browser) -> None:
    theirs = guest.chat().json()["ticket"]
    other = Browser(world).begin()
    assert other.call("talk/", method="GET").status_code == 404
    for path in ("messages/", "end/", "mark/"):
        body = {"ticket": theirs, "body": "Mine!", "client_id": str(uuid.uuid4())}
        refused = other.call(path, body)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found"), path
    stream = Ticket.objects.get(public_id=theirs).streams.get(kind="public").public_id
    headers = {"Authorization": f"Bearer {other.access}"}
    for way in (f"streams/{stream}/events/",):
        assert Client().get(f"/api/v1/{way}", headers=headers).status_code == 404
    mine = {"Authorization": f"Bearer {guest.access}"}
    assert Client().get(f"/api/v1/streams/{stream}/events/", headers=mine).status_code == 200


def test_an_access_is_for_its_own_site(world: World, guest: Browser) -> None:
    other = WidgetSite.objects.create(
        name="Other", store=world.site.store, team=world.site.team, category=world.site.category,
        origins=[SHOP], created_at=world.site.created_at,
    )  # fmt: skip
    guest.home = f"/api/v1/widget/{other.key}/"
    assert guest.chat().status_code == 401
    assert guest.call("access/", {"token": guest.token}).status_code == 401


def test_a_forged_access_is_refused(world: World, guest: Browser) -> None:
    for forged in ("", "x", guest.access + "x", guest.access[1:], guest.token):
        refused = guest.call("talk/", method="GET", Authorization=f"Bearer {forged}")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


def test_tokens_are_replaced_when_the_shop_vouches_and_when_it_signs_out(
    world: World, guest: Browser
) -> None:
    guest.chat()
    old_token, old_access = guest.token, guest.access
    answer = guest.call("identify/", {"token": guest.token, "identity": world.token(name="Ana")})
    guest.take(answer)
    assert answer.json()["identified"]
    assert guest.token != old_token
    assert guest.call("talk/", method="GET", Authorization=f"Bearer {old_access}").status_code == 401
    assert guest.call("access/", {"token": old_token}).status_code == 401
    assert guest.call("talk/", method="GET").status_code == 200  # what was written came along
    assert guest.call("reset/", {"token": guest.token}).status_code == 204
    assert guest.call("access/", {"token": guest.token}).status_code == 401
    assert guest.call("talk/", method="GET").status_code == 401


def test_a_bad_identity_says_no_and_changes_nothing(world: World, guest: Browser) -> None:
    refused = guest.call("identify/", {"token": guest.token, "identity": world.token(sign_with="x" * 43)})
    assert (refused.status_code, refused.json()["code"], refused.json()["why"]) == (
        403, "bad_identity", "signature",
    )  # fmt: skip
    assert guest.call("access/", {"token": guest.token}).status_code == 200


def test_closed_the_same_words_become_a_ticket_with_its_promise(world: World, guest: Browser) -> None:
    closed(world)
    refused = guest.chat("Is it made of iron?")
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "closed")
    assert told["opens_at"]
    assert told["promised"]
    made = guest.ticket("Is it made of iron?", email="ana@example.com")
    assert made.status_code == 201
    assert made.json()["promised"].replace("Z", "+00:00") == told["promised"]
    assert (
        Ticket.objects.get().streams.get(kind="public").messages.get(kind="reply").body
        == "Is it made of iron?"
    )
    assert guest.ticket(email="no address").json()["fields"]["email"]


def test_context_reaches_the_agent_as_text(world: World, guest: Browser, client: Client) -> None:
    nasty = {
        "title": "<img src=x onerror=alert(1)>\u202e\x00" + "t" * 500,
        "url": "javascript:alert(document.cookie)//" + "u" * 900,
        "product": ["no", "list"],
        "order": {"no": "object"},
        "unknown": "dropped",
        "more": {"<b>basket</b>": "<script>alert(2)</script>", **{f"k{n}": "v" for n in range(50)}},
    }
    guest.chat(name="<svg onload=alert(3)>", context=nasty)
    talk = WidgetTalk.objects.get()
    assert set(talk.context) == {"title", "url", "more"}
    assert len(talk.context["title"]) <= 200
    assert len(talk.context["url"]) <= 500
    assert len(talk.context["more"]) == 10
    assert "\u202e" not in talk.context["title"]
    log_in(client, world.house.manager)
    page = client.get(f"/console/t/{talk.ticket_id}/context/").content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert "&lt;svg onload=alert(3)&gt;" in page
    for raw in ("<img src=x", "<script>alert", "<svg onload", 'href="javascript'):
        assert raw not in page
    assert guest.call("context/", {"context": {"title": "The next page"}}).status_code == 204
    talk.refresh_from_db()
    assert talk.context == {"title": "The next page"}
    for odd in ([], "text", 7, None, {"more": "x"}):
        assert guest.call("context/", {"context": odd}).status_code in (204, 400)


def test_three_chats_of_a_visitor_in_ten_minutes(world: World, guest: Browser) -> None:
    for _ in range(3):
        talk = guest.chat().json()
        guest.call("end/", {"ticket": talk["ticket"]})
    refused = guest.chat()
    assert (refused.status_code, refused.json()["code"]) == (429, "too_fast")
    assert refused.json()["retry_after_ms"] > 0


def test_ten_chats_of_an_address_in_ten_minutes(world: World, settings: Any) -> None:
    settings.CHATS_PER_ADDRESS = 10
    for n in range(11):
        answer = Browser(world).begin().chat()
        assert answer.status_code == (201 if n < 10 else 429)


def test_files_by_the_visitors_right_alone(world: World, guest: Browser) -> None:
    talk = guest.chat().json()
    headers = {"Authorization": f"Bearer {guest.access}"}
    upload = SimpleUploadedFile("cup.png", PIXEL, content_type="image/png")
    sent = guest.client.post(guest.home + "files/", {"file": upload}, headers=headers)
    assert sent.status_code == 201, sent.json()
    said = {"ticket": talk["ticket"], "client_id": str(uuid.uuid4()), "attachment_ids": [sent.json()["id"]]}
    assert guest.call("messages/", {**said, "body": "Here it is."}).status_code == 201
    path = f"files/{sent.json()['id']}/"
    answer = guest.call(path, method="GET")
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Browser(world).begin().call(path, method="GET").status_code == 404
    page = SimpleUploadedFile("x.png", b"<html><script>alert(1)</script>", content_type="image/png")
    assert guest.client.post(guest.home + "files/", {"file": page}, headers=headers).status_code == 400


def test_a_visitor_without_words_is_no_ticket(world: World, guest: Browser) -> None:
    for body in ("", "   ", "\u200b", "x" * 8001):
        assert guest.chat(body).status_code == 400
        assert guest.ticket(body).status_code == 400
    assert not Ticket.objects.exists()
    assert Visitor.objects.count() == 1
