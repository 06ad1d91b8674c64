"""Several at the same instant on a real PostgreSQL: routers against places, hands against routers, both ends of a hand-over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Person, Presence
from accounts.queries import actor_of_person
from core.db import retrying
from core.errors import Conflict
from livechat import actions, agents
from livechat.models import Offer, Session
from tests.livechat.desk_time import Clock, T, accept, ask, lines, minutes, row, switch_on
from tests.livechat.rivals import together
from tests.livechat.world import World, build

EARLY = T - minutes(120)
pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routers run where the test says so, not after each commit."""
    from livechat import subscribers

    class Still:
        def __getattr__(self, name: str) -> Any:
            return (lambda: 0) if name == "route" else getattr(actions, name)

    monkeypatch.setattr(subscribers, "actions", Still())


def crowd(count: int, name: str = "q") -> list[Session]:
    made = []
    for number in range(count):
        person = Person.objects.create(
            kind="buyer", name=f"Buyer {number}", email=f"{name}{number}@mail.example"
        )
        made.append(actions.open_chat(actor=actor_of_person(person), team="presales", body="Hello"))
    return made


def staffed(world: World, places: int) -> list[int]:
    """Lin, Bo and Cy at the night desk, with so many places each."""
    from accounts.models import Membership

    for name in ("bo", "cy"):
        Membership.objects.create(team=world.teams["presales"], person=world.users[name].person)
    switch_on(world, "lin", "bo", "cy", at=EARLY)
    Presence.objects.update(chat_capacity=places)
    return [world.users[name].person.pk for name in ("lin", "bo", "cy")]


@pytest.mark.parametrize("auto", [False, True])
def test_six_routers_give_nobody_more_than_they_hold(clock: Clock, auto: bool) -> None:
    clock(EARLY)
    world = build()
    people = staffed(world, 2)
    Presence.objects.update(auto_accept=auto)
    crowd(14)
    given = together([actions.route] * 6)
    assert all(isinstance(one, int) for one in given), given
    while actions.route():
        pass
    held = agents.loads(people, EARLY)
    assert [held[person] for person in people] == [2, 2, 2]
    assert Session.objects.filter(state="active" if auto else "assigned").count() == 6
    assert Offer.objects.filter(outcome="open").count() == (0 if auto else 6)
    assert (
        sum(lines(one).count("chat.joined" if auto else "chat.assigned") for one in Session.objects.all())
        == 6
    )


def test_a_router_and_a_hand_count_the_same_places(clock: Clock) -> None:
    clock(EARLY)
    world = build()
    people = staffed(world, 1)
    sessions = crowd(4)
    lin = world.actor("lin")
    by_hand = lambda: actions.accept_chat(actor=lin, session=sessions[3].public_id)  # noqa: E731
    outcomes = together([by_hand, actions.route, actions.route])
    assert isinstance(outcomes[0], Session), outcomes
    held = agents.loads(people, EARLY)
    # Who takes one by hand may hold one more than the router gives; it gives none beyond.
    assert held[people[0]] <= 2
    assert actions.route() <= 1
    assert [held[person] for person in people[1:]] <= [1, 1]
    assert agents.loads(people, EARLY)[people[1]] == agents.loads(people, EARLY)[people[2]] == 1


def both(one: Callable[[], Any], other: Callable[[], Any]) -> list[Any]:
    return together([lambda: retrying(one), lambda: retrying(other)])


def test_both_ends_of_a_step_agree(clock: Clock) -> None:
    """One world for five races: an offer taken by two, accepted and missed, handed over and called back, handed over
    twice, chatted on in two tabs."""
    clock(EARLY)
    world = build()
    staffed(world, 3)
    an_offer_is_taken_by_one(world, crowd(1, "a")[0])
    an_offer_is_accepted_or_missed(world, crowd(1, "b")[0], clock)
    a_hand_over_is_accepted_or_called_back(world, crowd(1, "c")[0])
    two_hand_overs_are_one(world, crowd(1, "d")[0])
    two_tabs_chat_on_once(world)


def an_offer_is_taken_by_one(world: World, session: Session) -> None:
    actions.route()
    actors = [world.actor(name) for name in ("lin", "bo")]
    outcomes = both(
        *[lambda a=a: actions.accept_chat(actor=a, session=session.public_id) for a in actors]  # type: ignore[misc]
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Session"], outcomes
    assert (lines(session).count("chat.joined"), open_offers(session)) == (1, 0)


def open_offers(session: Session) -> int:
    return Offer.objects.filter(session=session, outcome="open").count()


def an_offer_is_accepted_or_missed(world: World, session: Session, clock: Clock) -> None:
    actions.route()
    who = world.actor(row(session).offered_to.name.lower())
    clock(EARLY + timedelta(seconds=30))
    both(lambda: actions.accept_chat(actor=who, session=session.public_id), actions.sweep)
    assert row(session).state == "active"  # before the miss, or by hand after it
    assert (lines(session).count("chat.joined"), open_offers(session)) == (1, 0)


def a_hand_over_is_accepted_or_called_back(world: World, session: Session) -> None:
    accept(world, session)
    lin, bo = world.actor("lin"), world.actor("bo")
    person = world.users["bo"].person.public_id
    actions.transfer_chat(actor=lin, session=session.public_id, to_agent=person)
    both(
        lambda: actions.cancel_transfer(actor=lin, session=session.public_id),
        lambda: actions.accept_chat(actor=bo, session=session.public_id),
    )
    found, said = row(session), lines(session)
    assert (found.handed_at, found.offered_to, open_offers(session)) == (None, None, 0)
    assert (found.agent_id == bo.id) == ("chat.transferred" in said) != ("chat.stays" in said)


def two_hand_overs_are_one(world: World, session: Session) -> None:
    Presence.objects.update(chat_capacity=9)
    accept(world, session)
    lin = world.actor("lin")
    ids = [world.users[name].person.public_id for name in ("bo", "cy")]
    outcomes = both(
        *[
            lambda i=i: actions.transfer_chat(actor=lin, session=session.public_id, to_agent=i)  # type: ignore[misc]
            for i in ids
        ]
    )
    lost = [one for one in outcomes if isinstance(one, Conflict)]
    assert [one.code for one in lost] == ["handed"], outcomes
    assert open_offers(session) == 1


def two_tabs_chat_on_once(world: World) -> None:
    session = accept(world, ask(world))
    ana = world.actor("ana")
    actions.end_chat(actor=ana, session=session.public_id)
    outcomes = both(*[lambda: actions.chat_again(actor=ana, session=session.public_id)] * 2)
    assert [type(one) for one in outcomes] == [Session, Session], outcomes
    assert Session.objects.filter(ticket=session.ticket_id, state="waiting").count() == 1
