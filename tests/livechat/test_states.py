"""The table of a chat's life, row by row: from a state, when something happens, to a state. One world, undone each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import Membership, Presence
from core.errors import Closed, Conflict
from livechat import actions
from livechat.models import Session
from tests.livechat.desk_time import Clock, T, accept, ask, line, lines, row, switch_on
from tests.livechat.scenes import (
    EARLY,
    Scene,
    accepted,
    agent_gone,
    assigned,
    at_closing,
    back_at_59,
    buyer_gone,
    by_first_message,
    chats_again,
    declined,
    ended_by,
    handed_and_accepted,
    handed_and_declined,
    handed_and_missed,
    handed_to_bo,
    in_hours,
    missed,
    nobody,
    silent,
    talk_after_closing,
    to_empty_team,
    to_team,
    to_team_and_accepted,
    to_team_that_leaves,
    undone,
    wrapped,
    writes_again,
)
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Message, Ticket
from tickets.queries.threads import text_of

# what happens, the state then, who has it, the newest line
TABLE: list[tuple[str, Callable[[Scene], Session], str, str, str]] = [
    ("asked in hours", in_hours, "waiting", "", "chat.waiting"),
    ("an agent is found", assigned, "assigned", "", "chat.assigned"),
    ("accepted", accepted, "active", "Lin", "chat.joined"),
    ("the first message", by_first_message, "active", "Lin", "chat.joined"),
    ("missed", missed, "waiting", "", "chat.missed"),
    ("declined", declined, "waiting", "", "chat.declined"),
    ("nobody for 3 minutes", nobody(180), "waiting", "", "chat.offered"),
    ("nobody for 15 minutes", nobody(900), "ticket", "", "chat.ended"),
    ("the buyer is gone", buyer_gone, "ticket", "", "chat.ended"),
    ("the agent is gone", agent_gone(105), "waiting", "", "chat.agent_lost"),
    ("not yet", agent_gone(104), "active", "Lin", "chat.agent_gone"),
    ("back at 59 seconds", back_at_59, "active", "Lin", "chat.agent_gone"),
    ("the buyer is silent for 10 minutes", silent(10), "active", "Lin", "chat.silent"),
    ("and for 15", silent(15), "ended", "Lin", "chat.ended"),
    ("handed to a colleague", handed_to_bo, "active", "Lin", "chat.assigned"),
    ("who accepts", handed_and_accepted, "active", "Bo", "chat.transferred"),
    ("who drops", handed_and_missed, "active", "Lin", "chat.missed"),
    ("who declines", handed_and_declined, "active", "Lin", "chat.declined"),
    ("handed to a team", to_team, "active", "Lin", "chat.handing"),
    ("that accepts", to_team_and_accepted, "active", "Bo", "chat.transferred"),
    ("that leaves", to_team_that_leaves, "ticket", "Lin", "chat.ended"),
    ("to a team without anybody", to_empty_team, "ticket", "Lin", "chat.ended"),
    ("ended by the buyer", ended_by("ana"), "wrapup", "Lin", "chat.ended"),
    ("ended by the agent", ended_by("lin"), "wrapup", "Lin", "chat.ended"),
    ("after 120 seconds", wrapped, "ended", "Lin", "chat.wrapped"),
    ("the buyer writes again", writes_again, "ended", "Lin", "chat.wrapped"),
    ("the buyer chats again", chats_again, "waiting", "", "chat.waiting"),
    ("the desk closes on who is asked", at_closing, "ticket", "", "chat.ended"),
    ("a talk goes on", talk_after_closing(899), "active", "Lin", "chat.closing"),
    ("for a quarter", talk_after_closing(900), "ticket", "Lin", "chat.ended"),
]


def test_every_row_of_the_table(world: World, clock: Clock) -> None:
    for name, scene, state, agent, newest in TABLE:
        with undone():
            clock(EARLY)
            found = row(scene(Scene(world, clock)))
            rows = Message.objects.filter(stream__ticket=found.ticket_id, verb__startswith="chat.")
            said = rows.order_by("pk").values_list("verb", flat=True)
            has = found.agent.display_name if found.agent else ""
            assert (found.state, has, list(said)[-1]) == (state, agent, newest), name
            # What is timed has a deadline, and nothing else; who talks is on a ticket that is chatted on.
            timed = found.state in ("waiting", "assigned", "active", "wrapup")
            assert (found.deadline_at is not None) == timed, name
            assert found.ticket.chatting == (found.state in ("waiting", "assigned", "active")), name


def test_what_a_hand_over_leaves(world: World, clock: Clock) -> None:
    with undone():
        clock(EARLY)
        s = Scene(world, clock)
        chat = handed_to_bo(s)
        # Bo belongs to another desk: asked to come, they see it; the note is among staff.
        assert [one.pk for one in _console(world, "bo")] == [chat.pk]
        assert Ticket.objects.filter(_seen_by(world, "bo"), pk=chat.ticket_id).exists()
        assert Message.objects.get(kind="note").body == "Wants linen"
        with pytest.raises(Conflict) as caught:
            s.act("transfer_chat", chat, to_agent=s.public_id("bo"))
        assert caught.value.code == "handed"
        s.act("accept_chat", chat, "bo")
        found = row(chat)
        assert (found.ticket.assignee_id, found.handed_words, found.handed_at) == (found.agent_id, "", None)
        with pytest.raises(Conflict) as caught:
            s.say("lin", chat)
        assert caught.value.code == "not_assignee"
        s.act("join_chat", chat, "lin")
        s.say("lin", chat)
        assert row(chat).agent_id == found.agent_id
        s.act("leave_chat", chat, "lin")
        assert lines(chat)[-1] in ("chat.voice_left", "chat.handing", "chat.assigned")
        assert line(chat, "chat.voice").data["agent_name"] == "Lin"


def _console(world: World, name: str) -> list[Session]:
    from livechat.queries import sessions_for_console

    return sessions_for_console(world.actor(name))


def _seen_by(world: World, name: str):  # type: ignore[no-untyped-def]
    from tickets.permissions import visible_to

    return visible_to(world.actor(name))


def test_what_a_hand_over_to_a_team_leaves(world: World, clock: Clock) -> None:
    clock(EARLY)
    with undone():
        found = row(to_team_and_accepted(Scene(world, clock)))
        assert (found.team.code, found.ticket.team.code, found.closes_at) == ("orderhelp", "orderhelp", None)
    clock(EARLY)
    with undone():
        chat = to_empty_team(Scene(world, clock))
        ended = line(chat, "chat.ended")
        assert (ended.data["why"], ended.data["team_name"], bool(ended.data["promised"])) == (
            "team",
            "Orders",
            True,
        )
        assert row(chat).ticket.team.code == "orders"
    clock(EARLY)
    with undone():
        s = Scene(world, clock)
        chat = to_team(s)
        s.act("cancel_transfer", chat)
        assert (row(chat).to_team, row(chat).priority, lines(chat)[-1]) == (None, 0, "chat.stays")


def test_a_team_that_is_closed_gets_a_ticket_though_its_people_are_there(world: World, clock: Clock) -> None:
    """Before the hand-over, and while it waits there."""
    noon = T + timedelta(hours=6)  # the night desk is closed
    clock(noon)
    switch_on(world, "lin", "bo", at=noon)
    with undone():
        chat = accept(world, ask(world, "ana", "orderhelp"), "bo")
        actions.transfer_chat(actor=world.actor("bo"), session=chat.public_id, to_team="presales")
        found = row(chat)
        assert (found.state, found.ticket.team.code) == ("ticket", "presales")
        told = text_of(line(chat, "chat.ended"), "Asia/Tokyo")
        assert told.startswith("Who can answer this is not there just now. This chat is ticket #")
        assert "answered by" in told
    late = T - timedelta(seconds=20)  # it closes in a moment
    clock(late)
    switch_on(world, "lin", "bo", at=late)
    with undone():
        Presence.objects.filter(person=world.users["lin"].person).update(chat_capacity=0)
        Presence.objects.filter(person=world.users["cy"].person).update(switch="on", last_seen=late)
        Membership.objects.create(team=world.teams["presales"], person=world.users["cy"].person)
        chat = accept(world, ask(world, "ana", "orderhelp"), "bo")
        actions.transfer_chat(actor=world.actor("bo"), session=chat.public_id, to_team="presales")
        assert (row(chat).state, row(chat).to_team.code) == ("active", "presales")
        clock(T)
        switch_on(world, "lin", "bo", "cy", at=T)
        actions.sweep()
        assert (row(chat).state, row(chat).ticket.team.code) == ("ticket", "presales")


def test_nobody_is_given_a_talk_after_closing(world: World, clock: Clock) -> None:
    clock(EARLY)
    with undone():
        s = Scene(world, clock)
        chat = accepted(s)
        s.at = 7180
        s.go(0, "lin", "bo")
        s.act("transfer_chat", chat, to_agent=s.public_id("bo"))
        s.go(20, "lin", "bo")
        assert (row(chat).agent.display_name, row(chat).offered_to, lines(chat)[-1]) == (
            "Lin",
            None,
            "chat.stays",
        )
        with pytest.raises(Closed):
            s.act("transfer_chat", chat, to_agent=s.public_id("bo"))


def test_a_lost_agent_while_it_is_handed_over(world: World, clock: Clock) -> None:
    """Whom it was handed to is asked on, in the queue."""
    clock(EARLY)
    with undone():
        s = Scene(world, clock)
        chat = accepted(s)
        s.go(65)
        s.go(30, "bo")
        s.act("transfer_chat", chat, to_agent=s.public_id("bo"))
        s.go(15, "bo")
        found = row(chat)
        assert (found.state, found.agent, found.offered_to_id) == (
            "assigned",
            None,
            world.users["bo"].person.pk,
        )
        s.act("accept_chat", chat, "bo")
        assert row(chat).agent_id == world.users["bo"].person.pk


def test_a_lead_takes_over_and_a_manager_too(world: World, clock: Clock) -> None:
    from accounts.models import Membership
    from core.errors import Forbidden

    clock(EARLY)
    for name in ("bo", "max"):
        with undone():
            s = Scene(world, clock)
            chat = accepted(s)
            if name == "bo":
                Membership.objects.create(team=world.teams["presales"], person=world.users["bo"].person)
                with pytest.raises(Forbidden):
                    s.act("take_over", chat, name)
                Membership.objects.filter(person=world.users["bo"].person).update(role="lead")
            taken = s.act("take_over", chat, name)
            assert taken.agent_id == world.users[name].person.pk
            assert line(chat, "chat.taken_over").data["from_name"] == "Lin"
            assert row(chat).ticket.assignee_id == taken.agent_id
            with pytest.raises(Conflict) as caught:
                s.say("lin", chat)
            assert caught.value.code == "not_assignee"


BAD_HAND_OVERS: list[tuple[dict[str, str], str]] = [
    ({}, "whom"),
    ({"to_agent": "x", "to_team": "orders"}, "whom"),
    ({"to_agent": "nobody"}, "not_staff"),
    ({"to_agent": "ana"}, "not_staff"),
    ({"to_agent": "lin"}, "same"),
    ({"to_agent": "cy"}, "not_there"),
    ({"to_team": "nope"}, "unknown_team"),
    ({"to_team": "orders", "words": "x" * 1001}, "too_long"),
]


def test_bad_hand_overs_change_nothing(world: World, clock: Clock) -> None:
    clock(EARLY)
    s = Scene(world, clock)
    chat = accepted(s)
    before = Message.objects.count()
    for asked, code in BAD_HAND_OVERS:
        name = asked.get("to_agent", "")
        whom = {"to_agent": s.public_id(name)} if name in world.users else {}
        with pytest.raises(Exception) as caught:
            s.act("transfer_chat", chat, **{**asked, **whom})
        assert getattr(caught.value, "code", "") == code, asked
    assert (row(chat).handed_at, Message.objects.count()) == (None, before)


def test_the_talk_by_mail(world: World, clock: Clock, mailoutbox: list) -> None:  # type: ignore[type-arg]
    from core import outbox

    clock(EARLY)
    s = Scene(world, clock)
    chat = ended_by("lin")(s)
    tickets.post_message(actor=world.actor("lin"), ticket=chat.ticket.public_id, kind="note", body="Secret")
    for _twice in range(2):
        s.act("mail_transcript", chat, "ana")
    outbox.run_due()
    mails = [one for one in mailoutbox if "Is it cotton?" in one.body]
    assert [one.to for one in mails] == [["ana@mail.example"]]
    assert "Lin joined the chat" in mails[0].body
    assert "Lin:\nHello" in mails[0].body
    assert "Secret" not in mails[0].body


def test_a_chat_that_is_over_is_marked(world: World, clock: Clock) -> None:
    clock(EARLY)
    s = Scene(world, clock)
    chat = accepted(s)
    s.say("lin", chat)
    with pytest.raises(Conflict):
        tickets.rate_ticket(actor=world.actor("ana"), ticket=chat.ticket.public_id, score=5)
    s.act("end_chat", chat, "ana")
    assert tickets.rate_ticket(actor=world.actor("ana"), ticket=chat.ticket.public_id, score=5).score == 5
