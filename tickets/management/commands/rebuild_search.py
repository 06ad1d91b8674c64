"""`manage.py rebuild_search`: make the index over what was said anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tickets.search_index import rebuild


class Command(BaseCommand):
    help = "Make the index over tickets and their messages anew."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many messages it holds."""
        count = rebuild()
        self.stdout.write(f"{count} messages can be searched.")
