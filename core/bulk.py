"""Many rows written by one statement, each with values of its own.

On PostgreSQL one statement over arrays; what is the same in all rows goes once. On SQLite, where there is
nobody to wait for, a short statement for each row. Names are attribute names ("team_id"). Locks are the
caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

Rows = Sequence[tuple[Any, ...]]


def update_many(
    model: type[models.Model], rows: Rows, *, fields: Sequence[str], seen: Sequence[str] = ()
) -> set[int]:
    """Set `fields` of each row, given as (id, *seen values, *new values); the ids of the rows that were changed.

    A row whose `seen` fields hold other values by now was changed meanwhile and is left alone.
    """
    if not rows:
        return set()
    if connection.vendor == "postgresql":
        return _update_all(model, rows, fields, seen)
    return {row[0] for row in rows if _update_one(model, row, fields, seen)}


def insert_many(model: type[models.Model], rows: Rows, *, fields: Sequence[str]) -> None:
    """Add rows, given as tuples of all `fields`: every column but the id, since no default is filled in."""
    if not rows:
        return
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(model(**dict(zip(fields, row, strict=True))) for row in rows)
        return
    table = _Values(model, fields, rows)
    statement = (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) SELECT {', '.join(table.names)} FROM {table}"  # noqa: S608
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, table.parameters)


def _update_one(
    model: type[models.Model], row: tuple[Any, ...], fields: Sequence[str], seen: Sequence[str]
) -> bool:
    cut = 1 + len(seen)
    asked: dict[str, Any] = {"pk": row[0]}
    for name, value in zip(seen, row[1:cut], strict=True):
        asked[name if value is not None else f"{name}__isnull"] = value if value is not None else True
    found = model._default_manager.filter(**asked)
    return bool(found.update(**dict(zip(fields, row[cut:], strict=True))))


def _update_all(
    model: type[models.Model], rows: Rows, fields: Sequence[str], seen: Sequence[str]
) -> set[int]:
    table = _Values(model, ("pk", *seen, *fields), rows)
    pairs = list(zip(table.columns, table.names, strict=True))
    cut = 1 + len(seen)
    same = " AND ".join(f"t.{column} IS NOT DISTINCT FROM {value}" for column, value in pairs[1:cut])
    where = f"t.{pairs[0][0]} = {pairs[0][1]}" + (f" AND {same}" if same else "")
    changes = ", ".join(f"{column} = {value}" for column, value in pairs[cut:])
    statement = f"UPDATE {table.name} AS t SET {changes} FROM {table} WHERE {where} RETURNING t.{pairs[0][0]}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, table.parameters)
        return {row[0] for row in cursor.fetchall()}


class _Values:
    """Rows as a table `v` of one statement: an array for each column that varies, one row of all the others."""

    def __init__(self, model: type[models.Model], fields: Sequence[str], rows: Rows) -> None:
        meta: Any = model._meta
        quote = connection.ops.quote_name
        found = [meta.pk if name == "pk" else meta.get_field(name) for name in fields]
        columns = list(zip(*rows, strict=True))
        self.name = quote(meta.db_table)
        self.columns = [quote(field.column) for field in found]
        many = [
            n for n, column in enumerate(columns) if n == 0 or any(value != column[0] for value in column)
        ]
        once = [n for n in range(len(found)) if n not in many]
        self.names = [f"{'v' if n in many else 'o'}.c{n}" for n in range(len(found))]
        self.parameters = [_array(found[n], columns[n]) for n in many]
        self.parameters += [found[n].get_db_prep_save(columns[n][0], connection) for n in once]
        arrays = ", ".join(f"%s::{_type(found[n])}[]" for n in many)
        singles = ", ".join(f"%s::{_type(found[n])} AS c{n}" for n in once) or "1 AS c"
        self._sql = f"unnest({arrays}) AS v({', '.join(f'c{n}' for n in many)}), (SELECT {singles}) AS o"

    def __str__(self) -> str:
        return self._sql


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))


def _array(field: Any, values: Sequence[Any]) -> Any:
    """An array as PostgreSQL writes it for instants and numbers, which is the quickest; a list for others."""
    plain = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(plain, models.DateTimeField):
        return _text(None if value is None else f'"{value.isoformat()}"' for value in values)
    if isinstance(plain, models.IntegerField):
        return _text(None if value is None else str(int(value)) for value in values)
    return [field.get_db_prep_save(value, connection) for value in values]


def _text(items: Any) -> str:
    return "{" + ",".join("NULL" if item is None else item for item in items) + "}"
