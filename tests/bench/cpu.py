"""Processor time of our own PostgreSQL backend, where the system lets it be read."""

from __future__ import annotations

import os
from pathlib import Path


def backend_cpu() -> float:
    """Seconds of CPU that the backend of this connection has used; 0 where its process cannot be looked at."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
