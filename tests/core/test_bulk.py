"""Many rows by one statement: each with its own values, and none that changed meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.bulk import insert_many, update_many
from core.models import Outbox

AT = datetime(2026, 11, 19, 10, 0, 0, 250_000, tzinfo=UTC)
FIELDS = (
    "kind",
    "key",
    "payload",
    "state",
    "attempts",
    "run_after",
    "created_at",
    "claimed_at",
    "done_at",
    "last_error",
)


def row(n: int, **changes: object) -> tuple[object, ...]:
    plain = {
        "kind": f"kind {n}",
        "key": f'"quoted, {{{n}}} \\ NULL"',
        "payload": {"n": n, "words": "“it’s”"},
        "state": "ready",
        "attempts": n,
        "run_after": AT + timedelta(days=n),
        "created_at": AT,
        "claimed_at": AT if n % 2 else None,
        "done_at": None,
        "last_error": "",
    }
    return tuple({**plain, **changes}[name] for name in FIELDS)


def check_insert_and_update() -> None:
    insert_many(Outbox, [row(n) for n in range(5)], fields=FIELDS)
    made = list(Outbox.objects.order_by("attempts"))
    assert [tuple(getattr(one, name) for name in FIELDS) for one in made] == [row(n) for n in range(5)]
    wanted = [(one.pk, one.claimed_at, one.attempts * 10, None, f"error {one.pk}") for one in made]
    stale = [
        (pk, AT - timedelta(days=1), *rest) if pk == made[3].pk else (pk, *new)
        for pk, *new in wanted
        for rest in [new[1:]]
    ]
    with CaptureQueriesContext(connection) as seen:
        done = update_many(Outbox, stale, fields=("attempts", "key", "last_error"), seen=("claimed_at",))
    assert done == {one.pk for one in made} - {made[3].pk}
    if connection.vendor == "postgresql":
        assert len(seen) == 1
    after = Outbox.objects.in_bulk()
    for one in made:
        mine = after[one.pk]
        same = one.pk == made[3].pk
        assert mine.attempts == (one.attempts if same else one.attempts * 10)
        assert mine.key == (one.key if same else None)
    assert update_many(Outbox, [], fields=("attempts",)) == set()
    insert_many(Outbox, [], fields=FIELDS)
    assert Outbox.objects.count() == 5


@pytest.mark.django_db
def test_insert_and_update() -> None:
    check_insert_and_update()


@pytest.mark.pg
def test_insert_and_update_on_postgresql(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.fail("run it with DATABASE_URL at a PostgreSQL")
    check_insert_and_update()


@pytest.mark.pg
def test_one_row_and_the_same_for_all(transactional_db: None) -> None:
    insert_many(Outbox, [row(1)], fields=FIELDS)
    (one,) = Outbox.objects.all()
    assert update_many(Outbox, [(one.pk, None, 7)], fields=("attempts",), seen=("done_at",)) == {one.pk}
    assert update_many(Outbox, [(one.pk, 6, 8)], fields=("attempts",), seen=("attempts",)) == set()
    assert Outbox.objects.get().attempts == 7
