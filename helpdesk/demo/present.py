"""What is going on in the demo shop just now: questions with little time left, late ones, parked ones, a queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from helpdesk.demo.house import HOUR, House
from helpdesk.demo.lives import Plan, row_of
from helpdesk.demo.people import Buyer
from helpdesk.demo.stories import Story, buyer_of, chat_life, desk_of, open_ticket, say, ticket_life
from helpdesk.demo.talks import Line, talks
from helpdesk.demo.timeline import Life
from livechat.actions import accept_chat, end_chat, finish_wrap_up, open_chat
from tickets import actions
from tickets.models import Status, Ticket

FIRST = 4 * HOUR  # what the standard policy promises
# Minutes of desk time left until the first response of unanswered tickets; minus: late.
UNANSWERED = (-95, -12, 9, 26, 48, 75, 110, 150, 178, 205, 228)
FOLLOW_UPS = (
    -20,
    14,
    35,
    58,
    100,
    160,
    215,
)  # the same for the next response, at the desk that never closes
ESCALATED = (-40, 55, 170, 420, 900)  # minutes of wall clock until the instant that the buyer was told


def lives(house: House, plans: list[Plan], buyers: list[Buyer]) -> Iterator[Life]:
    """The lives that end in the present."""
    pool = _Pool(house, plans, buyers)
    yield _first_buyers_question(house, plans)
    for left in UNANSWERED:
        yield ticket_life(house, pool.story("ticket", _before(house, left), stops=1))
    for left in FOLLOW_UPS:
        yield _follow_up(house, pool.story("chat", house.present, phases=("paid", "way", "delivered")), left)
    for left in ESCALATED:
        yield _escalated(house, pool.story("ticket", house.desk_time(house.present, -9 * HOUR)), left)
    for status, days in ((Status.WAITING, 2), (Status.WAITING, 4), (Status.WAITING, 1), (Status.WAITING, 6),
                         (Status.ON_HOLD, 2), (Status.ON_HOLD, 3)):  # fmt: skip
        start = house.desk_time(house.present, -days * 9 * HOUR)
        yield ticket_life(house, pool.story("ticket", start, stops=2, parks=status))
    for tenths in (12, 16, 22):
        start = house.desk_time(house.present, -tenths * 0.9 * HOUR)
        yield _answered(house, pool.story("ticket", start))
    for seconds in (205, 40):
        queued = house.present - timedelta(seconds=seconds)
        yield chat_life(house, pool.story("chat", queued, stops=0, phases=("paid", "way", "delivered")))
    talking = house.present - timedelta(minutes=4)
    yield _talking(house, pool.story("chat", talking, phases=("way", "delivered")), "agent2")


def _before(house: House, left: int) -> datetime:
    """When a ticket was opened that has so many minutes of desk time left."""
    return house.desk_time(house.present, left * 60 - FIRST)


# A talk may begin this much before the instant that its order was chosen for.
EARLIER = timedelta(hours=3)


class _Pool:
    """Talks and orders for the present, no order twice."""

    def __init__(self, house: House, plans: list[Plan], buyers: list[Buyer]) -> None:
        self.house, self.buyers = house, buyers
        self._plans = [plan for plan in plans if plan.buyer is not buyers[0]]
        house.rng.shuffle(self._plans)
        self._turn: dict[str, int] = {}
        self._people: set[int] = set()

    def story(self, where: str, start: datetime, *, phases: tuple[str, ...] = (), **fields: object) -> Story:
        """The next talk that fits somebody who is not in another one now."""
        house = self.house
        wanted = [t for t in talks() if t.where == where and (not phases or t.phase in phases)]
        for _try in range(len(wanted)):
            talk = wanted[self._turn.setdefault(where, 0) % len(wanted)]
            self._turn[where] += 1
            plan = self._plan(talk.phase, start) if talk.phase != "none" else None
            if talk.phase != "none" and plan is None:
                continue
            if talk.language not in ("en", plan.buyer.person.language if plan else "en"):
                continue
            buyer = (
                plan.buyer
                if plan
                else house.rng.choice([b for b in self.buyers[1:] if b.person.pk not in self._people])
            )
            self._people.add(buyer.person.pk)
            if plan:
                self._plans.remove(plan)
            team = "orderhelp" if where == "chat" else ""
            return Story(talk, buyer, start, plan, team=team, **fields)  # type: ignore[arg-type]
        raise LookupError(f"no {where} fits at {start}")

    def _plan(self, phase: str, at: datetime) -> Plan | None:
        statuses = {
            "paid": ("under_review", "awaiting_shipping"),
            "way": ("awaiting_delivery",),
            "delivered": ("delivered",),
            "any": ("awaiting_shipping", "awaiting_delivery", "delivered"),
        }[phase]
        for plan in self._plans:
            moments = plan.steps(self.house.present)
            told = moments[-1] if plan.at_once else moments[0]  # when the feed first speaks of it
            if (
                told < at - EARLIER
                and plan.status_at(at) in statuses
                and plan.buyer.person.pk not in self._people
            ):
                return plan
        return None


def _first_buyers_question(house: House, plans: list[Plan]) -> Life:
    """The ticket that a stranger sees first: the wrong size, on an order that has not left."""
    plan = next(
        p for p in plans if p.buyer.code == "buyer" and p.status_at(house.present) == "awaiting_shipping"
    )
    talk = next(t for t in talks() if t.subject.startswith("I chose the wrong size"))
    return ticket_life(house, Story(talk, plan.buyer, _before(house, 42), plan, stops=1))


def _answered(house: House, story: Story) -> Life:
    """Answered once, and the buyer has written back: the next response counts."""
    yield story.start
    ticket = open_ticket(house, story)
    yield house.desk_time(story.start, 2 * HOUR)
    reply = next(line.text for line in story.told.lines if line.by == "desk")
    say(desk_of(house, ticket), ticket, reply)
    yield house.desk_time(house.present, -1.5 * HOUR)
    say(buyer_of(house, ticket), ticket, "Thank you. One more thing: how long will that take?")


def _escalated(house: House, story: Story, left: int) -> Life:
    """A question is with the specialists; the instant that the buyer was told is so many minutes away."""
    yield story.start
    ticket = open_ticket(house, story)
    yield house.desk_time(story.start, 1 * HOUR)
    agent = desk_of(house, ticket)
    say(agent, ticket, "I want to be sure before I answer, so I ask our specialists and come back to you.")
    yield house.desk_time(story.start, 1.2 * HOUR)
    line = next((x for t in talks() for x in t.lines if x.by == "ask"), Line("ask", ""))
    told = story.told.lines[0].text
    actions.escalate_ticket(
        actor=agent, ticket=ticket.public_id, to_team="specialists",
        question=f"The buyer writes: {told} What do we promise, and by when?",
        checked=line.checked or "Order and photographs.",
        promised_for=house.present + timedelta(minutes=left),
        tell_buyer="You have the complete answer by the time above.",
    )  # fmt: skip


def _follow_up(house: House, story: Story, left: int) -> Life:
    """A chat that ended, and another question after it, at the desk that is always open."""
    asked = house.present - timedelta(seconds=FIRST) + timedelta(minutes=left)
    start = asked - timedelta(hours=1, minutes=house.rng.uniform(0, 50))
    yield start
    buyer = house.people[story.buyer.person.pk]
    plan = story.plan
    assert plan is not None
    yield from _chat_until_end(house, replace(story, start=start), start)
    yield asked
    ticket = Ticket.objects.filter(requester_id=buyer.id, order_id=plan.pk).latest("pk")
    say(buyer, ticket, "Sorry, one more question about this: can you confirm it in writing, please?")


def _chat_until_end(house: House, story: Story, at: datetime) -> Life:
    assert story.plan is not None
    buyer, agent = house.people[story.buyer.person.pk], house.rng.choice(house.members("orderhelp"))
    session = open_chat(
        actor=buyer, team="orderhelp", body=story.told.lines[0].text, order=row_of(story.plan),
        subject=story.told.subject, category=story.talk.category,
    )  # fmt: skip
    ticket = Ticket.objects.get(pk=session.ticket_id)
    at += timedelta(seconds=35)
    yield at
    accept_chat(actor=agent, session=session.public_id)
    for line in story.told.lines[1:]:
        at += timedelta(seconds=house.rng.uniform(20, 70))
        yield at
        say(buyer if line.by == "buyer" else agent, ticket, line.text, channel="chat")
    at += timedelta(seconds=40)
    yield at
    end_chat(actor=agent, session=session.public_id)
    finish_wrap_up(actor=agent, session=session.public_id)


def _talking(house: House, story: Story, code: str) -> Life:
    """A chat that goes on now, with an agent who has a log-in."""
    assert story.plan is not None
    yield story.start
    buyer, agent = house.people[story.buyer.person.pk], house.staff[code]
    session = open_chat(
        actor=buyer, team="orderhelp", body=story.told.lines[0].text, order=row_of(story.plan),
        subject=story.told.subject, category=story.talk.category,
    )  # fmt: skip
    ticket = Ticket.objects.get(pk=session.ticket_id)
    yield story.start + timedelta(seconds=30)
    accept_chat(actor=agent, session=session.public_id)
    for count, line in enumerate(story.told.lines[1:4]):
        yield story.start + timedelta(seconds=70 + 45 * count)
        say(buyer if line.by == "buyer" else agent, ticket, line.text, channel="chat")
