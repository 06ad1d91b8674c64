"""The orders export of Shopify: 79 columns, one row a line; what concerns the order stands on its first row only.

Its times carry an offset, its numbers a "#", its zip codes an apostrophe that keeps spreadsheets from counting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.data import ZERO, AddressData, LineData, OrderData
from orders.imports.cells import GUARDED, Context
from orders.imports.lines import Row, Source, header_of, rows_of
from orders.imports.results import Bad, Found, Raw, Reject
from orders.models import OrderStatus

CODE = "shopify_csv"
REQUIRED = (
    *(
        "Name",
        "Email",
        "Financial Status",
        "Paid at",
        "Fulfillment Status",
        "Fulfilled at",
        "Currency",
        "Subtotal",
    ),
    *("Shipping", "Taxes", "Total", "Discount Amount", "Created at", "Cancelled at", "Refunded Amount"),
    *("Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Lineitem discount"),
)
OF_THE_ORDER = ("Email", "Financial Status", "Currency", "Total", "Created at")
MONEY = re.compile(r"-?\d{1,12}(?:\.\d{1,2})?\Z")
TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}) ?(Z|UTC|[+-]\d{2}:?\d{2})\Z")
SURROGATE = re.compile("[\ud800-\udfff]")

# Which column a field of OrderData comes from, to name it in a rejection.
COLUMNS = {
    "number": "Name",
    "email": "Email",
    "currency": "Currency",
    "status": "Financial Status",
    "subtotal": "Subtotal",
    "discount": "Discount Amount",
    "shipping": "Shipping",
    "taxes": "Taxes",
    "total": "Total",
    "refunded": "Refunded Amount",
    "placed_at": "Created at",
    "paid_at": "Paid at",
    "dispatched_at": "Fulfilled at",
    "cancelled_at": "Cancelled at",
    "phone": "Phone",
    "note": "Notes",
    "payment_method": "Payment Method",
    **{f"lines.{name}": f"Lineitem {name}" for name in ("quantity", "name", "price", "sku", "discount")},
    **{
        f"{kind}_address.{name}": f"{kind.title()} {column}"
        for kind in ("shipping", "billing")
        for name, column in {
            "name": "Name",
            "company": "Company",
            "line1": "Address1",
            "line2": "Address2",
            "city": "City",
            "region": "Province",
            "postcode": "Zip",
            "country": "Country",
            "phone": "Phone",
        }.items()
    },
}


class Cells:
    """One row by column names."""

    __slots__ = ("cells", "columns", "line")

    def __init__(self, columns: dict[str, int], row: Row) -> None:
        self.columns, self.cells, self.line = columns, row.cells, row.line

    def text(self, column: str) -> str:
        """The cell without outer space; blank for a column that the file does not have."""
        index = self.columns.get(column)
        cell = self.cells[index].strip() if index is not None else ""
        return cell[1:] if cell[:1] == "'" and GUARDED.match(cell) else cell

    def text_or_blank(self, column: str) -> str:
        """The same for a row that may be too short."""
        index = self.columns[column]
        return self.cells[index].strip() if index < len(self.cells) else ""

    def money(self, column: str, *, needed: bool = False) -> Decimal:
        """An amount; blank is nothing, unless it is `needed`."""
        raw = self.text(column)
        if not raw and not needed:
            return ZERO
        if not MONEY.match(raw):
            raise Bad(
                column, _("“%(given)s” is not an amount of money, such as 12.30.") % {"given": raw[:40]}
            )
        if raw[0] == "-":
            raise Bad(column, _("An amount of money is not negative here."))
        return Decimal(raw)

    def time(self, column: str) -> datetime | None:
        """An instant in UTC; blank is None."""
        raw = self.text(column)
        if not raw:
            return None
        match = TIME.match(raw)
        if match is None:
            words = _("“%(given)s” is not a time with its offset, such as 2026-01-31 18:05:00 -0500.")
            raise Bad(column, words % {"given": raw[:40]})
        day, hour, zone = match.groups()
        try:
            zone = "+00:00" if zone in ("Z", "UTC") else zone
            return datetime.fromisoformat(f"{day} {hour}{zone}").astimezone(UTC)
        except ValueError:
            raise Bad(column, _("There is no such time: “%(given)s”.") % {"given": raw[:40]}) from None

    def pieces(self, column: str) -> int:
        """A number of pieces."""
        raw = self.text(column)
        if not raw.isdecimal() or not raw.isascii() or len(raw) > 9 or raw == "0":
            raise Bad(
                column,
                _("“%(given)s” is not a number of pieces: a whole number from 1.") % {"given": raw[:40]},
            )
        return int(raw)

    def check(self, width: int) -> None:
        """Refuse a row of another width, and letters that are no UTF-8."""
        if len(self.cells) != width:
            words = _("The row has %(cells)d cells, the header has %(width)d.")
            raise Bad("", words % {"cells": len(self.cells), "width": width})
        if not (joined := "".join(self.cells)).isascii() and SURROGATE.search(joined):
            broken = next(name for name, index in self.columns.items() if SURROGATE.search(self.cells[index]))
            raise Bad(broken, _("There are bytes here that are not UTF-8."))


def recognises(columns: list[str]) -> bool:
    """Whether a header is this format's."""
    return {"Name", "Financial Status", "Lineitem quantity"} <= {column.strip() for column in columns}


