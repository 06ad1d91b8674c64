"""A mark: asked for once, a little after the ticket is solved; given by its requester alone, changed for a day."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from core.errors import Conflict, Forbidden, Invalid
from core.outbox import run_due
from tests.factories import actor, log_in, make_buyer, make_guest, make_ticket
from tickets import actions, links
from tickets.actions.spam import set_spam
from tickets.models import MailOff, MarkAsked, Message, Satisfaction, Ticket

World = SimpleNamespace
HALF = timedelta(minutes=30, seconds=1)


def solved(world: World, person: Any = None, *, answered: bool = True) -> Ticket:
    ticket = make_ticket(person or world.buyer_person)
    if answered:
        actions.post_message(
            actor=world.agent, ticket=ticket.public_id, kind="reply", body="It is on its way."
        )
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    ticket.refresh_from_db()
    return ticket


def asked(world: World, *, after: timedelta = HALF) -> list[Any]:
    """The letters that ask for a mark, once the time has passed."""
    world.at(world.now + after)
    while run_due():
        pass
    return [letter for letter in mail.outbox if "/mark/" in letter.body]


def test_asked_once_a_little_after_solving(world: World) -> None:
    solved(world)
    assert asked(world, after=timedelta(minutes=29)) == []
    [letter] = asked(world)
    assert letter.to == [world.buyer_person.email]
    assert letter.body.count("/mark/") == 5 and "?score=1" in letter.body and "?score=5" in letter.body


def test_not_when_reopened_meanwhile_and_once_when_solved_again(world: World) -> None:
    ticket = solved(world)
    actions.post_message(actor=world.buyer, ticket=ticket.public_id, kind="reply", body="Not yet, sorry.")
    assert asked(world) == []
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    assert len(asked(world, after=HALF * 2)) == 1
    actions.set_status(actor=world.buyer, ticket=ticket.public_id, status="open")
    world.at(world.now + HALF * 3)
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    assert len(asked(world, after=HALF * 4)) == 1
    assert MarkAsked.objects.count() == 1


def test_never_for_spam_the_unanswered_the_rated_and_who_wants_no_mail(world: World) -> None:
    solved(world, answered=False)
    quiet, done, rubbish = solved(world), solved(world), make_ticket(make_buyer())
    MailOff.objects.create(ticket=quiet, at=world.now)
    actions.rate_ticket(actor=world.buyer, ticket=done.public_id, score=5)
    set_spam(actor=world.agent, ticket=rubbish.public_id, on=True)
    assert asked(world) == []


def test_in_the_requesters_language(world: World) -> None:
    person = make_guest(language="es")
    solved(world, person)
    [letter] = asked(world)
    assert "resuelta" in letter.body and letter.to == [person.email]


def test_the_link_is_bound_to_ticket_and_requester(world: World) -> None:
    ticket = solved(world)
    opened = links.open_link(links.token_for(ticket, links.MARK), links.MARK)
    assert opened.actor.only_ticket == ticket.pk and opened.actor.id == world.buyer_person.pk
    actions.rate_ticket(actor=opened.actor, ticket=ticket.public_id, score=4)
    other = solved(world)
    with pytest.raises(Exception, match="not yours"):
        actions.rate_ticket(actor=opened.actor, ticket=other.public_id, score=1)
    assert list(Satisfaction.objects.values_list("ticket", "score")) == [(ticket.pk, 4)]


def test_changed_within_a_day_and_not_later(world: World) -> None:
    ticket = solved(world)
    rate = {"actor": world.buyer, "ticket": ticket.public_id}
    actions.rate_ticket(**rate, score=2)
    world.at(world.now + timedelta(hours=23))
    actions.rate_ticket(**rate, score=2)
    assert Satisfaction.objects.get().changed_at is None
    actions.rate_ticket(**rate, score=4, words="It came after all.")
    mark = Satisfaction.objects.get()
    assert (mark.score, mark.words, mark.changed_at) == (
        4,
        "It came after all.",
        world.now + timedelta(hours=23),
    )
    world.at(world.now + timedelta(hours=25))
    with pytest.raises(Conflict) as caught:
        actions.rate_ticket(**rate, score=1)
    assert caught.value.code == "already_rated" and Satisfaction.objects.get().score == 4
    assert Message.objects.filter(verb="ticket.rated").count() == 2


def test_staff_give_none_and_a_mark_is_1_to_5(world: World) -> None:
    ticket = solved(world)
    for who in (world.agent, world.manager):
        with pytest.raises(Forbidden):
            actions.rate_ticket(actor=who, ticket=ticket.public_id, score=5)
    for score in (0, 6, True):
        with pytest.raises(Invalid):
            actions.rate_ticket(actor=world.buyer, ticket=ticket.public_id, score=score)
    assert not Satisfaction.objects.exists()


def test_staff_as_requester_have_no_link(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    Ticket.objects.filter(pk=ticket.pk).update(requester=world.house.agent)
    ticket = Ticket.objects.select_related("requester").get(pk=ticket.pk)
    with pytest.raises(links.BadLink):
        links.open_link(links.token_for(ticket, links.MARK), links.MARK)
    assert actor(world.house.agent).is_staff


def test_a_new_mark_without_words_keeps_those_that_were_said(world: World, client: Client) -> None:
    ticket = solved(world)
    log_in(client, world.buyer_person)
    door = f"/api/v1/tickets/{ticket.number}/satisfaction/"

    def rate(**fields: Any) -> tuple[int, str]:
        answer = client.post(door, fields, content_type="application/json")
        assert answer.status_code == 201
        mark = Satisfaction.objects.get()
        return mark.score, mark.words

    assert rate(score=2, words="It came late.") == (2, "It came late.")
    assert rate(score=4) == (4, "It came late.")
    assert rate(score=4, words="In the end it came.") == (4, "In the end it came.")
    page = f"/t/{ticket.public_id}/rate/"
    assert client.post(page, {"score": "5"}).status_code == 302
    assert Satisfaction.objects.get().words == "In the end it came."
    assert rate(score=5, words="") == (5, "")  # taken back


@pytest.mark.parametrize("door", ["/t/{0.public_id}/rate/", "/api/v1/tickets/{0.number}/satisfaction/"])
def test_staff_are_told_that_they_rate_nothing(world: World, client: Client, door: str) -> None:
    ticket = solved(world)
    kind = {"content_type": "application/json"} if "/api/" in door else {}
    answer = log_in(client, world.house.agent).post(door.format(ticket), {"score": 5}, **kind)
    assert answer.status_code == 403
    assert "Only the one who asked rates the answer." in answer.content.decode()
    assert not Satisfaction.objects.exists()


def test_a_forged_and_an_expired_link_rate_nothing_and_say_why(world: World, client: Client) -> None:
    ticket = solved(world)
    token = links.token_for(ticket, links.MARK)
    other = links.token_for(ticket)  # opens the ticket, and is none for a mark
    for forged in (token[:-2] + "xx", other, "rubbish"):
        answer = client.post(f"/mark/{forged}/", {"score": "5"})
        assert answer.status_code == 404 and "not valid any more" in answer.content.decode()
    world.at(world.now + links.LIFE + timedelta(days=1))
    answer = client.post(f"/mark/{token}/", {"score": "5"})
    assert answer.status_code == 410 and "This link has expired." in answer.content.decode()
    assert not Satisfaction.objects.exists()
