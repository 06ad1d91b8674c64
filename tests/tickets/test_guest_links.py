"""Signed links: one ticket, thirty days, one address; in the mail of its requester and in nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail

from accounts.actions.erasing import erase_person
from accounts.models import Person, User
from core.errors import Forbidden, NotFound
from core.outbox import run_due
from tests.factories import PASSWORD, make_guest, make_ticket
from tickets import actions, links, marks
from tickets.actions.tags import change_copies
from tickets.models import MailOff, Ticket
from tickets.queries import access_ticket, streams_of, visible_tickets

World = SimpleNamespace
LINK = re.compile(r"/g/([^/\s]+)/")


@pytest.fixture
def guest(world: World) -> Person:
    return make_guest(name="Gus Guest", email="gus@example.com")


@pytest.fixture
def ticket(world: World, guest: Person) -> Ticket:
    return make_ticket(guest, subject="A lost parcel")


def mails() -> list[mail.EmailMessage]:
    while run_due():
        pass
    return mail.outbox


def test_the_receipt_and_each_answer_hold_a_link(world: World, guest: Person, ticket: Ticket) -> None:
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We look for it.")
    letters = mails()
    assert [letter.to for letter in letters] == [["gus@example.com"]] * 2
    for letter in letters:
        assert links.open_link(LINK.findall(letter.body)[0]).ticket == ticket


def test_who_has_a_log_in_signs_in(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We look for it.")
    [letter] = mails()
    assert f"/tickets/{ticket.public_id}/" in letter.body and not LINK.findall(letter.body)


def test_it_opens_that_ticket_alone(world: World, guest: Person, ticket: Ticket) -> None:
    second = make_ticket(guest)
    reader = links.open_link(links.token_for(ticket)).actor
    assert list(visible_tickets(reader)) == [ticket]
    assert set(streams_of(reader, ticket)) == {"public"}
    with pytest.raises(NotFound):
        access_ticket(reader, second.public_id)
    with pytest.raises(NotFound):
        actions.post_message(actor=reader, ticket=second.public_id, kind="reply", body="Hello?")
    with pytest.raises(Forbidden):
        actions.open_ticket(actor=reader, category="order", subject="Another", body="One more thing.")
    with pytest.raises(Forbidden):
        actions.post_message(actor=reader, ticket=ticket.public_id, kind="note", body="Secret.")


def test_it_expires_after_thirty_days(world: World, ticket: Ticket) -> None:
    token = links.token_for(ticket)
    world.at(world.now + timedelta(days=29, hours=23))
    assert links.open_link(token).ticket == ticket
    world.at(world.now + timedelta(days=30, minutes=1))
    with pytest.raises(links.LinkExpired):
        links.open_link(token)
    assert links.ticket_behind(token) == ticket


def test_another_address_and_erasing_revoke_it(world: World, guest: Person, ticket: Ticket) -> None:
    token = links.token_for(ticket)
    Person.objects.filter(pk=guest.pk).update(email="new@example.com")
    with pytest.raises(links.BadLink):
        links.open_link(token)
    with pytest.raises(links.BadLink):
        links.ticket_behind(token)
    Person.objects.filter(pk=guest.pk).update(email="gus@example.com")
    assert links.open_link(token)
    erase_person(guest.pk)
    with pytest.raises(links.BadLink):
        links.open_link(token)


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "é" * 40, "." * 3000])
def test_rubbish_is_told_from_expired(world: World, token: str) -> None:
    with pytest.raises(links.BadLink):
        links.open_link(token)


def test_altered_or_for_something_else_it_is_none(world: World, ticket: Ticket) -> None:
    token = links.token_for(ticket)
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "A" + token[1:],
        links.token_for(ticket, links.MARK),
    ):
        with pytest.raises(links.BadLink):
            links.open_link(wrong)


def test_copies_get_the_words_and_no_link(world: World, ticket: Ticket, guest: Person) -> None:
    change_copies(actor=world.agent, ticket=ticket.public_id, add=["boss@example.com"])
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We look for it.")
    copy = next(letter for letter in mails() if letter.to == ["boss@example.com"])
    assert "We look for it." in copy.body and not LINK.findall(copy.body) and "/tickets/" not in copy.body


def test_no_mail_for_who_wants_none_but_copies_go(world: World, ticket: Ticket) -> None:
    mails()
    change_copies(actor=world.agent, ticket=ticket.public_id, add=["boss@example.com"])
    MailOff.objects.create(ticket=ticket, at=world.now)
    before = len(mail.outbox)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="We look for it.")
    assert [letter.to for letter in mails()[before:]] == [["boss@example.com"]]


def test_a_new_link_goes_to_the_requester_and_not_twice_at_once(world: World, ticket: Ticket) -> None:
    before = len(mails())
    marks.send_new_link(ticket)
    marks.send_new_link(ticket)
    letters = mails()[before:]
    assert [letter.to for letter in letters] == [["gus@example.com"]]
    assert links.open_link(LINK.findall(letters[0].body)[0]).ticket == ticket


def test_a_flood_of_letters_is_not_answered_one_by_one(world: World, guest: Person) -> None:
    for _n in range(8):
        make_ticket(guest)
    assert len(mails()) == marks.FLOOD


def test_registered_meanwhile_there_is_another_way_in(world: World, guest: Person) -> None:
    assert links.needs_link(guest)
    User.objects.create_user(guest.email or "", PASSWORD, name="Gus", person=guest)
    assert not links.needs_link(guest)
