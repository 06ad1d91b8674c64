"""`manage.py load_demo`: the demo shop, once."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.errors import DeskError
from helpdesk import demo


class Command(BaseCommand):
    help = "Load the demo shop: staff, buyers, orders, answers, tickets and chats (once; later only what it lacks)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there is any data already"
        )

    def handle(self, *args: object, **options: Any) -> None:
        if not (settings.DEMO or settings.TESTING):
            raise CommandError(
                "The demo shop has log-ins with a known password: set HELPDESK_DEMO=1 to load it."
            )
        if demo.is_loaded():
            self.stdout.write("The demo shop is there already.")
            self._complete()
            return
        if options["if_empty"] and not demo.is_empty():
            self.stdout.write("There is data already; the demo shop is left out.")
            return
        started = time.monotonic()
        self.stdout.write("Loading the demo shop ...")
        held = demo.load(self._say)
        took = time.monotonic() - started
        words = "The demo shop is there: {people} people, {orders} orders, {tickets} tickets and chats ({took:.0f} s)."
        self.stdout.write(words.format(**held, took=took))

    def _complete(self) -> None:
        """A shop from an earlier version gets what it lacks; one that was changed beyond that starts all the same."""
        try:
            added = demo.widget.complete()
        except DeskError as error:
            added = f"The shop's page with the widget is left out: {error.message}"
        if added:
            self.stdout.write(added)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
