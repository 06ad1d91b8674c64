"""Very many tickets whose clocks moved at once: the same due and state as one by one, and few hints."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.clock import now
from sla import owners
from sla.clocks import FAR_FUTURE
from sla.models import Clock
from tests import clockworld
from tests.factories import House
from tickets import pushes
from tickets.actions.clocks import refresh_due
from tickets.actions.dues import refresh_dues
from tickets.models import Escalation, Ticket

pytestmark = pytest.mark.django_db
STATES = ("running", "paused", "breached", "met", "late", "cancelled")


@pytest.fixture
def tickets() -> list[Ticket]:
    """Each with two clocks, in all pairs of states, some warned; every fifth asked another team."""
    house = clockworld.fill(72, opened=now())
    rows = list(Ticket.objects.order_by("pk"))
    for n, ticket in enumerate(rows):
        first, second = Clock.objects.filter(owner_kind="ticket", owner_id=ticket.pk).order_by("pk")
        Clock.objects.filter(pk=first.pk).update(state=STATES[n % 6], warned_at=now() if n % 4 == 0 else None)
        Clock.objects.filter(pk=second.pk).update(
            state=STATES[n // 6], due=None if n % 7 == 0 else second.due
        )
        if n % 5 == 0:
            _ask(ticket, house, second)
    return rows


def _ask(ticket: Ticket, house: House, like: Clock) -> None:
    asked = Escalation.objects.create(
        ticket=ticket,
        question="?",
        from_person=house.agent,
        to_team=house.teams["specialists"],
        promised_for=now(),
        created_at=now(),
    )
    like.pk, like.owner_kind, like.owner_id, like.state = None, "escalation", asked.pk, "running"
    like.save()


def kept() -> list[Any]:
    return list(Ticket.objects.order_by("pk").values_list("pk", "due_sort", "sla_state"))


def test_the_same_as_one_by_one(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        refresh_due(ticket.pk)
    single = kept()
    assert {state for _pk, _due, state in single} == {"late", "warned", "fine", "paused", "none"}
    assert FAR_FUTURE in {due for _pk, due, _state in single}
    Ticket.objects.update(due_sort=now(), sla_state="?")
    with transaction.atomic():
        refresh_dues([ticket.pk for ticket in tickets])
    assert kept() == single


def test_queries_do_not_grow_with_their_number(tickets: list[Ticket]) -> None:
    def reads(ids: list[int]) -> int:
        Ticket.objects.update(sla_state="?")
        with CaptureQueriesContext(connection) as seen, transaction.atomic():
            refresh_dues(ids)
        return sum(query["sql"].startswith("SELECT") for query in seen)

    ids = [ticket.pk for ticket in tickets]
    assert reads(ids) == reads(ids[:25]) <= 5


def test_consoles_hear_once_and_not_of_each(
    tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(pushes, "changed_everywhere", lambda *a, **k: heard.append("each"))
    monkeypatch.setattr(pushes.gathered, "add", lambda group, payload: heard.append(group))
    with django_capture_on_commit_callbacks(execute=True):
        refresh_dues([ticket.pk for ticket in tickets])
    assert pushes.EVERY_INBOX in heard and pushes.DASHBOARD in heard
    assert pushes.inbox_of_team(tickets[0].team_id) in heard
    assert len(heard) <= 5 and "each" not in heard
    heard.clear()
    with django_capture_on_commit_callbacks(execute=True):
        refresh_dues([ticket.pk for ticket in tickets])
    assert heard == []  # nothing changed


def test_what_can_be_locked_together(tickets: list[Ticket]) -> None:
    asked = Escalation.objects.first()
    with transaction.atomic():
        held = owners.lock_many([("ticket", tickets[1].pk), ("ticket", 10**9), ("escalation", asked.pk)])
    assert held == {("ticket", tickets[1].pk), ("escalation", asked.pk)}
