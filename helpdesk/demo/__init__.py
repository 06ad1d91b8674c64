"""The demo shop, made by code from a fixed seed: everything through the rooms' own actions, at true instants."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Person, User
from core.actors import SYSTEM
from core.clock import now
from faq.demo import load as load_answers
from helpdesk.demo import asks, cast, house, people, present, returns, stories, widget
from helpdesk.demo.house import House
from helpdesk.demo.lives import life_of
from helpdesk.demo.timeline import Timeline
from orders.models import Order
from tickets.models import Channel, Ticket

SEED = 20
Say = Callable[[str], None]


def is_loaded() -> bool:
    """Whether the demo shop is there."""
    return User.objects.filter(email="buyer@demo.example").exists()


def is_empty() -> bool:
    """Whether nobody and nothing is in the database yet."""
    return not (Person.objects.exists() or Order.objects.exists() or Ticket.objects.exists())


def load(say: Say, *, seed: int = SEED) -> dict[str, int]:
    """Build the shop in one transaction: it is there as a whole or not at all. Returns what it holds.

    `say` gets a line for each phase. Needs an empty house: staff, stores and calendars are made by their codes.
    """
    at = now().replace(microsecond=0)
    timeline = Timeline(at)
    with timeline.journey(), transaction.atomic():
        built = _build(timeline, random.Random(seed), say)
        buyers = people.build(built)
        say(f"  {len(buyers)} buyers, {len(built.staff)} staff in {len(built.teams)} teams")
        say(f"  {load_answers(SYSTEM)} answers in the help centre")
        plans = cast.orders(built, buyers)
        told = list(cast.history(built, plans, buyers))
        for life in present.lives(built, plans, buyers):
            timeline.add(life)
        for life in asks.lives(built, buyers):
            timeline.add(life)
        for life in returns.lives(built, plans):
            timeline.add(life)
        for kind, story in told:
            timeline.add(LIVES[kind](built, story))
        for plan in plans:
            timeline.add(life_of(built, plan))
        say(f"  90 days of {len(plans)} orders and {len(told)} conversations ...")
        timeline.run(_follow_risks(built, timeline), _percent(say))
    return {
        "orders": Order.objects.count(),
        "tickets": Ticket.objects.count(),
        "people": Person.objects.count(),
    }


LIVES = {"ticket": stories.ticket_life, "chat": stories.chat_life, "left": stories.left_chat_life}


def _build(timeline: Timeline, rng: random.Random, say: Say) -> House:
    timeline.move(house.began(timeline.present))
    built = house.build(rng, timeline.present)
    widget.build(built)
    say("  calendars, policies, desks, stores")
    return built


def _follow_risks(built: House, timeline: Timeline) -> Callable[[datetime], None]:
    """The shop's own tickets, opened when a promise is at risk, are followed up by their desk."""
    seen: set[int] = set()

    def look(at: datetime) -> None:
        fresh = Ticket.objects.filter(channel=Channel.SYSTEM, created_at__gt=at - timedelta(minutes=1))
        for ticket_id in fresh.values_list("pk", flat=True):
            if ticket_id not in seen:
                seen.add(ticket_id)
                timeline.add(stories.risk_life(built, ticket_id, at))

    return look


def _percent(say: Say) -> Callable[[float], None]:
    """A line for each quarter of the way."""
    told = 0

    def progress(share: float) -> None:
        nonlocal told
        if int(share * 4) > told:
            told = int(share * 4)
            say(f"    {told * 25} %")

    return progress
