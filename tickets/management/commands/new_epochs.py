"""`manage.py new_epochs`: after restoring an old back-up, browsers fetch their conversations afresh."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tickets.actions.epochs import renew_epochs


class Command(BaseCommand):
    help = "Give every stream a new epoch: run it after restoring an old back-up, before the servers start."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{renew_epochs()} streams have a new epoch.")
