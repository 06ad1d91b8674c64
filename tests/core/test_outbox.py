"""Effects that must not be lost: claimed once, retried, taken up after a crash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from core import outbox
from core.clock import now
from core.models import Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    carried: list[Any] = []
    monkeypatch.setattr(outbox, "_handlers", {"note": carried.append})
    return carried


def ask(**options: Any) -> None:
    with transaction.atomic():
        outbox.enqueue("note", {"n": 1}, **options)


def test_a_row_is_carried_out_once(done: list[Any]) -> None:
    ask()
    assert outbox.run_due() == 1
    assert outbox.run_due() == 0
    assert done == [{"n": 1}]
    assert Outbox.objects.get().state == Outbox.State.DONE


def test_the_same_key_is_one_effect(done: list[Any]) -> None:
    ask(key="ticket-1-breached")
    ask(key="ticket-1-breached")
    outbox.run_due()
    assert len(done) == 1


def test_a_delay_is_kept(done: list[Any], clock: Callable[[Any], None]) -> None:
    ask(delay=10)
    assert outbox.run_due() == 0
    clock(now() + timedelta(seconds=11))
    assert outbox.run_due() == 1


def test_a_failure_is_tried_again_later_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[Any], None]
) -> None:
    carried: list[Any] = []

    def handle(payload: dict[str, Any]) -> None:
        if payload["n"] == 0 and not carried:
            raise ConnectionError("mail server is down")
        carried.append(payload["n"])

    monkeypatch.setattr(outbox, "_handlers", {"note": handle})
    with transaction.atomic():
        for n in (0, 5):
            outbox.enqueue("note", {"n": n})
    outbox.run_due()
    assert carried == [5]
    failed = Outbox.objects.exclude(state=Outbox.State.DONE).get()
    assert (failed.state, failed.attempts) == (Outbox.State.READY, 1)
    assert "mail server is down" in failed.last_error
    clock(now() + timedelta(minutes=5))
    outbox.run_due()
    assert carried == [5, 0]


def test_after_the_last_attempt_it_is_kept_as_failed(done: list[Any]) -> None:
    with transaction.atomic():
        outbox.enqueue("unknown", {})
    Outbox.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    outbox.run_due()
    assert Outbox.objects.get().state == Outbox.State.FAILED


def test_a_claim_whose_worker_died_is_taken_up_after_the_lease(
    done: list[Any], clock: Callable[[Any], None]
) -> None:
    ask()
    Outbox.objects.update(state=Outbox.State.RUNNING, claimed_at=now())
    assert outbox.run_due() == 0
    clock(now() + outbox.LEASE + timedelta(seconds=1))
    assert outbox.run_due() == 1
    assert done == [{"n": 1}]


def test_a_row_claimed_by_another_in_between_is_left_alone(done: list[Any]) -> None:
    ask()
    row = Outbox.objects.get()
    Outbox.objects.update(state=Outbox.State.RUNNING, claimed_at=now())
    assert not outbox._claim(row)


@pytest.mark.django_db(transaction=True)
def test_an_effect_needs_the_change_that_asks_for_it() -> None:
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        outbox.enqueue("note", {})
