"""The worker: rounds that look for what is due. Any number of them; each row and each slot is claimed once.

Rooms register rounds (`@every(seconds)` with `shared=False`: each worker may run it, rows are claimed)
and periodic jobs (`shared=True`: one worker for each slot of the period).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections, connections

from core import live, outbox
from core.db import drop_ended
from core.models import PeriodicRun

log = logging.getLogger(__name__)
LOOK_EVERY = 0.1  # seconds between looks; each look is one cheap SELECT a round
Job = Callable[[], object]


@dataclass(slots=True)
class _Round:
    name: str
    job: Job
    seconds: float
    shared: bool
    next_at: float = 0.0


_rounds: list[_Round] = []


def every(seconds: float, *, shared: bool = False) -> Callable[[Job], Job]:
    """Register a job that runs each so many seconds for as long as a worker lives."""

    def register(job: Job) -> Job:
        _rounds.append(_Round(f"{job.__module__}.{job.__qualname__}", job, seconds, shared))
        return job

    return register


every(LOOK_EVERY)(outbox.run_due)


def _claim_slot(one: _Round) -> bool:
    slot = int(time.time() // one.seconds)
    PeriodicRun.objects.get_or_create(name=one.name)
    return bool(PeriodicRun.objects.filter(name=one.name, slot__lt=slot).update(slot=slot))


def run_once(*, only_due: bool = False) -> None:
    """One look at every round. A job that fails is logged, pushed to its next time and stops no other."""
    for one in _rounds:
        if only_due and time.monotonic() < one.next_at:
            continue
        one.next_at = time.monotonic() + one.seconds
        try:
            if not one.shared or _claim_slot(one):
                one.job()
        except Exception:
            log.exception("the round %s failed", one.name)


class Worker:
    """Runs the rounds until told to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Look, wait a tenth of a second, look again; connections are kept and checked at each look."""
        try:
            while not self._stop.is_set():
                close_old_connections()
                drop_ended()
                run_once(only_due=True)
                self._stop.wait(LOOK_EVERY)
        finally:
            connections.close_all()

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """End after the job in hand; waits at most `timeout` seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)


def start_in_thread(loop: asyncio.AbstractEventLoop | None = None) -> Worker:
    """Start beside a server in the same process; pushes go by that server's loop."""
    if loop is not None:
        live.use_loop(loop)
    worker = Worker()
    worker.start()
    return worker
