"""How a bench begins: Django in a home of its own, on a PostgreSQL that is empty."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

Found = dict[str, dict[str, float]]


def on_postgres(measure: Callable[..., int], *arguments: Any) -> int:
    """`measure` with Django set up; its exit status, or 2 where DATABASE_URL names no PostgreSQL."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with tempfile.TemporaryDirectory() as home:
        os.environ["HELPDESK_HOME"] = home
        import django

        django.setup()
        from django.db import connection

        if connection.vendor != "postgresql":
            print("this measures PostgreSQL: run it with DATABASE_URL at one", file=sys.stderr)
            return 2
        return measure(*arguments)


def by_size(measure: Callable[[int], Found], goals: Mapping[str, Any], sizes: list[int]) -> int:
    """Measure at each size and print beside the first one; 1 when a goal was missed. Empties the database each time."""
    from django.core.management import call_command
    from django.db import connection

    from tests.bench.figures import tell

    missed = 0
    first: Found = {}
    for size in sizes:
        call_command("migrate", verbosity=0)
        found = measure(size)
        missed += sum(tell(name, goals[name], figures, first.get(name)) for name, figures in found.items())
        first = first or found
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return int(missed > 0)
