"""Rows that may never change, on whichever database the tests run."""

from __future__ import annotations

import pytest
from django.db import connection

from core import appendonly

TABLE = "orders_orderrecord"


@pytest.mark.pg
@pytest.mark.django_db
def test_on_postgresql_the_triggers_stand() -> None:
    assert connection.vendor == "postgresql"
    assert appendonly.missing() == []


@pytest.mark.django_db
def test_the_triggers_stand_after_migrate() -> None:
    assert appendonly.missing() == []


@pytest.mark.django_db
def test_a_dropped_trigger_is_found_and_laid_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {TABLE}_no_update")
    assert appendonly.missing() == [TABLE]
    appendonly.install(TABLE)
    assert appendonly.missing() == []
