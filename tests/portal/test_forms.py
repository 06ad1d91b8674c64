"""What is typed is kept: refusals stand beside their field, with the right status, and change nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from orders.models import OrderStatus
from tests.factories import log_in, make_order
from tests.portal.conftest import Scene
from tickets.models import Attachment, Ticket

LONG = "x" * 8001
BODIES = ["", "   \n ", LONG, "\u200b\u200b"]


def letter(**changed: Any) -> dict[str, Any]:
    fresh = {
        "client_id": str(uuid.uuid4()),
        "category": "order",
        "subject": "Where is it?",
        "body": "I wait.",
    }
    return {**fresh, **changed}


def test_a_ticket_on_an_order_is_opened_once(scene: Scene) -> None:
    said = letter(order=scene.order.public_id, body="Second question 😀 مرحبا")
    first = scene.client.post("/tickets/new/", said)
    again = scene.client.post("/tickets/new/", said)
    made = Ticket.objects.get(client_id=said["client_id"])
    assert first.status_code == 302
    assert first["Location"] == again["Location"] == f"/tickets/{made.public_id}/?sent=new"
    assert made.order_id == scene.order.pk
    assert "مرحبا" in scene.client.get(first["Location"]).content.decode()


@pytest.mark.parametrize("body", BODIES)
def test_a_refused_ticket_keeps_every_word(scene: Scene, body: str) -> None:
    before = Ticket.objects.count()
    response = scene.client.post("/tickets/new/", letter(body=body, subject="Keep this line"))
    page = response.content.decode()
    assert response.status_code == 400
    assert 'value="Keep this line"' in page
    assert body.strip() in page
    assert 'aria-describedby="id_body_helptext id_body_error"' in page
    assert 'id="id_body_error"' in page
    assert Ticket.objects.count() == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"category": ""}, "category"), ({"category": "nope"}, "category"), ({"subject": ""}, "subject")],
)
def test_each_field_says_what_is_wrong(scene: Scene, changed: dict[str, str], field: str) -> None:
    response = scene.client.post("/tickets/new/", letter(**changed, body="<b>typed</b>"))
    page = response.content.decode()
    assert response.status_code == 400
    assert f'id="id_{field}_error"' in page
    assert "&lt;b&gt;typed&lt;/b&gt;" in page


def test_the_same_form_with_other_words_is_refused(scene: Scene) -> None:
    said = letter()
    scene.client.post("/tickets/new/", said)
    response = scene.client.post("/tickets/new/", {**said, "body": "quite other words"})
    assert response.status_code == 409
    assert "quite other words" in response.content.decode()


def test_a_foreign_order_is_not_there(scene: Scene) -> None:
    before = Ticket.objects.count()
    response = scene.stranger.post("/tickets/new/", letter(order=scene.order.public_id))
    assert response.status_code == 404
    assert Ticket.objects.count() == before


def test_files_without_script_and_a_wrong_one(scene: Scene) -> None:
    good = SimpleUploadedFile("note.txt", b"hello")
    bad = SimpleUploadedFile("photo.png", b"MZ not a picture")
    refused = scene.client.post("/tickets/new/", {**letter(), "files": [bad]})
    assert refused.status_code == 400
    assert "photo.png" in refused.content.decode()
    sent = scene.client.post("/tickets/new/", {**letter(), "files": [good]})
    assert sent.status_code == 302
    assert Attachment.objects.exclude(message=None).get().name == "note.txt"


def test_a_refused_ticket_keeps_its_files(scene: Scene) -> None:
    file = SimpleUploadedFile("note.txt", b"hello")
    stored = scene.client.post("/t/files/", {"file": file}).json()["id"]
    page = scene.client.post("/tickets/new/", letter(body="", attachment_ids=[stored])).content.decode()
    assert f'name="attachment_ids" value="{stored}" checked' in page
    theirs = scene.stranger.post("/tickets/new/", letter(body="", attachment_ids=[stored])).content.decode()
    assert stored not in theirs


def contact(**changed: Any) -> dict[str, Any]:
    return {
        **letter(category="product"),
        "name": "Vera Guest",
        "email": "vera@example.com",
        "number": "",
        **changed,
    }


def test_a_visitor_writes_and_gets_a_number(scene: Scene) -> None:
    response = scene.visitor.post("/contact/", contact())
    assert response["Location"] == "/contact/thanks/"
    made = Ticket.objects.get(requester__email="vera@example.com")
    assert made.requester.kind == Person.Kind.GUEST
    assert f"#{made.number}" in scene.visitor.get("/contact/thanks/").content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "no-address"}, "email"),
        ({"email": ""}, "email"),
        ({"subject": ""}, "subject"),
        ({"category": "x"}, "category"),
    ],
)
def test_a_refused_letter_keeps_its_words(scene: Scene, changed: dict[str, str], field: str) -> None:
    before = Ticket.objects.count(), Person.objects.count()
    response = scene.visitor.post("/contact/", contact(body="please keep", **changed))
    page = response.content.decode()
    assert response.status_code == 400
    assert "please keep" in page
    assert f'id="id_{field}_error"' in page
    assert (Ticket.objects.count(), Person.objects.count()) == before


def test_a_machine_is_thanked_and_forgotten(scene: Scene) -> None:
    before = Ticket.objects.count()
    response = scene.visitor.post("/contact/", contact(website="https://spam.example"))
    assert response["Location"] == "/contact/thanks/"
    assert Ticket.objects.count() == before


def test_many_letters_from_one_address_have_to_wait(scene: Scene) -> None:
    answers = [scene.visitor.post("/contact/", contact(subject=f"Letter {n}")) for n in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "Letter 5" in answers[-1].content.decode()
    assert Ticket.objects.filter(requester__email="vera@example.com").count() == 5


def test_an_order_is_attached_only_for_its_owner(scene: Scene) -> None:
    scene.visitor.post("/contact/", contact(number="2041"))
    theirs = Ticket.objects.get(requester__email="vera@example.com")
    assert theirs.order is None
    scene.visitor.post("/contact/", contact(number="#2041", email=scene.buyer.email))
    assert (
        Ticket.objects.filter(requester=scene.buyer, order=scene.order, subject="Where is it?").count() == 1
    )


def test_calling_an_order_off_asks_first(scene: Scene) -> None:
    url = f"/orders/{scene.order.public_id}/cancel/"
    assert scene.client.get(url).status_code == 200
    scene.order.refresh_from_db()
    assert scene.order.status != OrderStatus.CANCELLED
    assert scene.stranger.post(url).status_code == 404
    assert scene.client.post(url, {"reason": "wrong size"})["Location"] == f"/orders/{scene.order.public_id}/"
    scene.order.refresh_from_db()
    assert scene.order.status == OrderStatus.CANCELLED


def test_too_late_says_why_and_what_else(scene: Scene) -> None:
    sent = make_order(scene.buyer, status=OrderStatus.AWAITING_DELIVERY)
    page = scene.client.get(f"/orders/{sent.public_id}/").content.decode()
    assert 'aria-disabled="true" aria-describedby="why-cancel"' in page
    assert "can no longer be cancelled" in page
    response = scene.client.post(f"/orders/{sent.public_id}/cancel/", {"reason": "please"})
    assert response.status_code == 409
    sent.refresh_from_db()
    assert sent.status == OrderStatus.AWAITING_DELIVERY


def test_the_profile_is_kept_or_refused_whole(scene: Scene) -> None:
    said = {"name": "Ana R.", "company": "", "website": "", "language": "es", "timezone": "Europe/Madrid"}
    assert scene.client.post("/account/", said).status_code == 302
    scene.buyer.refresh_from_db()
    assert (scene.buyer.name, scene.buyer.timezone) == ("Ana R.", "Europe/Madrid")
    refused = scene.client.post(
        "/account/", {**said, "name": "", "website": "no site", "company": "Keep Ltd"}
    )
    assert refused.status_code == 400
    assert "Keep Ltd" in refused.content.decode()
    scene.buyer.refresh_from_db()
    assert scene.buyer.name == "Ana R."


def test_a_closed_desk_offers_the_ticket(scene: Scene, clock: Any) -> None:
    from datetime import UTC, datetime

    clock(datetime(2026, 11, 21, 12, tzinfo=UTC))  # a Saturday
    page = scene.client.get("/chat/?team=presales").content.decode()
    assert "Closed. Opens Monday 1:00 AM in New York (2:00 PM for you)" in page
    assert 'action="/tickets/new/"' in page
    home = scene.client.get("/").content.decode()
    assert "Chat opens Monday 1:00 AM in New York (2:00 PM for you)" in home


def test_words_meant_for_a_chat_need_no_title(scene: Scene) -> None:
    words = letter(subject="", body="Is it for induction?\nAnd how heavy?", from_chat="1")
    assert scene.client.post("/tickets/new/", words).status_code == 302
    assert Ticket.objects.latest("pk").subject == "Is it for induction?"
    for refused in ({**words, "body": " "}, {**words, "from_chat": None}):
        given = {name: value for name, value in refused.items() if value is not None}
        assert scene.client.post("/tickets/new/", given).status_code == 400


def test_ten_megabytes_of_text_get_a_clear_answer(scene: Scene) -> None:
    before = Ticket.objects.count()
    response = scene.client.post("/tickets/new/", letter(body="x" * 10_000_000))
    assert response.status_code == 413
    assert "more than we can take" in response.content.decode()
    assert Ticket.objects.count() == before


def test_a_form_with_an_old_token_says_what_to_do(scene: Scene) -> None:
    strict = log_in(Client(enforce_csrf_checks=True), scene.buyer)
    response = strict.post("/tickets/new/", letter())
    assert response.status_code == 403
    assert "send it again" in response.content.decode()
    assert strict.post("/api/v1/tickets/", {}, content_type="application/json").json()["code"] in (
        "forbidden",
        "stale_form",
    )


def test_a_session_that_ended_sends_to_sign_in_and_back(scene: Scene) -> None:
    scene.client.logout()
    response = scene.client.post(f"/tickets/new/?order={scene.order.public_id}", letter())
    assert response.status_code == 401
    assert (
        f"/accounts/login/?next=/tickets/new/%3Forder%3D{scene.order.public_id}" in response.content.decode()
    )
