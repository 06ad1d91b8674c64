"""Very many tickets with running clocks, made directly: what the real actions would leave, without their time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.models import Person, Team
from sla import clocks
from sla.models import Clock, ClockTransition, Metric
from sla.queries import current_version, match_policy, target_of
from tests.factories import House, make_house
from tickets.models import Category, Ticket

METRICS = (Metric.FIRST_RESPONSE, Metric.RESOLUTION)
AT_ONCE = 5_000
SPREAD = 3600  # seconds over which the tickets were opened


def fill(count: int, *, opened: datetime) -> House:
    """At least `count` running clocks, two on a ticket of the orders desk, opened in the hour before `opened`."""
    house = make_house()
    tickets = list(_tickets(count // 2, opened))
    for start in range(0, len(tickets), AT_ONCE):
        Ticket.objects.bulk_create(tickets[start : start + AT_ONCE])
    made = list(_clocks(tickets))
    for start in range(0, len(made), AT_ONCE):
        some = Clock.objects.bulk_create(made[start : start + AT_ONCE])
        ClockTransition.objects.bulk_create(_started(clock) for clock in some)
    return house


def _tickets(count: int, opened: datetime) -> Iterator[Ticket]:
    team, category = Team.objects.get(code="orders"), Category.objects.get(code="order")
    buyers = [
        Person.objects.create(name=f"Buyer {n}", email=f"many{n}@buyers.example")
        for n in range(min(count, 100))
    ]
    for n in range(count):
        at = clocks.whole(opened - timedelta(seconds=n % SPREAD))
        yield Ticket(
            subject=f"Where is parcel {n}?",
            requester=buyers[n % len(buyers)],
            category=category,
            team=team,
            due_sort=clocks.FAR_FUTURE,
            unanswered_since=at,
            last_message_at=at,
            created_at=at,
            updated_at=at,
        )


def _clocks(tickets: list[Ticket]) -> Iterator[Clock]:
    facts = {"category": "order", "priority": "normal", "channel": "web", "team": "orders", "store": ""}
    policy = match_policy(facts)
    version = current_version(tickets[0].team.calendar_id)
    for ticket in tickets:
        for metric in METRICS:
            target = target_of(policy, metric)
            clock = clocks.draft(
                owner=("ticket", ticket.pk),
                metric=metric,
                target=target,
                version=version,
                at=ticket.created_at,
            )
            clock.facts = facts
            clocks.schedule(clock)
            yield clock


def _started(clock: Clock) -> ClockTransition:
    return ClockTransition(
        clock=clock,
        at=clock.started_at,
        verb="started",
        state=clock.state,
        due=clock.due,
        actor_kind="buyer",
        calendar_version_id=clock.calendar_version_id,
    )
