"""The same product bought again and again within 24 hours: a mark for a person's look, and its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from core.actors import SYSTEM
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from orders.actions import clear_mark, upsert_order
from orders.actions.imports import bring_in, open_import
from orders.actions.promises import Horizon
from orders.actions.security import mark_many
from orders.data import LineData
from orders.imports.results import Found
from orders.models import Order, SecurityMark
from orders.queries import record_of
from orders.security import again_and_again, open_mark, product_of
from orders.verify import verify
from tests.factories import actor
from tests.orders.conftest import order_data

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "count"),
    [
        ((), 0),
        ((0, 1), 0),
        ((0, 1, 2), 3),
        ((2, 0, 23.999), 3),
        ((0, 12, 24), 0),
        ((0, 20, 25, 30, 60), 3),
        ((0, 0, 0, 0), 4),
    ],
)
def test_three_orders_in_less_than_24_hours(hours: tuple[float, ...], count: int) -> None:
    assert again_and_again(START + hour * HOUR for hour in hours) == count


def test_which_lines_are_the_same_product() -> None:
    assert product_of(" TEE-1 ", "Tee") == product_of("tee-1", "Another name")
    assert product_of("", "Mug") == product_of(" ", " mug ")


@pytest.fixture
def world(house: Any) -> SimpleNamespace:
    return SimpleNamespace(store=house.store, agent=actor(house.agent), placed=now() - HOUR)


def buy(world: SimpleNamespace, number: str, sku: str = "MUG", **fields: Any) -> Order:
    one = LineData(name=sku, quantity=1, price=Decimal("34.98"), sku=sku)
    placed = fields.pop("placed_at", world.placed)
    data = order_data(number, placed_at=placed, lines=(one,), **fields)
    return upsert_order(actor=SYSTEM, store=world.store, data=data).order


def steps(order: Order, reader: Any) -> list[str]:
    return [row.verb for row in record_of(reader, order) if "security" in row.verb]


@pytest.mark.django_db
def test_the_third_order_sets_the_mark_and_staff_alone_read_it(world: SimpleNamespace) -> None:
    first, _second = buy(world, "1"), buy(world, "2", "mug")
    assert not SecurityMark.objects.exists()
    third = buy(world, "3")
    mark = SecurityMark.objects.get()
    assert (mark.order, mark.person, mark.product, mark.orders) == (third, first.person, "mug", 3)
    assert steps(third, world.agent) == ["order.security_marked"]
    assert steps(third, actor(third.person)) == [] and open_mark(actor(third.person), third) is None
    assert open_mark(world.agent, first) == mark  # it stands on the account
    buy(world, "4")
    assert SecurityMark.objects.count() == 1
    assert not list(verify())


@pytest.mark.django_db
def test_what_gives_no_cause(world: SimpleNamespace) -> None:
    for number, fields in enumerate(
        (
            {"sku": "TEE"},
            {"email": "another@example.com"},
            {"cancelled_at": world.placed},
            {"placed_at": world.placed - 24 * HOUR},
            {},
            {},
        )
    ):
        buy(world, f"{number}", **fields)
    for number in "abc":
        buy(world, number, placed_at=world.placed - 400 * HOUR)
    assert not SecurityMark.objects.exists()


@pytest.mark.django_db
def test_an_order_whose_lines_change_gives_cause_too(world: SimpleNamespace) -> None:
    buy(world, "1"), buy(world, "2"), buy(world, "3", "TEE")
    assert not SecurityMark.objects.exists()
    third = buy(world, "3", "MUG", updated_at=now())
    assert SecurityMark.objects.get().order == third


@pytest.mark.django_db
def test_a_person_who_has_looked_clears_it_with_a_reason(world: SimpleNamespace) -> None:
    first, _second, third = (buy(world, number) for number in "123")
    with pytest.raises(Invalid):
        clear_mark(actor=world.agent, order_id=third.pk, words=" ")
    with pytest.raises(Forbidden):
        clear_mark(actor=actor(third.person), order_id=third.pk, words="Mine.")
    clear_mark(actor=world.agent, order_id=first.pk, words="A gift for each guest.")
    row = record_of(world.agent, third)[-1]
    assert (row.verb, row.text, row.for_buyer) == (
        "order.security_cleared",
        {"reason": "A gift for each guest."},
        False,
    )
    assert SecurityMark.objects.get().cleared_by_id == world.agent.id
    with pytest.raises(Conflict) as refused:
        clear_mark(actor=world.agent, order_id=third.pk, words="Again.")
    assert refused.value.code == "not_marked"


@pytest.mark.django_db
def test_what_was_looked_at_is_no_cause_again(world: SimpleNamespace) -> None:
    third = [buy(world, number) for number in "123"][-1]
    clear_mark(actor=world.agent, order_id=third.pk, words="A gift for each guest.")
    buy(world, "4")
    assert open_mark(world.agent, third) is None
    SecurityMark.objects.update(cleared_at=world.placed - HOUR)
    assert buy(world, "5") == SecurityMark.objects.get(cleared_at=None).order


def bring(world: SimpleNamespace, *rows: dict[str, Any]) -> None:
    """A file's batch of orders of mugs."""
    batch = []
    for line, fields in enumerate(rows, 2):
        one = LineData(name="Mug", quantity=1, price=Decimal("34.98"), sku=fields.pop("sku", "MUG"))
        data = order_data(**{"placed_at": world.placed, "lines": (one,), **fields})
        batch.append(Found(line, data, [line], {}))
    run = open_import(actor=SYSTEM, store=world.store, filename="f.csv", format_code="shopify_csv")
    bring_in(actor=SYSTEM, run=run, batch=batch, horizon=Horizon(now()))


@pytest.mark.django_db
def test_a_file_sets_the_mark_once_for_each_who_gives_cause(world: SimpleNamespace) -> None:
    often = [{"number": f"{n}", "placed_at": world.placed - n * timedelta(minutes=1)} for n in range(5)]
    others = [{"number": f"o{n}", "email": f"o{n}@example.com"} for n in range(3)]
    mixed = [{"number": f"m{n}", "email": "mixed@example.com", "sku": f"TEE-{n}"} for n in range(3)]
    bring(world, *often, *others, *mixed)
    mark = SecurityMark.objects.get()
    assert (mark.order.number, mark.product, mark.orders) == ("0", "mug", 5)  # the newest one sets it
    assert steps(mark.order, world.agent) == ["order.security_marked"] and not list(verify())
    bring(world, {"number": "9"})
    assert SecurityMark.objects.count() == 1
    clear_mark(actor=world.agent, order_id=mark.order_id, words="A gift for each guest.")
    bring(world, {"number": "10"})
    assert open_mark(world.agent, mark.order) is None


@pytest.mark.django_db
def test_a_file_on_top_of_earlier_orders_and_one_that_changes_them(world: SimpleNamespace) -> None:
    buy(world, "1"), buy(world, "2", "TEE")
    bring(world, {"number": "3"})
    assert not SecurityMark.objects.exists()
    bring(world, {"number": "2", "updated_at": now()})
    assert SecurityMark.objects.get().order.number == "2"


@pytest.mark.django_db
def test_a_batch_asks_once_and_an_old_one_not_at_all(
    world: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    fresh = [buy(world, f"{n}", email=f"b{n}@example.com") for n in range(9)]
    with django_assert_num_queries(1):
        mark_many(actor=SYSTEM, orders=fresh, at=now())
    with django_assert_num_queries(0):
        mark_many(actor=SYSTEM, orders=fresh, at=now() + 400 * HOUR)
