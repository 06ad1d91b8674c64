"""What is being written: drafts in two browsers, replies that can be taken back, who else is there."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import Conflict, IdempotencyConflict, Invalid, NotFound
from tests.factories import make_ticket
from tickets import actions, jobs
from tickets.actions import drafts, held, looking
from tickets.actions.append import Posted
from tickets.models import Attachment, Draft, HeldReply, Message, Ticket
from tickets.queries import thread
from tickets.queries.looking import others_on

World = SimpleNamespace
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SECOND = timedelta(seconds=1)


@pytest.fixture
def ticket(world: World) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order)


def draft(world: World, ticket: Ticket, body: str, version: int, who: str = "agent", **more: object) -> Draft:
    kind = more.pop("kind", "reply")
    return drafts.save_draft(
        actor=getattr(world, who), ticket=ticket.public_id, kind=kind, body=body, version=version, **more
    )


def send(
    world: World, ticket: Ticket, body: str = "It is changed.", **more: object
) -> held.HeldReply | Posted:
    more.setdefault("client_id", uuid.uuid4())
    return held.send_reply(actor=world.agent, ticket=ticket.public_id, body=body, **more)


def said(world: World, ticket: Ticket) -> list[str]:
    return [row.body for row in thread(world.agent, ticket) if row.body]


def test_a_draft_is_found_elsewhere_and_the_newer_one_stands(world: World, ticket: Ticket) -> None:
    first = draft(world, ticket, "Hel", 0)
    assert first.version == 1
    assert draft(world, ticket, "Hello", 1).version == 2
    with pytest.raises(Conflict) as caught:
        draft(world, ticket, "Hi", 1)  # the other browser knew the first one alone
    assert caught.value.code == "newer_draft"
    assert Draft.objects.get().body == "Hello"
    draft(world, ticket, "A note", 0, kind="note")
    assert Draft.objects.count() == 2
    draft(world, ticket, "  ", 2)
    assert list(Draft.objects.values_list("kind", flat=True)) == ["note"]


def test_drafts_are_their_writers_and_bad_ones_are_refused(world: World, ticket: Ticket) -> None:
    with pytest.raises(NotFound):
        draft(world, ticket, "x", 0, who="other")
    with pytest.raises(Invalid):
        draft(world, ticket, "x", 0, who="buyer", kind="note")
    with pytest.raises(Invalid):
        draft(world, ticket, "x" * 16_001, 0)
    with pytest.raises(Invalid):
        draft(world, ticket, "x", 0, attachment_ids=["nobodys"])
    assert Draft.objects.count() == 0


def test_a_drafts_file_is_kept_as_long_as_the_draft(world: World, ticket: Ticket) -> None:
    upload = SimpleUploadedFile("slip.pdf", PDF)
    file = actions.store_attachment(actor=world.agent, upload=upload)
    draft(world, ticket, "See this", 0, attachment_ids=[file.public_id])
    world.at(world.now + timedelta(days=3))
    assert actions.forget_unbound() == 0
    draft(world, ticket, "See this", 1)
    assert actions.forget_unbound() == 1
    assert Attachment.objects.count() == 0


def test_what_is_chosen_beside_the_words_is_in_the_draft(world: World, ticket: Ticket) -> None:
    chosen = {"status": "waiting", "add_tags": "size, blue"}
    kept = draft(world, ticket, "It is changed.", 0, deeds=chosen)
    assert kept.deeds == {"add_tags": ["blue", "size"], "status": "waiting"}
    assert draft(world, ticket, "", 1, deeds={"priority": "high"}).deeds == {"priority": "high"}
    for bad in ({"fly": 1}, {"add_tags": 5}, {"status": "eaten"}, ["status"]):
        with pytest.raises(Invalid):
            draft(world, ticket, "x", 2, deeds=bad)
    assert Draft.objects.get().deeds == {"priority": "high"}
    assert draft(world, ticket, "Mine", 0, who="buyer", deeds={"priority": "high"}).deeds == {}


def test_taken_back_deeds_are_in_the_draft_again(world: World, ticket: Ticket) -> None:
    waiting = send(world, ticket, then={"status": "waiting", "priority": "low"})
    draft(world, ticket, "And the next", 0, deeds={"priority": "high"})
    held.take_back(actor=world.agent, held=waiting.public_id)
    assert Draft.objects.get().deeds == {"status": "waiting", "priority": "high"}


def test_what_is_sent_is_no_draft_any_more(world: World, ticket: Ticket) -> None:
    draft(world, ticket, "Hello", 0)
    draft(world, ticket, "Hm", 0, kind="note")
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="Hello")
    assert list(Draft.objects.values_list("kind", flat=True)) == ["note"]


def test_a_reply_waits_ten_seconds_and_is_sent_once(world: World, ticket: Ticket) -> None:
    waiting = send(world, ticket, then={"status": "waiting", "add_tags": ["size"]})
    assert isinstance(waiting, HeldReply)
    world.at(world.now + 9 * SECOND)
    jobs.release_held_replies()
    assert "It is changed." not in said(world, ticket)
    world.at(world.now + 10 * SECOND)
    jobs.release_held_replies()
    jobs.release_held_replies()
    assert not held.release_reply(waiting.pk)
    row = Message.objects.get(body="It is changed.")
    assert row.created_at == world.now + 10 * SECOND  # accepted when it is released
    ticket.refresh_from_db()
    assert (ticket.status, ticket.first_response_at) == ("waiting", row.created_at)
    assert list(ticket.tagged.values_list("tag__name", flat=True)) == ["size"]


def test_a_reply_is_taken_back_with_its_words_and_files(world: World, ticket: Ticket) -> None:
    file = actions.store_attachment(actor=world.agent, upload=SimpleUploadedFile("slip.pdf", PDF))
    waiting = send(world, ticket, "Too fast.", attachment_ids=[file.public_id])
    draft(world, ticket, "And the next", 0)
    held.take_back(actor=world.agent, held=waiting.public_id)
    world.at(world.now + 11 * SECOND)
    jobs.release_held_replies()
    assert "Too fast." not in said(world, ticket)
    back = Draft.objects.get()
    assert back.body == "Too fast.\n\nAnd the next"
    assert [one.public_id for one in back.attachments.all()] == [file.public_id]


def test_too_late_to_take_back_and_not_anothers(world: World, ticket: Ticket) -> None:
    waiting = send(world, ticket)
    with pytest.raises(NotFound):
        held.take_back(actor=world.agent2, held=waiting.public_id)
    world.at(world.now + 10 * SECOND)
    jobs.release_held_replies()
    with pytest.raises(Conflict) as caught:
        held.take_back(actor=world.agent, held=waiting.public_id)
    assert caught.value.code == "sent"


def test_while_the_requester_looks_on_nothing_is_held(world: World, ticket: Ticket) -> None:
    looking.look_at(actor=world.buyer, ticket=ticket.public_id)
    world.at(world.now + 20 * SECOND)
    assert isinstance(send(world, ticket), Posted)
    world.at(world.now + 60 * SECOND)
    assert isinstance(send(world, ticket), HeldReply)


def test_the_same_press_twice_is_one_reply(world: World, ticket: Ticket) -> None:
    key = uuid.uuid4()
    first = send(world, ticket, client_id=key)
    assert send(world, ticket, client_id=key) == first
    with pytest.raises(IdempotencyConflict):
        send(world, ticket, "Else.", client_id=key)
    world.at(world.now + 10 * SECOND)
    jobs.release_held_replies()
    assert send(world, ticket, client_id=key) == first
    assert said(world, ticket).count("It is changed.") == 1


def test_what_cannot_be_sent_any_more_is_a_draft_again(world: World, ticket: Ticket) -> None:
    waiting = send(world, ticket, "Answer.")
    actions.set_status(actor=world.agent2, ticket=ticket.public_id, status="closed")
    world.at(world.now + 10 * SECOND)
    jobs.release_held_replies()
    waiting.refresh_from_db()
    assert waiting.state == HeldReply.State.REFUSED
    assert "closed" in waiting.then["refused"]
    assert Draft.objects.get().body == "Answer."


def test_bad_replies_are_refused_before_they_wait(world: World, ticket: Ticket) -> None:
    for body, more in (
        ("", {}),
        ("x", {"client_id": ""}),
        ("x", {"then": {"status": "new"}}),
        ("x", {"then": {"explode": 1}}),
        ("x", {"then": {"add_tags": ["!"]}}),
    ):
        with pytest.raises(Invalid):
            send(world, ticket, body, **more)
    assert HeldReply.objects.count() == 0


def test_colleagues_on_the_same_ticket_see_each_other(world: World, ticket: Ticket) -> None:
    looking.look_at(actor=world.agent, ticket=ticket.public_id)
    looking.look_at(actor=world.agent2, ticket=ticket.public_id, writes=True)
    looking.look_at(actor=world.buyer, ticket=ticket.public_id)
    assert [(one.name, one.writes) for one in others_on(world.agent, ticket)] == [
        (world.house.agent2.display_name, True)
    ]
    assert others_on(world.buyer, ticket) == []
    looking.look_at(actor=world.agent2, ticket=ticket.public_id, gone=True)
    assert others_on(world.agent, ticket) == []
    with pytest.raises(NotFound):
        looking.look_at(actor=world.outsider, ticket=ticket.public_id)
    world.at(world.now + timedelta(hours=2))
    assert looking.forget_looks() == 2
