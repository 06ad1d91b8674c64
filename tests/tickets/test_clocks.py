"""Which promises run when: the story of one ticket, by the clock of a desk open 09:00-18:00 in New York."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from core.models import Outbox
from core.outbox import run_due
from sla.actions import fire_clock
from sla.clocks import FAR_FUTURE
from sla.models import Clock
from sla.queries import clocks_of
from tests.factories import make_ticket
from tickets import actions
from tickets.models import Ticket
from tickets.queries import promise_for_new, thread
from tickets.queries.access import category_by_code

World = SimpleNamespace
HOUR = timedelta(hours=1)


def states(ticket: Ticket) -> dict[str, str]:
    return {clock.metric: clock.state for clock in clocks_of("ticket", ticket.pk)}


def clock_of(ticket: Ticket, metric: str) -> Clock:
    return [clock for clock in clocks_of("ticket", ticket.pk) if clock.metric == metric][-1]


def open_one(world: World, **fields: object) -> Ticket:
    return make_ticket(world.buyer_person, order=world.order, **fields)


def reply(world: World, who: str, ticket: Ticket, body: str = "Words.") -> None:
    actions.post_message(actor=getattr(world, who), ticket=ticket.public_id, kind="reply", body=body)
    ticket.refresh_from_db()


def set_status(world: World, ticket: Ticket, status: str) -> None:
    actions.set_status(actor=world.agent, ticket=ticket.public_id, status=status)
    ticket.refresh_from_db()


def test_a_buyers_ticket_promises_a_response_and_a_resolution(world: World) -> None:
    ticket = open_one(world)
    assert states(ticket) == {"first_response": "running", "resolution": "running"}
    clock = clock_of(ticket, "first_response")
    assert clock.facts == {
        "category": "order",
        "priority": "normal",
        "channel": "web",
        "member_type": "retail",
        "team": "orders",
        "store": "us",
    }
    assert ticket.due_sort == clock.due == world.now + 4 * HOUR
    assert ticket.sla_state == "fine"


def test_what_was_quoted_is_what_is_promised(world: World) -> None:
    quote = promise_for_new(
        category=category_by_code("order"), order=world.order, member_type="retail", at=world.now
    )
    assert quote is not None
    assert quote.due == open_one(world).due_sort


def test_a_ticket_by_the_shop_promises_no_first_response(world: World) -> None:
    ticket = make_ticket(world.buyer_person, as_actor=world.agent)
    assert states(ticket) == {"resolution": "running"}
    reply(world, "buyer", ticket)
    assert states(ticket)["next_response"] == "running"


def test_the_story_of_responses(world: World) -> None:
    ticket = open_one(world)
    world.at(world.now + HOUR)
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body="Checking.")
    assert states(ticket)["first_response"] == "running"
    reply(world, "agent", ticket)
    assert states(ticket)["first_response"] == "met"
    assert ticket.first_response_at == world.now + HOUR
    world.at(world.now + 2 * HOUR)
    reply(world, "buyer", ticket)
    first_due = clock_of(ticket, "next_response").due
    assert first_due == world.now + 6 * HOUR
    world.at(world.now + 3 * HOUR)
    reply(world, "buyer", ticket, "And another thing.")
    assert clock_of(ticket, "next_response").due == first_due
    assert ticket.unanswered_since == world.now + 2 * HOUR
    assert ticket.due_sort == first_due
    reply(world, "agent", ticket)
    assert states(ticket)["next_response"] == "met"
    assert ticket.unanswered_since is None


def test_more_words_before_the_first_response_start_nothing(world: World) -> None:
    ticket = open_one(world)
    reply(world, "buyer", ticket)
    assert "next_response" not in states(ticket)


@pytest.mark.parametrize("parked", ["waiting", "on_hold"])
def test_parking_pauses_the_resolution_and_nothing_else(world: World, parked: str) -> None:
    ticket = open_one(world)
    set_status(world, ticket, parked)
    assert states(ticket) == {"first_response": "running", "resolution": "paused"}
    assert ticket.due_sort == clock_of(ticket, "first_response").due
    reply(world, "agent", ticket)
    assert ticket.due_sort == FAR_FUTURE
    assert ticket.sla_state == "paused"
    world.at(world.now + 2 * HOUR)
    reply(world, "buyer", ticket)
    assert ticket.status == "open"
    assert states(ticket)["resolution"] == "running"
    assert clock_of(ticket, "resolution").consumed == 0


def test_solved_stops_and_reopened_goes_on(world: World) -> None:
    ticket = open_one(world)
    world.at(world.now + HOUR)
    set_status(world, ticket, "solved")
    assert states(ticket) == {"first_response": "cancelled", "resolution": "met"}
    assert (ticket.due_sort, ticket.sla_state) == (FAR_FUTURE, "none")
    world.at(world.now + 3 * HOUR)
    reply(world, "buyer", ticket)
    resolution = clock_of(ticket, "resolution")
    assert (resolution.state, resolution.consumed) == ("running", 3600)
    assert states(ticket)["next_response"] == "running"
    assert clock_of(ticket, "next_response").due == world.now + 7 * HOUR


def test_priority_category_and_team_get_new_targets(world: World) -> None:
    ticket = open_one(world)
    actions.set_priority(actor=world.agent, ticket=ticket.public_id, priority="urgent")
    assert clock_of(ticket, "first_response").due == world.now + HOUR
    ticket.refresh_from_db()
    assert ticket.due_sort == world.now + HOUR
    before = clock_of(ticket, "first_response").calendar_version
    actions.assign_ticket(actor=world.agent, ticket=ticket.public_id, assignee=None, team="orderhelp")
    after = clock_of(ticket, "first_response")
    assert (before.calendar.code, after.calendar_version.calendar.code) == ("tickets-ny", "always")
    assert after.facts["team"] == "orderhelp"


def test_no_next_response_while_they_chat(world: World) -> None:
    ticket = open_one(world)
    reply(world, "agent", ticket)
    reply(world, "buyer", ticket)
    actions.set_chatting(ticket, on=True)
    assert states(ticket)["next_response"] == "cancelled"
    reply(world, "agent", ticket)
    world.at(world.now + HOUR)
    reply(world, "buyer", ticket, "One more.")
    world.at(world.now + 2 * HOUR)
    reply(world, "buyer", ticket, "Two more.")
    assert clock_of(ticket, "next_response").state == "cancelled"
    actions.chat_ended(ticket, world.now + 2 * HOUR)
    clock = clock_of(ticket, "next_response")
    assert (clock.state, clock.started_at) == ("running", world.now + HOUR)


def test_a_chat_without_open_words_ends_quietly(world: World) -> None:
    ticket = open_one(world)
    actions.set_chatting(ticket, on=True)
    reply(world, "agent", ticket)
    actions.chat_ended(ticket, world.now)
    assert "next_response" not in states(ticket)


def test_a_breach_is_marked_at_once_and_told_among_staff_once(world: World) -> None:
    ticket = open_one(world)
    clock = clock_of(ticket, "first_response")
    world.at(world.now + 4 * HOUR + timedelta(minutes=7))
    assert fire_clock(clock.pk)
    ticket.refresh_from_db()
    assert ticket.sla_state == "late"
    assert ticket.due_sort == world.now + 4 * HOUR
    row = Outbox.objects.get(kind="ticket.breached")
    assert run_due()
    Outbox.objects.filter(pk=row.pk).update(state="ready", claimed_at=None)
    assert run_due()
    told = [event for event in thread(world.agent, ticket) if event.verb == "clock.breached"]
    assert len(told) == 1
    assert datetime.fromisoformat(told[0].data["due"]) == world.now + 4 * HOUR
    assert [event.verb for event in thread(world.buyer, ticket)] == ["ticket.opened", "message.replied"]


def test_a_warning_shows(world: World) -> None:
    ticket = open_one(world)
    world.at(world.now + 3 * HOUR)
    assert fire_clock(clock_of(ticket, "first_response").pk)
    ticket.refresh_from_db()
    assert ticket.sla_state == "warned"


def test_a_late_answer_is_late_whoever_noticed(world: World) -> None:
    ticket = open_one(world)
    world.at(world.now + 5 * HOUR)
    reply(world, "agent", ticket)
    assert states(ticket)["first_response"] == "late"
    assert Outbox.objects.filter(kind="ticket.breached").count() == 1


def test_desk_hours_count_not_wall_clock(world: World) -> None:
    world.at(datetime(2026, 11, 10, 22, 0, tzinfo=UTC))  # 17:00 in New York: one hour left today
    assert open_one(world).due_sort == datetime(2026, 11, 11, 17, 0, tzinfo=UTC)
