"""An agent who goes home, or whose access is ended, holds no chat a moment later: somebody else is asked to go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.actions import set_staff_active
from accounts.models import Membership
from core import outbox
from core.actors import SYSTEM
from core.errors import Conflict, NotFound
from livechat import actions, queries
from livechat.models import Offer, Session
from tests.livechat.desk_time import Clock, T, accept, ask, line, lines, row, switch_on
from tests.livechat.scenes import EARLY, Scene, accepted, assigned, handed_to_bo, to_team, undone
from tests.livechat.world import World
from tickets.actions.routing import leave
from tickets.models import Ticket
from tickets.queries.threads import text_of


def go_home(world: World, name: str, switch: str = "off") -> None:
    leave(actor=world.actor(name), switch=switch)
    outbox.run_due()


def sent_away(world: World, name: str) -> None:
    person = world.users[name].person.public_id
    set_staff_active(actor=world.actor("max"), person=person, active=False)
    outbox.run_due()


@pytest.mark.parametrize("how", [go_home, sent_away, lambda w, n: go_home(w, n, "away")])
def test_a_talk_waits_before_all_others(
    world: World, clock: Clock, how: Callable[[World, str], None]
) -> None:
    clock(EARLY)
    scene = Scene(world, clock)
    chat = accepted(scene)
    waits = ask(world, "eve", "presales")
    lin = world.users["lin"].person.pk
    how(world, "lin")
    found = row(chat)
    assert (found.state, found.agent, found.priority, found.lost_agent_id) == ("waiting", None, 1, lin)
    assert (found.ticket.assignee, found.ticket.chatting) == (None, True)
    assert text_of(line(chat, "chat.agent_left")) == (
        "Lin had to leave. You are first in the queue for somebody else."
    )
    assert [one.pk for one in queries.waiting(SYSTEM)] == [chat.pk, waits.pk]
    with pytest.raises((Conflict, NotFound)) as caught:
        scene.say("lin", chat)
    assert caught.value.code == ("not_found" if how is sent_away else "not_assignee")
    assert actions.give_up_chats(person_id=lin) == 0
    # Whoever comes next is asked for this one first, and the one who left is not, even when switched on again.
    Membership.objects.create(team=world.teams["presales"], person=world.users["bo"].person)
    scene.go(1, "bo", "lin")
    assert row(chat).offered_to_id == world.users["bo"].person.pk


def test_who_was_only_asked_is_asked_no_more(world: World, clock: Clock) -> None:
    clock(EARLY)
    chat = assigned(Scene(world, clock))
    go_home(world, "lin")
    assert (row(chat).state, Offer.objects.get().outcome) == ("waiting", "declined")
    clock(EARLY + timedelta(seconds=2))
    assert actions.route() == 0


@pytest.mark.parametrize("who, state, agent", [("bo", "active", "Lin"), ("lin", "assigned", None)])
def test_in_the_middle_of_a_hand_over(
    world: World, clock: Clock, who: str, state: str, agent: str | None
) -> None:
    """Whom it was handed to leaves: it stays with its agent. Its agent leaves: who was asked is asked on."""
    clock(EARLY)
    chat = handed_to_bo(Scene(world, clock))
    go_home(world, who)
    found = row(chat)
    assert (found.state, found.agent and found.agent.display_name) == (state, agent)
    assert found.handed_at is None
    assert (found.offered_to_id is None) == (who == "bo")


def test_what_waits_for_a_team_is_that_teams(world: World, clock: Clock) -> None:
    clock(EARLY)
    chat = to_team(Scene(world, clock))
    go_home(world, "lin")
    found = row(chat)
    assert (found.state, found.team.code, found.ticket.team.code, found.ticket.assignee) == (
        "waiting",
        "orderhelp",
        "orderhelp",
        None,
    )


def test_after_closing_it_is_a_ticket_of_nobody(world: World, clock: Clock) -> None:
    """Nobody is given anything new from the desk's closing on, and nobody who left keeps it."""
    clock(EARLY)
    scene = Scene(world, clock)
    chat = accepted(scene)
    clock(T + timedelta(minutes=1))
    go_home(world, "lin")
    found = row(chat)
    assert (found.state, found.ticket.assignee, found.ticket.chatting) == ("ticket", None, False)
    assert line(chat, "chat.ended").data["why"] == "closed"


def test_a_second_voice_and_a_talk_that_was_lost_before(world: World, clock: Clock) -> None:
    clock(EARLY)
    with undone():
        chat = accepted(Scene(world, clock))
        Membership.objects.create(team=world.teams["presales"], person=world.users["bo"].person)
        actions.join_chat(actor=world.actor("bo"), session=chat.public_id)
        go_home(world, "bo")
        assert (row(chat).agent.display_name, chat.voices.filter(left_at=None).count()) == ("Lin", 0)
        assert "chat.voice_left" in lines(chat)
    clock(EARLY)
    with undone():
        scene = Scene(world, clock)
        chat = accepted(scene)
        scene.go(65)
        scene.go(60)  # the line was lost: it waits, and the ticket still bears the name
        assert (row(chat).state, row(chat).ticket.assignee_id) == ("waiting", world.users["lin"].person.pk)
        sent_away(world, "lin")
        assert (row(chat).state, row(chat).ticket.assignee_id) == ("waiting", None)


def test_what_is_written_up_and_what_others_have_is_left_alone(world: World, clock: Clock) -> None:
    clock(EARLY)
    scene = Scene(world, clock)
    chat = accepted(scene)
    scene.say("lin", chat)
    scene.act("end_chat", chat, "lin")
    switch_on(world, "bo", at=EARLY + timedelta(seconds=scene.at))
    others = accept(world, ask(world, "eve", "orderhelp"), "bo")
    before = Session.objects.get(pk=others.pk)
    go_home(world, "lin")
    assert row(chat).state == "wrapup"
    assert Ticket.objects.get(pk=chat.ticket_id).assignee_id is None  # it is a ticket like others by now
    assert Session.objects.get(pk=others.pk).agent_id == before.agent_id
