"""Ticket numbers, which people say aloud, begin at 10001.

Set after every migration: one that remakes the table on SQLite forgets where the numbers of an empty table stood.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

FIRST = 10_001


def begin_numbers(*, using: str, **_signal: Any) -> None:
    """Let the next ticket be at least FIRST; numbers that were given out are left alone."""
    connection = connections[using]
    if "tickets_ticket" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "pg_get_serial_sequence('tickets_ticket', 'id')"
            cursor.execute(f"SELECT setval({sequence}, greatest(nextval({sequence}) - 1, {FIRST - 1}))")
        else:
            cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'tickets_ticket'")
            last = max(cursor.fetchone()[0], FIRST - 1)
            # A second row of one name is never read, so what is there goes first.
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'tickets_ticket'")
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('tickets_ticket', %s)", [last])
