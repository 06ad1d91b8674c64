"""Form posts under `/t/`: with htmx, without script, and that nothing typed is ever lost."""

from __future__ import annotations

import html
import io
import json
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.factories import log_in, make_ticket
from tickets import actions
from tickets.models import Attachment, Escalation, Message, Satisfaction, Ticket

World = SimpleNamespace
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order)


def url(ticket: Ticket, door: str) -> str:
    return f"/t/{ticket.public_id}/{door}/"


def last_body() -> str:
    return Message.objects.filter(kind="reply").latest("pk").body


def picture(name: str = "mug.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue())


def test_a_reply_goes_back_to_its_page(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    sent = client.post(url(ticket, "reply"), {"body": "Hello?", "next": "/tickets/x/?a=1"})
    assert (sent.status_code, sent["Location"]) == (302, "/tickets/x/?a=1")
    assert last_body() == "Hello?"
    sent = client.post(url(ticket, "reply"), {"body": "More", "next": "https://evil.example/"})
    assert sent["Location"] == f"/tickets/{ticket.public_id}/"
    assert (
        client.post(url(ticket, "reply"), {"body": "More", "next": "//evil.example"})["Location"][:9]
        == "/tickets/"
    )
    log_in(client, world.house.agent)
    assert (
        client.post(url(ticket, "reply"), {"body": "It is on its way."})["Location"]
        == f"/console/t/{ticket.number}/"
    )


def test_htmx_gets_a_trigger(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    sent = client.post(url(ticket, "reply"), {"body": "Hello?"}, **HTMX)
    assert sent.status_code == 204
    told = json.loads(sent["HX-Trigger"])["ticket:done"]
    assert told == {"ticket": ticket.public_id, "seq": 3, "dup": False}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "Write something first."),
        ("   \n ", "Write something first."),
        ("é" * 8001, "1 characters too long"),
    ],
)
def test_a_refused_reply_keeps_every_word(
    world: World, client: Client, ticket: Ticket, body: str, words: str
) -> None:
    log_in(client, world.buyer_person)
    key = str(uuid.uuid4())
    refused = client.post(url(ticket, "reply"), {"body": body, "client_id": key})
    page = refused.content.decode()
    assert refused.status_code == 400
    assert words in page
    assert f"{body}</textarea>" in page
    assert key in page
    assert f'action="{url(ticket, "reply")}"' in page
    fragment = client.post(url(ticket, "reply"), {"body": body}, **HTMX)
    assert fragment.status_code == 400
    assert words in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    ["👩‍👩‍👧‍👦 🏳️‍🌈", "مرحبا، أين طلبي؟ שלום", "<script>alert(1)</script>", "{{ 7*7 }} %s &amp;", "é" * 8000],
)
def test_any_words_are_only_words(world: World, client: Client, ticket: Ticket, body: str) -> None:
    log_in(client, world.buyer_person)
    assert client.post(url(ticket, "reply"), {"body": body}).status_code == 302
    assert last_body() == body
    client.post(url(ticket, "status"), {"status": "solved"})
    log_in(client, world.house.agent)
    client.post(url(ticket, "status"), {"status": "closed"})
    log_in(client, world.buyer_person)
    refused = client.post(url(ticket, "reply"), {"body": body})
    assert refused.status_code == 409
    assert html.escape(body) in refused.content.decode().replace("&#x27;", "&#x27;")
    assert b"<script>alert" not in refused.content


