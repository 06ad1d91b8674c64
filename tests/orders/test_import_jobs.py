"""Files that people send in: drafted, tried, brought in by the worker, mended; resumed after a death."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection

from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Conflict, Invalid, NotFound, TooLarge
from core.models import Outbox
from orders.actions import import_jobs, import_steps
from orders.actions.hook_keeping import erase_hooks
from orders.imports import places, states
from orders.imports.rejected import rejected_lines
from orders.models import Import, ImportRow, Order, OrderRecord, Store
from orders.verify import verify
from tests.factories import actor, log_in, make_buyer, make_house
from tests.orders.test_formats import own, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(import_steps, "STEP_SECONDS", 60.0)  # one step does it all, however slow the machine


def rows_of(count: int, bad: int = 0, **cells: str) -> bytes:
    """So many orders, the first `bad` of them with pieces that are none."""
    rows = [own(number=f"A-{n}", quantity="x" if n < bad else "1", **cells) for n in range(count)]
    return table({**own(), **cells}, rows)


def send(store: Store, data: bytes, *, actor: Actor = SYSTEM, **given: Any) -> Import:
    return import_jobs.upload_import(
        actor=actor, store=store, file=BytesIO(data), filename="orders.csv", **given
    )


def worked(run: Import) -> Import:
    outbox.run_due()
    run.refresh_from_db()
    return run


def counts(run: Import) -> tuple[int, int, int, int]:
    return run.created, run.updated, run.unchanged, run.rejected


def test_from_draft_over_dry_run_to_done(store: Store) -> None:
    run = send(store, rows_of(12, bad=2))
    assert (run.state, run.format, Order.objects.count()) == ("draft", "helpdesk_orders", 0)
    import_jobs.try_out(actor=SYSTEM, run=run.public_id)
    worked(run)
    assert (run.state, run.checked, Order.objects.count()) == ("checked", {"created": 10, "rejected": 2}, 0)
    assert list(run.rows.values_list("line", "number", "field")) == [
        (2, "A-0", "quantity"),
        (3, "A-1", "quantity"),
    ]
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    worked(run)
    assert (run.state, counts(run), Order.objects.count()) == ("done", (10, 0, 0, 2), 10)
    assert run.rows.count() == 12
    assert run.file == ""
    assert list(verify()) == []
    with pytest.raises(Conflict):
        import_jobs.start_import(actor=SYSTEM, run=run.public_id)


def test_mended_in_place_and_by_a_file_of_the_rejected_rows(store: Store) -> None:
    run = send(store, rows_of(43, bad=41))
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    worked(run)
    assert counts(run) == (2, 0, 0, 41)
    first = run.rows.filter(outcome="rejected").order_by("line")[0]
    cells = [[*first.cells[0][:4], "nine", *first.cells[0][5:]]]
    still = import_steps.mend_row(actor=SYSTEM, run=run.public_id, row=first.pk, cells=cells)
    assert (still.outcome, still.line, still.cells[0][4]) == ("rejected", 2, "nine")
    cells[0][4] = "9"
    came = import_steps.mend_row(actor=SYSTEM, run=run.public_id, row=still.pk, cells=cells)
    run.refresh_from_db()
    assert (came.outcome, counts(run), run.rows.count()) == ("created", (3, 0, 0, 40), 43)
    assert Order.objects.get(number="A-0").lines.get().quantity == 9
    with pytest.raises(Conflict):
        import_steps.mend_row(actor=SYSTEM, run=run.public_id, row=came.pk, cells=cells)
    mended = "".join(rejected_lines(run)).replace(",x,", ",1,").encode()
    again = send(store, mended, mends=run)
    import_jobs.start_import(actor=SYSTEM, run=again.public_id)
    worked(again)
    assert (counts(again), again.mends_id, Order.objects.count()) == ((40, 0, 0, 0), run.pk, 43)


def test_other_columns_are_guessed_and_can_be_changed(store: Store) -> None:
    data = b"Order #,Date,Mail,Thing,Qty,Unit Price\n1,2026-01-05,ann@example.com,Mug,1,3.00\n"
    run = send(store, data)
    assert (run.format, run.mapping.get("item")) == ("mapped", None)
    with pytest.raises(Invalid, match="Say which columns"):
        import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    change = {"actor": SYSTEM, "run": run.public_id, "format_code": "mapped"}
    with pytest.raises(Invalid):
        import_jobs.match_columns(**change, mapping={**run.mapping, "item": "Nothing"})
    import_jobs.match_columns(**change, mapping={**run.mapping, "item": "Thing"})
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    assert counts(worked(run)) == (1, 0, 0, 0)


def test_long_files_go_on_in_further_jobs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 4)
    monkeypatch.setattr(import_steps, "STEP_SECONDS", 0.0)
    run = send(store, rows_of(10, bad=1))
    import_jobs.try_out(actor=SYSTEM, run=run.public_id)
    seen = []
    while run.state == "checking" or not seen:
        seen.append(sum((worked(run).checked or {}).values()))
    assert seen == [4, 8, 10, 10]
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    for _step in range(4):
        worked(run)
    assert (run.state, counts(run), run.rows.count()) == ("done", (9, 0, 0, 1), 10)


def test_a_death_in_the_middle_loses_nothing_and_doubles_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    monkeypatch.setattr(import_steps, "BATCH", 4)
    run = send(store, rows_of(10, bad=1))
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    bring_in, calls = import_steps.bring_in, []

    def dying(**given: Any) -> Any:
        calls.append(bring_in(**given))
        if len(calls) == 2:
            raise Killed  # its batch was written, but not committed
        return calls[-1]

    monkeypatch.setattr(import_steps, "bring_in", dying)
    with pytest.raises(Killed):
        outbox.run_due()
    run.refresh_from_db()
    assert (run.state, counts(run), Order.objects.count()) == ("running", (3, 0, 0, 1), 3)
    assert outbox.run_due() == 0  # the dead one's lease still runs
    with time_machine.travel(now() + outbox.LEASE + timedelta(seconds=1)):
        worked(run)
    assert (run.state, counts(run), Order.objects.count()) == ("done", (9, 0, 0, 1), 10 - 1)
    assert OrderRecord.objects.filter(verb="order.placed").count() == 9
    assert list(verify()) == []


def test_two_workers_at_one_file_bring_each_order_in_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 4)
    run = send(store, rows_of(10))
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    inner: list[bool] = []
    monkeypatch.setattr(import_steps, "_still", _beside(import_steps._still, run, inner))
    worked(run)
    assert (run.state, counts(run), Order.objects.count(), inner) == ("done", (10, 0, 0, 0), 10, [True])


def _beside(still: Any, run: Import, inner: list[bool]) -> Any:
    def first(*args: Any) -> Any:
        if not inner:
            inner.append(True)
            import_steps.carry_on(run_id=run.pk)  # another one finishes all of it meanwhile
        return still(*args)

    return first


def test_a_broken_end_fails_the_run_and_keeps_what_came_before(store: Store) -> None:
    run = send(store, rows_of(2) + b'A-9,"ann@example.com,2026-01-01,Mug,1,1.00\n')
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    worked(run)
    assert (run.state, Order.objects.count()) == ("failed", 1)
    assert "quotation mark" in run.error


def test_what_is_no_file_of_orders_or_too_large_or_not_theirs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for data in (b"", b"hello", b"PK\x03\x04rest", b"\x00\x01"):
        with pytest.raises(Invalid):
            send(store, data)
    with pytest.raises(Invalid):
        send(store, rows_of(1), format_code="abacus")
    run = send(store, rows_of(1))
    buyer = actor(make_buyer())
    with pytest.raises(NotFound):
        import_jobs.start_import(actor=buyer, run=run.public_id)
    monkeypatch.setattr(import_jobs, "MOST_UPLOADED", 10)
    with pytest.raises(TooLarge):
        send(store, rows_of(1))
    assert Import.objects.count() == 1


def test_rights_of_today_count_when_the_worker_comes(store: Store) -> None:
    house = make_house()
    manager = house.manager
    run = send(store, rows_of(1), actor=actor(manager))
    import_jobs.start_import(actor=actor(manager), run=run.public_id)
    type(manager).objects.filter(pk=manager.pk).update(kind="buyer")
    assert (worked(run).state, Order.objects.count()) == ("failed", 0)


def test_files_and_rejected_rows_are_forgotten(store: Store) -> None:
    run = send(store, rows_of(2, bad=1))
    other = send(store, rows_of(2, bad=1, email="bob@example.com"))
    for one in (run, other):
        import_jobs.start_import(actor=SYSTEM, run=one.public_id)
    worked(run)
    draft = send(store, rows_of(1))
    person = Order.objects.get(number="A-1").person
    erase_hooks(person.pk)
    kept = ImportRow.objects.filter(outcome="rejected").exclude(cells=[])
    assert list(kept.values_list("run", flat=True)) == [run.pk]
    import_jobs.forget_imports()
    assert default_storage.exists(draft.file)
    Import.objects.update(started_at=now() - timedelta(days=31))
    import_jobs.forget_imports()
    assert not kept.exists()
    assert not default_storage.exists(draft.file)
    dropped = send(store, rows_of(1))
    import_jobs.drop_import(actor=SYSTEM, run=dropped.public_id)
    assert not default_storage.exists(dropped.file)


def test_a_file_is_read_once_however_many_steps_it_takes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 4)
    monkeypatch.setattr(import_steps, "STEP_SECONDS", 0.0)
    opened: list[str] = []
    open_file = import_jobs.open_file
    monkeypatch.setattr(import_jobs, "open_file", lambda run: opened.append(run.file) or open_file(run))
    run = send(store, rows_of(10))
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    worked(run)
    assert (run.state, counts(run), len(opened)) == ("running", (4, 0, 0, 0), 1)
    places._kept.clear()  # as in another process: it passes over what is through, a step's time at once
    while run.state == "running":
        worked(run)
    assert (counts(run), len(opened)) == ((10, 0, 0, 0), 2)
    assert not places._kept


def test_what_stopped_says_so_and_goes_on(store: Store) -> None:
    run = send(store, rows_of(10))
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    Outbox.objects.update(state="running", claimed_at=now())  # a worker took it and died
    import_jobs.continue_import(actor=SYSTEM, run=run.public_id)
    assert not states.has_stopped(run, now())
    assert outbox.run_due() == 0, "it is not asked for again while it may be at work"
    with time_machine.travel(now() + timedelta(seconds=31), tick=False):
        run.refresh_from_db()
        assert states.has_stopped(run, now())
        import_jobs.continue_import(actor=SYSTEM, run=run.public_id)
        worked(run)
    assert (run.state, counts(run)) == ("done", (10, 0, 0, 0))
    with pytest.raises(Conflict):
        import_jobs.continue_import(actor=SYSTEM, run=run.public_id)


WORKER = """
import sys, django
from django.conf import settings
django.setup()
settings.MEDIA_ROOT = sys.argv[1]
from core import outbox
from orders.actions import import_steps
import_steps.BATCH, import_steps.STEP_SECONDS = 60, 600
bring_in, calls = import_steps.bring_in, []
def third(**given):
    rows = bring_in(**given)
    calls.append(rows)
    if len(calls) == 3:
        print("in the middle", flush=True)
        sys.stdin.read()
    return rows
