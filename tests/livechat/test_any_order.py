"""Whatever happens in whatever order: one open chat, nobody holds more than they can, everything open is looked at again."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts import actions as accounts
from accounts.models import Membership, Presence
from core.errors import DeskError
from livechat import actions, agents, limits
from livechat.models import OPEN_STATES, TIMED_STATES, Offer, Session
from tests.livechat.desk_time import Clock, T, ask, heard_of, minutes, switch_on
from tests.livechat.scenes import undone
from tests.livechat.world import World
from tickets import actions as tickets
from tickets.models import Ticket

AGENTS = ("lin", "bo", "cy")
BUYERS = ("ana", "eve")
EVENTS = 60


class Night:
    """Random events at the night desk; only refusals that are in the contract are expected."""

    def __init__(self, world: World, clock: Clock, seed: int) -> None:
        self.world, self.clock, self.dice = world, clock, random.Random(seed)
        self.at = T - minutes(100)
        clock(self.at)
        for name in ("bo", "cy"):
            Membership.objects.create(team=world.teams["presales"], person=world.users[name].person)
        Presence.objects.update(chat_capacity=1)

    def step(self) -> str:
        """One event; its name."""
        self.at += timedelta(seconds=self.dice.choice((1, 5, 14, 31, 50, 125)))
        self.clock(self.at)
        switch_on(self.world, *self.dice.sample(AGENTS, self.dice.randint(0, 3)), at=self.at)
        deeds: list[Callable[[], object]] = [
            self.begin,
            self.begin,
            self.accept,
            self.accept,
            self.decline,
            self.say,
            self.end,
            self.hand,
            self.hand,
            self.call_back,
            self.take_over,
            self.join,
            self.wrap,
            self.again,
            self.away,
        ]
        deed = self.dice.choice(deeds)
        with contextlib.suppress(DeskError):  # a refusal is an answer too
            deed()
        for job in self.dice.sample((actions.route, actions.sweep), self.dice.randint(0, 2)):
            job()
        return deed.__name__

    def _any(self) -> Session | None:
        rows = list(Session.objects.filter(state__in=TIMED_STATES).order_by("pk"))
        return self.dice.choice(rows) if rows else None

    def who(self) -> str:
        return self.dice.choice(AGENTS)

    def begin(self) -> None:
        name = self.dice.choice(BUYERS)
        heard_of(self.world, name, self.at)
        ask(self.world, name)

    def on(self, verb: str, name: str, **more: str) -> None:
        found = self._any()
        if found is not None:
            actor = self.world.actor(name)
            getattr(actions, verb)(actor=actor, session=found.public_id, **more)

    def accept(self) -> None:
        name = self.who()
        pk = self.world.users[name].person.pk
        if agents.loads([pk], self.at)[pk] == 0:  # beyond their places by hand is their own choice
            self.on("accept_chat", name)

    def decline(self) -> None:
        self.on("decline_chat", self.who())

    def say(self) -> None:
        found, name = self._any(), self.dice.choice(BUYERS)
        if found is not None:
            tickets.post_message(
                actor=self.world.actor(name), ticket=found.ticket.public_id, kind="reply", body="So?"
            )

    def end(self) -> None:
        self.on("end_chat", self.dice.choice((*AGENTS, *BUYERS)))

    def hand(self) -> None:
        to = self.dice.choice(
            (
                {"to_agent": self.world.users[self.who()].person.public_id},
                {"to_team": self.dice.choice(("orderhelp", "presales", "orders"))},
            )
        )
        self.on("transfer_chat", self.who(), **to)

    def call_back(self) -> None:
        self.on("cancel_transfer", self.who())

    def take_over(self) -> None:
        self.on("take_over", "max")

    def join(self) -> None:
        self.on("join_chat", self.who())

    def wrap(self) -> None:
        self.on("finish_wrap_up", self.who(), note="")

    def again(self) -> None:
        name = self.dice.choice(BUYERS)
        mine = Session.objects.filter(requester=self.world.users[name].person).order_by("-pk").first()
        if mine is not None:
            actions.chat_again(actor=self.world.actor(name), session=mine.public_id)

    def away(self) -> None:
        accounts.set_presence(
            actor=self.world.actor(self.who()), switch=self.dice.choice(("on", "away", "off"))
        )

    def check(self) -> None:
        """What holds at any time."""
        rows = list(Session.objects.all())
        offers = dict(Offer.objects.filter(outcome="open").values_list("session_id", "person_id"))
        for row in rows:
            timed = row.state in TIMED_STATES
            assert (row.deadline_at is not None) == timed
            assert not timed or row.deadline_at <= self.at + limits.LOOK_EVERY
            assert (row.agent_id is not None) == (row.state in ("active", "wrapup")) or row.state in (
                "ended",
                "ticket",
            )
            assert row.offered_to_id == offers.get(row.pk)
            assert (row.offered_to_id is None) == (row.offer_until is None)
            assert row.state != "assigned" or row.offered_to_id is not None
            assert row.state != "waiting" or row.offered_to_id is None
            assert row.handed_at is None or row.state == "active"
        open_rows = [row for row in rows if row.state in OPEN_STATES]
        assert len({(row.requester_id, row.team_id) for row in open_rows}) == len(open_rows)
        chatting = set(Ticket.objects.filter(chatting=True).values_list("pk", flat=True))
        assert chatting == {row.ticket_id for row in open_rows}
        people = [self.world.users[name].person.pk for name in AGENTS]
        assert max(agents.loads(people, self.at).values(), default=0) <= 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens(world: World, clock: Clock, seed: int) -> None:
    with undone():
        night, done = Night(world, clock, seed), []
        for _event in range(EVENTS):
            done.append(night.step())
            try:
                night.check()
            except AssertionError as broken:
                raise AssertionError(f"after {done}: {broken}") from broken
        assert Session.objects.count() > 2
