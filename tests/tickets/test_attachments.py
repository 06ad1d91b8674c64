"""Files: what they really are, whose they are, and how they leave the house."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from core.actors import VISITOR
from core.errors import Invalid, NotFound, NotSignedIn, TooLarge
from core.filetypes import clean_name
from tests.factories import log_in, make_ticket
from tickets import actions
from tickets.models import Attachment, Message, Ticket
from tickets.queries import access_attachment

World = SimpleNamespace
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind: str = "PNG", **extra: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "#0f6b5b").save(out, kind, **extra)
    return out.getvalue()


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order)


def store(world: World, name: str = "mug.png", data: bytes | None = None, who: str = "buyer") -> Attachment:
    return actions.store_attachment(actor=getattr(world, who), upload=upload(name, data or picture()))


@pytest.mark.parametrize(
    ("name", "data", "kind", "kept_name"),
    [
        ("mug.png", picture(), "image/png", "mug.png"),
        ("mug.jpg", picture("JPEG"), "image/jpeg", "mug.jpg"),
        ("mug.gif", picture("GIF"), "image/gif", "mug.gif"),
        ("mug.webp", picture("WEBP"), "image/webp", "mug.webp"),
        ("mug.png", picture("JPEG"), "image/jpeg", "mug.jpg"),
        ("bill.pdf", PDF, "application/pdf", "bill.pdf"),
        ("words.txt", "Grüße 👋 שלום".encode(), "text/plain", "words.txt"),
        ("noname", picture(), "image/png", "noname.png"),
        ("../../etc/passwd.txt", b"plain words", "text/plain", "passwd.txt"),
        ("evil\u202egnp.txt", b"plain words", "text/plain", "evilgnp.txt"),
    ],
)
def test_what_is_allowed_is_told_by_content(
    world: World, name: str, data: bytes, kind: str, kept_name: str
) -> None:
    row = store(world, name, data)
    assert (row.content_type, row.name) == (kind, kept_name)
    assert len(row.digest) == 64
    assert kept_name not in row.file.name
    with row.file.open("rb") as kept:
        assert len(kept.read()) == row.size


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mug.png", HTML),
        ("mug.txt", HTML),
        ("mug.svg", SVG),
        ("mug.png", SVG),
        ("mug.txt", SVG),
        ("mug.png", PDF),
        ("bill.pdf", picture()),
        ("page.html", b"plain words"),
        ("run.js", b"alert(1)"),
        ("run.txt", b"#!/bin/sh\nrm -rf /"),
        ("mug.png", b"MZ" + bytes(range(256))),
        ("mug.txt", b"\x00\x01\x02"),
        ("mug.zip", b"PK\x03\x04" + b"\x00" * 40),
        ("mug.png", picture()[:40]),
        ("mug.png", b"\x89PNG\r\n\x1a\n" + b"junk" * 20),
    ],
)
def test_a_wrong_kind_behind_any_name_is_refused(world: World, name: str, data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        store(world, name, data)
    assert caught.value.code in ("wrong_kind", "damaged_file")
    assert name in str(caught.value.fields["attachments"][0])
    assert not Attachment.objects.exists()


def test_empty_and_too_large(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        actions.store_attachment(actor=world.buyer, upload=upload("mug.png", b""))
    assert caught.value.code == "empty_file"
    with pytest.raises(TooLarge) as large:
        actions.store_attachment(actor=world.buyer, upload=upload("a.txt", b"a" * (10 * 1024 * 1024 + 1)))
    assert large.value.status == 413
    assert store(world, "a.txt", b"a" * (10 * 1024 * 1024)).size == 10 * 1024 * 1024


def test_a_visitor_stores_nothing(world: World) -> None:
    with pytest.raises(NotSignedIn):
        actions.store_attachment(actor=VISITOR, upload=upload("mug.png", picture()))


def test_hidden_data_of_pictures_is_dropped(world: World) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    row = store(world, "mug.jpg", picture("JPEG", exif=exif) + b"<script>alert(1)</script>")
    with row.file.open("rb") as kept:
        data = kept.read()
    assert b"secret place" not in data
    assert b"script" not in data


def test_a_bomb_of_pixels_is_refused(world: World) -> None:
    out = io.BytesIO()
    Image.new("1", (12000, 12000)).save(out, "PNG")
    with pytest.raises(Invalid) as caught:
        store(world, "big.png", out.getvalue())
    assert caught.value.code == "damaged_file"


def test_a_file_is_bound_once_by_its_uploader(world: World, ticket: Ticket) -> None:
    row = store(world)
    say = {"ticket": ticket.public_id, "kind": "reply", "body": "Look", "attachment_ids": [row.public_id]}
    rows = Message.objects.count()
    with pytest.raises(Invalid):
        actions.post_message(actor=world.agent, **say)
    assert Message.objects.count() == rows
    posted = actions.post_message(actor=world.buyer, **say)
    row.refresh_from_db()
    assert (row.message, row.ticket) == (posted.message, ticket)
    with pytest.raises(Invalid):
        actions.post_message(actor=world.buyer, **say)


def test_a_picture_may_speak_alone(world: World, ticket: Ticket) -> None:
    row = store(world)
    say = {"actor": world.buyer, "ticket": ticket.public_id, "kind": "reply", "body": " "}
    assert actions.post_message(**say, attachment_ids=[row.public_id]).message.body == ""
    with pytest.raises(Invalid):
        actions.post_message(**say)


def test_who_may_fetch_what(world: World, ticket: Ticket) -> None:
    loose = store(world)
    assert access_attachment(world.buyer, loose.public_id) == loose
    for who in (world.agent, world.other, VISITOR):
        with pytest.raises(NotFound):
            access_attachment(who, loose.public_id)
    noted = store(world, who="agent")
    note = {"ticket": ticket.public_id, "kind": "note", "body": "x", "attachment_ids": [noted.public_id]}
    actions.post_message(actor=world.agent, **note)
    assert access_attachment(world.agent2, noted.public_id) == noted
    for who in (world.buyer, world.other, world.outsider):
        with pytest.raises(NotFound):
            access_attachment(who, noted.public_id)


@pytest.mark.parametrize(
    ("name", "data", "disposition"),
    [("mug.png", picture(), "inline"), ("bill.pdf", PDF, "attachment"), ("a.txt", b"words", "attachment")],
)
def test_how_a_file_leaves(world: World, client: Client, name: str, data: bytes, disposition: str) -> None:
    row = store(world, name, data)
    log_in(client, world.buyer_person)
    response = client.get(f"/t/files/{row.public_id}/")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith(disposition)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Type"].partition(";")[0] == row.content_type
    assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert client.get(f"/t/files/{row.public_id}/?download")["Content-Disposition"].startswith("attachment")
    log_in(client, world.other_person)
    assert client.get(f"/t/files/{row.public_id}/").status_code == 404


def test_the_upload_door(world: World, client: Client, ticket: Ticket) -> None:
    assert client.post("/t/files/", {"file": upload("mug.png", picture())}).status_code == 401
    log_in(client, world.buyer_person)
    made = client.post(f"/t/{ticket.public_id}/files/", {"file": upload("mug.png", picture())})
    assert made.status_code == 201
    assert made.json()["type"] == "image/png"
    assert client.get(made.json()["url"]).status_code == 200
    refused = client.post("/t/files/", {"file": upload("mug.png", HTML)})
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_kind")
    assert client.post("/t/files/", {}).json()["code"] == "no_file"
    log_in(client, world.other_person)
    assert (
        client.post(f"/t/{ticket.public_id}/files/", {"file": upload("a.png", picture())}).status_code == 404
    )
    chip = client.post("/t/files/", {"file": upload("<b>.png", picture())}, HTTP_HX_REQUEST="true")
    assert b"&lt;b&gt;.png" in chip.content


def test_files_that_nobody_sent_go_after_a_day(world: World, ticket: Ticket) -> None:
    loose, bound = store(world), store(world)
    said = {"ticket": ticket.public_id, "kind": "reply", "body": "x", "attachment_ids": [bound.public_id]}
    actions.post_message(actor=world.buyer, **said)
    assert actions.forget_unbound() == 0
    world.at(world.now + timedelta(hours=25))
    assert actions.forget_unbound() == 1
    assert not default_storage.exists(loose.file.name)
    assert default_storage.exists(bound.file.name)


def test_names_are_kept_short_and_plain() -> None:
    assert clean_name("a" * 300 + ".png") == "a" * 116 + ".png"
    assert clean_name("C:\\photos\\mug.png") == "mug.png"
    assert clean_name("\x00\r\n") == "file"
    assert clean_name(None) == "file"
