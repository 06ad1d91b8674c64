"""Sign the record as it is today."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from orders.anchors import add_anchor, line_of
from orders.models import RecordAnchor


class Command(BaseCommand):
    help = (
        "Adds the day's anchor of the orders' record, unless there is one, and prints the newest: a line to keep "
        "elsewhere, which `verify_record --anchor` looks for. The worker adds one a day by itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line; none while the record is empty."""
        add_anchor()
        newest = RecordAnchor.objects.order_by("-day").first()
        self.stdout.write(line_of(newest) if newest else "Nothing to anchor yet: no row is an hour old.")
