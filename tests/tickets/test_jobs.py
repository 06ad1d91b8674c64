"""What the worker does for tickets; every job may run twice."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from django.core import mail

from core.outbox import run_due
from tests.factories import make_guest, make_ticket
from tickets import actions, jobs
from tickets.models import Ticket
from tickets.queries import thread

World = SimpleNamespace


def test_a_reply_is_mailed_and_a_note_never(world: World) -> None:
    guest = make_guest(email="guest@example.com")
    ticket = make_ticket(guest, category="order")
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="Stock is low.")
    actions.post_message(
        actor=world.agent, ticket=ticket.public_id, kind="reply", body="<b>It comes</b> Monday."
    )
    run_due()
    _receipt, sent = mail.outbox
    assert sent.to == ["guest@example.com"]
    assert sent.subject == f"[#{ticket.number}] Where is it?"
    assert "<b>It comes</b> Monday." in sent.body
    assert "/g/" in sent.body and f"/tickets/{ticket.public_id}/" not in sent.body
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
