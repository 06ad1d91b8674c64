"""The record cannot be changed, and who changes it all the same is found: on both databases."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core import appendonly
from core.actors import SYSTEM
from core.clock import now
from orders.actions import add_record, cancel_order, erase_details, upsert_order
from orders.models import Order, OrderRecord, OrderRecordDetail, Store
from orders.queries import record_of
from orders.verify import verify
from tests.factories import actor, make_buyer, make_house
from tests.orders.conftest import order_data

TABLE = "orders_orderrecord"


@pytest.fixture(params=["here", pytest.param("postgresql", marks=pytest.mark.pg)])
def order(request: pytest.FixtureRequest, db: None) -> Order:
    """An order with a record of five rows, two of them with words, on the database at hand and on PostgreSQL."""
    if request.param == "postgresql" and connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    house = make_house()
    data = order_data(refunded=Decimal("1.00"))
    order = upsert_order(actor=SYSTEM, store=house.store, data=data).order
    upsert_order(actor=SYSTEM, store=house.store, data=order_data("1002"))
    upsert_order(actor=SYSTEM, store=house.store, data=order_data(refunded=Decimal("1.00"), note="gift"))
    return cancel_order(actor=actor(house.agent), order_id=order.pk, reason="The buyer, Ann, asked for it.")


@contextlib.contextmanager
def triggers_gone() -> Iterator[None]:
    """What a person with the database's own password can do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f'DROP TRIGGER "{TABLE}_appendonly" ON "{TABLE}"')
        else:
            cursor.execute(f"DROP TRIGGER {TABLE}_no_update")
            cursor.execute(f"DROP TRIGGER {TABLE}_no_delete")
    yield
    appendonly.install(TABLE)


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET verb = 'order.paid' WHERE seq = 1",
        f"UPDATE {TABLE} SET mac = mac WHERE seq = 1",
        f"DELETE FROM {TABLE} WHERE seq = 4",
    ],
)
def test_the_database_refuses_to_change_a_row(order: Order, statement: str) -> None:
    rows = list(OrderRecord.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        sql(statement)
    assert list(OrderRecord.objects.order_by("pk").values()) == rows


def test_a_whole_record_verifies(order: Order) -> None:
    assert [row.verb for row in order.record.order_by("seq")] == [
        *("order.placed", "order.paid", "order.refunded", "order.changed", "order.cancelled")
    ]
    assert list(verify()) == []
    out = StringIO()
    call_command("verify_record", stdout=out)
    assert out.getvalue() == "7 rows, all whole.\n"


@pytest.mark.parametrize(
    "statement, seq, words",
    [
        (f"UPDATE {TABLE} SET verb = 'order.packed' WHERE order_id = %s AND seq = 2", 2, "was changed"),
        (f"UPDATE {TABLE} SET actor_id = 77 WHERE order_id = %s AND seq = 5", 5, "was changed"),
        (f"UPDATE {TABLE} SET for_buyer = NOT for_buyer WHERE order_id = %s AND seq = 1", 1, "was changed"),
        (f"UPDATE {TABLE} SET data = '{{}}' WHERE order_id = %s AND seq = 3", 3, "was changed"),
        (f"DELETE FROM {TABLE} WHERE order_id = %s AND seq = 2", 3, "row 2 before it was taken away"),
        (f"DELETE FROM {TABLE} WHERE order_id = %s AND seq = 3", 4, "row 3 before it was taken away"),
    ],
)
def test_tampering_with_the_triggers_gone_is_found(
    order: Order, statement: str, seq: int, words: str
) -> None:
    with triggers_gone():
        sql(statement, order.pk)
    first = next(verify())
    assert (first.number, first.seq) == (order.number, seq) and words in first.problem
    with pytest.raises(CommandError) as refused:
        call_command("verify_record", store="us", stdout=StringIO())
    assert refused.value.returncode == 1


def test_a_moved_time_is_found(order: Order) -> None:
    row = OrderRecord.objects.get(order=order, seq=2)
    with triggers_gone():
        OrderRecord.objects.filter(pk=row.pk).update(at=row.at - timedelta(seconds=1))
    assert [finding.seq for finding in verify()] == [2]


def test_a_chain_rewritten_without_the_key_is_found(order: Order, settings: Any) -> None:
    settings.RECORD_KEY, real = "a guess", settings.RECORD_KEY
    from orders.record import covered, key, mac_of

    with triggers_gone():
        previous = ""
        for row in OrderRecord.objects.filter(order=order).order_by("seq"):
            row.verb = "order.packed" if row.seq == 2 else row.verb
            previous = row.mac = mac_of(covered(row), previous, key())
            row.save(update_fields=["verb", "mac"])
    settings.RECORD_KEY = real
    assert [finding.seq for finding in verify()] == [1, 2, 3, 4, 5]


def test_a_cut_tail_is_found(order: Order) -> None:
    with triggers_gone():
        OrderRecordDetail.objects.filter(record__order=order, record__seq__gte=4).delete()
        sql(f"DELETE FROM {TABLE} WHERE order_id = %s AND seq >= 4", order.pk)
    assert [str(finding) for finding in verify()] == [
        f"order us:{order.number}: the end was cut off: rows 4 to 5 are missing"
    ]


def test_a_row_put_in_by_hand_is_found(order: Order) -> None:
    row = OrderRecord.objects.get(order=order, seq=1)
    row.pk, row.seq = None, 6
    row.save(force_insert=True)
    assert {finding.seq for finding in verify()} == {0, 6}


def test_rows_of_two_orders_cannot_change_places(order: Order) -> None:
    other = OrderRecord.objects.get(order__number="1002", seq=1)
    mine = OrderRecord.objects.get(order=order, seq=1)
    with triggers_gone():
        OrderRecord.objects.filter(pk=other.pk).update(mac=mine.mac, data=mine.data, at=mine.at)
    assert {finding.number for finding in verify()} == {"1002"}


def test_a_row_put_in_between_is_found(order: Order) -> None:
    """Those after it are moved on, and the order's counter with them, so that no number is missing."""
    row = OrderRecord.objects.get(order=order, seq=3)
    with triggers_gone():
        for seq in (5, 4, 3):
            sql(f"UPDATE {TABLE} SET seq = seq + 1 WHERE order_id = %s AND seq = %s", order.pk, seq)
        row.pk, row.seq, row.verb = None, 3, "order.packed"
        row.save(force_insert=True)
        Order.objects.filter(pk=order.pk).update(record_head=6)
    assert [finding.seq for finding in verify()][0] == 3
    assert {finding.number for finding in verify()} == {order.number}


def test_swapped_words_are_found(order: Order) -> None:
    """Each detail whole, with its salt, beside the other's row."""
    fourth, fifth = OrderRecordDetail.objects.filter(record__order=order).order_by("record__seq")
    rows = fourth.record_id, fifth.record_id
    texts = (fifth.salt, fifth.text), (fourth.salt, fourth.text)
    for row_id, (salt, text) in zip(rows, texts, strict=True):
        OrderRecordDetail.objects.filter(record_id=row_id).update(salt=salt, text=text)
    assert [str(finding).split(": ")[1] for finding in verify()] == ["its words were changed"] * 2
    assert [finding.seq for finding in verify()] == [4, 5]


def test_words_beside_a_row_that_has_none_are_found(order: Order) -> None:
    first = OrderRecord.objects.get(order=order, seq=1)
    OrderRecordDetail.objects.create(record=first, salt="0" * 32, text={"reason": "He asked."})
    assert [(found.seq, found.problem) for found in verify()] == [
        (1, "has words that were not written with it")
    ]


def test_a_row_written_while_it_is_read_is_no_tampering(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order's counter and its rows are read one after the other: what differs is read again under the lock."""
    from orders import verify as module

    real, came = module._read, []

    def read(pks: list[int]) -> Any:
        found = list(real(pks))
        if not came:
            came.append(True)
            with transaction.atomic():
                add_record(order, actor=SYSTEM, verb="order.noted", at=now())
            found = [(pk, [(0, "the order knows 6 rows, the record has 5")]) for pk, _some in found]
        return iter(found)

    monkeypatch.setattr(module, "_read", read)
    assert list(verify()) == [] and came


def test_changed_and_missing_words_are_found_and_erased_ones_are_in_order(order: Order) -> None:
    detail = OrderRecordDetail.objects.get(record__order=order, record__seq=5)
    assert "Ann" not in str(list(OrderRecord.objects.values("data")))
    OrderRecordDetail.objects.filter(pk=detail.pk).update(text={"reason": "The shop wanted it."})
    assert [finding.problem for finding in verify()] == ["its words were changed"]
    OrderRecordDetail.objects.filter(pk=detail.pk).delete()
    assert [finding.problem for finding in verify()] == ["its words were taken away without a trace"]
    OrderRecordDetail.objects.create(pk=detail.pk, record=detail.record, salt=detail.salt, text=detail.text)
    with transaction.atomic():
        assert erase_details(order, actor=SYSTEM) == 2
    assert list(verify()) == []
    assert not OrderRecordDetail.objects.filter(record__order=order).exists()


def test_lost_triggers_are_reported(order: Order) -> None:
    with triggers_gone(), pytest.raises(CommandError):
        out = StringIO()
        call_command("verify_record", stdout=out)
    assert "run migrate" in out.getvalue()


def test_the_buyer_reads_what_concerns_the_buyer(order: Order) -> None:
    with transaction.atomic():
        add_record(
            order, actor=SYSTEM, verb="promise.warned", at=now(), data={"metric": "dispatch"}, for_buyer=False
        )
    staff = record_of(actor(make_house_agent()), order)
    buyer = record_of(actor(order.person), order)
    assert [entry.verb for entry in staff][-1] == "promise.warned"
    assert [entry.verb for entry in buyer] == [
        "order.placed",
        "order.paid",
        "order.refunded",
        "order.cancelled",
    ]
    cancelled = buyer[-1]
    assert (cancelled.who, cancelled.text) == ("the shop", {"reason": "The buyer, Ann, asked for it."})
    assert next(entry for entry in staff if entry.verb == "order.cancelled").who == "Mia Chen"
    assert make_buyer()  # another buyer never gets here: access_order refuses first


def make_house_agent() -> Any:
    from accounts.models import Person

    return Person.objects.get(name="Mia Chen")


def test_verification_of_another_store_is_told(db: None) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("verify_record", store="none")
    assert refused.value.returncode == 2
    assert Store.objects.count() == 0
