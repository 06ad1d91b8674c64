"""Tickets that become one and are taken apart; split, followed up, incidents, spam."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla.queries import clocks_of
from tests.factories import make_ticket
from tickets import actions
from tickets.actions import linking, merging, spam, tags
from tickets.models import Link, Message, Status, Ticket
from tickets.queries import thread

World = SimpleNamespace
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def states(ticket: Ticket) -> dict[str, str]:
    return {clock.metric: clock.state for clock in clocks_of("ticket", ticket.pk)}


def say(world: World, who: str, ticket: Ticket, body: str, kind: str = "reply", **more: object) -> Message:
    posted = actions.post_message(
        actor=getattr(world, who), ticket=ticket.public_id, kind=kind, body=body, **more
    )
    ticket.refresh_from_db()
    return posted.message


def bodies(world: World, ticket: Ticket, who: str = "agent") -> list[str]:
    return [m.body for m in thread(getattr(world, who), ticket) if m.body]


@pytest.fixture
def pair(world: World) -> tuple[Ticket, Ticket]:
    target = make_ticket(world.buyer_person, order=world.order, subject="Wrong size", body="It is too small.")
    source = make_ticket(world.buyer_person, order=world.order, subject="Size", body="I need an M.")
    return source, target


def merge(world: World, source: Ticket, target: Ticket) -> None:
    merging.merge_tickets(actor=world.agent, source=source.public_id, target=target.public_id)
    source.refresh_from_db()
    target.refresh_from_db()


def test_what_was_said_on_both_stands_in_one(world: World, pair: tuple[Ticket, Ticket]) -> None:
    source, target = pair
    upload = SimpleUploadedFile("slip.pdf", PDF)
    file = actions.store_attachment(actor=world.buyer, upload=upload)
    say(world, "buyer", source, "Here is the slip.", attachment_ids=[file.public_id])
    say(world, "agent", source, "Stock says no.", kind="note")
    tags.change_tags(actor=world.agent, ticket=source.public_id, add=["Size Wrong!"])
    preview = merging.preview_merge(actor=world.agent, source=source.public_id, target=target.public_id)
    assert (preview.replies, preview.notes, preview.files, preview.unanswered) == (2, 1, 1, True)
    assert Link.objects.count() == 0
    merge(world, source, target)
    said = bodies(world, target)
    assert said == ["It is too small.", "I need an M.", "Here is the slip.", "Stock says no."]
    assert bodies(world, target, "buyer") == said[:3]  # the note stays among staff
    copy = next(m for m in thread(world.buyer, target) if m.body == "Here is the slip.")
    assert copy.author_id == world.buyer_person.pk
    assert copy.attachments.get().digest == file.digest
    assert copy.attachments.get().public_id != file.public_id
    assert list(target.tagged.values_list("tag__name", flat=True)) == ["size-wrong"]
    assert (source.status, source.merged_into_id) == (Status.CLOSED, target.pk)
    seqs = [m.seq for m in thread(world.buyer, target)]
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_merge_calls_off_the_sources_clocks_and_starts_the_next_response_now(
    world: World, pair: tuple[Ticket, Ticket]
) -> None:
    source, target = pair
    say(world, "agent", target, "We look.")
    world.at(world.now + timedelta(hours=1))
    merge(world, source, target)
    assert set(states(source).values()) == {"cancelled"}
    started = [c for c in clocks_of("ticket", target.pk) if c.metric == "next_response"]
    assert [(c.state, c.started_at) for c in started] == [("running", world.now + timedelta(hours=1))]
    with pytest.raises(Conflict) as caught:
        say(world, "buyer", source, "Hello?")
    assert caught.value.code == "merged"
    assert f"#{target.number}" in str(caught.value.message)


def test_a_merge_is_undone(world: World, pair: tuple[Ticket, Ticket]) -> None:
    source, target = pair
    say(world, "agent", target, "We look.")
    merge(world, source, target)
    merging.undo_merge(actor=world.agent2, source=source.public_id)
    source.refresh_from_db()
    target.refresh_from_db()
    assert (source.status, source.merged_into_id) == (Status.NEW, None)
    assert states(source)["first_response"] == states(source)["resolution"] == "running"
    assert "I need an M." not in bodies(world, target)
    assert target.unanswered_since is None
    assert states(target)["next_response"] == "cancelled"
    say(world, "buyer", source, "Hello?")
    merge(world, source, target)  # and merged again
    with pytest.raises(NotFound):
        merging.undo_merge(actor=world.agent, source=target.public_id)


def test_what_cannot_be_merged_is_told(world: World, pair: tuple[Ticket, Ticket]) -> None:
    source, target = pair
    stranger = make_ticket(world.other_person, subject="Mine")
    for into, code in ((source, "same_ticket"), (stranger, "another_requester")):
        with pytest.raises(Invalid) as caught:
            merging.merge_tickets(actor=world.agent, source=source.public_id, target=into.public_id)
        assert caught.value.code == code
        assert "target" in caught.value.fields
    with pytest.raises(Forbidden):
        merging.merge_tickets(actor=world.buyer, source=source.public_id, target=target.public_id)
    with pytest.raises(NotFound):
        merging.merge_tickets(actor=world.outsider, source=source.public_id, target=target.public_id)
    actions.set_status(actor=world.agent, ticket=target.public_id, status="closed")
    with pytest.raises(Conflict) as refused:
        merge(world, source, target)
    assert refused.value.code == "closed_ticket"
    source.refresh_from_db()
    assert source.status == Status.NEW


def test_a_message_becomes_a_ticket_of_its_own_once(world: World, pair: tuple[Ticket, Ticket]) -> None:
    ticket, _other = pair
    said = say(world, "buyer", ticket, "And where is my invoice?")
    stream = said.stream.public_id
    fresh = linking.split_message(
        actor=world.agent, stream=stream, seq=said.seq, subject="Invoice", category="order"
    )
    assert fresh.requester_id == world.buyer_person.pk
    assert bodies(world, fresh) == ["And where is my invoice?"]
    assert states(fresh) == {"first_response": "running", "resolution": "running"}
    assert "And where is my invoice?" in bodies(world, ticket)
    with pytest.raises(Conflict):
        linking.split_message(
            actor=world.agent, stream=stream, seq=said.seq, subject="Again", category="order"
        )
    own = say(world, "agent", ticket, "Mine.")
    with pytest.raises(Invalid):
        linking.split_message(actor=world.agent, stream=stream, seq=own.seq, subject="x", category="order")


def test_a_closed_ticket_is_followed_up(world: World, pair: tuple[Ticket, Ticket]) -> None:
    ticket, _other = pair
    with pytest.raises(Conflict) as caught:
        linking.follow_up(actor=world.buyer, ticket=ticket.public_id, body="More.")
    assert caught.value.code == "still_open"
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="closed")
    fresh = linking.follow_up(actor=world.buyer, ticket=ticket.public_id, body="More.")
    assert (fresh.order_id, fresh.subject) == (ticket.order_id, ticket.subject)
    assert Link.objects.get(kind="follow_up").target_id == ticket.pk


def test_incidents_hang_on_one_problem(world: World, pair: tuple[Ticket, Ticket]) -> None:
    incident, problem = pair
    linking.link_incident(actor=world.agent, ticket=incident.public_id, problem=problem.public_id)
    with pytest.raises(Conflict):
        linking.link_incident(actor=world.agent, ticket=incident.public_id, problem=problem.public_id)
    with pytest.raises(Invalid):
        linking.link_incident(actor=world.agent, ticket=problem.public_id, problem=incident.public_id)
    linking.unlink_incident(actor=world.agent, ticket=incident.public_id, problem=problem.public_id)
    with pytest.raises(NotFound):
        linking.unlink_incident(actor=world.agent, ticket=incident.public_id, problem=problem.public_id)


def test_spam_owes_nothing_until_it_is_none(world: World, pair: tuple[Ticket, Ticket]) -> None:
    ticket, _other = pair
    spam.set_spam(actor=world.agent, ticket=ticket.public_id, on=True)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.is_spam) == (Status.CLOSED, True)
    assert set(states(ticket).values()) == {"cancelled"}
    world.at(world.now + timedelta(hours=1))
    spam.set_spam(actor=world.agent, ticket=ticket.public_id, on=False)
    first = [c for c in clocks_of("ticket", ticket.pk) if c.metric == "first_response"][-1]
    assert (first.state, first.started_at) == ("running", world.now)
    with pytest.raises(Forbidden):
        spam.set_spam(actor=world.buyer, ticket=ticket.public_id, on=True)


def test_closed_by_itself_it_is_reopened_by_the_requester_for_14_days(
    world: World, pair: tuple[Ticket, Ticket]
) -> None:
    ticket, _other = pair
    say(world, "agent", ticket, "Done.", then_status="solved")
    world.at(world.now + timedelta(days=7))
    assert actions.close_settled(ticket.pk)
    world.at(world.now + timedelta(days=14))
    say(world, "buyer", ticket, "It came back.")
    assert ticket.status == Status.OPEN
    assert states(ticket)["next_response"] == "running"


def test_who_watches_sees_and_copies_are_addresses(world: World, pair: tuple[Ticket, Ticket]) -> None:
    ticket, _other = pair
    with pytest.raises(NotFound):
        actions.take_ticket(actor=world.outsider, ticket=ticket.public_id)
    colleague = world.house.other_agent.public_id
    tags.set_watching(actor=world.agent, ticket=ticket.public_id, on=True, person=colleague)
    assert bodies(world, ticket, "outsider") == ["I need an M."]
    say(world, "outsider", ticket, "I know this one.", kind="note")
    tags.set_watching(actor=world.outsider, ticket=ticket.public_id, on=False)
    added = tags.change_copies(actor=world.buyer, ticket=ticket.public_id, add=["Boss@Example.com "])
    assert added == ["boss@example.com"]
    for bad, code in (("nobody", "bad_address"), (world.buyer_person.email, "is_requester")):
        with pytest.raises(Invalid) as caught:
            tags.change_copies(actor=world.buyer, ticket=ticket.public_id, add=[bad])
        assert caught.value.code == code
    with pytest.raises(Invalid):
        many = [f"a{n}@example.com" for n in range(10)]
        tags.change_copies(actor=world.buyer, ticket=ticket.public_id, add=many)


def test_tags_are_words(world: World, pair: tuple[Ticket, Ticket]) -> None:
    ticket, _other = pair
    names = tags.change_tags(actor=world.agent, ticket=ticket.public_id, add=["VIP", "vip", "Größe M"])
    assert names == ["größe-m", "vip"]
    assert tags.change_tags(actor=world.agent, ticket=ticket.public_id, remove=["vip"]) == ["größe-m"]
    for bad in ("", "!!", "x" * 41):
        with pytest.raises(Invalid):
            tags.change_tags(actor=world.agent, ticket=ticket.public_id, add=[bad])
    with pytest.raises(Forbidden):
        tags.change_tags(actor=world.buyer, ticket=ticket.public_id, add=["vip"])
