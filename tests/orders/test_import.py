"""Files with damage: what is bad is named by line and column, the rest stands, the exit status tells."""

from __future__ import annotations

import csv
import resource
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.actors import SYSTEM
from orders.imports.lines import Source
from orders.imports.progress import Bar
from orders.imports.runner import Watch, run_import
from orders.models import Import, ImportRow, Order, OrderLine, Store
from orders.verify import verify
from tests.orders.conftest import HEADER, line, row

Export = Callable[..., Path]
pytestmark = pytest.mark.django_db


def bring(path: Path, status: int = 0) -> str:
    """Run the command; what it prints. Asserts the exit status."""
    out, err = StringIO(), StringIO()
    said, returned = "", 0
    try:
        call_command("import_orders", str(path), store="us", stdout=out, stderr=err)
    except CommandError as error:
        said, returned = err.getvalue() + str(error), error.returncode
    assert returned == status, out.getvalue() + said
    return out.getvalue() + said


def rejected() -> list[tuple[int, str, str]]:
    return list(
        ImportRow.objects.filter(outcome="rejected").order_by("line").values_list("line", "number", "field")
    )


@pytest.mark.parametrize(
    "cells, column",
    [
        ({"Total": "12,30"}, "Total"),
        ({"Total": "twelve"}, "Total"),
        ({"Total": ""}, "Total"),
        ({"Subtotal": "-1.00"}, "Subtotal"),
        ({"Lineitem_price": "9.999"}, "Lineitem price"),
        ({"Lineitem_price": ""}, "Lineitem price"),
        ({"Currency": "XQZ"}, "Currency"),
        ({"Currency": ""}, "Currency"),
        ({"Lineitem_quantity": "-2"}, "Lineitem quantity"),
        ({"Lineitem_quantity": "0"}, "Lineitem quantity"),
        ({"Lineitem_quantity": "1.5"}, "Lineitem quantity"),
        ({"Created_at": "14/01/2014"}, "Created at"),
        ({"Created_at": "2014-02-30 12:00:00 +0000"}, "Created at"),
        ({"Created_at": "2014-01-14 12:00:00"}, "Created at"),
        ({"Created_at": ""}, "Created at"),
        ({"Paid_at": "yesterday"}, "Paid at"),
        ({"Email": "nobody at all"}, "Email"),
        ({"Email": ""}, "Email"),
        ({"Financial_Status": "bartered"}, "Financial Status"),
        ({"Fulfillment_Status": "lost"}, "Fulfillment Status"),
        ({"Refunded_Amount": "99.00"}, "Refunded Amount"),
        ({"Lineitem_name": ""}, "Lineitem name"),
        ({"Shipping_City": "x" * 101}, "Shipping City"),
        ({"Name": "#10 02"}, "Name"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_stands(
    store: Store, export: Export, cells: dict[str, str], column: str
) -> None:
    bad = row("#1002", Email="bob@example.com") | {
        name.replace("_", " "): value for name, value in cells.items()
    }
    path = export([row("#1001"), line("#1001"), bad, row("#1003")])
    out = bring(path, status=1)
    assert [(at, field) for at, _number, field in rejected()] == [(4, column)]
    assert (
        "2 created, 0 updated, 0 unchanged, 1 rejected" in out
        and f"line 4, order {bad['Name'][1:]}, {column}: " in out
    )
    assert sorted(Order.objects.values_list("number", flat=True)) == ["1001", "1003"]
    assert OrderLine.objects.count() == 3


def test_a_bad_line_rejects_its_whole_order(store: Store, export: Export) -> None:
    path = export([row("#1"), line("#1"), line("#1", Lineitem_price="x"), row("#2"), line("#2")])
    bring(path, status=1)
    assert rejected() == [(4, "1", "Lineitem price")]
    assert list(Order.objects.values_list("number", flat=True)) == ["2"]
    # Mended and sent again: the good one is unchanged, the other comes in.
    path = export([row("#1"), line("#1"), line("#1"), row("#2"), line("#2")])
    assert bring(path) == "1 created, 0 updated, 1 unchanged, 0 rejected (5 lines)\n"


def test_missing_number_and_lines_without_their_order(store: Store, export: Export) -> None:
    path = export([line("#7"), row("#1"), row(""), line("#3"), line("#3"), row("#4"), line("")])
    bring(path, status=1)
    assert rejected() == [(2, "7", "Name"), (4, "", "Name"), (5, "3", "Name"), (8, "", "Name")]
    assert sorted(Order.objects.values_list("number", flat=True)) == ["1", "4"]


def test_bytes_that_are_no_utf8_reject_their_row_alone(store: Store, export: Export) -> None:
    path = export([row("#1"), row("#2", Lineitem_name="KAPUTT"), row("#3", Lineitem_name="Café 北京 😀")])
    path.write_bytes(path.read_bytes().replace(b"KAPUTT", b"Caf\xe9"))
    bring(path, status=1)
    assert rejected() == [(3, "2", "Lineitem name")]
    assert OrderLine.objects.get(order__number="3").name == "Café 北京 😀"


def test_one_broken_row_in_a_plain_file_is_damage_not_an_encoding(store: Store, export: Export) -> None:
    path = export([row(f"#{n}", Lineitem_name="Mug") for n in range(30)])
    path.write_bytes(path.read_bytes().replace(b"Mug", b"M\xfcg", 1))
    assert "29 created, 0 updated, 0 unchanged, 1 rejected" in bring(path, status=1)


def _latin1(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))


def _utf16(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")


def _semicolons(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8-sig")


@pytest.mark.parametrize("rewrite", [_latin1, _utf16, _semicolons])
def test_what_spreadsheets_make_of_a_file_is_read(
    store: Store, export: Export, rewrite: Callable[[Path], None]
) -> None:
    path = export([row(f"#{n}\t", Lineitem_name="Tasse für Tee") for n in range(4)])
    rewrite(path)
    assert bring(path).startswith("4 created")
    assert set(OrderLine.objects.values_list("name", flat=True)) == {"Tasse für Tee"}
    assert set(Order.objects.values_list("number", flat=True)) == set("0123")


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"\n \n"), "empty"),
        (lambda path: path.write_bytes(b"PK\x03\x04\x00\x00" * 20), "no workbook"),
        (lambda path: path.write_bytes(b"MZ\x00\x00" * 20), "no text file"),
        (lambda path: path.write_text("<html>\n<body>hello</body>"), "no export of orders"),
        (lambda path: path.write_text("a,b,c\n1,2,3\n"), "no export of orders"),
        (lambda path: path.write_text(path.read_text().replace("Total,", "Sum,", 1)), "missing: Total"),
        (lambda path: path.write_text(path.read_text().replace("Notes", "Total", 1)), "twice: Total"),
    ],
)
def test_an_unusable_file_changes_nothing(
    store: Store, export: Export, make: Callable[[Path], Any], words: str
) -> None:
    path = export([row(f"#{n}", Lineitem_name="Tasse für Tee") for n in range(4)])
    make(path)
    assert words in bring(path, status=2)
    assert not Order.objects.exists() and not Import.objects.exists()


