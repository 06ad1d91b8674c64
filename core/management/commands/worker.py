"""Run the worker alone: `manage.py worker` (any number, on any machine that reaches the database)."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from core.worker import Worker


class Command(BaseCommand):
    help = "Carry out what is due: clocks, mails, periodic jobs. Stops on SIGTERM or Ctrl-C after the job in hand."

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker._stop.set())
        self.stdout.write("worker ready")
        self.stdout.flush()
        worker.run()
