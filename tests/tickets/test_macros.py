"""Macros show what they will do before they do it; views filter, page and count."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from core.errors import Forbidden, Invalid, NotFound
from tests.factories import make_ticket
from tickets import actions
from tickets.actions import macros, tags, views
from tickets.actions.deeds import clean_deeds
from tickets.models import Ticket
from tickets.queries.kept import access_macro, macros_for, preview_macro, views_for
from tickets.queries.viewing import clean_filters, count_up_to, filtered, page_of_tickets

World = SimpleNamespace


def keep(world: World, who: str = "agent", **fields: object) -> int:
    fields.setdefault("name", "Wrong size")
    return macros.save_macro(actor=getattr(world, who), **fields).pk


def test_a_macro_is_filled_in_and_says_what_it_does(world: World) -> None:
    number = keep(
        world,
        body="Hello {{ buyer.first_name }}, order {{order.number}}, parcel {{ order.tracking }}.",
        deeds={"status": "waiting", "add_tags": "size, urgent", "assignee": "me"},
    )
    ticket = make_ticket(world.buyer_person, order=world.order)
    shown = preview_macro(world.agent, access_macro(world.agent, number), ticket)
    assert shown.body == "Hello Ana, order 2041, parcel {{ order.tracking }}."
    assert shown.missing == ("order.tracking",)
    assert shown.lines == ("Assigned to you", "Tags: +size, +urgent", "Status: waiting for the buyer")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"body": "{{ buyer.secret }}"}, "body"),
        ({"body": "x" * 8001}, "body"),
        ({"body": "", "deeds": {}}, "body"),
        ({"body": "x", "name": " "}, "name"),
        ({"body": "x", "deeds": {"status": "new"}}, "status"),
        ({"body": "x", "deeds": {"team": "moon"}}, "team"),
        ({"body": "x", "shared": "team", "team": "moon"}, "team"),
        ({"body": "x", "shared": "world"}, "shared"),
    ],
)
def test_a_bad_macro_says_why(world: World, fields: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        keep(world, "manager", **fields)
    assert list(caught.value.fields) == [field]


def test_macros_are_ones_own_a_teams_or_everybodys(world: World) -> None:
    own = keep(world, body="mine")
    with pytest.raises(Forbidden):
        keep(world, body="x", shared="all")
    teams = keep(world, "manager", body="team", shared="team", team="orders")
    everybodys = keep(world, "manager", body="all", shared="all")
    assert {row.pk for row in macros_for(world.agent)} == {own, teams, everybodys}
    assert {row.pk for row in macros_for(world.outsider)} == {everybodys}
    assert not macros_for(world.buyer).exists()
    with pytest.raises(NotFound):
        access_macro(world.agent2, own)
    with pytest.raises(Forbidden):
        macros.retire_macro(actor=world.agent, macro=everybodys)
    macros.retire_macro(actor=world.agent, macro=own)
    assert own not in {row.pk for row in macros_for(world.agent)}


def test_a_view_filters_pages_and_counts(world: World) -> None:
    made = [make_ticket(world.buyer_person, subject=f"No {n}") for n in range(7)]
    actions.set_priority(actor=world.agent, ticket=made[0].public_id, priority="urgent")
    tags.change_tags(actor=world.agent, ticket=made[1].public_id, add=["size", "vip"])
    actions.take_ticket(actor=world.agent, ticket=made[2].public_id)
    for raw, numbers in (
        ({"priority": "urgent,high"}, [0]),
        ({"tags": ["size", "vip"]}, [1]),
        ({"assignee": "me"}, [2]),
        ({"assignee": "none", "status": "live"}, [0, 1, 3, 4, 5, 6]),
        ({"team": "mine", "unanswered": "yes", "has_order": "no"}, [0, 1, 2, 3, 4, 5, 6]),
    ):
        found = filtered(world.agent, clean_filters(raw))
        assert sorted(found.values_list("pk", flat=True)) == [made[n].pk for n in numbers]
    assert filtered(world.outsider, {}).count() == 0
    assert count_up_to(filtered(world.agent, {}), cap=3) == 4  # shown as "3+"
    for order in ("due", "newest", "oldest", "updated"):
        seen: list[int] = []
        cursor = ""
        while True:
            page = page_of_tickets(world.agent, {}, order, cursor, limit=3)
            seen += [row.pk for row in page.rows]
            cursor = page.cursor
            if not cursor:
                break
        assert sorted(seen) == [ticket.pk for ticket in made]
        assert len(seen) == 7


def test_a_page_costs_the_same_wherever_it_is(world: World, django_assert_num_queries: object) -> None:
    for n in range(9):
        world.at(world.now + timedelta(minutes=n))
        make_ticket(world.buyer_person)
    first = page_of_tickets(world.agent, {}, "due", limit=3)
    with django_assert_num_queries(1):  # type: ignore[operator]
        second = page_of_tickets(world.agent, {}, "due", first.cursor, limit=3)
    assert {row.pk for row in first.rows}.isdisjoint(row.pk for row in second.rows)
    assert Ticket.objects.count() == 9


@pytest.mark.parametrize(
    "raw",
    [
        {"colour": "red"},
        {"status": "asleep"},
        {"priority": ["x"]},
        {"unanswered": "maybe"},
        "text",
        {"sla": "x"},
    ],
)
def test_a_filter_of_nonsense_is_refused(world: World, raw: object) -> None:
    with pytest.raises(Invalid) as caught:
        views.save_view(actor=world.agent, name="Mine", filters=raw)
    assert "filters" in caught.value.fields
    assert not views_for(world.agent).exists()


@pytest.mark.parametrize("cursor", ["x", "W10=", "WzEsMl0=", "bnVsbA==", "WyIyMDI2IiwgMV0="])
def test_a_forged_cursor_leads_nowhere(world: World, cursor: str) -> None:
    with pytest.raises(Invalid):
        page_of_tickets(world.agent, {}, "due", cursor)


def test_deeds_are_known_or_refused() -> None:
    assert clean_deeds({"status": "", "add_tags": []}) == {}
    for bad in ({"drop": 1}, {"priority": "huge"}, [1]):
        with pytest.raises(Invalid):
            clean_deeds(bad)  # type: ignore[arg-type]
