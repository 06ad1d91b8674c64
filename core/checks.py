"""System checks that look into the database (`manage.py check --database default`, and `migrate`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from core import appendonly


@register(Tags.database)
def check_append_only(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every protected table has its triggers."""
    if not databases:
        return []
    return [
        Error(
            f"the table {table} can be changed: its triggers are missing", hint="run migrate", id="core.E001"
        )
        for table in appendonly.missing()
    ]
