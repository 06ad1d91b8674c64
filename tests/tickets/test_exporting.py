"""A ticket to take away: what stands in the archive, for staff and for the requester."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.errors import TooLarge
from tests.factories import log_in, make_ticket
from tickets import actions, exporting
from tickets.actions import amending, merging
from tickets.models import Attachment, Message, Stream, Ticket
from tickets.queries.threads import text_of

World = SimpleNamespace


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def ticket(world: World) -> Ticket:
    """An answer that was amended, a note with a file, a buyer's file whose name would leave its folder."""
    row = make_ticket(world.buyer_person, order=world.order, subject="<b>Late</b>")
    post(world.agent, row, "reply", "It leaves soon.")
    public = Stream.objects.get(ticket=row, kind="public").public_id
    amending.amend_message(actor=world.agent, stream=public, seq=3, body="It left today.")
    post(world.agent, row, "note", "Ask the carrier.", file(world.agent, "carrier.txt", b"no trace"))
    theirs = file(world.buyer, "seen.txt", b"Seen on Monday")
    Attachment.objects.filter(public_id=theirs).update(name="../../x.txt")
    post(world.buyer, row, "reply", "See here", theirs)
    return row


def file(actor: Any, name: str, data: bytes) -> str:
    return actions.store_attachment(actor=actor, upload=SimpleUploadedFile(name, data)).public_id


def post(actor: Any, ticket: Ticket, kind: str, body: str, *files: str) -> None:
    actions.post_message(actor=actor, ticket=ticket.public_id, kind=kind, body=body, attachment_ids=files)


def archive(client: Client, path: str) -> zipfile.ZipFile:
    answer = client.get(path)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]


def texts(found: zipfile.ZipFile) -> list[str]:
    return [row["text"] for row in json.loads(found.read("thread.json"))["rows"] if row["kind"] != "event"]


@pytest.mark.parametrize("door", ["/t/{0.public_id}/export/", "/api/v1/tickets/{0.number}/export/"])
def test_staff_get_both_streams(world: World, client: Client, ticket: Ticket, door: str) -> None:
    found = archive(log_in(client, world.house.agent), door.format(ticket))
    assert {"It left today.", "Ask the carrier.", "See here"} <= set(texts(found))
    assert sorted(found.namelist()) == [
        "files/001-carrier.txt",
        "files/002-x.txt",
        "thread.html",
        "thread.json",
    ]
    assert found.read("files/001-carrier.txt") == b"no trace"
    page = found.read("thread.html").decode()
    assert "It leaves soon." in page and "files/002-x.txt" in page
    assert "<b>Late</b>" not in page and "&lt;b&gt;Late" in page


@pytest.mark.parametrize("door", ["/t/{0.public_id}/export/", "/api/v1/tickets/{0.number}/export/"])
def test_the_requester_gets_what_both_sides_read(
    world: World, client: Client, ticket: Ticket, door: str
) -> None:
    found = archive(log_in(client, world.buyer_person), door.format(ticket))
    assert sorted(found.namelist()) == ["files/001-x.txt", "thread.html", "thread.json"]
    everything = b"".join(found.read(name) for name in found.namelist())
    assert b"It left today." in everything and b"Seen on Monday" in everything
    assert b"carrier" not in everything and b"It leaves soon." not in everything


def test_what_was_taken_back_is_not_in_it(world: World, client: Client, ticket: Ticket) -> None:
    other = make_ticket(world.buyer_person, subject="Other")
    merging.merge_tickets(actor=world.agent, source=other.public_id, target=ticket.public_id)
    before = texts(archive(log_in(client, world.house.agent), f"/t/{ticket.public_id}/export/"))
    merging.undo_merge(actor=world.agent, source=other.public_id)
    after = texts(archive(client, f"/t/{ticket.public_id}/export/"))
    assert len(before) == len(after) + 1
    assert "" not in after


def test_more_rows_than_one_step(world: World, ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "STEP", 2)
    with zipfile.ZipFile(exporting.export_ticket(world.agent, ticket)) as found:
        assert "See here" in texts(found)


def test_too_much_is_said_before_it_is_made(
    world: World, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 10)
    with pytest.raises(TooLarge):
        exporting.export_ticket(world.agent, ticket)


@pytest.mark.parametrize("door", ["/t/{0.public_id}/export/", "/api/v1/tickets/{0.number}/export/"])
def test_the_timeline_says_who_took_it_along_and_when(
    world: World, client: Client, ticket: Ticket, door: str
) -> None:
    at = world.now + timedelta(hours=1)
    world.at(at)
    for person in (world.house.agent, world.buyer_person):
        archive(log_in(client, person), door.format(ticket))
    rows = Message.objects.filter(verb="ticket.exported").order_by("pk")
    assert [(row.stream.kind, row.author_id, row.created_at) for row in rows] == [
        ("staff", world.house.agent.pk, at),
        ("staff", world.buyer_person.pk, at),
    ]
    assert text_of(rows[0]) == f"{world.house.agent.display_name} took a copy of the whole ticket along"


def test_what_was_not_made_is_not_noted(
    world: World, client: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 10)
    page = f"/t/{ticket.public_id}/export/"
    assert log_in(client, world.house.agent).get(page).status_code == 413
    assert client.head(page).status_code == 405
    assert not Message.objects.filter(verb="ticket.exported").exists()
