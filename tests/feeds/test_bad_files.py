"""Files that are none, and rows that are wrong: refused or rejected with the same words in page and API."""

from __future__ import annotations

import html
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from orders.imports import lines
from orders.models import Import, Order, OrderLine
from tests.factories import log_in, make_house, make_store
from tests.orders.hooking import work
from tests.orders.test_formats import own, table

pytestmark = pytest.mark.django_db
DOORS = ("/console/feeds/files/", "/api/v1/order-imports/")
HEADER = ",".join(own())


@pytest.fixture
def manager(settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = str(tmp_path)
    return log_in(Client(), make_house().manager)


def send(client: Client, door: str, data: bytes, **given: str) -> Any:
    return client.post(door, {"store": "us", "file": SimpleUploadedFile("orders.csv", data), **given})


def bring(client: Client, data: bytes, **given: str) -> dict[str, Any]:
    """Sent, brought in; what the contract says of it."""
    one = f"{DOORS[1]}{send(client, DOORS[1], data, **given).json()['id']}/"
    assert client.post(one + "run/").status_code == 202
    work()
    found: dict[str, Any] = client.get(one).json()
    return found


def workbook(*rows: list[Any]) -> bytes:
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def bomb() -> bytes:
    """A sheet of little more than a megabyte that unpacks to more than a gigabyte; its parts say so themselves."""
    file = BytesIO(workbook(["number", "email"], ["1", "a"]))
    with (
        ZipFile(file, "a", ZIP_DEFLATED) as parts,
        parts.open("xl/media/image.bin", "w", force_zip64=True) as part,
    ):
        part.write(bytes(1_000_000))
    data = bytearray(file.getvalue())
    # The directory at the end of the file tells the sizes: a gigabyte and more, as a real one would.
    place = data.rindex(b"xl/media/image.bin") - 46 + 24
    data[place : place + 4] = (1_500_000_000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b"\xef\xbb\xbf \r\n", "The file is empty.", id="a mark alone"),
        pytest.param(HEADER.encode(), "The file has a header and no orders.", id="header only"),
        pytest.param(workbook(list(own())), "The file has a header and no orders.", id="header only, XLSX"),
        pytest.param(b"hello\nyou\n", "the first line names no such columns", id="no table"),
        pytest.param(b"MZ\x00\x00" * 20, "This is no text file.", id="a program"),
        pytest.param(HEADER.encode() + b"\nA-\x00", "This is no text file.", id="a NUL at the start"),
        pytest.param(b"x" * 1_200_000, "This is no text file.", id="no line end in a megabyte"),
        pytest.param(lines.LOCKED + bytes(600), "has a password", id="encrypted workbook"),
        pytest.param(b"PK\x03\x04" + bytes(600), "This is no workbook", id="torn workbook"),
        pytest.param(bomb(), "This workbook is too large.", id="bomb"),
        pytest.param(
            b",".join(b"c%d" % n for n in range(10_000)), "more than 500 columns", id="10,000 columns"
        ),
        pytest.param(
            workbook([f"c{n}" for n in range(600)], ["1"]), "more than 500 columns", id="600 in a sheet"
        ),
    ],
)
def test_what_is_no_file_of_orders_is_refused_alike(manager: Client, data: bytes, words: str) -> None:
    page, answer = (send(manager, door, data) for door in DOORS)
    assert (page.status_code, answer.status_code) == (400, 400)
    (told,) = answer.json()["fields"]["file"]
    assert words in told
    assert told in html.unescape(page.content.decode())
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"price": "-1.00"}, "price", "An amount of money is not negative here."),
        ({"currency": "EUR"}, "currency", "is not this store's currency"),
        ({"quantity": "1.5"}, "quantity", "is not a number of pieces"),
        ({"placed_at": "03/04/2026"}, "placed_at", "can be two dates"),
        ({"item": "a\x00b"}, "item", "There is a character here that no text holds (NUL)."),
        ({"number": "=cmd"}, "number", "is no order number"),
    ],
)
def test_a_wrong_row_is_named_alike_and_the_rest_stands(
    manager: Client, cells: dict[str, str], column: str, words: str
) -> None:
    fill = [own(number=f"G-{n}", note="x" * 4900) for n in range(20)]  # the NUL lies beyond what tells a text
    run = bring(manager, table({**own(note=""), **cells}, [*fill, own(**cells)]))
    assert (run["state"], run["created"], run["rejected"]) == ("done", 20, 1)
    row = manager.get(f"/api/v1/orders/imports/{run['id']}/rows/?outcome=rejected").json()["results"][0]
    assert (row["line"], row["field"]) == (22, column)
    assert words in row["reason"]
    page = manager.get(f"{DOORS[0]}{run['id']}/").content.decode()
    assert row["reason"] in html.unescape(page)


def test_what_spreadsheets_do_to_a_file_is_taken_back(manager: Client) -> None:
    """A mark, semicolons, tabs after numbers, Windows' letters: each comes in as it was meant."""
    rows = [own(number=f"S-{n}\t", item="Tasse für Tee", price="1234,50") for n in range(4)]
    made = table(own(), rows, ";")
    assert bring(manager, b"\xef\xbb\xbf" + made)["created"] == 4
    assert bring(manager, made.decode().replace("S-", "L-").encode("latin-1"))["created"] == 4
    assert set(OrderLine.objects.values_list("name", flat=True)) == {"Tasse für Tee"}
    assert set(Order.objects.values_list("number", flat=True)) == {f"{x}-{n}" for x in "SL" for n in range(4)}


def test_a_number_of_another_store_is_another_order(manager: Client) -> None:
    make_store("jp")
    data = table(own(), [own(), own(), own(item="Tea")])  # a line twice, word for word, counts once
    assert [bring(manager, data, store=store)["created"] for store in ("us", "jp")] == [1, 1]
    assert bring(manager, data, store="jp")["unchanged"] == 1
    assert {order.lines.count() for order in Order.objects.filter(number="A-1")} == {2}
    assert manager.get("/api/v1/orders/A-1/").json()["stores"] == ["jp", "us"]