def test_a_double_post_is_one_message(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    form = {"body": "Once", "client_id": str(uuid.uuid4())}
    assert [client.post(url(ticket, "reply"), form).status_code for _ in range(2)] == [302, 302]
    assert Message.objects.filter(body="Once").count() == 1
    clash = client.post(url(ticket, "reply"), {**form, "body": "Twice"})
    assert clash.status_code == 409
    assert "Twice</textarea>" in clash.content.decode()
    assert form["client_id"] not in clash.content.decode()


def test_a_form_switched_to_a_note_stays_a_note(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.house.agent)
    client.post(url(ticket, "reply"), {"body": "secret", "kind": "note"})
    client.post(url(ticket, "note"), {"body": "secret too", "kind": "reply"})
    assert Message.objects.filter(kind="note").count() == 2
    assert not Message.objects.filter(stream__kind="public", body__contains="secret").exists()


def test_files_of_a_plain_form(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    client.post(url(ticket, "reply"), {"body": "Look", "files": [picture("a.png"), picture("b.png")]})
    message = Message.objects.latest("pk")
    assert sorted(message.attachments.values_list("name", flat=True)) == ["a.png", "b.png"]


def test_a_refusal_keeps_the_good_files_and_the_words(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.buyer_person)
    bad = SimpleUploadedFile("bad.png", b"<html></html>")
    refused = client.post(url(ticket, "reply"), {"body": "Look at this", "files": [picture("good.png"), bad]})
    page = refused.content.decode()
    assert refused.status_code == 400
    assert "“bad.png” is not an image" in page
    assert "Look at this</textarea>" in page
    assert "good.png" in page
    kept = Attachment.objects.get()
    assert f'value="{kept.public_id}"' in page
    client.post(url(ticket, "reply"), {"body": "Look at this", "attachment_ids": [kept.public_id]})
    kept.refresh_from_db()
    assert kept.message is not None
    again = client.post(url(ticket, "reply"), {"body": "Again", "attachment_ids": [kept.public_id]})
    assert again.status_code == 400
    assert kept.public_id not in again.content.decode()


def test_an_expired_session_loses_nothing(world: World, client: Client, ticket: Ticket) -> None:
    sent = client.post(url(ticket, "reply"), {"body": "Typed for long", "kind": "reply"})
    assert sent.status_code == 302
    assert sent["Location"] == f"/accounts/login/?next=%2Ft%2F{ticket.public_id}%2Freply%2F"
    assert client.get(url(ticket, "reply")).status_code == 302
    log_in(client, world.buyer_person)
    page = client.get(url(ticket, "reply")).content.decode()
    assert "Typed for long</textarea>" in page
    client.post(url(ticket, "reply"), {"body": "Typed for long"})
    assert last_body() == "Typed for long"
    assert "Typed for long" not in client.get(url(ticket, "reply")).content.decode()
    client.logout()
    assert client.post(url(ticket, "reply"), {"body": "x"}, **HTMX).status_code == 401


def test_the_desks_forms(world: World, client: Client, ticket: Ticket) -> None:
    log_in(client, world.house.agent)

    def send(door: str, **form: Any) -> int:
        return client.post(url(ticket, door), form, **HTMX).status_code

    assert send("take") == 204
    assert send("assign", assignee=world.house.agent2.public_id) == 204
    assert send("priority", priority="high") == 204
    assert send("category", category="product") == 204
    assert send("status", status="waiting") == 204
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.priority, ticket.status) == (world.house.agent2, "high", "waiting")
    assert ticket.category.code == "product"
    assert send("reply", body="Here it is", then_status="solved") == 204
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    log_in(client, world.buyer_person)
    assert send("rate", score="5", words="Thanks") == 204
    assert Satisfaction.objects.get().words == "Thanks"
    assert send("status", status="open") == 204


def test_escalating_by_form_in_the_readers_zone(world: World, client: Client, ticket: Ticket) -> None:
    world.house.agent.timezone = "America/New_York"
    world.house.agent.save()
    log_in(client, world.house.agent)
    form = {"question": "Does the mug survive a dishwasher?", "checked": "Sheet", "to_team": "specialists"}
    refused = client.post(url(ticket, "escalate"), {**form, "promised_for": "yesterday"})
    assert refused.status_code == 400
    assert "survive a dishwasher?</textarea>" in refused.content.decode()
    assert 'name="promised_for"' in refused.content.decode()
    assert (
        client.post(url(ticket, "escalate"), {**form, "promised_for": "2026-11-10T15:00"}).status_code == 302
    )
    assert Escalation.objects.get().promised_for == world.now + timedelta(hours=5)
    log_in(client, world.house.specialist)
    answer = {"answer": "It does.", "send_to_buyer": "on"}
    assert client.post(url(ticket, "answer"), answer, **HTMX).status_code == 204
    assert last_body() == "It does."


def test_returning_a_question(world: World, client: Client, ticket: Ticket) -> None:
    actions.escalate_ticket(
        actor=world.agent,
        ticket=ticket.public_id,
        question="Does the mug survive?",
        checked="x",
        to_team="specialists",
        promised_for=world.now + timedelta(hours=1),
    )
    log_in(client, world.house.specialist)
    assert client.post(url(ticket, "return"), {"words": "Ask the maker"}, **HTMX).status_code == 204
    assert Escalation.objects.get().state == "returned"


DOORS = (
    "reply",
    "note",
    "status",
    "assign",
    "take",
    "priority",
    "category",
    "escalate",
    "answer",
    "return",
    "rate",
)


def form_of(world: World) -> dict[str, str]:
    """A form that would do at every door."""
    when = (world.now + timedelta(hours=5)).isoformat()
    return {
        "body": "x",
        "status": "open",
        "priority": "high",
        "category": "product",
        "question": "Does the mug survive?",
        "checked": "x",
        "to_team": "specialists",
        "promised_for": when,
        "answer": "x",
        "words": "x",
        "score": "5",
    }


@pytest.mark.parametrize("door", DOORS)
def test_every_door_is_shut_to_strangers(world: World, client: Client, ticket: Ticket, door: str) -> None:
    form = form_of(world)
    assert client.post(url(ticket, door), form, **HTMX).status_code == 401
    for person in (world.other_person, world.house.other_agent):
        log_in(client, person)
        assert client.post(url(ticket, door), form, **HTMX).status_code == 404
        assert client.post(url(ticket, door), form).status_code == 404
    assert client.post(f"/t/nothing/{door}/", form, **HTMX).status_code == 404
    if door != "reply":
        assert client.get(url(ticket, door)).status_code == 405
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "door", ["note", "assign", "take", "priority", "category", "escalate", "answer", "return"]
)
def test_the_requester_is_refused_at_the_desks_doors(
    world: World, client: Client, ticket: Ticket, door: str
) -> None:
    log_in(client, world.buyer_person)
    assert client.post(url(ticket, door), form_of(world), **HTMX).status_code == 403
    assert Message.objects.count() == 2


def test_the_promise_before_sending(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    page = client.get("/t/promise/?category=order").content.decode()
    assert f'datetime="{(world.now + timedelta(hours=4)).isoformat()}"' in page
    assert "New York" in page.replace("_", " ")
    log_in(client, world.buyer_person)
    with django_assert_max_num_queries(12):
        assert client.get(f"/t/promise/?category=order&order={world.order.public_id}").status_code == 200
    assert client.get("/t/promise/?category=nonsense", **HTMX).status_code == 400
    log_in(client, world.other_person)
    assert client.get(f"/t/promise/?category=order&order={world.order.public_id}", **HTMX).status_code == 404
