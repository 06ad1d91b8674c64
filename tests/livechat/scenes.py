"""Scenes at a night desk: what people do with one chat, one after the other, the clock going on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from accounts.models import Presence
from livechat import actions
from livechat.models import Session
from tests.livechat.desk_time import Clock, T, accept, ask, heard_of, lines, minutes, row, switch_on
from tests.livechat.world import World
from tickets import actions as tickets

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
