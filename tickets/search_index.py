"""The index over what was said: made by the database from its own rows, so that nothing can be forgotten.

PostgreSQL has an index over the words of messages and subjects. SQLite has an FTS5 table that triggers keep; a
migration that remakes a table drops its triggers, so all of it is laid in `post_migrate`.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

POSTGRES = (
    "CREATE INDEX IF NOT EXISTS ticket_message_words ON tickets_message "
    "USING gin (to_tsvector('simple', body)) WHERE kind IN ('reply', 'note')",
    "CREATE INDEX IF NOT EXISTS ticket_subject_words ON tickets_ticket USING gin (to_tsvector('simple', subject))",
)
# name of the FTS table, the table that it mirrors, its column
SQLITE = (
    ("tickets_message_words", "tickets_message", "body"),
    ("tickets_subject_words", "tickets_ticket", "subject"),
)


def lay_index(*, using: str, **_signal: Any) -> None:
    """Make what is missing; an index that was laid anew is filled from the rows that are there."""
    connection = connections[using]
    if "tickets_message" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in POSTGRES:
                cursor.execute(statement)
        else:
            for name, table, column in SQLITE:
                _lay_sqlite(cursor, name, table, column)


def _lay_sqlite(cursor: Any, name: str, table: str, column: str) -> None:
    known = "SELECT count(*) FROM sqlite_master WHERE name LIKE %s AND type = 'trigger'"
    cursor.execute(known, [f"{name}_%"])
    if cursor.fetchone()[0] == 3:
        return
    cursor.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5("
        f"{column}, content='{table}', content_rowid='id', tokenize='unicode61 remove_diacritics 2')"
    )
    add = f"INSERT INTO {name}(rowid, {column}) VALUES (new.id, new.{column});"  # noqa: S608
    drop = f"INSERT INTO {name}({name}, rowid, {column}) VALUES ('delete', old.id, old.{column});"  # noqa: S608
    for verb, does in (
        ("INSERT", add),
        ("DELETE", drop),
        (f"UPDATE OF {column}", f"{drop} {add}"),
    ):
        trigger = f"{name}_{verb.split()[0].lower()}"
        cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        cursor.execute(f"CREATE TRIGGER {trigger} AFTER {verb} ON {table} BEGIN {does} END")
    rebuild_sqlite(cursor, name)


def rebuild_sqlite(cursor: Any, name: str) -> None:
    """Fill an FTS table from its rows."""
    cursor.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608


def rebuild(*, using: str = "default") -> int:
    """Make the whole index anew; the number of messages in it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in POSTGRES:
                cursor.execute(statement)
            for name in ("ticket_message_words", "ticket_subject_words"):
                cursor.execute(f"REINDEX INDEX {name}")
        else:
            for name, table, column in SQLITE:
                _lay_sqlite(cursor, name, table, column)
                rebuild_sqlite(cursor, name)
        cursor.execute("SELECT count(*) FROM tickets_message WHERE kind IN ('reply', 'note')")
        return int(cursor.fetchone()[0])


def forget_deleted(*, using: str = "default") -> None:
    """Take words that no row holds any more out of the index itself, where they may stand until it is merged.

    PostgreSQL does so by its own vacuum.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        return
    with connection.cursor() as cursor:
        for name, _table, _column in SQLITE:
            cursor.execute(f"INSERT INTO {name}({name}) VALUES ('optimize')")  # noqa: S608
