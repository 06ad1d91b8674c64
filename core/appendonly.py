"""Tables whose rows may never change: triggers in both databases, installed after each migrate.

A migration that remakes a table on SQLite drops its triggers, so they are laid anew in `post_migrate`
and looked for by a system check. Only a flush for tests lifts them, through `maintenance()`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

_tables: set[str] = set()
_flag = threading.local()


def protect(table: str) -> None:
    """Name a table whose rows may be added and never changed or taken away."""
    _tables.add(table)


def connect() -> None:
    """Hook the installation and SQLite's maintenance function in; called once when the app is ready."""
    connection_created.connect(_prepare, dispatch_uid="appendonly.prepare")
    post_migrate.connect(_install_all, dispatch_uid="appendonly.install")


@contextlib.contextmanager
def maintenance() -> Iterator[None]:
    """Lift the triggers on SQLite in this thread; for the tests' flush alone."""
    _flag.on = 1
    try:
        yield
    finally:
        _flag.on = 0


def _prepare(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("app_maintenance", 0, lambda: getattr(_flag, "on", 0))


def _install_all(**kwargs: Any) -> None:
    existing = set(connection.introspection.table_names())
    for table in sorted(_tables & existing):
        install(table)


def install(table: str) -> None:
    """Lay (or lay anew) the triggers that refuse UPDATE and DELETE on one table."""
    with connection.cursor() as cursor:
        for statement in _postgres(table) if connection.vendor == "postgresql" else _sqlite(table):
            cursor.execute(statement)


def _postgres(table: str) -> list[str]:
    return [
        """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$""",
        f'DROP TRIGGER IF EXISTS "{table}_appendonly" ON "{table}"',
        f'CREATE TRIGGER "{table}_appendonly" BEFORE UPDATE OR DELETE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ]


def _sqlite(table: str) -> list[str]:
    statements = []
    for verb in ("UPDATE", "DELETE"):
        name = f"{table}_no_{verb.lower()}"
        statements += [
            f'DROP TRIGGER IF EXISTS "{name}"',
            f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" WHEN app_maintenance() = 0 '
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END",
        ]
    return statements


def missing() -> list[str]:
    """Protected tables that exist without their triggers."""
    sql = (
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_appendonly' AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_update'"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        covered = {row[0].strip('"') for row in cursor.fetchall()}
        existing = set(connection.introspection.table_names(cursor))
    return sorted((_tables & existing) - covered)
