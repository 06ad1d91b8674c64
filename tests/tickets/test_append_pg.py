"""The append under contention, on a real PostgreSQL: many connections, one stream."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from core.clock import now
from core.db import locked, retrying
from tests.factories import actor, make_buyer, make_house, make_ticket
from tickets import actions
from tickets.actions.append import Author, Row, append, digest_of, stream_of
from tickets.models import Message, Stream, Ticket

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]
THREADS, EACH = 8, 50


@pytest.fixture(autouse=True)
def _postgres() -> None:
    assert connection.vendor == "postgresql", "these tests are about PostgreSQL's locks"


@pytest.fixture
def ticket() -> Ticket:
    make_house()
    return make_ticket(make_buyer())


def together(task: Callable[[int], Any]) -> list[Any]:
    """Run the task in THREADS threads that start at one instant, each with its own connection."""
    gate = threading.Barrier(THREADS)

    def run(n: int) -> Any:
        try:
            gate.wait(timeout=30)
            return task(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return [done.result(timeout=120) for done in [pool.submit(run, n) for n in range(THREADS)]]


def row_of(person_id: int, body: str, client_id: uuid.UUID | None = None) -> Row:
    by = Author(person_id, "buyer")
    return Row(
        by, "reply", "message.replied", "web", now(), body=body, client_id=client_id, digest=digest_of(body)
    )


def append_under_lock(ticket: Ticket, row: Row) -> tuple[int, bool]:
    with transaction.atomic():
        locked(Ticket.objects.filter(pk=ticket.pk)).get()
        posted = append(stream_of(ticket, "public"), row)
    return posted.message.seq, posted.dup


class Reader(threading.Thread):
    """Follows the stream by its cursor as a socket does, and keeps what it got, in the order it got it."""

    def __init__(self, stream_id: int, until: int) -> None:
        super().__init__(daemon=True)
        self.stream_id, self.until, self.got, self.reads = stream_id, until, [], 0
        self.stopped = threading.Event()

    def run(self) -> None:
        cursor = 0
        try:
            while cursor < self.until and not self.stopped.is_set():
                rows = Message.objects.filter(stream_id=self.stream_id, seq__gt=cursor).order_by("seq")
                found = list(rows.values_list("seq", flat=True))
                self.got += found
                self.reads += 1
                cursor = found[-1] if found else cursor
        finally:
            connections.close_all()


@pytest.mark.parametrize("under_lock", [True, False], ids=["under the ticket's lock", "by the counter alone"])
def test_nothing_is_lost_doubled_or_late(ticket: Ticket, under_lock: bool) -> None:
    stream = stream_of(ticket, "public")
    begun, person = stream.last_seq, ticket.requester_id
    reader = Reader(stream.pk, until=begun + THREADS * EACH)
    reader.start()

    def write(n: int) -> list[int]:
        seqs = []
        for i in range(EACH):
            row = row_of(person, f"{n}:{i}", uuid.uuid4())
            if under_lock:
                seqs.append(append_under_lock(ticket, row)[0])
            else:
                with transaction.atomic():
                    seqs.append(append(Stream.objects.get(pk=stream.pk), row).message.seq)
        return seqs

    mine = together(write)
    reader.join(timeout=30)
    reader.stopped.set()
    head = begun + THREADS * EACH
    assert sorted(seq for seqs in mine for seq in seqs) == list(range(begun + 1, head + 1))
    assert all(seqs == sorted(seqs) for seqs in mine)
    assert Stream.objects.get(pk=stream.pk).last_seq == head
    # Seq order is commit order: who follows by a cursor sees every row, in order, and none turns up behind it.
    assert reader.got == list(range(1, head + 1))
    assert reader.reads > 10
    bodies = Message.objects.filter(stream=stream, seq__gt=begun).values_list("body", flat=True)
    assert sorted(bodies) == sorted(f"{n}:{i}" for n in range(THREADS) for i in range(EACH))


def test_one_client_id_from_many_threads_is_one_row(ticket: Ticket) -> None:
    key = uuid.uuid4()
    done = together(lambda n: append_under_lock(ticket, row_of(ticket.requester_id, "the same", key)))
    assert len({seq for seq, _dup in done}) == 1
    assert sorted(dup for _seq, dup in done) == [False] + [True] * (THREADS - 1)
    assert Message.objects.filter(client_id=key).count() == 1


def test_the_whole_action_under_contention(ticket: Ticket) -> None:
    buyer = actor(ticket.requester)
    key = uuid.uuid4()

    def write(n: int) -> int:
        for i in range(10):
            say = {"actor": buyer, "ticket": ticket.public_id, "kind": "reply"}
            retrying(actions.post_message, **say, body=f"{n}:{i}", client_id=uuid.uuid4())
        return retrying(actions.post_message, **say, body="once", client_id=key).message.seq

    assert len(set(together(write))) == 1
    seqs = list(
        Message.objects.filter(stream__ticket=ticket, stream__kind="public")
        .order_by("seq")
        .values_list("seq", flat=True)
    )
    assert seqs == list(range(1, 2 + THREADS * 10 + 1 + 1))


def test_one_form_from_many_threads_opens_one_ticket(ticket: Ticket) -> None:
    buyer, key = actor(ticket.requester), uuid.uuid4()
    form = {"category": "order", "subject": "Twice?", "body": "A replayed form.", "client_id": key}
    done = together(lambda n: retrying(actions.open_ticket, actor=buyer, **form).pk)
    assert len(set(done)) == 1
    assert Ticket.objects.filter(client_id=key).count() == 1
    assert Message.objects.filter(client_id=key).count() == 1
