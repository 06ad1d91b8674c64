"""Marketplaces' reports, our own table, workbooks and mapped columns: what comes in, and what is refused how."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from orders.imports.cells import Context, guarded, moment_of, money_of, plain
from orders.imports.columns import FIELDS, guess
from orders.imports.formats import format_of, reader_for
from orders.imports.lines import Source, Unreadable, look_at
from orders.imports.results import Bad, Found, Reject
from orders.models import Import, ImportRow, Order, Store

AMAZON = (
    "amazon-order-id purchase-date last-updated-date order-status product-name sku item-status quantity currency "
    "item-price item-tax shipping-price shipping-tax gift-wrap-price gift-wrap-tax item-promotion-discount "
    "ship-promotion-discount ship-city ship-state ship-postal-code ship-country"
).split()
EBAY = (
    "Sales Record Number,Order Number,Buyer Name,Buyer Email,Buyer Note,Ship To Name,Ship To Address 1,Ship To City,"
    "Ship To Zip,Ship To Country,Item Title,Custom Label,Quantity,Sold For,Shipping And Handling,"
    "Seller Collected Tax,eBay Collected Tax,Total Price,Payment Method,Sale Date,Paid On Date,Shipped On Date,"
    "Tracking Number,Variation Details"
).split(",")


def table(header: Iterable[str], rows: Iterable[dict[str, str]], delimiter: str = ",") -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, list(header), restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(data: bytes, format_code: str = "auto", **context: Any) -> list[Found | Reject]:
    source = Source(BytesIO(data), "orders")
    look_at(source)
    return list(reader_for(source, format_code).read(source, Context(zone="America/New_York", **context)))


def orders(data: bytes, **context: Any) -> list[Any]:
    found = read(data, **context)
    assert all(isinstance(item, Found) for item in found), found
    return [item.data for item in found if isinstance(item, Found)]


def amazon(**cells: str) -> dict[str, str]:
    given = {
        "amazon-order-id": "111-2222222-3333333\t",
        "purchase-date": "2026-06-17T08:04:21+00:00",
        "last-updated-date": "2026-06-18T22:07:59+00:00",
        "order-status": "Shipped",
        "product-name": "Scarpe blu",
        "sku": "SHOE-BLU-42",
        "quantity": "3",
        "currency": "EUR",
        "item-price": "100.00",
        "item-tax": "18.03",
        "shipping-price": "4.90",
        "ship-city": "TORINO",
        "ship-country": "IT",
    }
    return given | {name.replace("_", "-"): value for name, value in cells.items()}


def own(**cells: str) -> dict[str, str]:
    given = {
        "number": "A-1",
        "email": "ann@example.com",
        "placed_at": "2026-01-31 18:05",
        "item": "Mug",
        "quantity": "2",
        "price": "10.00",
    }
    return given | cells


def test_amazon_sums_of_rows_are_exact_and_taxes_are_counted_once() -> None:
    data = table(AMAZON, [amazon(), amazon(sku="B", item_price="7.00", item_tax="", shipping_price="")], "\t")
    (order,) = orders(data)
    assert order.number == "111-2222222-3333333"
    assert order.email == "amazon-111-2222222-3333333@no-address.invalid"
    assert [(x.quantity, x.price, x.discount) for x in order.lines] == [
        (3, Decimal("33.34"), Decimal("0.02")),
        (3, Decimal("2.34"), Decimal("0.02")),
    ]
    assert (order.subtotal, order.taxes, order.total) == (Decimal(107), Decimal("18.03"), Decimal("111.90"))
    assert order.updated_at == datetime(2026, 6, 18, 22, 7, 59, tzinfo=UTC)
    (american,) = orders(table(AMAZON, [amazon(currency="USD")], "\t"))
    assert american.total == Decimal("122.93")


@pytest.mark.parametrize(
    "said, status",
    [
        ("Pending", "awaiting_payment"),
        ("Unshipped", "awaiting_shipping"),
        ("Shipped", "awaiting_delivery"),
        ("Shipped - Delivered to Buyer", "delivered"),
        ("Shipped - Returned to Seller", "returned"),
        ("Shipped - Lost in Transit", "awaiting_delivery"),
        ("Cancelled", "cancelled"),
    ],
)
def test_amazon_states(said: str, status: str) -> None:
    count = "0" if said == "Cancelled" else "1"
    (order,) = orders(table(AMAZON, [amazon(order_status=said, quantity=count)], "\t"))
    assert order.status == status


def test_ebay_orders_of_one_and_of_several_items() -> None:
    one = {
        "Order Number": "01-23456-78901",
        "Buyer Name": "Bo",
        "Buyer Email": "bo@example.com",
        "Item Title": "Mug",
        "Quantity": "2",
        "Sold For": "$9.99",
        "Shipping And Handling": "$5.00",
        "Total Price": "$1,024.98",
        "Sale Date": "Jan-15-26",
        "Paid On Date": "Jan-16-26",
    }
    whole = {**one, "Order Number": "02", "Item Title": "", "Quantity": "3", "Sold For": "$12.00"}
    items = [
        {"Order Number": "02", "Item Title": f"Item {n}", "Quantity": "1", "Sold For": "$6.00"}
        for n in (1, 2)
    ]
    sent = {
        **one,
        "Order Number": "03",
        "Shipped On Date": "Jan-17-26",
        "Tracking Number": "1Z999AA10123456795",
    }
    text = b"\n" + table(EBAY, [one, whole, *items, sent]) + b"\n3, record(s) downloaded\nSeller ID: us\n"
    first, second, third = orders(text)
    assert (first.total, first.currency, first.status) == (Decimal("1024.98"), "USD", "awaiting_shipping")
    assert first.placed_at == datetime(2026, 1, 15, 17, tzinfo=UTC)  # noon in New York: no hour was told
    assert [line.name for line in second.lines] == ["Item 1", "Item 2"]
    assert second.email == "bo@example.com"
    assert (third.status, third.shipments[0].tracking_number) == ("awaiting_delivery", "1Z999AA10123456795")


def test_our_own_table_as_csv_and_as_workbook_says_the_same() -> None:
    rows = [own(sku="007"), own(item="Tea", quantity="1", price="2.50"), own(number="A-2", status="shipped")]
    header = ["number", "email", "placed_at", "item", "quantity", "price", "sku", "status"]
    book = Workbook()
    book.active.append(header)
    for row in rows:
        cells: list[Any] = [row.get(name, "") for name in header]
        cells[2], cells[4], cells[5] = datetime(2026, 1, 31, 18, 5), int(cells[4]), float(cells[5])  # noqa: DTZ001
        book.active.append(cells)
    file = BytesIO()
    book.save(file)
    assert orders(file.getvalue()) == orders(table(header, rows))
    first, second = orders(table(header, rows))
    assert (first.total, first.lines[0].sku, second.status) == (Decimal("22.50"), "007", "awaiting_delivery")


def test_formulas_stay_text_and_leave_guarded(store: Store, tmp_path: Path) -> None:
    path, out = tmp_path / "own.csv", tmp_path / "rejected.csv"
    header = ["number", "email", "placed_at", "item", "quantity", "price", "note"]
    bad = own(number="A-2", item="=cmd|' /C calc'!A0", price="many", note="@SUM(1)")
    path.write_bytes(table(header, [own(item="=1+1", note="+49 30"), bad]))
    with pytest.raises(CommandError):
        call_command(
            "import_orders", str(path), store="us", rejected=out, stdout=StringIO(), stderr=StringIO()
        )
    order = Order.objects.get()
    assert (order.lines.get().name, order.note) == ("=1+1", "+49 30")
    (back,) = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    assert (back["item"], back["note"]) == ("'=cmd|' /C calc'!A0", "'@SUM(1)")
    assert back["Rejected line"] == "3"
    assert "many" in back["Rejected because"]
    # Mended and sent again: only the mended row goes in, as it was written at first.
    out.write_text(out.read_text(encoding="utf-8-sig").replace(",many,", ",3,"), encoding="utf-8-sig")
    call_command("import_orders", str(out), store="us", stdout=StringIO())
    assert Order.objects.get(number="A-2").lines.get().name == "=cmd|' /C calc'!A0"
    assert Import.objects.order_by("id").last().created == 1  # type: ignore[union-attr]


def test_forty_bad_rows_mended_and_sent_again(store: Store, tmp_path: Path) -> None:
    path, out = tmp_path / "own.csv", tmp_path / "rejected.csv"
    rows = [own(number=f"A-{n}", quantity="x" if n % 3 == 0 else "1") for n in range(120)]
    path.write_bytes(table(own(), rows))
    with pytest.raises(CommandError, match="40 were"):
        call_command(
            "import_orders", str(path), store="us", rejected=out, stdout=StringIO(), stderr=StringIO()
        )
    assert Order.objects.count() == 80
    out.write_text(out.read_text(encoding="utf-8").replace(",x,", ",1,"), encoding="utf-8")
    told = StringIO()
    call_command("import_orders", str(out), store="us", stdout=told)
    assert told.getvalue().startswith("40 created, 0 updated, 0 unchanged, 0 rejected")
    assert Order.objects.count() == 120


def test_a_dry_run_says_what_would_be_and_keeps_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(table(own(), [own(), own(number="A-2")]))
    call_command("import_orders", str(path), store="us", stdout=StringIO())
    runs = Import.objects.count(), ImportRow.objects.count(), Order.objects.get(number="A-2").record_head
    path.write_bytes(table(own(), [own(), own(number="A-2", item="Cup"), own(number="A-3"), own(email="x")]))
    told = StringIO()
    with pytest.raises(CommandError, match="1 was rejected"):
        call_command("import_orders", str(path), store="us", dry_run=True, stdout=told, stderr=StringIO())
    assert "1 created, 1 updated, 1 unchanged, 1 rejected; nothing" in told.getvalue()
    after = Import.objects.count(), ImportRow.objects.count(), Order.objects.get(number="A-2").record_head
    assert after == runs


def test_other_columns_come_in_by_mapping(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text(
        "Bestellung;Datum;Mail;Artikel;Stück;Preis\nB-7;31.01.2026 18:05;ann@example.com;Tasse;2;1.234,50 €\n",
        encoding="cp1252",
    )
    pairs = "number=Bestellung placed_at=Datum email=Mail item=Artikel quantity=Stück price=Preis".split()
    call_command("import_orders", str(path), store="us", map=pairs, stdout=StringIO())
    assert Order.objects.get(number="B-7").total == Decimal(2469)
    for wrong, words in (
        ("price=Kosten", "missing: Kosten"),
        ("prize=Preis", "no fields"),
        ("price", "FIELD="),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_orders", str(path), store="us", map=[*pairs[:-1], wrong], stdout=StringIO())


def test_guessed_columns() -> None:
    header = [
        "Order #",
        "Date Created",
        "Customer Email",
        "Product Name",
        "Qty",
        "Unit Price",
        "Order_Total",
        "x",
    ]
    assert guess(header) == {
        "number": "Order #",
        "placed_at": "Date Created",
        "email": "Customer Email",
        "item": "Product Name",
        "quantity": "Qty",
        "price": "Unit Price",
        "total": "Order_Total",
    }
    assert format_of(list(FIELDS)) == "helpdesk_orders"
    assert format_of(header) == ""


def test_an_older_file_never_undoes_a_newer_one(store: Store, tmp_path: Path) -> None:
    def send(updated: str, item: str) -> str:
        path = tmp_path / "own.csv"
        path.write_bytes(table(own(updated_at=updated), [own(updated_at=updated, item=item)]))
        told = StringIO()
        call_command("import_orders", str(path), store="us", stdout=told)
        return told.getvalue()

    send("2026-02-02T00:00:00Z", "New")
    assert "1 unchanged" in send("2026-02-01T00:00:00Z", "Old")
    assert Order.objects.get().lines.get().name == "New"


def test_rows_of_an_order_that_stand_apart_are_refused_and_repeats_count_once() -> None:
    data = table(own(), [own(), own(), own(number="A-2"), own(item="Tea"), own(number="A-2")])
    first, second, apart, again = read(data)
    assert isinstance(first, Found)
    assert len(first.data.lines) == 1
    assert isinstance(second, Found)
    assert isinstance(again, Found)
    assert isinstance(apart, Reject)
    assert (apart.line, apart.number, len(apart.rows)) == (5, "A-1", 1)


@pytest.mark.parametrize(
    "cells, column",
    [
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": ""}, "quantity"),
        ({"price": "ten"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "1.999"}, "price"),
        ({"placed_at": "03/04/2026"}, "placed_at"),
        ({"placed_at": "2026-02-30"}, "placed_at"),
        ({"placed_at": ""}, "placed_at"),
        ({"status": "bartered"}, "status"),
        ({"item": ""}, "item"),
        ({"number": ""}, "number"),
    ],
)
def test_a_bad_cell_is_named(cells: dict[str, str], column: str) -> None:
    (reject,) = read(table({**own(), **cells}, [own(**cells)]))
    assert isinstance(reject, Reject)
    assert (reject.line, reject.column) == (2, column)


def test_money_and_moments_as_people_write_them() -> None:
    for raw in ("1,234.50", "1.234,50", "$1,234.50", "1234,50 EUR", "1 234.5", "1234.5000000001"):
        assert money_of(raw, "x") == Decimal("1234.50")
    context = Context(zone="America/New_York", dates="dmy")
    for raw in ("2026-01-31 18:05", "Jan-31-26 18:05", "31 January 2026 6:05 PM", "31/01/2026 18:05"):
        assert moment_of(raw, "x", context) == datetime(2026, 1, 31, 23, 5, tzinfo=UTC)
    assert moment_of("03/04/2026", "x", context) == datetime(2026, 4, 3, 16, tzinfo=UTC)
    with pytest.raises(Bad):
        moment_of("40000000-01-01", "x", context)
    assert (plain('="0123"'), plain("'=1", unguard=True), plain("'01940")) == ("0123", "=1", "'01940")
    assert guarded("-1") == "'-1"


def test_huge_files_and_packed_ones_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Huge(BytesIO):
        def tell(self) -> int:
            return 1_000_000_001

        def read(self, *args: Any) -> bytes:
            raise AssertionError("was read")

    with pytest.raises(Unreadable, match="larger than 1000 MB"):
        look_at(Source(Huge(), "huge.csv"))
    book, file = Workbook(), BytesIO()
    book.active.append(["number", date(2026, 1, 1)])
    book.save(file)
    monkeypatch.setattr("orders.imports.workbooks.MOST_UNPACKED", 100)
    with pytest.raises(Unreadable, match="too large"):
        look_at(Source(file, "packed.xlsx"))


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name, code",
    [
        ("amazon_all_orders.tsv", "amazon_orders"),
        ("ebay_orders_report_header.csv", "ebay_orders"),
        ("shopify_orders_header.csv", "shopify_csv"),
        ("shopify_orders_sample.csv", "shopify_csv"),
    ],
)
def test_every_template_is_recognised(shared: Path, name: str, code: str) -> None:
    with (shared / "data/orders/templates" / name).open("rb") as file:
        source = Source(file, name)
        look_at(source)
        reader = reader_for(source, "auto")
        assert reader.CODE == code
        assert all(isinstance(item, Found) for item in reader.read(source, Context()))


@pytest.mark.shared_data
def test_the_amazon_sample(shared: Path) -> None:
    (order,) = orders((shared / "data/orders/templates/amazon_all_orders.tsv").read_bytes())
    assert (order.number, order.currency, order.total) == ("111-2222222-3333333", "EUR", Decimal("89.95"))
    assert (order.lines[0].sku, order.lines[0].quantity, order.status) == (
        "SHOE-BLU-42",
        1,
        "awaiting_delivery",
    )


@pytest.mark.shared_data
def test_lines_of_a_real_shop_by_mapping(shared: Path) -> None:
    """9,994 lines with days alone; the file names no addresses, so that of the buyers' names stands in."""
    mapping = {
        "number": "order_id",
        "placed_at": "order_date",
        "email": "customer_name",
        "item": "product_name",
    }
    mapping |= {"quantity": "quantity", "price": "sales", "sku": "product_id", "dispatched_at": "ship_date"}
    data = (shared / "data/orders/superstore_lines.csv").read_bytes()
    found = read(data, "mapped", mapping=mapping)
    good = [item.data for item in found if isinstance(item, Found)]
    assert {type(item) for item in found} <= {Found, Reject}
    assert len({order.number for order in good}) > 4900
    assert good[0].placed_at == datetime(2014, 1, 3, 17, tzinfo=UTC)
    bad = [item for item in found if isinstance(item, Reject)]
    assert all(item.reason and item.line > 1 and item.rows for item in bad)
