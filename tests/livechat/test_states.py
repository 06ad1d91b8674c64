"""The table of a chat's life, row by row: from a state, when something happens, to a state. One world, undone each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from core.errors import Closed, Conflict
from livechat import actions
from livechat.models import Session
from tests.livechat.desk_time import Clock, T, accept, ask, heard_of, line, lines, minutes, row, switch_on
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Message, Ticket

EARLY = T - minutes(120)  # the night desk is open until T


@contextmanager
def undone() -> Iterator[None]:
    """What happens in here did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Scene:
    """One chat at the night desk, and the clock."""

    world: World
    clock: Clock
    at: float = 0  # seconds since EARLY

    def go(self, seconds: float, *on: str, buyer: bool = False) -> None:
        """So much later, these agents there (and the buyer heard of); routers and timers have run."""
        self.at += seconds
        now = EARLY + timedelta(seconds=self.at)
        self.clock(now)
        switch_on(self.world, *on, at=now)
        if buyer:
            heard_of(self.world, "ana", now)
        actions.sweep()
        actions.route()

    def ask(self) -> Session:
        return ask(self.world)

    def say(self, name: str, chat: Session) -> None:
        tickets.post_message(
            actor=self.world.actor(name),
            ticket=chat.ticket.public_id,
            kind="reply",
            body="Hello",
            channel="chat",
        )

    def act(self, verb: str, chat: Session, name: str = "lin", **more: str) -> Session:
        made: Session = getattr(actions, verb)(actor=self.world.actor(name), session=chat.public_id, **more)
        return made

    def public_id(self, name: str) -> str:
        return self.world.users[name].person.public_id


def in_hours(s: Scene) -> Session:
    return s.ask()


def assigned(s: Scene) -> Session:
    chat = s.ask()
    s.go(1, "lin")
    assert row(chat).state == "assigned"
    return chat


def accepted(s: Scene) -> Session:
    chat = assigned(s)
    return accept(s.world, chat)


def by_first_message(s: Scene) -> Session:
    chat = assigned(s)
    s.say("lin", chat)
    return chat


def missed(s: Scene) -> Session:
    chat = assigned(s)
    s.go(29)
    assert row(chat).state == "assigned"
    s.go(1)
    return chat


def declined(s: Scene) -> Session:
    chat = assigned(s)
    s.act("decline_chat", chat)
    s.go(1, "lin")
    return chat


def nobody(seconds: float) -> Callable[[Scene], Session]:
    def scene(s: Scene) -> Session:
        chat = s.ask()
        s.go(15)
        s.go(seconds)
        return chat

    return scene


def buyer_gone(s: Scene) -> Session:
    chat = s.ask()
    heard_of(s.world, "ana", EARLY + timedelta(seconds=s.at + 1))
    for _step in range(16):
        s.go(15)
    return chat


def agent_gone(seconds: float) -> Callable[[Scene], Session]:
    """Heard of a last time when they accepted."""

    def scene(s: Scene) -> Session:
        chat = accepted(s)
        s.go(65)
        assert "chat.agent_gone" in lines(chat)
        s.go(seconds - 65)
        return chat

    return scene


def back_at_59(s: Scene) -> Session:
    chat = accepted(s)
    s.go(65)
    s.go(45 + 59 - 65, "lin")
    s.go(30, "lin")
    return chat


def silent(minutes_: float) -> Callable[[Scene], Session]:
    def scene(s: Scene) -> Session:
        chat = accepted(s)
        s.say("lin", chat)
        for _step in range(int(minutes_)):
            s.go(60, "lin", buyer=True)
        return chat

    return scene


def handed_to_bo(s: Scene) -> Session:
    chat = accepted(s)
    s.go(1, "lin", "bo")
    s.act("transfer_chat", chat, to_agent=s.public_id("bo"), words="Wants linen")
    return chat


def handed_and_accepted(s: Scene) -> Session:
    chat = handed_to_bo(s)
    s.act("accept_chat", chat, "bo")
    return chat


def handed_and_missed(s: Scene) -> Session:
    chat = handed_to_bo(s)
    s.go(30, "lin")
    return chat


def handed_and_declined(s: Scene) -> Session:
    chat = handed_to_bo(s)
    s.act("decline_chat", chat, "bo")
    return chat


def to_team(s: Scene) -> Session:
    """Bo is there but full: it waits for the team, its agent staying."""
    chat = accepted(s)
    s.go(1, "lin", "bo")
    from accounts.models import Presence

    Presence.objects.filter(person=s.world.users["bo"].person).update(chat_capacity=1)
    other = ask(s.world, "eve", "orderhelp")
    accept(s.world, other, "bo")
    s.act("transfer_chat", chat, to_team="orderhelp")
    s.go(1, "lin", "bo")
    return chat


def to_team_and_accepted(s: Scene) -> Session:
    chat = to_team(s)
    s.act("accept_chat", chat, "bo")
    return chat


def to_team_that_leaves(s: Scene) -> Session:
    chat = to_team(s)
    for _step in range(5):
        s.go(15, "lin")
    return chat


def to_empty_team(s: Scene) -> Session:
    chat = accepted(s)
    s.act("transfer_chat", chat, to_team="orders")
    return chat


def ended_by(name: str) -> Callable[[Scene], Session]:
    def scene(s: Scene) -> Session:
        chat = accepted(s)
        s.say("lin", chat)
        s.act("end_chat", chat, name)
        return chat

    return scene


def wrapped(s: Scene) -> Session:
    chat = ended_by("ana")(s)
    s.go(120, "lin")
    return chat


def writes_again(s: Scene) -> Session:
    chat = wrapped(s)
    s.say("ana", chat)
    return chat


def chats_again(s: Scene) -> Session:
    chat = wrapped(s)
    made = s.act("chat_again", chat, "ana", body="One more thing")
    assert (made.pk != chat.pk, made.ticket_id) == (True, chat.ticket_id)
    return made


def at_closing(s: Scene) -> Session:
    chat = s.ask()
    s.at = 7199
    s.go(0, "lin")
    assert row(chat).state == "assigned"
    s.go(1, "lin")
    return chat


def talk_after_closing(seconds: float) -> Callable[[Scene], Session]:
    def scene(s: Scene) -> Session:
        chat = accepted(s)
        s.at = 7190
        s.go(0, "lin", buyer=True)
        s.go(10 + seconds, "lin", buyer=True)
        return chat

    return scene


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
