"""The pages about verification and privacy: for buyers in the portal, for the desk in the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import actions
from accounts.models import DocumentLook, PrivacyRequest, Verification, VerificationDocument
from accounts.queries import requests as queries
from tests.accounts.conftest import picture, work
from tests.accounts.test_verification import PDF, TUESDAY, Stop, World, sent, upload
from tests.factories import PASSWORD, log_in, make_buyer, make_staff

pytestmark = pytest.mark.django_db
MARKUP = re.compile(r"""<(?:[a-z][^>]*\s)?(?:style=|on[a-z]+=)|<style|<script(?![^>]*\ssrc=)""")
VERIFY, PRIVACY, DESK = "/account/verification/", "/account/privacy/", "/console/people/"
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def world(clock: Stop) -> World:
    clock(TUESDAY)
    cache.clear()
    return World()


@pytest.fixture
def mine(world: World) -> Client:
    return log_in(Client(), world.person)


@pytest.fixture
def desk(world: World) -> Client:
    return log_in(Client(), make_staff("verification", name="Kenji Sato", timezone="America/New_York"))


def text_of(response: Any) -> str:
    page = response.content.decode()
    assert not MARKUP.search(page)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# The buyer ----------------------------------------------------------------------------------------------


def test_the_page_says_what_is_missing_and_by_when(mine: Client) -> None:
    text = text_of(mine.get(VERIFY))
    assert "Still missing: a mobile number" in text
    assert "Sent in now, it is decided by Friday 13 November ." in text


def test_without_script_one_post_does_it_all(mine: Client) -> None:
    files = [SimpleUploadedFile("front.pdf", PDF), SimpleUploadedFile("back.png", picture())]
    response = mine.post(VERIFY, {"files": files}, follow=True)
    text = text_of(response)
    assert "We check your documents" in text
    assert "Decided by Fri 13 Nov, 6:00 PM" in text
    assert "Kept until the close of" in text  # the receipt
    assert "front.pdf" in text
    assert Verification.objects.get().state == "submitted"


def test_a_refused_file_stands_beside_its_field_and_the_rest_is_kept(mine: Client) -> None:
    files = [SimpleUploadedFile("front.pdf", PDF), SimpleUploadedFile("notes.txt", b"I am Ana.")]
    response = mine.post(VERIFY, {"files": files})
    assert response.status_code == 400
    page = response.content.decode()
    assert "“notes.txt” is not a PDF, JPEG, PNG or HEIC file." in page
    assert 'aria-invalid="true" aria-describedby="files_error"' in page
    assert "front.pdf" in page
    assert Verification.objects.get().state == "draft"


def test_with_script_files_come_one_by_one(mine: Client) -> None:
    answer = mine.post(f"{VERIFY}files/", {"file": SimpleUploadedFile("front.pdf", PDF)}, **JSON)
    assert answer.status_code == 201
    found = VerificationDocument.objects.get(public_id=answer.json()["id"])
    refused = mine.post(f"{VERIFY}files/", {"file": SimpleUploadedFile("a.txt", b"words")}, **JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_kind")
    assert mine.post(f"{VERIFY}files/", **JSON).json()["code"] == "no_file"
    assert mine.post(f"{VERIFY}files/{found.public_id}/remove/").status_code == 302
    found.refresh_from_db()
    assert found.removed_at is not None


def test_each_state_has_its_words(world: World, mine: Client) -> None:
    one = sent(world)
    decision = {"actor": world.verifier, "verification": one.public_id, "reason": "expired"}
    actions.decide_verification(**decision, outcome="ask_again", words="It ended in <b>May</b>.")
    page = mine.get(VERIFY).content.decode()
    assert "We need something more" in page
    assert "It ended in &lt;b&gt;May&lt;/b&gt;." in page
    actions.submit_verification(actor=world.buyer)
    actions.decide_verification(**decision, outcome="refuse", words="Another one please.")
    text = text_of(mine.get(VERIFY))
    assert "We could not verify your account" in text
    assert "A document has expired" in text
    again = sent(world)
    actions.decide_verification(actor=world.verifier, verification=again.public_id, outcome="approve")
    assert "Verified on Tue 10 Nov" in text_of(mine.get(VERIFY))


def test_withdrawing_from_the_page(world: World, mine: Client) -> None:
    one = sent(world)
    assert "Withdrawn. Your documents are deleted." in text_of(mine.post(f"{VERIFY}withdraw/", follow=True))
    one.refresh_from_db()
    assert one.state == "withdrawn"


def test_what_we_hold_and_a_copy(world: World, mine: Client) -> None:
    text = text_of(mine.get(PRIVACY))
    assert "Profile and contact data 1" in text
    assert "by Thursday 10 December at the latest" in text
    mine.post(PRIVACY, {"kind": "export"})
    assert "It is being made." in text_of(mine.get(PRIVACY))
    work()
    request = PrivacyRequest.objects.get()
    page = mine.get(PRIVACY).content.decode()
    assert f"{PRIVACY}{request.public_id}/copy/" in page
    answer = mine.get(f"{PRIVACY}{request.public_id}/copy/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_the_copy_is_for_its_person_alone_and_for_a_week(
    world: World, mine: Client, desk: Client, clock: Stop
) -> None:
    from datetime import timedelta

    request = actions.request_privacy(actor=world.buyer, kind="export")
    work()
    address = f"{PRIVACY}{request.public_id}/copy/"
    assert Client().get(address).status_code == 302
    for other in (desk, log_in(Client(), make_buyer("Otto")), log_in(Client(), world.house.admin)):
        assert other.get(address).status_code == 404
    clock(TUESDAY + timedelta(days=7))
    assert mine.get(address).status_code == 404


def test_a_correction_keeps_what_was_typed(mine: Client) -> None:
    words = "a" * 2001
    response = mine.post(PRIVACY, {"kind": "correct", "words": words})
    assert response.status_code == 400
    page = response.content.decode()
    assert words in page
    assert "1 characters too long" in page
    mine.post(PRIVACY, {"kind": "correct", "words": "I am called Anna."})
    assert "I am called Anna." in text_of(mine.get(PRIVACY))


def test_deleting_in_two_steps_and_back_again(world: World, mine: Client) -> None:
    response = mine.post(PRIVACY, {"kind": "delete"}, follow=True)
    request = PrivacyRequest.objects.get()
    address = f"{PRIVACY}{request.public_id}/confirm/"
    assert response.redirect_chain[-1][0] == address
    assert "Delete everything that names you?" in text_of(response)
    wrong = mine.post(address, {"password": "wrong"})
    assert wrong.status_code == 400
    assert "This is not your password." in text_of(wrong)
    assert "Confirmed." in text_of(mine.post(address, {"password": PASSWORD}, follow=True))
    assert "Withdrawn." in text_of(mine.post(f"{PRIVACY}{request.public_id}/withdraw/", follow=True))
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_passwords_cannot_be_guessed_there(world: World, mine: Client, settings: Any) -> None:
    request = actions.request_privacy(actor=world.buyer, kind="delete")
    address = f"{PRIVACY}{request.public_id}/confirm/"
    codes = [mine.post(address, {"password": f"guess {n}"}).status_code for n in range(11)]
    assert codes == [400] * 10 + [429]
    assert mine.post(address, {"password": PASSWORD}).status_code == 429
    request.refresh_from_db()
    assert request.state == "unconfirmed"


def test_the_link_of_the_mail_shows_a_button_and_does_nothing_by_itself(world: World, mine: Client) -> None:
    from accounts import letters

    request = actions.request_privacy(actor=world.buyer, kind="delete")
    address = f"{PRIVACY}{request.public_id}/confirm/"
    token = letters.confirm_token(request)
    assert "You came by the link of our mail" in text_of(mine.get(address, {"token": token}))
    request.refresh_from_db()
    assert request.state == "unconfirmed"
    mine.post(address, {"token": token})
    request.refresh_from_db()
    assert request.state == "open"


# The desk -----------------------------------------------------------------------------------------------


def test_empty_queues_say_so(desk: Client) -> None:
    text = text_of(desk.get(DESK))
    assert "Nobody waits to be verified." in text
    assert "No request is open." in text
    assert "All is answered" in text


def test_a_look_is_recorded_and_shown(world: World, desk: Client) -> None:
    one = sent(world)
    document = one.documents.get()
    before = text_of(desk.get(f"{DESK}v/{one.public_id}/"))
    assert "Nobody has opened a document." in before
    answer = desk.get(f"{DESK}documents/{document.public_id}/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert DocumentLook.objects.get().person.name == "Kenji Sato"
    after = text_of(desk.get(f"{DESK}v/{one.public_id}/"))
    assert "Kenji Sato passport.pdf" in after
    assert "opened once" in after


def test_what_was_taken_back_unseen_is_not_shown(world: World, desk: Client) -> None:
    wrong = actions.store_document(actor=world.buyer, upload=upload("my-diary.pdf"))
    actions.remove_document(actor=world.buyer, document=wrong.public_id)
    one = sent(world)
    page = desk.get(f"{DESK}v/{one.public_id}/").content.decode()
    assert "my-diary.pdf" not in page
    assert "passport.pdf" in page


def test_managers_see_the_queue_and_no_document(world: World) -> None:
    one = sent(world)
    manager = log_in(Client(), world.house.manager)
    page = manager.get(f"{DESK}v/{one.public_id}/").content.decode()
    assert "Only members of the verification desk open documents" in page
    assert "/decide/" not in page
    assert "/documents/" not in page
    assert manager.get(f"{DESK}documents/{one.documents.get().public_id}/").status_code == 404
    refused = manager.post(f"{DESK}v/{one.public_id}/decide/", {"outcome": "approve"})
    assert refused.status_code == 403
    one.refresh_from_db()
    assert one.state == "submitted"
    assert not DocumentLook.objects.exists()


def test_other_staff_and_buyers_find_no_such_page(world: World, mine: Client) -> None:
    for client in (mine, log_in(Client(), world.house.agent), log_in(Client(), world.house.specialist)):
        assert client.get(DESK).status_code == 404
    assert "/console/people/" not in log_in(Client(), world.house.agent).get("/console/").content.decode()
    assert "/console/people/" in log_in(Client(), world.house.manager).get("/console/").content.decode()


def test_deciding_from_the_page(world: World, desk: Client) -> None:
    one = sent(world)
    address = f"{DESK}v/{one.public_id}/decide/"
    wrong = desk.post(address, {"outcome": "refuse", "reason": "expired", "words": ""})
    assert wrong.status_code == 400
    page = wrong.content.decode()
    assert "Say in words what the buyer can do." in page
    assert '<option value="expired" selected>' in page
    assert 'value="refuse" checked' in page
    done = desk.post(address, {"outcome": "refuse", "reason": "expired", "words": "Too old."}, follow=True)
    assert "Decided lately" in text_of(done)
    late = desk.post(address, {"outcome": "approve"})
    assert late.status_code == 409
    assert "This was decided already" in text_of(late)


def test_a_request_is_answered_from_the_page(world: World, desk: Client) -> None:
    request = actions.request_privacy(actor=world.buyer, kind="correct", words="I am called Anna.")
    text = text_of(desk.get(f"{DESK}p/{request.public_id}/"))
    assert "I am called Anna." in text
    address = f"{DESK}p/{request.public_id}/decide/"
    assert desk.post(address, {"outcome": "done"}).status_code == 400
    desk.post(address, {"outcome": "done", "words": "It is."})
    request.refresh_from_db()
    assert (request.state, request.answer) == ("done", "It is.")


def test_long_lists_cost_the_same(world: World, desk: Client, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        who = World.actor_of_new(n)
        actions.store_document(actor=who, upload=upload())
        actions.submit_verification(actor=who)
        actions.request_privacy(actor=who, kind="correct", words="Anna.")
    with django_assert_max_num_queries(12):
        text = text_of(desk.get(DESK))
    assert text.count("1 document") == 12
    assert len(queries.verification_queue(world.verifier)) == 12
