"""What was said is amended with a trace, and taken out for good."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories import make_ticket
from tickets import actions
from tickets.actions import amending, merging
from tickets.models import Amendment, Draft, Message, Ticket
from tickets.queries import thread
from tickets.queries.threads import wire

World = SimpleNamespace
CARD = "4242 4242 4242 4242"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, body=f"My card is {CARD}, please.")


def rows(world: World, ticket: Ticket, who: str = "agent") -> list[Message]:
    return thread(getattr(world, who), ticket)


def place(message: Message) -> dict[str, object]:
    return {"stream": message.stream.public_id, "seq": message.seq}


def test_an_amendment_leaves_what_was_said(world: World, ticket: Ticket) -> None:
    said = actions.post_message(
        actor=world.agent, ticket=ticket.public_id, kind="reply", body="By Monday."
    ).message
    amending.amend_message(actor=world.agent, **place(said), body="By Tuesday.")
    again = next(m for m in rows(world, ticket, "buyer") if m.pk == said.pk)
    assert again.body == "By Tuesday."
    assert Amendment.objects.get().body == "By Monday."
    event = wire(rows(world, ticket, "buyer")[-1])
    assert event["data"]["verb"] == "message.amended"
    assert event["data"]["now"]["body"] == "By Tuesday."
    assert event["data"]["seq"] == said.seq
    amending.amend_message(actor=world.agent, **place(said), body="By Tuesday.")
    assert Amendment.objects.count() == 1  # nothing changed, nothing is told
    for who in ("agent2", "buyer"):
        with pytest.raises(Forbidden):
            amending.amend_message(actor=getattr(world, who), **place(said), body="Never.")
    with pytest.raises(Invalid):
        amending.amend_message(actor=world.agent, **place(said), body="  ")


def test_a_card_number_is_nowhere_any_more(world: World, ticket: Ticket) -> None:
    other = make_ticket(world.buyer_person, subject="Same")
    first = next(m for m in rows(world, ticket) if m.body)
    said = actions.post_message(
        actor=world.agent, ticket=ticket.public_id, kind="note", body=f"They wrote {CARD}"
    ).message
    amending.amend_message(actor=world.agent, **place(said), body=f"They sent {CARD}!")
    merging.merge_tickets(actor=world.agent, source=ticket.public_id, target=other.public_id)
    Draft.objects.create(
        ticket=ticket, author_id=world.agent.id, kind="reply", body=f"Is it {CARD}?", updated_at=now()
    )
    for one in (first, said):
        amending.redact_message(actor=world.agent2, **place(one), text=CARD, reason="card")
    everywhere = [
        *Message.objects.values_list("body", flat=True),
        *(str(data) for data in Message.objects.values_list("data", flat=True)),
        *Amendment.objects.values_list("body", flat=True),
        *Draft.objects.values_list("body", flat=True),
    ]
    assert not [text for text in everywhere if CARD in text]
    first.refresh_from_db()
    assert first.body == "My card is ████████, please."
    assert first.digest == ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM core_outbox")
        assert not [row for row in cursor.fetchall() if CARD in str(row)]


def test_taking_out_says_why_and_finds_what_is_there(world: World, ticket: Ticket) -> None:
    said = next(m for m in rows(world, ticket) if m.body)
    for text, reason, field in ((CARD, "because", "reason"), ("4111", "card", "text")):
        with pytest.raises(Invalid) as caught:
            amending.redact_message(actor=world.agent, **place(said), text=text, reason=reason)
        assert field in caught.value.fields
    with pytest.raises(Forbidden):
        amending.redact_message(actor=world.buyer, **place(said), text=CARD, reason="card")
    with pytest.raises(NotFound):
        amending.redact_message(actor=world.outsider, **place(said), text=CARD, reason="card")
    amending.redact_message(actor=world.agent, **place(said), text="", reason="asked")
    said.refresh_from_db()
    assert said.body == "████████"


def test_what_was_redacted_is_not_amended_and_a_replay_finds_it(world: World, ticket: Ticket) -> None:
    key = "7b0d5a2e-2f53-4a6e-9d55-0a6d3d5f8f11"
    send = {"actor": world.agent, "ticket": ticket.public_id, "kind": "reply", "body": CARD, "client_id": key}
    said = actions.post_message(**send).message
    amending.redact_message(actor=world.agent, **place(said), text=CARD, reason="card")
    with pytest.raises(Conflict):
        amending.amend_message(actor=world.agent, **place(said), body="Else.")
    assert actions.post_message(**send).dup


def test_a_file_is_gone_with_every_copy(
    world: World, ticket: Ticket, django_capture_on_commit_callbacks: object
) -> None:
    upload = SimpleUploadedFile("id.pdf", PDF)
    file = actions.store_attachment(actor=world.buyer, upload=upload)
    actions.post_message(
        actor=world.buyer, ticket=ticket.public_id, kind="reply", body="", attachment_ids=[file.public_id]
    )
    other = make_ticket(world.buyer_person, subject="Same")
    merging.merge_tickets(actor=world.agent, source=ticket.public_id, target=other.public_id)
    key = file.file.name
    assert default_storage.exists(key)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        amending.redact_file(actor=world.agent, file=file.public_id, reason="other_person")
    assert not default_storage.exists(key)
    assert other.attachments.count() == ticket.attachments.count() == 0
    assert rows(world, other, "buyer")[-1].verb == "file.redacted"
