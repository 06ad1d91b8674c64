"""Many rows changed by one statement, each to values of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_many(
    model: type[models.Model],
    rows: Sequence[tuple[Any, ...]],
    *,
    fields: Sequence[str],
    seen: Sequence[str] = (),
) -> set[int]:
    """Set `fields` of each row, given as (id, *seen values, *new values); the ids of the rows that were changed.

    A row whose `seen` fields hold other values by now was changed meanwhile and is left alone. One statement on
    PostgreSQL; a short one for each row on SQLite, where there is nobody to wait for. Names are attribute names
    ("team_id"). Locks are the caller's business.
    """
    if not rows:
        return set()
    if connection.vendor == "postgresql":
        return _by_one_statement(model, rows, fields, seen)
    return {row[0] for row in rows if _update_one(model, row, fields, seen)}


def _update_one(
    model: type[models.Model], row: tuple[Any, ...], fields: Sequence[str], seen: Sequence[str]
) -> bool:
    cut = 1 + len(seen)
    asked: dict[str, Any] = {"pk": row[0]}
    for name, value in zip(seen, row[1:cut], strict=True):
        asked[name if value is not None else f"{name}__isnull"] = value if value is not None else True
    found = model._default_manager.filter(**asked)
    return bool(found.update(**dict(zip(fields, row[cut:], strict=True))))


def _by_one_statement(
    model: type[models.Model], rows: Sequence[tuple[Any, ...]], fields: Sequence[str], seen: Sequence[str]
) -> set[int]:
    meta: Any = model._meta
    quote = connection.ops.quote_name
    columns = [meta.pk, *(meta.get_field(name) for name in (*seen, *fields))]
    values = [
        [field.get_db_prep_save(value, connection) for value in column]
        for field, column in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    arrays = ", ".join(f"%s::{field.db_type(connection).partition(' GENERATED')[0]}[]" for field in columns)
    names = [f"v{n}" for n in range(len(columns))]
    asked = zip(columns[1 : 1 + len(seen)], names[1:], strict=False)
    conditions = [f"t.{quote(field.column)} IS NOT DISTINCT FROM v.{name}" for field, name in asked]
    changed = zip(columns[1 + len(seen) :], names[1 + len(seen) :], strict=True)
    assignments = ", ".join(f"{quote(field.column)} = v.{name}" for field, name in changed)
    where = " AND ".join([f"t.{quote(meta.pk.column)} = v.v0", *conditions])
    statement = (  # names of our own columns alone; all values are parameters
        f"UPDATE {quote(meta.db_table)} AS t SET {assignments} FROM unnest({arrays}) AS v({', '.join(names)})"  # noqa: S608
        f" WHERE {where} RETURNING t.{quote(meta.pk.column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {row[0] for row in cursor.fetchall()}
