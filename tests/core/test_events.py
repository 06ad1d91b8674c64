"""News, its order and its failures."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction

from core import events


@dataclass(frozen=True)
class Rang:
    id: int


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import defaultdict

    monkeypatch.setattr(events, "_inside", defaultdict(list))
    monkeypatch.setattr(events, "_after", defaultdict(list))


@pytest.mark.django_db(transaction=True)
def test_news_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        events.publish(Rang(1))


@pytest.mark.django_db(transaction=True)
def test_inside_runs_at_once_and_after_runs_once_committed() -> None:
    heard: list[str] = []
    events.inside(Rang)(lambda e: heard.append(f"inside {e.id}"))
    events.after(Rang)(lambda e: heard.append(f"after {e.id}"))
    with transaction.atomic():
        events.publish(Rang(1))
        assert heard == ["inside 1"]
    assert heard == ["inside 1", "after 1"]


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_never_told() -> None:
    heard: list[int] = []
    events.after(Rang)(lambda e: heard.append(e.id))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.publish(Rang(1))
        raise ZeroDivisionError
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_a_failing_hint_disturbs_nobody() -> None:
    heard: list[int] = []

    def fail(event: Rang) -> None:
        raise ZeroDivisionError

    events.after(Rang)(fail)
    events.after(Rang)(lambda e: heard.append(e.id))
    with transaction.atomic():
        events.publish(Rang(7))
    assert heard == [7]


@pytest.mark.django_db(transaction=True)
def test_a_failing_rule_inside_undoes_the_action() -> None:
    from core.models import PeriodicRun

    def fail(event: Rang) -> None:
        raise ZeroDivisionError

    events.inside(Rang)(fail)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        PeriodicRun.objects.create(name="x")
        events.publish(Rang(1))
    assert not PeriodicRun.objects.exists()
