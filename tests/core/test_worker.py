"""Rounds: one failing job stops no other, shared jobs run once a slot."""

from __future__ import annotations

import threading

import pytest

from core import worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_rounds", [])


def test_a_failing_round_stops_no_other() -> None:
    ran: list[str] = []

    @worker.every(1)
    def fails() -> None:
        raise ZeroDivisionError

    @worker.every(1)
    def works() -> None:
        ran.append("works")

    worker.run_once()
    assert ran == ["works"]


def test_a_shared_job_runs_once_in_its_slot_however_many_workers_look() -> None:
    ran: list[int] = []
    worker.every(3600, shared=True)(lambda: ran.append(1))
    for _ in range(3):
        worker.run_once()
    assert ran == [1]


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_until_it_is_stopped() -> None:
    looked = threading.Event()
    worker.every(0.01)(looked.set)
    one = worker.start_in_thread()
    assert looked.wait(5)
    one.stop()
    assert one._thread is not None
    assert not one._thread.is_alive()
