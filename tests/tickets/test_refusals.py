"""Bad input of every kind, by page and by API: refused in the same words, beside its field, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.outbox import run_due
from tests.factories import log_in, make_buyer, make_staff, make_ticket
from tests.tickets.test_doors import Rows, rows, written
from tickets import actions
from tickets.models import Attachment, BulkJob, Macro, SavedView, Ticket

World = SimpleNamespace
Fields = dict[str, Any]
HX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Bad:
    """One thing that cannot be done. Paths and fields are made of the world; `code`: what the API answers."""

    name: str
    page: Callable[[World], str]
    form: Callable[[World], Fields]
    api: Callable[[World], str]
    body: Callable[[World], Fields]
    code: str
    words: str
    status: int = 400
    who: str = "agent"


def at(part: str) -> Callable[[World], str]:
    return lambda world: f"/t/{world.ticket.public_id}/{part}/"


def api(part: str) -> Callable[[World], str]:
    return lambda world: f"/api/v1/tickets/{world.ticket.number}/{part}/"


def fixed(value: Any) -> Callable[[World], Any]:
    return lambda world: value


MANY = [f"file{n}" for n in range(200)]
TWO_HUNDRED = {"body": "Look at these please", "attachment_ids": MANY}
ODD_MACRO = {"name": "Odd", "body": "Dear {{ buyer.shoe_size }}"}
ODD_VIEW = {"colour": "red"}
CASES = [
    Bad("merge into itself", at("merge"), lambda w: {"target": w.ticket.number}, api("merge"),
        lambda w: {"ticket": str(w.ticket.number)}, "same_ticket", "itself"),
    Bad("merge into a stranger's", at("merge"), lambda w: {"target": w.strangers.number}, api("merge"),
        lambda w: {"ticket": str(w.strangers.number)}, "another_requester", "Only tickets of one person"),
    Bad("merge into nothing", at("merge"), fixed({"target": "99999999"}), api("merge"),
        fixed({"ticket": "99999999"}), "unknown_ticket", ""),
    Bad("a status that there is not", at("status"), fixed({"status": "asleep"}), api("status"),
        fixed({"status": "asleep"}), "invalid", ""),
    Bad("back to new", at("status"), fixed({"status": "new"}), api("status"), fixed({"status": "new"}), "invalid", ""),
    Bad("closed by its buyer", at("status"), fixed({"status": "closed"}), api("status"),
        fixed({"status": "closed"}), "forbidden", "", 403, "buyer"),
    Bad("to nobody who works here", at("assign"), lambda w: {"assignee": w.buyer_person.public_id}, api("assign"),
        lambda w: {"assignee": w.buyer_person.public_id}, "unknown_assignee", "staff"),
    Bad("to no team", at("assign"), fixed({"team": "moon"}), api("assign"),
        fixed({"assignee": None, "team": "moon"}), "unknown_team", "no such team"),
    Bad("to somebody of another team", at("assign"), lambda w: {"assignee": w.foreign.public_id}, api("assign"),
        lambda w: {"assignee": w.foreign.public_id}, "other_team", ""),
    Bad("handed over to another team's", at("hand-over"), lambda w: {"assignee": w.foreign.public_id, "words": "Please"},
        api("hand-over"), lambda w: {"assignee": w.foreign.public_id, "words": "Please"}, "other_team", ""),
    Bad("200 files", at("reply"), fixed(TWO_HUNDRED), api("messages"),
        fixed({"body": "Look at these please", "attachments": MANY}), "too_many_files", "At most 5 files"),
    Bad("a macro with an unknown placeholder", fixed("/console/macros/new/"), fixed(ODD_MACRO), fixed("/api/v1/macros/"),
        fixed(ODD_MACRO), "unknown_placeholder", "buyer.shoe_size"),
    Bad("a view of nonsense", fixed("/console/views/save/"), fixed({"name": "Odd", "team": "nobodys"}),
        fixed("/api/v1/views/"), fixed({"name": "Odd", "filters": ODD_VIEW}), "unknown_choice", ""),
    Bad("nonsense to many", fixed("/console/bulk/"), lambda w: {"tickets": [w.ticket.public_id], "status": "closed"},
        fixed("/api/v1/bulk/"), lambda w: {"tickets": [w.ticket.public_id], "change": {"status": "closed"}}, "", ""),
]  # fmt: skip


@pytest.fixture
def scene(world: World) -> World:
    """The buyer's ticket, a stranger's, and a colleague of another team."""
    world.ticket = make_ticket(world.buyer_person)
    world.strangers = make_ticket(make_buyer("Stranger"))
    world.foreign = make_staff("logistics", name="Lo Logistics")
    return world


def _client(scene: World, who: str) -> Client:
    return log_in(Client(), scene.buyer_person if who == "buyer" else scene.house.agent)


def _kept(before: Rows) -> Rows:
    """What was written beside the idempotency of the API."""
    return {name: found for name, found in written(before, rows()).items() if name != "Attachment"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refused_in_words_and_nothing_is_changed(scene: World, case: Bad) -> None:
    client = _client(scene, case.who)
    before = rows()
    by_page = client.post(case.page(scene), case.form(scene), headers=HX)
    by_api = client.post(case.api(scene), json.dumps(case.body(scene)), content_type="application/json")
    told = by_api.json()
    assert 400 <= by_page.status_code < 500 and 'role="alert"' in by_page.content.decode()
    assert by_api.status_code == case.status, told
    if case.code:
        assert told["code"] == case.code, told
    everything = json.dumps(told, ensure_ascii=False)
    assert told["message"] and case.words in everything
    if case.words:
        assert case.words in by_page.content.decode()
    assert _kept(before) == {}
    assert not Macro.objects.exists() and not SavedView.objects.exists() and not BulkJob.objects.exists()


def test_a_file_that_would_leave_its_folder_keeps_its_last_name(
    scene: World, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    client = _client(scene, "buyer")
    for name in ("../../x", "..\\..\\x", "/etc/x"):
        upload = SimpleUploadedFile("x", b"plain words")
        upload._name = name  # as a client may write it in its form
        answer = client.post(at("files")(scene), {"file": upload})
        assert answer.status_code == 201 and answer.json()["name"] == "x.txt", name
    assert {one.file.path.startswith(str(settings.MEDIA_ROOT)) for one in Attachment.objects.all()} == {True}


def test_many_that_changed_meanwhile_are_told_and_the_rest_is_done(scene: World) -> None:
    client, read = _client(scene, "agent"), scene.now
    other = make_ticket(scene.buyer_person, subject="Other")
    scene.at(read + timedelta(minutes=1))
    actions.post_message(actor=scene.buyer, ticket=other.public_id, kind="reply", body="More.")
    ids = [scene.ticket.public_id, other.public_id]
    asked = {"tickets": ids, "change": {"priority": "high"}, "seen_at": read.isoformat()}
    begun = client.post("/api/v1/bulk/", json.dumps(asked), content_type="application/json")
    assert begun.status_code == 202
    while run_due():
        pass
    job = client.get(f"/api/v1/bulk/{begun.json()['id']}/").json()
    [failed] = job["failed"]
    assert (failed["ticket"], failed["code"]) == (other.public_id, "changed_meanwhile") and failed["message"]
    page = client.get(f"/console/bulk/{begun.json()['id']}/", headers=HX).content.decode()
    assert f"#{other.number}" in page and failed["message"].replace("'", "&#x27;") in page
    assert Ticket.objects.get(pk=scene.ticket.pk).priority == "high"
    assert Ticket.objects.get(pk=other.pk).priority == "normal"
