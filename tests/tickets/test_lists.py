"""What lists show of a ticket is read apart from the ticket: the same rows, the same names, nothing out of sight."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.factories import make_buyer, make_ticket
from tickets import actions
from tickets.queries import own_work, queue, visible_tickets
from tickets.queries.viewing import ORDERS, page_of_lines, page_of_tickets

World = SimpleNamespace


def a_desk_at_work(world: World) -> None:
    made = [make_ticket(world.buyer_person, subject=f"No {n}") for n in range(4)]
    actions.take_ticket(actor=world.agent, ticket=made[1].public_id)
    make_ticket(world.other_person, category="logistics")
    nameless = make_buyer("", email="kim@example.com")
    make_ticket(nameless)
    gone = make_ticket(make_buyer("Gone Person"))
    gone.requester.erased_at = world.now
    gone.requester.save()
    actions.escalate_ticket(
        actor=world.agent,
        ticket=made[2].public_id,
        question="May we send the blue one instead of the green one?",
        checked="The stock list and the last three orders.",
        to_team="specialists",
        promised_for=world.now + timedelta(days=1),
    )


@pytest.mark.parametrize("who", ["agent", "agent2", "outsider", "specialist", "manager"])
def test_each_list_of_the_queue_lies_within_sight(world: World, who: str) -> None:
    a_desk_at_work(world)
    someone = getattr(world, who)
    seen = {ticket.pk: ticket for ticket in visible_tickets(someone)}
    found = queue(someone)
    for line in [*found.mine, *found.team, *found.escalated]:
        ticket = seen[line.pk]
        assert (line.requester, line.subject) == (ticket.requester.display_name, ticket.subject)
        assert line.is_new == (ticket.unanswered_since is not None)
    assert own_work(someone) == (len(found.mine), len(found.escalated))
    assert set(found.asked) == {line.pk for line in found.escalated}
    assert {who: len(rows) for who, rows in (("mine", found.mine), ("asked", found.escalated))} == {
        "mine": int(who == "agent"),
        "asked": int(who in ("specialist", "manager")),
    }


@pytest.mark.parametrize("who", ["buyer", "other"])
def test_a_buyer_has_no_queue(world: World, who: str) -> None:
    a_desk_at_work(world)
    found = queue(getattr(world, who))
    assert (found.mine, found.team, found.escalated) == ([], [], [])
    assert own_work(getattr(world, who)) == (0, 0)


@pytest.mark.parametrize("order", ORDERS)
def test_a_page_of_lines_is_the_page_of_tickets(world: World, order: str) -> None:
    a_desk_at_work(world)
    cursor = ""
    for _page in range(3):
        tickets = page_of_tickets(world.agent, {}, order, cursor, limit=2)
        lines = page_of_lines(world.agent, {}, order, cursor, limit=2)
        assert [line.pk for line in lines.rows] == [ticket.pk for ticket in tickets.rows]
        assert lines.cursor == tickets.cursor
        cursor = lines.cursor
    assert cursor == ""
