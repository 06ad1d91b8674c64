"""Tickets and chats of the demo shop as lives: asked, answered in desk hours, solved, rated, closed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.actors import Actor
from core.errors import Conflict
from helpdesk.demo.house import HOUR, House
from helpdesk.demo.lives import Plan, row_of
from helpdesk.demo.people import Buyer
from helpdesk.demo.talks import Line, Talk
from livechat.actions import accept_chat, end_chat, finish_wrap_up, open_chat
from sla.queries import clocks_of
from tickets import actions
from tickets.models import Status, Ticket

MINUTE = timedelta(minutes=1)
CLOSES_AFTER = timedelta(days=14, hours=1)
DONE = (Status.SOLVED, Status.CLOSED)


@dataclass(slots=True)
class Story:
    """A talk of a buyer, about an order perhaps, from an instant on. `stops` cuts it after so many lines."""

    talk: Talk
    buyer: Buyer
    start: datetime
    plan: Plan | None = None
    team: str = ""
    stops: int = 99
    parks: str = ""  # the status in which it is left when it stops
    slow: float = 1.0  # how much slower than usual the desk answers
    priority: str = ""

    @property
    def told(self) -> Talk:
        name = self.buyer.person.name.split()[0] if self.buyer.person.name else "there"
        order = self.plan.number if self.plan else ""
        item = self.plan.lines[0].name.lower() if self.plan else ""
        return self.talk.told(n=order, name=name, item=item)


# Saying things -----------------------------------------------------------------------------------------


def say(
    by: Actor,
    ticket: Ticket,
    text: str,
    *,
    kind: str = "reply",
    channel: str = "web",
    then: str | None = None,
) -> None:
    """A message by the real action; who writes has read what stands above."""
    posted = actions.post_message(
        actor=by, ticket=ticket.public_id, kind=kind, body=text, channel=channel, then_status=then
    )
    stream = posted.message.stream
    actions.mark_read(actor=by, stream=stream.public_id, seq=posted.message.seq)


def buyer_of(house: House, ticket: Ticket) -> Actor:
    return house.people[ticket.requester_id]


def desk_of(house: House, ticket: Ticket) -> Actor:
    """Who answers: the assignee, else somebody of the desk."""
    fresh = Ticket.objects.select_related("team").get(pk=ticket.pk)
    for member in house.staff.values():
        if member.id == fresh.assignee_id:
            return member
    return house.rng.choice(house.members(fresh.team.code))


def think(house: House, slow: float = 1.0) -> float:
    """Seconds of desk time until an answer: an hour in the middle, sometimes most of a day."""
    return min(30 * HOUR, max(120.0, house.rng.lognormvariate(math.log(0.8 * HOUR * slow), 0.7)))


def ponder(house: House) -> timedelta:
    """How long a buyer takes to write back."""
    return timedelta(seconds=min(3 * 86_400.0, house.rng.lognormvariate(math.log(2.5 * HOUR), 1.2)))


# A ticket ------------------------------------------------------------------------------------------------


def ticket_life(house: House, story: Story) -> Iterator[datetime]:
    """A ticket from its first words to its closing, or to where the story stops."""
    at = story.start
    yield at
    ticket = open_ticket(house, story)
    spoken = list(story.told.lines[1 : story.stops])
    last_desk = max((i for i, line in enumerate(spoken) if line.by in ("desk", "answer")), default=-1)
    waits_for_answer = None
    for index, line in enumerate(spoken):
        if line.by == "buyer":
            at += ponder(house)
            yield at
            say(buyer_of(house, ticket), ticket, line.text)
            continue
        at = max(at, waits_for_answer or at) if line.by == "answer" else at
        at = house.desk_time(at, _pace(house, line, story))
        yield at
        then = _then(spoken, index, last_desk, story)
        waits_for_answer = _desk_line(house, ticket, line, at, then) or waits_for_answer
    if story.stops >= len(story.talk.lines):
        yield from _finish(house, ticket, story, at)
    elif story.parks:
        yield at + 2 * MINUTE
        actions.set_status(actor=desk_of(house, ticket), ticket=ticket.public_id, status=story.parks)


def open_ticket(house: House, story: Story) -> Ticket:
    """The buyer's first words. What hangs on an order goes to the buyer's personal shopper."""
    talk, person = story.told, story.buyer.person
    ticket = actions.open_ticket(
        actor=house.people[person.pk],
        category=talk.category,
        subject=talk.subject,
        body=talk.lines[0].text,
        order=row_of(story.plan) if story.plan else None,
        channel=house.rng.choices(("web", "email", "api"), (70, 24, 6))[0],
        language=talk.language if talk.language in ("es", "zh-hans") else person.language,
        team=story.team or None,
    )
    if story.priority:
        actions.set_priority(actor=house.staff["manager"], ticket=ticket.public_id, priority=story.priority)
    return ticket


def _pace(house: House, line: Line, story: Story) -> float:
    if line.by == "note":
        return house.rng.uniform(300, 1500)
    return think(house, story.slow * (2.2 if line.by == "answer" else 1.0))


def _then(spoken: list[Line], index: int, last_desk: int, story: Story) -> str | None:
    """What the desk sets a ticket to with a reply: waiting while a question is open, solved with the last one."""
    if spoken[index].by not in ("desk", "answer"):
        return None
    following = spoken[index + 1].by if index + 1 < len(spoken) else ""
    if index == last_desk and story.stops >= len(story.talk.lines):
        return Status.SOLVED
    return Status.WAITING if following == "buyer" and spoken[index].text.rstrip().endswith("?") else None


def _desk_line(house: House, ticket: Ticket, line: Line, at: datetime, then: str | None) -> datetime | None:
    """One line of the desk; for a question the instant that the buyer is told."""
    if line.by == "ask":
        return _ask(house, ticket, line, at)
    if line.by == "answer":
        specialist = house.rng.choice(house.members("specialists"))
        actions.answer_escalation(
            actor=specialist, ticket=ticket.public_id, answer=line.text, send_to_buyer=True
        )
        if then:
            actions.set_status(actor=specialist, ticket=ticket.public_id, status=then)
        return None
    by = desk_of(house, ticket)
    say(by, ticket, line.text, kind="note" if line.by == "note" else "reply", then=then)
    return None


def _ask(house: House, ticket: Ticket, line: Line, at: datetime) -> datetime:
    promised = house.desk_time(at, house.rng.uniform(7, 16) * HOUR)
    actions.escalate_ticket(
        actor=desk_of(house, ticket),
        ticket=ticket.public_id,
        question=line.text,
        checked=line.checked,
        to_team="specialists",
        promised_for=promised,
        tell_buyer="I have asked our specialists, so that you get a complete answer.",
    )
    return house.desk_time(at, house.rng.uniform(2, 6) * HOUR)


def _finish(house: House, ticket: Ticket, story: Story, at: datetime) -> Iterator[datetime]:
    """Solved (again, when the buyer said thank you after it), rated perhaps, closed after two weeks."""
    at += timedelta(minutes=house.rng.uniform(2, 40))
    yield at
    fresh = Ticket.objects.get(pk=ticket.pk)
    if fresh.status not in DONE:
        actions.set_status(actor=buyer_of(house, ticket), ticket=ticket.public_id, status=Status.SOLVED)
    solved = at
    if story.talk.score and house.rng.random() < 0.72:
        at += timedelta(hours=house.rng.uniform(0.05, 30))
        yield at
        _rate(house, ticket, story.talk)
    yield solved + CLOSES_AFTER
    actions.close_settled(ticket.pk)


def _rate(house: House, ticket: Ticket, talk: Talk) -> None:
    """As the talk says, unless a promise was broken in it: that costs a mark or two."""
    late = any(clock.breached_at for clock in clocks_of("ticket", ticket.pk))
    score = max(1, talk.score - house.rng.choice((1, 2))) if late else talk.score
    if score == talk.score and house.rng.random() < 0.08:
        score = max(1, score - 2)
    words = talk.words if score == talk.score else ("It took too long." if late else "")
    actions.rate_ticket(actor=buyer_of(house, ticket), ticket=ticket.public_id, score=score, words=words)


# A chat ----------------------------------------------------------------------------------------------------


def chat_life(house: House, story: Story) -> Iterator[datetime]:
    """A chat: queued, picked up, talked through, ended, rated; or left when nobody came."""
    at = story.start
    yield at
    talk, rng = story.told, house.rng
    buyer = house.people[story.buyer.person.pk]
    try:
        session = open_chat(
            actor=buyer,
            team=story.team,
            body=talk.lines[0].text,
            order=row_of(story.plan) if story.plan else None,
            subject=talk.subject,
            category=talk.category,
        )
    except Conflict:
        return  # this buyer talks to the desk already
    ticket = Ticket.objects.get(pk=session.ticket_id)
    if story.stops < 1:
        return
    at += timedelta(seconds=min(400.0, rng.lognormvariate(math.log(32 * story.slow), 0.7)))
    yield at
    agent = rng.choice(house.members(story.team))
    accept_chat(actor=agent, session=session.public_id)
    for line in talk.lines[1 : story.stops]:
        at += timedelta(seconds=rng.uniform(14, 75))
        yield at
        by = buyer if line.by == "buyer" else agent
        say(by, ticket, line.text, kind="note" if line.by == "note" else "reply", channel="chat")
    if story.stops < len(talk.lines):
        return
    at += timedelta(seconds=rng.uniform(10, 90))
    yield at
    end_chat(actor=rng.choice((buyer, agent)), session=session.public_id)
    finish_wrap_up(actor=agent, session=session.public_id)
    actions.set_status(actor=agent, ticket=ticket.public_id, status=Status.SOLVED)
    yield from _finish(house, ticket, story, at)


def left_chat_life(house: House, story: Story) -> Iterator[datetime]:
    """Nobody came in time: the words go on as a ticket, and the desk answers there."""
    at = story.start
    yield at
    buyer = house.people[story.buyer.person.pk]
    try:
        session = open_chat(
            actor=buyer, team=story.team, body=story.told.lines[0].text,
            order=row_of(story.plan) if story.plan else None, subject=story.told.subject,
        )  # fmt: skip
    except Conflict:
        return
    at += timedelta(minutes=house.rng.uniform(3, 8))
    yield at
    end_chat(actor=buyer, session=session.public_id)
    ticket = Ticket.objects.get(pk=session.ticket_id)
    at += timedelta(minutes=house.rng.uniform(10, 90))
    yield at
    by = desk_of(house, ticket)
    reply = next(line.text for line in story.told.lines if line.by == "desk")
    say(by, ticket, f"Sorry that nobody was free in the chat. {reply}", then=Status.SOLVED)
    yield from _finish(house, ticket, story, at)


# What the shop says first --------------------------------------------------------------------------------------


def risk_life(house: House, ticket_id: int, opened: datetime) -> Iterator[datetime]:
    """A promise was about to break and the shop wrote: for most the desk follows it up until the order has moved.

    Where nobody does, the machine's own words are all that is said, and it solves the ticket by itself.
    """
    at = house.desk_time(opened, think(house, 1.5))
    yield at
    ticket = Ticket.objects.select_related("order", "category").get(pk=ticket_id)
    if ticket.is_live and ticket_id % 3:
        _look_into(house, ticket)
    while ticket.is_live and not _is_over(ticket):
        at = house.desk_time(at, 9 * HOUR)
        yield at
        ticket = Ticket.objects.select_related("order", "category").get(pk=ticket_id)
    if ticket.is_live:
        desk = desk_of(house, ticket)
        actions.set_status(actor=desk, ticket=ticket.public_id, status=Status.SOLVED)
    yield at + CLOSES_AFTER
    actions.close_settled(ticket_id)


def _look_into(house: House, ticket: Ticket) -> None:
    logistics = ticket.category.code == "logistics"
    where = (
        "The carrier holds it at the last depot"
        if logistics
        else "It waits for one piece from our store room"
    )
    words = f"{where}; we have asked for it to go first, and write again as soon as it moves."
    say(desk_of(house, ticket), ticket, words, then=Status.ON_HOLD)


def _is_over(ticket: Ticket) -> bool:
    order = ticket.order
    moved = order.delivered_at if ticket.category.code == "logistics" else order.dispatched_at
    return moved is not None or order.status in ("cancelled", "returned")
