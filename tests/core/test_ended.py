"""Connections whose server is gone are noticed before anybody meets them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.signals import request_started
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import db


def end(pid: int) -> None:
    """As a restart does it: the server closes its end. Returns once it has."""
    known: dict[str, Any] = connection.get_connection_params()
    kwargs = {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
    with psycopg.connect(**kwargs, autocommit=True) as other:
        ended = other.execute("select pg_terminate_backend(%s, 10000)", [pid]).fetchone()
        assert ended == (True,)


def own_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_request_after_a_restart_gets_its_page() -> None:
    assert db.drop_ended in [receiver() for _key, receiver, *_ in request_started.receivers]
    first = own_pid()
    with CaptureQueriesContext(connection) as asked:
        db.drop_ended()
    assert len(asked) == 0
    assert own_pid() == first  # a good one is kept
    end(first)
    assert Client().get("/help/").status_code == 200
    assert own_pid() != first


@pytest.mark.pg
@pytest.mark.django_db
def test_a_transaction_is_never_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "has_ended", lambda _line: True)
    first = own_pid()
    db.drop_ended()
    assert own_pid() == first