import_steps.bring_in = third
outbox.run_due()
"""


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_worker_is_killed_and_another_goes_on(settings: Any, client: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    from tests.factories import make_store

    run = send(make_store(), rows_of(200, bad=5))
    import_jobs.start_import(actor=SYSTEM, run=run.public_id)
    base, _mark, query = os.environ["DATABASE_URL"].partition("?")
    address = f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"
    child = subprocess.Popen(
        [sys.executable, "-c", WORKER, settings.MEDIA_ROOT],
        env={**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "in the middle\n"
    child.kill()
    child.wait()
    run.refresh_from_db()
    assert (run.state, sum(counts(run)), Order.objects.count()) == ("running", 120, 115)
    assert outbox.run_due() == 0, "the dead one's lease still runs"
    Import.objects.update(moved_at=now() - timedelta(seconds=31))
    log_in(client, make_house().manager)
    page = f"/console/feeds/files/{run.public_id}/"
    assert b"Continue now" in client.get(page).content
    assert client.post(f"{page}do/", {"op": "continue"}).status_code == 302
    while run.state == "running":
        worked(run)
    assert (run.state, counts(run), Order.objects.count()) == ("done", (195, 0, 0, 5), 195)
    assert OrderRecord.objects.filter(verb="order.placed").count() == 195
    assert list(verify()) == []
    child.stdout.close()
