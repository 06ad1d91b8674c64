"""Who leaves, or is sent away, owns nothing; and whom a ticket can be given to."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.actions import set_staff_active
from accounts.models import Person, Presence, Team, User
from core.errors import Conflict, DeskError, Forbidden, Invalid
from core.outbox import run_due
from tests.factories import log_in, make_staff, make_ticket
from tickets import actions
from tickets.actions import routing
from tickets.models import Ticket

World = SimpleNamespace
LEAVING, BACK = "/console/leaving/", "/api/v1/hand-back/"


@pytest.fixture
def held(world: World) -> list[Ticket]:
    """The agent holds two tickets of one team and one of another; a fourth is a chat that is on."""
    made = [make_ticket(world.buyer_person, subject=f"No {n}") for n in range(4)]
    for one in made:
        actions.take_ticket(actor=world.agent, ticket=one.public_id)
    Ticket.objects.filter(pk=made[2].pk).update(team=Team.objects.get(code="orderhelp"))
    Ticket.objects.filter(pk=made[3].pk).update(chatting=True)
    Presence.objects.update_or_create(person=world.house.agent, defaults={"switch": "on"})
    return made


def holders(tickets: list[Ticket]) -> list[int | None]:
    return [Ticket.objects.get(pk=one.pk).assignee_id for one in tickets]


# Going home -----------------------------------------------------------------------------------------------------


def test_the_page_shows_where_tickets_go_and_then_they_go_there(world: World, held: list[Ticket]) -> None:
    Team.objects.filter(code="orders").update(assignment="round_robin")
    client = log_in(Client(), world.house.agent)
    page = client.get(LEAVING)
    back = {one.team.code: (one.count, one.by_rule) for one in page.context["back"]}
    assert back == {"orders": (2, True), "orderhelp": (1, False)}
    assert page.context["chats"] == 1 and holders(held) == [world.agent.id] * 4
    assert client.post(LEAVING, {"switch": "off"}).status_code == 302
    assert holders(held) == [None, None, None, world.agent.id]
    assert Presence.objects.get(person=world.house.agent).switch == "off"
    shown = client.get(LEAVING).content.decode()
    assert "3 tickets went back to their teams" in shown and "You hold no ticket" in shown


def test_a_switch_that_is_none_leaves_all_as_it_was(world: World, held: list[Ticket]) -> None:
    client = log_in(Client(), world.house.agent)
    assert client.post(LEAVING, {"switch": "on"}).status_code == 400
    assert client.post(LEAVING, {"switch": "gone"}).status_code == 400
    assert holders(held) == [world.agent.id] * 4
    assert Presence.objects.get(person=world.house.agent).switch == "on"


def test_the_contract_does_the_same(world: World, held: list[Ticket]) -> None:
    client = log_in(Client(), world.house.agent)
    shown = client.get(BACK).json()["results"]
    assert sorted((one["team"], one["count"]) for one in shown) == [("orderhelp", 1), ("orders", 2)]
    other = {"person": world.house.agent2.public_id}
    assert client.get(BACK, other).status_code == 403
    assert client.post(BACK, other, content_type="application/json").status_code == 403
    assert client.post(BACK, {}, content_type="application/json").json() == {"back": 3}
    assert holders(held)[:3] == [None] * 3


# Sent away ------------------------------------------------------------------------------------------------------


def test_whose_access_ends_owns_nothing_and_comes_in_nowhere(world: World, held: list[Ticket]) -> None:
    theirs = log_in(Client(), world.house.agent)
    manager = log_in(Client(), world.house.manager)
    address = f"/rules/staff/{world.house.agent.public_id}/end/"
    assert "2 to Orders" in manager.get(address).content.decode()
    assert manager.post(address).status_code == 302
    while run_due():
        pass
    assert holders(held)[:3] == [None] * 3
    assert theirs.get("/console/").status_code == 302
    listed = manager.get("/rules/staff/").context
    assert [one["person"].pk for one in listed["ended"]] == [world.house.agent.pk]
    manager.post(f"/rules/staff/{world.house.agent.public_id}/restore/")
    assert User.objects.get(person=world.house.agent).is_active


@pytest.mark.parametrize("who", ["agent", "oneself", "a buyer", "an admin"])
def test_who_may_not_be_sent_away_by_whom(world: World, who: str) -> None:
    actor = world.agent if who == "agent" else world.manager
    person: Callable[[], Person] = {
        "agent": lambda: world.house.agent2,
        "oneself": lambda: world.house.manager,
        "a buyer": lambda: world.buyer_person,
        "an admin": lambda: world.house.admin,
    }[who]
    with pytest.raises(DeskError):
        set_staff_active(actor=actor, person=person().public_id, active=False)
    assert not User.objects.filter(is_active=False).exists()


def test_the_contract_ends_access_and_lists_who_works_here(world: World) -> None:
    manager = log_in(Client(), world.house.manager)
    one = f"/api/v1/staff/{world.house.agent.public_id}/active/"
    ended = manager.post(one, {"active": False}, content_type="application/json").json()
    assert (ended["active"], {row["team"] for row in ended["teams"]}) == (False, {"orders", "orderhelp"})
    rows = manager.get("/api/v1/staff/").json()["results"]
    assert [row["active"] for row in rows if row["id"] == world.house.agent.public_id] == [False]
    own = manager.post(
        f"/api/v1/staff/{world.house.manager.public_id}/active/",
        {"active": False},
        content_type="application/json",
    )
    assert (own.status_code, own.json()["code"]) == (409, "own")


# To whom --------------------------------------------------------------------------------------------------------


def given(world: World, ticket: Ticket, person: Person, team: str | None = None) -> None:
    actions.assign_ticket(actor=world.agent, ticket=ticket.public_id, assignee=person.public_id, team=team)


def test_one_of_another_team_is_refused_in_clear_words(world: World) -> None:
    ticket, other = make_ticket(world.buyer_person), make_staff("logistics", name="Lo Gistic")
    with pytest.raises(Invalid) as refused:
        given(world, ticket, other)
    (words,) = refused.value.fields["assignee"]
    assert (
        words
        == "Lo Gistic is not in the team Orders. Give the ticket to a team of theirs as well (Logistics)."
    )
    assert Ticket.objects.get(pk=ticket.pk).assignee_id is None
    given(world, ticket, other, "logistics")
    assert Ticket.objects.get(pk=ticket.pk).assignee_id == other.pk


def test_managers_take_from_every_team_and_anybody_for_themselves(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    given(world, ticket, world.house.manager)
    assert Ticket.objects.get(pk=ticket.pk).assignee_id == world.house.manager.pk
    far = make_ticket(world.buyer_person, category="complaint")
    watcher = make_staff("orders", name="Wa Tcher")
    Ticket.objects.filter(pk=far.pk).update(assignee=watcher)
    actions.take_ticket(actor=world.manager, ticket=far.public_id)


def test_who_no_longer_works_here_is_refused(world: World) -> None:
    ticket = make_ticket(world.buyer_person)
    set_staff_active(actor=world.manager, person=world.house.agent2.public_id, active=False)
    with pytest.raises(Invalid) as refused:
        given(world, ticket, world.house.agent2)
    assert "no longer works here" in refused.value.fields["assignee"][0]


@pytest.mark.parametrize(
    ("switch", "words"),
    [("away", "is away"), ("off", "is off"), ("on", "not at the console"), ("", "is off")],
)
def test_who_is_not_there_gets_it_with_a_warning_at_page_and_api(
    world: World, switch: str, words: str
) -> None:
    ticket, mate = make_ticket(world.buyer_person), world.house.agent2
    if switch:
        Presence.objects.update_or_create(person=mate, defaults={"switch": switch, "last_seen": None})
    client = log_in(Client(), world.house.agent)
    wanted = {"assignee": mate.public_id}
    page = client.post(f"/t/{ticket.public_id}/assign/", wanted, headers={"HX-Request": "true"})
    assert page.status_code == 204 and words in page.headers["HX-Trigger"]
    told = client.post(
        f"/api/v1/tickets/{ticket.number}/assign/", wanted, content_type="application/json"
    ).json()
    assert words in told["warnings"][0] and told["assignee"]["id"] == mate.public_id
    plain = client.post(f"/t/{ticket.public_id}/assign/", wanted, follow=True)
    assert words in plain.content.decode()


def test_who_is_there_gets_it_without_a_word(world: World) -> None:
    ticket, mate = make_ticket(world.buyer_person), world.house.agent2
    Presence.objects.update_or_create(person=mate, defaults={"switch": "on", "last_seen": world.now})
    client = log_in(Client(), world.house.agent)
    told = client.post(
        f"/api/v1/tickets/{ticket.number}/hand-over/",
        {"assignee": mate.public_id, "words": "Waits."},
        content_type="application/json",
    )
    assert told.json()["warnings"] == []


def test_only_oneself_or_a_manager(world: World, held: list[Ticket]) -> None:
    with pytest.raises(Forbidden):
        routing.preview_hand_back(actor=world.agent2, person=world.house.agent.public_id)
    with pytest.raises(Conflict):
        set_staff_active(actor=world.manager, person=world.house.manager.public_id, active=False)