def read(source: Source, context: Context | None = None) -> Iterator[Found | Reject]:
    """The orders of the file in their order, one in memory at a time. Raises Unreadable.

    The export says its own currency and offsets, so nothing of the `context` is needed.
    """
    rows = rows_of(source)
    columns = header_of(rows, REQUIRED)
    source.header = header = list(columns)
    group: list[Cells] = []
    for row in rows:
        if [cell.strip() for cell in row.cells[:3]] == header[:3]:
            continue  # two exports put together: the header stands there again
        cells = Cells(columns, row)
        if group and cells.text_or_blank("Name") != group[0].text_or_blank("Name"):
            yield _order(group, len(header))
            group = []
        group.append(cells)
    if group:
        yield _order(group, len(header))


def _order(group: list[Cells], width: int) -> Found | Reject:
    """One order from its rows; the first thing that is wrong rejects all of it."""
    number = SURROGATE.sub("?", group[0].text_or_blank("Name")).removeprefix("#")[:60]
    cells = group[0]
    try:
        for cells in group:
            cells.check(width)
        cells = group[0]
        _need_order(cells)
        data = _data(cells)
        lines = []
        for cells in group:
            lines.append(_line(cells))
    except Bad as bad:
        return Reject(cells.line, number, bad.column, bad.reason, _raw(group))
    return Found(group[0].line, data(tuple(lines)), [one.line for one in group], COLUMNS, _raw(group))


def _raw(group: list[Cells]) -> Raw:
    return tuple((cells.line, cells.cells) for cells in group)


def _need_order(cells: Cells) -> None:
    if not any(cells.text(column) for column in OF_THE_ORDER):
        raise Bad(
            "Name", _("This line belongs to no order: the order's own first row does not stand above it.")
        )
    if not cells.text("Name"):
        raise Bad("Name", _("The order's number is missing."))


def _data(cells: Cells) -> Callable[[tuple[LineData, ...]], OrderData]:
    placed_at = cells.time("Created at")
    if placed_at is None:
        raise Bad("Created at", _("The time of the order is missing."))
    fields = {
        "number": cells.text("Name"),
        "email": cells.text("Email"),
        "placed_at": placed_at,
        "paid_at": cells.time("Paid at"),
        "cancelled_at": cells.time("Cancelled at"),
        "currency": cells.text("Currency"),
        "subtotal": cells.money("Subtotal"),
        "discount": cells.money("Discount Amount"),
        "shipping": cells.money("Shipping"),
        "taxes": cells.money("Taxes"),
        "total": cells.money("Total", needed=True),
        "refunded": cells.money("Refunded Amount"),
        "payment_method": cells.text("Payment Method"),
        "phone": cells.text("Phone").removeprefix("'"),
        "note": cells.text("Notes"),
        "shipping_address": _address(cells, "Shipping"),
        "billing_address": _address(cells, "Billing"),
    }
    fields["status"] = _status(cells, fields["cancelled_at"] is not None)
    sent = cells.time("Fulfilled at")
    if cells.text("Fulfillment Status") == "fulfilled":
        fields["dispatched_at"] = sent  # a part of the parcels is no dispatch of the order

    def build(lines: tuple[LineData, ...]) -> OrderData:
        return OrderData(lines=lines, source=CODE, **fields)  # type: ignore[arg-type]

    return build


PAYMENT = {
    "pending": OrderStatus.AWAITING_PAYMENT,
    "expired": OrderStatus.AWAITING_PAYMENT,
    "partially_paid": OrderStatus.AWAITING_PAYMENT,
    "authorized": OrderStatus.UNDER_REVIEW,
    "paid": OrderStatus.AWAITING_SHIPPING,
    "partially_refunded": OrderStatus.AWAITING_SHIPPING,
    "refunded": OrderStatus.CANCELLED,
    "voided": OrderStatus.CANCELLED,
}
FULFILMENT = frozenset(
    {
        "",
        "unfulfilled",
        "pending",
        "open",
        "scheduled",
        "on_hold",
        "in_progress",
        "partial",
        "restocked",
        "fulfilled",
    }
)


def _status(cells: Cells, cancelled: bool) -> str:
    """What the two states of the export mean here. It tells no deliveries, so none is guessed."""
    paid, sent = cells.text("Financial Status"), cells.text("Fulfillment Status")
    if paid not in PAYMENT:
        raise Bad(
            "Financial Status",
            _("“%(given)s” is no state of a payment that is known.") % {"given": paid[:40]},
        )
    if sent not in FULFILMENT:
        words = _("“%(given)s” is no state of a dispatch that is known.")
        raise Bad("Fulfillment Status", words % {"given": sent[:40]})
    if cancelled:
        return OrderStatus.CANCELLED
    if sent == "fulfilled":
        return OrderStatus.RETURNED if paid == "refunded" else OrderStatus.AWAITING_DELIVERY
    return PAYMENT[paid]


def _line(cells: Cells) -> LineData:
    return LineData(
        name=cells.text("Lineitem name"),
        quantity=cells.pieces("Lineitem quantity"),
        price=cells.money("Lineitem price", needed=True),
        sku=cells.text("Lineitem sku"),
        discount=cells.money("Lineitem discount"),
    )


def _address(cells: Cells, kind: str) -> AddressData | None:
    address = AddressData(
        name=cells.text(f"{kind} Name"),
        company=cells.text(f"{kind} Company"),
        line1=cells.text(f"{kind} Address1") or cells.text(f"{kind} Street"),
        line2=cells.text(f"{kind} Address2"),
        city=cells.text(f"{kind} City"),
        region=cells.text(f"{kind} Province"),
        postcode=cells.text(f"{kind} Zip").removeprefix("'"),
        country=cells.text(f"{kind} Country"),
        phone=cells.text(f"{kind} Phone").removeprefix("'"),
    )
    return address if address != AddressData() else None
