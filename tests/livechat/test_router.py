"""Chats are offered to who is there: in half a minute, or at once; who missed it is not asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import actions as accounts
from accounts.models import Membership, Presence
from core.actors import SYSTEM
from core.errors import Conflict, Forbidden, NotFound
from livechat import actions, agents, queries
from livechat.models import Offer, Session
from sla.queries import clocks_of
from tests.livechat.desk_time import Clock, T, accept, ask, lines, minutes, row, switch_on
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Message

START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # order help never closes


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def person(world: World, name: str) -> int:
    return world.actor(name).id or 0


def places(world: World, name: str, count: int) -> None:
    accounts.set_chat_places(
        actor=SYSTEM, person=world.users[name].person.public_id, most=count, places=count
    )


@pytest.fixture
def chat(world: World, clock: Clock) -> Session:
    clock(START)
    return ask(world, team="orderhelp")


def test_nobody_there_is_asked_nothing(world: World, chat: Session) -> None:
    assert actions.route() == 0
    switch_on(world, "cy", at=START)  # of another desk
    assert actions.route() == 0
    switch_on(world, "lin", at=START - seconds(46))  # not heard of
    assert actions.route() == 0
    Presence.objects.filter(person=person(world, "lin")).update(switch="away", last_seen=START)
    assert actions.route() == 0
    assert (row(chat).state, Offer.objects.count()) == ("waiting", 0)


@pytest.mark.parametrize("left", ["away", "silent", "full", "closed"])
def test_who_left_between_the_look_and_the_claim_is_given_nothing(
    world: World, clock: Clock, left: str
) -> None:
    """Switched on, heard of, with room, in hours: asked again when it is given, whatever the router saw before."""
    at = T - minutes(20)
    clock(at)
    chat, lin = ask(world), person(world, "lin")
    switch_on(world, "lin", at=at)
    mine = Presence.objects.filter(person=lin)
    if left == "away":
        mine.update(switch="away")
    elif left == "silent":
        mine.update(last_seen=at - seconds(46))
    elif left == "full":
        mine.update(chat_capacity=0)
    else:
        clock(T)
        switch_on(world, "lin", at=T)
    assert actions.offer_chat(session_id=chat.pk, people=[lin]) is None
    assert (row(chat).offered_to_id, Offer.objects.count()) == (None, 0)
    if left != "closed":
        mine.update(switch="on", last_seen=at, chat_capacity=3)
        assert actions.offer_chat(session_id=chat.pk, people=[lin]) == lin


def test_who_is_there_has_half_a_minute(world: World, clock: Clock, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    assert actions.route() == 1
    found = row(chat)
    assert (found.state, found.agent, found.offered_to_id) == ("assigned", None, person(world, "lin"))
    assert (found.offer_until, found.deadline) == (START + seconds(30), "look")
    assert lines(chat) == ["chat.waiting", "chat.assigned"]
    assert Message.objects.get(verb="chat.assigned").stream.kind == "staff"
    assert [c.state for c in clocks_of("chat", chat.pk)] == ["running"]  # nobody has come yet
    assert queries.place_in_queue(found) == 1
    assert actions.route() == 0
    clock(START + seconds(20))
    taken = accept(world, chat)
    assert (taken.state, taken.agent_id, taken.offered_to, taken.offer_until) == (
        "active",
        person(world, "lin"),
        None,
        None,
    )
    assert Offer.objects.get().outcome == "accepted"
    assert taken.waited == 20


def test_the_first_message_accepts(world: World, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    actions.route()
    tickets.post_message(
        actor=world.actor("lin"), ticket=chat.ticket.public_id, kind="reply", body="Hi", channel="chat"
    )
    assert (row(chat).state, Offer.objects.get().outcome) == ("active", "accepted")


def test_missed_goes_to_the_next_and_keeps_its_place(world: World, clock: Clock, chat: Session) -> None:
    clock(START + seconds(1))
    ask(world, "eve", "orderhelp")
    places(world, "lin", 1)
    switch_on(world, "lin", at=START)
    clock(START + seconds(2))
    assert actions.route() == 1
    assert row(chat).state == "assigned"
    clock(START + seconds(32))
    switch_on(world, "lin", at=START + seconds(32))
    assert actions.sweep() >= 1
    found = row(chat)
    assert (found.state, found.queued_at, found.offered_to) == ("waiting", START, None)
    assert [one.pk for one in queries.waiting(world.actor("bo"))][0] == chat.pk
    assert lines(chat)[-1] == "chat.missed"
    switch_on(world, "bo", at=START + seconds(32))
    assert actions.route() == 2
    assert row(chat).offered_to_id == person(world, "bo")
    assert Session.objects.exclude(pk=chat.pk).get().offered_to_id == person(world, "lin")


def test_two_misses_in_a_row_are_away(world: World, clock: Clock, chat: Session) -> None:
    other = ask(world, "eve", "orderhelp")
    places(world, "lin", 1)
    switch_on(world, "lin", at=START)
    at = START
    for expected in ("on", "away"):
        actions.route()
        at += seconds(30)
        clock(at)
        switch_on_again = {"last_seen": at}
        Presence.objects.filter(person=person(world, "lin")).update(**switch_on_again)
        actions.sweep()
        assert Presence.objects.get(person=person(world, "lin")).switch == expected
    assert {row(one).state for one in (chat, other)} == {"waiting"}
    assert actions.route() == 0
    assert "chat.away" in lines(chat) + lines(other)
    accounts.set_presence(actor=world.actor("lin"), switch="on")  # begins anew: asked again for both
    assert actions.route() == 1


def test_an_answer_forgets_the_miss(world: World, clock: Clock, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    accounts.count_miss(person_id=person(world, "lin"))
    actions.route()
    accept(world, chat)
    assert Presence.objects.get(person=person(world, "lin")).misses == 0


def test_declined_goes_to_the_next_and_is_no_miss(world: World, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    actions.route()
    actions.decline_chat(actor=world.actor("lin"), session=chat.public_id)
    assert row(chat).state == "waiting"
    assert Presence.objects.get(person=person(world, "lin")).misses == 0
    assert actions.route() == 0  # skipped
    switch_on(world, "bo", at=START)
    assert actions.route() == 1
    with pytest.raises(Conflict) as caught:
        actions.decline_chat(actor=world.actor("lin"), session=chat.public_id)
    assert caught.value.code == "not_offered"


@pytest.mark.parametrize(
    "name, error", [("ana", Forbidden), ("eve", NotFound), ("cy", NotFound), ("bo", Conflict)]
)
def test_only_who_is_asked_declines(world: World, chat: Session, name: str, error: type[Exception]) -> None:
    switch_on(world, "lin", at=START)
    actions.route()
    with pytest.raises(error):
        actions.decline_chat(actor=world.actor(name), session=chat.public_id)
    assert row(chat).state == "assigned"


def test_who_is_faster_takes_what_another_is_asked_to_take(world: World, chat: Session) -> None:
    switch_on(world, "lin", at=START)
    actions.route()
    assert accept(world, chat, "bo").agent_id == person(world, "bo")
    assert Offer.objects.get().outcome == "withdrawn"
    with pytest.raises(Conflict) as caught:
        accept(world, chat, "lin")
    assert caught.value.code == "taken"


@pytest.mark.parametrize("whose", ["person", "team"])
def test_automatic_accept_is_at_once(world: World, chat: Session, whose: str) -> None:
    switch_on(world, "lin", at=START)
    if whose == "person":
        accounts.set_chat_places(actor=world.actor("lin"), auto_accept=True)
    else:
        world.teams["orderhelp"].auto_accept = True
        world.teams["orderhelp"].save(update_fields=["auto_accept"])
    assert actions.route() == 1
    found = row(chat)
    assert (found.state, found.agent_id, found.ticket.assignee_id) == ("active", *[person(world, "lin")] * 2)
    assert lines(chat) == ["chat.waiting", "chat.joined"]
    assert Message.objects.get(verb="chat.joined").data["agent_name"] == "Lin"
    assert [c.state for c in clocks_of("chat", chat.pk)] == ["met"]


def test_no_more_than_they_hold_with_wrap_up(world: World, clock: Clock, chat: Session) -> None:
    places(world, "lin", 1)
    switch_on(world, "lin", at=START)
    actions.route()
    accept(world, chat)
    other = ask(world, "eve", "orderhelp")
    assert actions.route() == 0
    actions.end_chat(actor=world.actor("ana"), session=chat.public_id)
    assert row(chat).state == "wrapup"
    assert actions.route() == 0  # the place still counts
    clock(START + seconds(119))
    switch_on(world, "lin", at=START + seconds(119))
    actions.sweep()
    assert (actions.route(), row(chat).state) == (0, "wrapup")
    clock(START + seconds(120))
    assert actions.sweep() >= 1
    assert row(chat).state == "ended"
    assert actions.route() == 1
    assert row(other).offered_to_id == person(world, "lin")


def test_written_up_early_frees_the_place(world: World, chat: Session) -> None:
    places(world, "lin", 1)
    switch_on(world, "lin", at=START)
    accept(world, chat)
    lin = world.actor("lin")
    with pytest.raises(Conflict) as caught:
        actions.finish_wrap_up(actor=lin, session=chat.public_id, note="Too soon")
    assert caught.value.code == "not_ended"
    actions.end_chat(actor=lin, session=chat.public_id)
    other = ask(world, "eve", "orderhelp")
    with pytest.raises(Forbidden):
        actions.finish_wrap_up(actor=world.actor("bo"), session=chat.public_id)
    done = actions.finish_wrap_up(
        actor=lin, session=chat.public_id, note="Asked about cotton", tags=["Cotton"], solve=True
    )
    ticket = row(chat).ticket
    assert (done.state, ticket.status) == ("ended", "solved")
    assert list(ticket.tagged.values_list("tag__name", flat=True)) == ["cotton"]
    assert Message.objects.get(kind="note").body == "Asked about cotton"
    assert lines(chat)[-1] == "chat.wrapped"
    assert actions.route() == 1
    assert row(other).state == "assigned"
    again = actions.finish_wrap_up(actor=lin, session=chat.public_id, note="And silk")
    assert (again.state, lines(chat).count("chat.wrapped")) == ("ended", 1)


def test_skills_and_the_shopper_come_first(world: World, chat: Session) -> None:
    switch_on(world, "lin", "bo", at=START)
    bo = world.users["bo"].person
    accounts.set_skills(actor=SYSTEM, person=bo.public_id, team="orderhelp", skills=["Order"])
    assert Membership.objects.get(person=bo, team__code="orderhelp").skills == ["order"]
    actions.route()
    assert row(chat).offered_to_id == bo.pk
    lin = world.users["lin"].person
    accounts.choose_shopper(actor=SYSTEM, buyer_id=person(world, "eve"), shopper_id=lin.pk)
    other = ask(world, "eve", "orderhelp")
    actions.route()
    assert row(other).offered_to_id == lin.pk


def test_from_closing_on_nobody_is_asked(world: World, clock: Clock) -> None:
    clock(T - minutes(8))
    session = ask(world)
    clock(T - seconds(10))
    switch_on(world, "lin", at=T - seconds(10))
    assert actions.route() == 1
    clock(T)
    switch_on(world, "lin", at=T)
    assert actions.sweep() == 1
    found = row(session)
    assert (found.state, found.offered_to, Offer.objects.get().outcome) == ("ticket", None, "withdrawn")
    assert actions.route() == 0


def test_a_buyer_does_not_read_whom_it_was_offered_to(world: World, chat: Session) -> None:
    from livechat import doors

    switch_on(world, "lin", at=START)
    actions.route()
    shape = doors.chat_shape(world.actor("ana"), queries.access_session(world.actor("ana"), chat.public_id))
    assert (shape["state"], shape["offered_to"], shape["agent"]) == ("waiting", None, None)
    shape = doors.chat_shape(world.actor("bo"), queries.access_session(world.actor("bo"), chat.public_id))
    assert (shape["state"], shape["offered_to"]) == ("assigned", "Lin")
    rows = Message.objects.filter(stream__ticket=chat.ticket, stream__kind="public")
    assert "Lin" not in str(list(rows.values_list("data", "body")))


def test_the_estimate_comes_from_real_pick_ups(world: World, clock: Clock) -> None:
    for n in range(4):
        at = START + minutes(20 * n)
        clock(at)
        session = ask(world, "eve", "orderhelp")
        assert queries.Waits().about_minutes(session, 1) is (3 if n == 3 else None)
        clock(at + seconds(150))
        accept(world, session)
        actions.end_chat(actor=world.actor("eve"), session=session.public_id)
    clock(START + minutes(60) + minutes(125))
    assert queries.Waits().about_minutes(ask(world, "ana", "orderhelp"), 1) is None  # two hours later


def test_places_have_their_rules(world: World) -> None:
    lin, mine = world.actor("lin"), world.users["lin"].person.public_id
    places(world, "lin", 5)
    assert accounts.set_chat_places(actor=lin, places=2).chat_capacity == 2
    bad: list[tuple[Any, dict[str, Any], str]] = [
        (lin, {"places": 6}, "out_of_range"),
        (lin, {"places": -1}, "out_of_range"),
        (SYSTEM, {"person": mine, "most": 21}, "out_of_range"),
        (lin, {"most": 9}, "forbidden"),
        (world.actor("bo"), {"person": mine, "places": 1}, "forbidden"),
        (world.actor("ana"), {"places": 1}, "forbidden"),
        (world.actor("max"), {"person": world.users["ana"].person.public_id, "places": 1}, "not_found"),
    ]
    for actor, asked, code in bad:
        with pytest.raises(Exception) as caught:
            accounts.set_chat_places(actor=actor, **asked)
        assert getattr(caught.value, "code", "") == code, asked
    kept = accounts.set_chat_places(actor=world.actor("max"), person=mine, most=1)
    assert (kept.chat_capacity, kept.chat_capacity_max) == (1, 1)


def test_one_query_when_nobody_waits(world: World, django_assert_num_queries: Any) -> None:
    switch_on(world, "lin", at=START)
    with django_assert_num_queries(1):
        assert actions.route() == 0


def test_many_who_wait_for_a_full_desk_cost_the_same(
    world: World, clock: Clock, django_assert_num_queries: Any
) -> None:
    clock(START)
    switch_on(world, "lin", at=START)
    places(world, "lin", 1)
    accept(world, ask(world, team="orderhelp"))
    ask(world, "eve", "orderhelp")
    with django_assert_num_queries(3):
        assert actions.route() == 0
    assert agents.loads([person(world, "lin")], START)[person(world, "lin")] == 1


@pytest.mark.parametrize("why", ["nobody", "no room"])
def test_who_waits_elsewhere_in_vain_stands_in_nobodys_way(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """More than one look takes wait at a desk that can give them to nobody; another desk's buyer came last."""
    from livechat.actions import routing

    monkeypatch.setattr(routing, "MOST", 1)
    clock(T - minutes(60))
    Membership.objects.filter(person=world.users["lin"].person, team=world.teams["orderhelp"]).delete()
    first, second = ask(world, "ana", "orderhelp"), ask(world, "eve", "orderhelp")
    last = ask(world, "ana", "presales")
    switch_on(world, "lin", at=T - minutes(60))
    if why == "no room":
        switch_on(world, "bo", at=T - minutes(60))
        places(world, "bo", 1)
        accept(world, first, "bo")
    assert actions.route() == 1
    assert row(last).offered_to_id == person(world, "lin")
    assert row(second).state == "waiting"


def test_who_waits_is_told_when_the_queue_moves(
    world: World, chat: Session, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from core import live

    other = ask(world, "eve", "orderhelp")
    told: list[Any] = []
    monkeypatch.setattr(live, "push", lambda group, payload: told.append((group, payload.get("topic"))))
    with django_capture_on_commit_callbacks(execute=True):
        accept(world, chat)
    public_id = other.ticket.public_id
    assert (f"ticket-{public_id}", f"ticket:{public_id}") in told
    assert queries.place_in_queue(row(other)) == 1
