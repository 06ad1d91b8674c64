"""Whose ticket it is: by rule, by hand with a word, to the lead, back to the team; and who is named in a note."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from accounts.models import Membership, Person, Presence, Team
from core.errors import Forbidden, Invalid, NotFound
from core.outbox import run_due
from sla.jobs import fire_due_clocks
from tests.factories import make_staff, make_ticket
from tickets import actions, jobs
from tickets.actions import handing, mentions, routing
from tickets.models import Mention, Ticket
from tickets.queries import access_ticket, thread

World = SimpleNamespace


def there(world: World, person: Person, *, capacity: int = 40) -> None:
    values = {"switch": "on", "last_seen": world.now, "ticket_capacity": capacity}
    Presence.objects.update_or_create(person=person, defaults=values)


@pytest.fixture
def ruled(world: World) -> World:
    Team.objects.filter(code="orders").update(assignment="round_robin")
    there(world, world.house.agent)
    there(world, world.house.agent2)
    return world


def open_many(world: World, count: int) -> list[Ticket]:
    made = [make_ticket(world.buyer_person, subject=f"No {n}") for n in range(count)]
    run_due()
    return [Ticket.objects.get(pk=one.pk) for one in made]


def owners(tickets: list[Ticket]) -> list[str]:
    return [one.assignee.name if one.assignee else "" for one in tickets]


def test_round_robin_takes_turns(ruled: World) -> None:
    made = []
    for n in range(4):
        ruled.at(ruled.now + timedelta(seconds=n))
        made += open_many(ruled, 1)
    assert owners(made) == ["Mia Chen", "Tom Reed", "Mia Chen", "Tom Reed"]
    assert thread(ruled.agent, made[0])[-1].verb == "ticket.assigned"


def test_least_busy_looks_at_what_is_open(ruled: World) -> None:
    Team.objects.filter(code="orders").update(assignment="least_busy")
    busy = make_ticket(ruled.other_person)
    actions.assign_ticket(actor=ruled.agent, ticket=busy.public_id, assignee=ruled.house.agent.public_id)
    run_due()
    assert owners(open_many(ruled, 1)) == ["Tom Reed"]


def test_nobody_there_nobody_beyond_capacity_nobody_out_of_hours(ruled: World) -> None:
    there(ruled, ruled.house.agent, capacity=1)
    Presence.objects.filter(person=ruled.house.agent2).update(switch="away")
    assert owners(open_many(ruled, 2)) == ["Mia Chen", ""]
    ruled.at(ruled.now + timedelta(minutes=5))  # no beat since
    assert owners(open_many(ruled, 1)) == [""]
    night = ruled.now + timedelta(hours=10)
    ruled.at(night)
    Presence.objects.update(last_seen=night, switch="on", ticket_capacity=40)
    assert owners(open_many(ruled, 1)) == [""]
    ruled.at(ruled.now)
    Presence.objects.update(last_seen=ruled.now)
    jobs.route_what_waits()
    assert not Ticket.objects.filter(assignee=None).exists()


def test_the_personal_shopper_comes_first(ruled: World) -> None:
    from tests.factories import make_shopper

    make_shopper(ruled.buyer_person, ruled.shopper)
    ticket = make_ticket(ruled.buyer_person, order=ruled.order)
    run_due()
    ticket.refresh_from_db()
    assert ticket.assignee_id == ruled.shopper.pk


def test_what_nobody_took_goes_to_the_lead_as_its_promise_nears(world: World) -> None:
    lead = make_staff("orders", role="lead", name="Lena Lead")
    ticket = make_ticket(world.buyer_person)
    world.at(world.now + timedelta(hours=3, minutes=1))  # three quarters of four hours
    fire_due_clocks()
    run_due()
    ticket.refresh_from_db()
    assert ticket.assignee_id == lead.pk


def test_a_hand_over_says_why(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    handing.hand_over(
        actor=world.agent,
        ticket=ticket.public_id,
        assignee=world.house.agent2.public_id,
        words="Waits for the warehouse.",
    )
    assert [row.body for row in thread(world.agent2, ticket)][-2:] == ["Waits for the warehouse.", ""]
    with pytest.raises(Invalid):
        handing.hand_over(actor=world.agent, ticket=ticket.public_id, assignee="nobody-here", words="Lost?")
    assert "Lost?" not in [row.body for row in thread(world.agent, ticket)]


def test_who_leaves_owns_nothing(world: World) -> None:
    mine = [make_ticket(world.buyer_person, subject=f"No {n}") for n in range(3)]
    for one in mine:
        actions.take_ticket(actor=world.agent, ticket=one.public_id)
    actions.set_status(actor=world.agent, ticket=mine[0].public_id, status="solved")
    with pytest.raises(Forbidden):
        routing.hand_back(actor=world.agent2, person=world.house.agent.public_id)
    assert routing.hand_back(actor=world.manager, person=world.house.agent.public_id) == 2
    assert Ticket.objects.get(pk=mine[0].pk).assignee_id == world.agent.id


def test_who_is_named_sees_the_ticket_and_has_it_in_the_inbox(world: World) -> None:
    Membership.objects.filter(person=world.house.other_agent).exclude(team__code="logistics").delete()
    make_staff("logistics", name="Lee")
    ticket = make_ticket(world.buyer_person)
    with pytest.raises(NotFound):
        access_ticket(world.outsider, ticket.public_id)
    body = "@lee park, can you look? @Nobody @Mia Chen mail@lee"
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="note", body=body)
    assert [one.person.name for one in Mention.objects.all()] == ["Lee Park", "Lee"]
    access_ticket(world.outsider, ticket.public_id)
    assert mentions.see_mentions(actor=world.outsider, ticket_id=ticket.pk) == 1
    assert mentions.see_mentions(actor=world.outsider, ticket_id=ticket.pk) == 0
    actions.post_message(actor=world.agent, ticket=ticket.public_id, kind="reply", body="Hello @Lee Park")
    assert Mention.objects.count() == 2  # a reply names nobody
