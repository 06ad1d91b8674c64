"""`manage.py recompute_clocks`: open clocks go on under the newest hours of their calendar, now."""

from __future__ import annotations

import gc
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import NotFound
from sla.actions import recompute_clocks
from sla.actions.recompute import BATCH, Progress


class Command(BaseCommand):
    """Run it after an upgrade that brought other rules of time zones; edits of a calendar need no command."""

    help = "Let open clocks go on under the newest hours and zone rules of their calendar."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which calendar, and how many clocks to a transaction."""
        parser.add_argument("--calendar", metavar="CODE", help="one calendar alone")
        parser.add_argument("--batch", type=int, default=BATCH, help=f"clocks to a transaction ({BATCH})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how far it is after each batch, and one line at the end; exit status 1 when a clock failed."""
        if options["batch"] < 1:
            raise CommandError("--batch is a number from 1")
        gc.freeze()  # what was loaded at the start is not looked through again and again
        try:
            done = recompute_clocks(
                calendar_code=options["calendar"], batch=options["batch"], report=self._report
            )
        except NotFound:
            raise CommandError(f"there is no calendar {options['calendar']!r}") from None
        line = f"seen={done.seen} moved={done.moved} breached={done.breached} seconds={done.seconds:.1f}"
        self.stdout.write(line)
        if done.failed:
            raise CommandError(
                f"{done.failed} clocks failed; the log says why, and a second run tries them again"
            )

    def _report(self, progress: Progress) -> None:
        self.stdout.write(f"{progress.seen + progress.failed} of {progress.total}", ending="\r")
        self.stdout.flush()
