"""The link of a mail: one ticket to read, answer, send files to and mark; told when it is no good."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from core.clock import now
from core.outbox import run_due
from helpdesk.portal.views.guest import POSTS
from tests.factories import actor, log_in, make_guest, make_ticket
from tests.portal.conftest import Scene
from tests.portal.test_pages import MARKUP
from tickets import actions, links
from tickets.models import Attachment, Message, Satisfaction, Ticket

KEY = "1b4c3a52-0f5b-4f1e-9c92-0a3f0d6b7c11"


@pytest.fixture
def ticket(scene: Scene) -> Ticket:
    row = make_ticket(make_guest(name="Gus Guest", email="gus@example.com"), subject="A lost parcel")
    actions.post_message(
        actor=actor(scene.house.agent), ticket=row.public_id, kind="reply", body="We look for it."
    )
    return row


@pytest.fixture
def page(ticket: Ticket) -> str:
    return f"/g/{links.token_for(ticket)}/"


def mark_page(ticket: Ticket) -> str:
    return f"/mark/{links.token_for(ticket, links.MARK)}/"


def solve(scene: Scene, ticket: Ticket) -> None:
    actions.set_status(actor=actor(scene.house.agent), ticket=ticket.public_id, status="solved")


def test_reads_the_thread_and_no_notes(scene: Scene, ticket: Ticket, page: str) -> None:
    actions.post_message(
        actor=actor(scene.house.agent), ticket=ticket.public_id, kind="note", body="Stock is low."
    )
    response = scene.visitor.get(page)
    text = response.content.decode()
    assert response.status_code == 200 and "We look for it." in text and "Stock is low." not in text
    assert response["Cache-Control"] == "private, no-store" and not MARKUP.search(text)


def test_replies_with_files_and_reads_them_back(scene: Scene, ticket: Ticket, page: str) -> None:
    stored = scene.visitor.post(page + "files/", {"file": SimpleUploadedFile("a.txt", b"Seen.")}).json()
    plain = SimpleUploadedFile("b.txt", b"And this.")
    sent = {"body": "Here.", "attachment_ids": stored["id"], "files": plain}
    assert scene.visitor.post(page + "reply/", sent).status_code == 302
    message = Message.objects.filter(kind="reply").latest("pk")
    assert message.author == ticket.requester and message.attachments.count() == 2
    assert f"{page}files/{stored['id']}/" in scene.visitor.get(page).content.decode()
    file = scene.visitor.get(f"{page}files/{stored['id']}/")
    assert b"".join(file.streaming_content) == b"Seen."  # type: ignore[attr-defined]
    assert scene.visitor.get(f"/t/files/{stored['id']}/").status_code == 404


def test_no_file_of_another_ticket(scene: Scene, page: str) -> None:
    second = make_ticket(Person.objects.get(email="gus@example.com"))
    row = actions.store_attachment(actor=actor(scene.house.agent), upload=SimpleUploadedFile("c.txt", b"No."))
    by = actor(scene.house.agent)
    actions.post_message(
        actor=by, ticket=second.public_id, kind="reply", body="x", attachment_ids=[row.public_id]
    )
    assert scene.visitor.get(f"{page}files/{row.public_id}/").status_code == 404


def test_what_is_refused_keeps_the_words(scene: Scene, ticket: Ticket, page: str) -> None:
    response = scene.visitor.post(page + "reply/", {"body": "Once more.", "client_id": "no uuid"})
    assert response.status_code == 400 and "Once more." in response.content.decode()
    assert scene.visitor.post(page + "reply/", {"body": " "}).status_code == 400


def test_solves_and_opens_again(scene: Scene, ticket: Ticket, page: str) -> None:
    for status in ("solved", "open"):
        assert scene.visitor.post(page + "status/", {"status": status}).status_code == 302
        ticket.refresh_from_db()
        assert ticket.status == status
    assert scene.visitor.post(page + "status/", {"status": "on_hold"}).status_code == 403


def test_expired_says_so_and_sends_a_new_one(scene: Scene, ticket: Ticket, page: str) -> None:
    while run_due():
        pass
    before = len(mail.outbox)
    with time_machine.travel(now() + timedelta(days=31)):
        response = scene.visitor.get(page)
        assert response.status_code == 410 and "expired" in response.content.decode()
        assert scene.visitor.post(page + "reply/", {"body": "Late."}).status_code == 410
        sent = scene.visitor.post("/g/new/", {"token": page.split("/")[2], "salt": links.TICKET})
        assert sent.status_code == 200
        while run_due():
            pass
    assert [letter.to for letter in mail.outbox[before:]] == [["gus@example.com"]]


def test_a_new_link_by_number_tells_nothing(scene: Scene, ticket: Ticket) -> None:
    while run_due():
        pass
    before, pages = len(mail.outbox), []
    for number, email in (
        (ticket.number, "gus@example.com"),
        (ticket.number, "else@example.com"),
        ("x", "y"),
    ):
        response = scene.visitor.post("/g/new/", {"number": number, "email": email})
        pages.append(response.content.decode().split("<main", 1)[1])
    run_due()
    assert len(set(pages)) == 1 and len(mail.outbox) == before + 1
    for _n in range(2):
        scene.visitor.post("/g/new/", {"number": "1", "email": "a@example.com"})
    assert scene.visitor.post("/g/new/", {"number": "1", "email": "a@example.com"}).status_code == 429


def test_rubbish_and_another_address(scene: Scene, ticket: Ticket, page: str) -> None:
    Person.objects.filter(email="gus@example.com").update(email="new@example.com")
    for address in (page, "/g/x/", "/mark/x/", page[:-3] + "/"):
        assert scene.visitor.get(address).status_code == 404
    assert scene.visitor.post(page + "reply/", {"body": "Hello"}).status_code == 404


def test_staff_do_not_speak_for_the_guest(scene: Scene, ticket: Ticket, page: str) -> None:
    solve(scene, ticket)
    for who in (scene.house.agent, scene.house.manager):
        client = log_in(Client(), who)
        assert client.get(page).status_code == 403
        assert client.post(page + "reply/", {"body": "As Gus."}).status_code == 403
        assert client.post(mark_page(ticket), {"score": "5"}).status_code == 403
    assert not Satisfaction.objects.exists()


def test_who_has_a_log_in_signs_in(scene: Scene) -> None:
    response = scene.visitor.get(f"/g/{links.token_for(scene.ticket)}/")
    assert response.status_code == 302 and response["Location"] == f"/tickets/{scene.ticket.public_id}/"


# The mark --------------------------------------------------------------------------------------------------------


def test_looking_rates_nothing_and_the_button_does(scene: Scene, ticket: Ticket) -> None:
    solve(scene, ticket)
    address = mark_page(ticket)
    for _n in range(2):
        response = scene.visitor.get(address + "?score=2")
        assert response.status_code == 200 and 'value="2" required checked' in response.content.decode()
    assert scene.visitor.head(address + "?score=2").status_code == 200
    assert not Satisfaction.objects.exists()
    assert scene.visitor.post(address, {"score": "2", "words": "Slow."}).status_code == 302
    assert (Satisfaction.objects.get().score, Satisfaction.objects.get().words) == (2, "Slow.")
    assert scene.visitor.post(address, {"score": "4"}).status_code == 302
    assert Satisfaction.objects.get().score == 4


def test_a_mark_by_link_for_who_has_a_log_in(scene: Scene) -> None:
    solve(scene, scene.ticket)
    assert scene.visitor.post(mark_page(scene.ticket), {"score": "5"}).status_code == 302
    assert Satisfaction.objects.get().ticket == scene.ticket


@pytest.mark.parametrize("score", ["", "0", "6", "x", "99999"])
def test_no_such_mark(scene: Scene, ticket: Ticket, score: str) -> None:
    solve(scene, ticket)
    assert scene.visitor.post(mark_page(ticket), {"score": score}).status_code == 400
    assert not Satisfaction.objects.exists()


def test_not_while_it_is_open(scene: Scene, ticket: Ticket) -> None:
    assert scene.visitor.post(mark_page(ticket), {"score": "5"}).status_code == 409
    assert b"open again" in scene.visitor.get(mark_page(ticket)).content


def too_fast(client: Client, page: str) -> None:
    for _ in range(POSTS):
        client.post(f"{page}files/")


def test_too_fast_keeps_every_word_and_file_and_says_how_long(
    scene: Scene, ticket: Ticket, page: str
) -> None:
    client = Client()
    kept = client.post(f"{page}files/", {"file": SimpleUploadedFile("seen.txt", b"On Monday")}).json()["id"]
    too_fast(client, page)
    said = {"body": "My third <b>question</b>", "client_id": KEY, "attachment_ids": [kept]}
    answer = client.post(f"{page}reply/", said)
    shown = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert "Try again in ten minutes." in shown and "We look for it." in shown
    assert "My third &lt;b&gt;question&lt;/b&gt;</textarea>" in shown
    assert f'name="attachment_ids" value="{kept}" checked' in shown and KEY in shown
    assert not Message.objects.filter(body__startswith="My third").exists()
    upload = client.post(f"{page}files/", {"file": SimpleUploadedFile("b.txt", b"x")})
    assert (upload.status_code, upload.json()["code"], upload["Retry-After"]) == (429, "too_fast", "600")
    assert client.post(f"{page}status/", {"status": "solved"}).status_code == 429
    cache.clear()
    assert client.post(f"{page}reply/", said).status_code == 302
    assert Message.objects.get(body__startswith="My third").attachments.get().public_id == kept


def test_a_mark_that_comes_too_fast_keeps_its_words(scene: Scene, ticket: Ticket, page: str) -> None:
    solve(scene, ticket)
    client = Client()
    too_fast(client, page)
    answer = client.post(mark_page(ticket), {"score": "2", "words": "It took long."})
    assert answer.status_code == 429 and "It took long." in answer.content.decode()
    assert not Satisfaction.objects.exists()


def test_a_refused_form_keeps_the_files_that_came_with_it(scene: Scene, ticket: Ticket, page: str) -> None:
    sent = {"body": "x" * 8001, "files": SimpleUploadedFile("seen.txt", b"On Monday")}
    shown = Client().post(f"{page}reply/", sent).content.decode()
    assert "seen.txt" in shown and Attachment.objects.get().public_id in shown
