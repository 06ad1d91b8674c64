"""Look whether anybody touched the orders' record."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import appendonly
from core.actors import SYSTEM
from core.errors import NotFound
from orders.anchors import verify_anchors
from orders.models import OrderRecord
from orders.queries import access_store
from orders.verify import count_rows, verify

SHOWN = 200


class Command(BaseCommand):
    help = (
        "Checks the chain of every order's record: rows changed, added or taken away, also with the triggers "
        "gone, words altered, ends cut off. Exit status 1 when anything is wrong; says where."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="the code of one store; without it all are looked at")

        parser.add_argument("--anchor", default="", help="a line of anchor_record that was kept elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each finding."""
        try:
            store = access_store(SYSTEM, options["store"]) if options["store"] else None
        except NotFound:
            raise CommandError(f"There is no store “{options['store']}”.", returncode=2) from None
        found = 0
        for finding in verify(store):
            found += 1
            if found <= SHOWN:
                self.stdout.write(str(finding))
        for words in verify_anchors(options["anchor"]) if store is None else ():
            found += 1
            self.stdout.write(words)
        if OrderRecord._meta.db_table in appendonly.missing():
            found += 1
            self.stdout.write("the triggers that protect the record are missing: run migrate")
        if found:
            raise CommandError(f"{found} things are wrong with the record.", returncode=1)
        self.stdout.write(f"{count_rows(store)} rows, all whole.")
