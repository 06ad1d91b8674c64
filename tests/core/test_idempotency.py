"""A write that is sent again gets the first answer."""

from __future__ import annotations

import pytest

from core import idempotency
from core.actors import Actor
from core.errors import Conflict, IdempotencyConflict, Invalid

pytestmark = pytest.mark.django_db
ANA = Actor(kind="buyer", id=1)


def begin(body: bytes = b"{}", actor: Actor = ANA) -> idempotency.IdempotencyKey:
    return idempotency.begin(actor, "k-1", "POST", "/api/v1/tickets/", body)


def test_the_first_answer_is_kept() -> None:
    idempotency.finish(begin(), 201, {"number": 10001})
    again = begin()
    assert (again.status, again.response) == (201, {"number": 10001})


def test_another_request_under_the_same_key_is_refused() -> None:
    idempotency.finish(begin(), 201, {})
    with pytest.raises(IdempotencyConflict):
        begin(b'{"other": 1}')


def test_a_second_request_while_the_first_runs_is_told_to_wait() -> None:
    begin()
    with pytest.raises(Conflict) as refused:
        begin()
    assert refused.value.code == "in_progress"


def test_a_failed_request_frees_its_key() -> None:
    idempotency.release(begin())
    assert begin().status is None


def test_keys_of_two_people_never_meet() -> None:
    idempotency.finish(begin(), 201, {"secret": "Ana's"})
    assert begin(actor=Actor(kind="buyer", id=2)).status is None


def test_a_key_has_a_length() -> None:
    with pytest.raises(Invalid):
        idempotency.begin(ANA, "k" * 101, "POST", "/", b"")
