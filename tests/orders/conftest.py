"""Orders as feeds tell them, and files of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.clock import now
from orders.data import AddressData, LineData, OrderData
from orders.models import Store
from tests.factories import make_house, make_store

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,"
    "Shipping Name,Shipping Address1,Shipping City,Shipping Zip,Shipping Country,Cancelled at,Payment Method,"
    "Refunded Amount,Notes,Phone"
).split(",")
PLACED = now().replace(microsecond=0) - timedelta(
    hours=1
)  # one instant for a run: the same words are the same


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


@pytest.fixture
def house(db: None) -> Any:
    return make_house()


def order_data(number: str = "1001", **fields: Any) -> OrderData:
    """A paid order of two lines, placed an hour ago."""
    placed = fields.pop("placed_at", PLACED)
    given: dict[str, Any] = {
        "email": "ann@example.com",
        "name": "Ann Example",
        "paid_at": placed,
        "total": Decimal("34.98"),
        "subtotal": Decimal("29.98"),
        "shipping": Decimal("5.00"),
        "lines": (
            LineData(name="Crew Tee", quantity=2, price=Decimal("9.99"), sku="TEE-BLK-S"),
            LineData(name="Mug", quantity=1, price=Decimal("10.00"), sku="MUG"),
        ),
        "shipping_address": AddressData(
            name="Ann Example", line1="1 Main St", city="Springfield", country="US"
        ),
    }
    return OrderData(number=number, placed_at=placed, **{**given, **fields})


def row(name: str = "#1001", **cells: str) -> dict[str, str]:
    """An order's first row of a Shopify export; cells by column, with _ for blanks."""
    given = {
        "Name": name,
        "Email": "ann@example.com",
        "Financial Status": "paid",
        "Paid at": "2014-01-14 12:00:00 +0000",
        "Fulfillment Status": "fulfilled",
        "Fulfilled at": "2014-01-15 12:00:00 +0000",
        "Currency": "USD",
        "Subtotal": "29.98",
        "Total": "29.98",
        "Created at": "2014-01-14 12:00:00 +0000",
        "Shipping Name": "Ann Example",
        "Shipping Zip": "'01940",
        **line(name),
    }
    return {**given, **{column.replace("_", " "): value for column, value in cells.items()}}


def line(name: str = "#1001", **cells: str) -> dict[str, str]:
    """A further line of an order: the order's own columns are blank."""
    given = {"Name": name, "Lineitem quantity": "1", "Lineitem name": "Mug", "Lineitem price": "10.00"}
    return {**given, **{column.replace("_", " "): value for column, value in cells.items()}}


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as a Shopify export; returns its path."""

    def write(rows: Iterable[dict[str, str]], header: list[str] = HEADER, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]