def test_an_open_quotation_mark_ends_the_file_and_keeps_what_came_before(
    store: Store, export: Export
) -> None:
    path = export([row("#1"), row("#2"), row("#3", Notes="MARK"), row("#4")])
    path.write_text(path.read_text().replace("MARK", '"MARK'))
    assert "From line 4 on" in bring(path, status=2)
    assert list(Order.objects.values_list("number", flat=True)) == ["1"]
    assert Import.objects.get().state == "failed"


def test_rows_too_short_or_too_long(store: Store, export: Export) -> None:
    path = export([row("#1"), row("#2"), row("#3"), row("#4")])
    lines = path.read_text().splitlines()
    lines[2], lines[3] = lines[2].rsplit(",", 2)[0], lines[3] + ",x"
    path.write_text("\n".join(lines))
    bring(path, status=1)
    assert [(at, number) for at, number, _field in rejected()] == [(3, "2"), (4, "3")]


def test_marks_and_repeats_that_spreadsheets_leave_do_no_harm(store: Store, export: Export) -> None:
    path = export([row("#1", Notes='two\nlines, "quoted"'), row("#2")])
    text = path.read_text(encoding="utf-8")
    header, rest = text.split("\r\n" if "\r\n" in text else "\n", 1)
    second = export([row("#3")], name="more.csv").read_text()
    path.write_text("\ufeff" + header + "\n" + rest + "\n\n" + second, encoding="utf-8")
    assert bring(path).startswith("3 created")
    assert Order.objects.get(number="1").note == 'two\nlines, "quoted"'
    assert Order.objects.get(number="1").addresses.get().postcode == "01940"


