"""Bugs that engines of this field have, by name, as far as it takes a ticket to show them.

The rest is in tests/sla/test_field_bugs.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from sla import jobs
from sla.models import Clock, ClockTransition
from sla.queries import clocks_of
from tests.factories import make_ticket
from tickets import actions
from tickets.actions import merging
from tickets.models import Ticket

World = SimpleNamespace
HOUR = timedelta(hours=1)
WEEK_LATER = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)


def of(ticket: Ticket, metric: str) -> Clock:
    return [clock for clock in clocks_of("ticket", ticket.pk) if clock.metric == metric][-1]


def reply(world: World, who: str, ticket: Ticket, body: str = "Words.") -> None:
    actions.post_message(actor=getattr(world, who), ticket=ticket.public_id, kind="reply", body=body)
    ticket.refresh_from_db()


def alarms() -> int:
    return ClockTransition.objects.filter(verb__in=("warned", "breached", "escalated")).count()


def test_update_time_does_not_overrule_the_first_response(world: World) -> None:
    """Whatever happens on a ticket, its first promise stands until somebody answers."""
    ticket = make_ticket(world.buyer_person, order=world.order)
    due = of(ticket, "first_response").due
    world.at(world.now + HOUR)
    reply(world, "buyer", ticket, "And another thing.")
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="Looking.")
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="on_hold")
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="open")
    ticket.refresh_from_db()
    assert of(ticket, "first_response").due == due == ticket.due_sort
    assert "next_response" not in {clock.metric for clock in clocks_of("ticket", ticket.pk)}


def test_next_response_does_not_run_on_after_solved(world: World) -> None:
    ticket = make_ticket(world.buyer_person, order=world.order)
    reply(world, "agent", ticket)
    reply(world, "buyer", ticket, "Thank you!")
    assert of(ticket, "next_response").state == "running"
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status="solved")
    assert of(ticket, "next_response").state == "cancelled"
    world.at(WEEK_LATER)
    jobs.fire_due_clocks()
    assert alarms() == 0
    ticket.refresh_from_db()
    assert ticket.sla_state == "none"


def test_a_merged_ticket_does_not_escalate(world: World) -> None:
    target = make_ticket(world.buyer_person, order=world.order)
    source = make_ticket(world.buyer_person, order=world.order, subject="Again")
    reply(world, "agent", target)
    merging.merge_tickets(actor=world.agent, source=source.public_id, target=target.public_id)
    world.at(WEEK_LATER)
    jobs.fire_due_clocks()
    theirs = Clock.objects.filter(owner_kind="ticket", owner_id=source.pk)
    assert {clock.state for clock in theirs} == {"cancelled"}
    assert not ClockTransition.objects.filter(
        clock__in=theirs, verb__in=("warned", "breached", "escalated")
    ).exists()
    source.refresh_from_db()
    assert source.sla_state == "none"
