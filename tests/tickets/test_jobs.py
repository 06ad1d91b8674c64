"""What the worker does for tickets; every job may run twice."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from django.core import mail
from django.db import transaction

from core.events import publish
from core.models import Outbox
from core.outbox import run_due
from orders.events import PromiseAtRisk
from tests.factories import make_guest, make_ticket
from tickets import actions, jobs
from tickets.models import Ticket
from tickets.queries import thread, wire

World = SimpleNamespace


def again() -> None:
    """As if the process had died after the work and before it was marked as done."""
    Outbox.objects.update(state="ready", claimed_at=None)
    assert run_due()


def test_an_order_promise_at_risk_opens_one_ticket_and_tells_the_buyer(world: World) -> None:
    event = PromiseAtRisk(world.order.pk, "dispatch", world.now + timedelta(hours=6))
    for _ in range(2):
        with transaction.atomic():
            publish(event)
    assert run_due()
    again()
    ticket = Ticket.objects.get()
    assert (ticket.order, ticket.requester, ticket.category.code) == (
        world.order,
        world.buyer_person,
        "order",
    )
    assert ticket.opened_by_staff
    words = thread(world.buyer, ticket)[1]
    assert words.author_kind == "system"
    assert "2041" in words.body
    assert "4 p.m. (America/New_York)" in words.body
    assert wire(words)["author"]["id"] is None
    assert len(mail.outbox) >= 1
    assert mail.outbox[0].to == [world.buyer_person.email]


def test_a_reply_is_mailed_and_a_note_never(world: World) -> None:
    guest = make_guest(email="guest@example.com")
    ticket = make_ticket(guest, category="order")
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="Stock is low.")
    actions.post_message(
        actor=world.agent, ticket=ticket.public_id, kind="reply", body="<b>It comes</b> Monday."
    )
    run_due()
    (sent,) = mail.outbox
    assert sent.to == ["guest@example.com"]
    assert sent.subject == f"[#{ticket.number}] Where is it?"
    assert "<b>It comes</b> Monday." in sent.body
    assert f"/tickets/{ticket.public_id}/" in sent.body
    assert sent.content_subtype == "plain"
    assert "Stock" not in sent.body


def test_history_and_chats_are_not_mailed(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="Long ago.")
    world.at(world.now + timedelta(days=2))
    actions.set_chatting(ticket, on=True)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="In the chat.")
    run_due()
    assert mail.outbox == []


def test_what_stayed_solved_is_closed(world: World) -> None:
    ticket, fresh = make_ticket(world.buyer_person), make_ticket(world.buyer_person)
    actions.set_status(actor=world.buyer, ticket=ticket.public_id, status="solved")
    world.at(world.now + timedelta(days=13))
    actions.set_status(actor=world.buyer, ticket=fresh.public_id, status="solved")
    world.at(world.now + timedelta(days=14, seconds=1))
    jobs.close_what_stayed_solved()
    jobs.close_what_stayed_solved()
    assert [Ticket.objects.get(pk=one.pk).status for one in (ticket, fresh)] == ["closed", "solved"]
    assert [row.verb for row in thread(world.buyer, ticket)][-1] == "ticket.closed"