def test_the_same_number_twice_in_a_file_is_an_update(store: Store, export: Export) -> None:
    path = export([row("#1"), row("#2"), row("#1", Notes="later")])
    assert bring(path) == "2 created, 1 updated, 0 unchanged, 0 rejected (3 lines)\n"
    assert list(verify()) == []


def test_statuses_of_the_export(store: Store, export: Export) -> None:
    told = {
        "pending": ("pending", "", "awaiting_payment"),
        "authorized": ("authorized", "unfulfilled", "under_review"),
        "paid": ("paid", "unfulfilled", "awaiting_shipping"),
        "partial": ("paid", "partial", "awaiting_shipping"),
        "sent": ("paid", "fulfilled", "awaiting_delivery"),
        "back": ("refunded", "fulfilled", "returned"),
        "void": ("voided", "", "cancelled"),
    }
    rows = [row(f"#{n}", Financial_Status=a, Fulfillment_Status=b) for n, (a, b, _status) in told.items()]
    rows.append(row("#off", Cancelled_at="2014-01-15 12:00:00 -0500", Fulfillment_Status=""))
    bring(export(rows))
    found = dict(Order.objects.values_list("number", "status"))
    assert found == {**{n: status for n, (_a, _b, status) in told.items()}, "off": "cancelled"}
    assert Order.objects.get(number="off").cancelled_at.isoformat() == "2014-01-15T17:00:00+00:00"
    assert Order.objects.get(number="partial").dispatched_at is None


def test_a_cancelled_order_that_the_shop_ships_is_rejected_with_the_reason(
    store: Store, export: Export
) -> None:
    bring(export([row("#1", Cancelled_at="2014-01-15 12:00:00 +0000", Fulfillment_Status="")]))
    assert "cannot become" in bring(export([row("#1"), row("#2")]), status=1)
    assert rejected() == [(2, "1", "Financial Status")]
    assert Order.objects.get(number="1").status == "cancelled"


def test_unknown_store_missing_file_and_unknown_format(store: Store, export: Export, tmp_path: Path) -> None:
    path = export([row("#1")])
    for arguments in (
        {"store": "mars"},
        {"store": "us", "format": "abacus"},
    ):
        with pytest.raises(CommandError) as refused:
            call_command("import_orders", str(path), **arguments)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="No such file") as refused:
        call_command("import_orders", str(tmp_path / "none.csv"), store="us")
    assert refused.value.returncode == 2
    assert not Order.objects.exists()


def test_the_bar_is_drawn_for_people_only() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    from collections import Counter

    terminal, pipe = Terminal(), StringIO()
    for stream in (terminal, pipe):
        Bar(stream, 100)(100, Counter(created=1234))
    assert "100%  1,234 created" in terminal.getvalue() and pipe.getvalue() == ""


def write_many(path: Path, orders: int) -> int:
    """An export of so many orders of one to three lines, written as a stream; the number of lines."""
    lines = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="")
        writer.writeheader()
        for n in range(orders):
            writer.writerow(row(f"#{n}", Email=f"buyer{n % 2000}@example.com"))
            for _more in range(n % 3):
                writer.writerow(line(f"#{n}"))
            lines += 1 + n % 3
    return lines


def test_memory_stays_flat(store: Store, tmp_path: Path) -> None:
    """8,000 lines: once the first batches went through, the process does not grow any more."""
    path = tmp_path / "large.csv"
    lines = write_many(path, 4_000)
    sizes: list[int] = []
    with path.open("rb") as file:
        watch = Watch(progress=lambda _at, _counts: sizes.append(resident()))
        run = run_import(actor=SYSTEM, store=store, source=Source(file), watch=watch)
    assert run.lines == lines and lines >= 7_900 and run.created == 4_000
    assert len(sizes) == 8
    assert sizes[-1] - sizes[3] < 8_000_000, sizes


def resident() -> int:
    """Bytes of this process that are in memory now, without the database where it lives there too."""
    mine = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    if connection.vendor != "sqlite":
        return mine
    with connection.cursor() as cursor:
        pages, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return mine - pages * size
