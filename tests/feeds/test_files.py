"""The managers' pages about files of orders: from the file over its columns and a dry run to mended rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from helpdesk.feeds.names import NAMES
from orders.imports import columns
from orders.models import Import, Order
from tests.factories import log_in, make_house
from tests.orders.hooking import work
from tests.orders.test_import_jobs import rows_of

pytestmark = pytest.mark.django_db
BASE = "/console/feeds/files/"


@pytest.fixture
def manager(settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = str(tmp_path)
    return log_in(Client(), make_house().manager)


def send(client: Client, data: bytes, status: int = 302, **given: str) -> str:
    answer = client.post(BASE, {"store": "us", "file": SimpleUploadedFile("orders.csv", data), **given})
    assert answer.status_code == status, answer.content.decode()
    return str(answer.get("Location") or answer.content.decode())


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_forty_bad_rows_are_tried_brought_in_and_mended(manager: Client) -> None:
    one = send(manager, rows_of(43, bad=41))
    draft = page(manager, one)
    assert "A-0" in draft
    assert 'value="helpdesk_orders" selected' in draft
    manager.post(one + "do/", {"op": "check"})
    assert 'hx-trigger="every 2s"' in page(manager, one)
    work()
    assert not Order.objects.exists()
    tried = page(manager, one)
    assert "What would become of the orders" in tried
    assert "is not a number of pieces" in tried
    manager.post(one + "do/", {"op": "run"})
    work()
    assert manager.get(one + "progress/")["HX-Refresh"] == "true"
    done = page(manager, one)
    row = re.search(r"rows/(\d+)/", done)
    assert row is not None
    assert manager.post(f"{one}rows/{row[1]}/", {"cell-0-4": "many"}).status_code == 400
    row = re.search(r"rows/(\d+)/", page(manager, one))
    assert row is not None
    assert manager.post(f"{one}rows/{row[1]}/", {"cell-0-4": "2"}).status_code == 302
    assert Order.objects.count() == 3
    answer = manager.get(one + "rejected/")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    again = send(manager, body.replace(b",x,", b",1,"), mends=one.split("/")[-2])
    manager.post(again + "do/", {"op": "run"})
    work()
    newest = Import.objects.order_by("-id")[0]
    assert (newest.created, newest.rejected, Order.objects.count()) == (40, 0, 43)


def test_every_field_has_a_name_for_people() -> None:
    assert tuple(NAMES) == columns.FIELDS


def test_columns_are_guessed_shown_and_matched(manager: Client) -> None:
    one = send(
        manager, b"Order #,Date,Mail,Thing,Qty,Unit Price\n1,03/04/2026,ann@example.com,<b>Mug</b>,1,3.00\n"
    )
    shown = page(manager, one)
    assert '<label for="column-placed_at">Ordered on *</label>' in shown
    assert "&lt;b&gt;Mug&lt;/b&gt;" in shown
    assert '<option value="Qty" selected>' in shown
    given = {"format": "mapped", "dates": "mdy", "column-number": "Order #", "column-placed_at": "Date"}
    given |= {"column-email": "Mail", "column-quantity": "Qty", "column-price": "Unit Price"}
    lacking = manager.post(one + "do/", {**given, "op": "run"})
    assert lacking.status_code == 400
    assert "Say which columns these are: item" in lacking.content.decode()
    assert manager.post(one + "do/", {**given, "column-item": "Thing", "op": "run"}).status_code == 302
    work()
    assert Order.objects.get().placed_at.month == 3


def test_what_is_no_table_is_refused_with_words_and_a_draft_is_thrown_away(manager: Client) -> None:
    assert "empty" in send(manager, b"", status=400)
    assert "Choose a file" in manager.post(BASE, {"store": "us"}).content.decode()
    one = send(manager, rows_of(1))
    assert manager.post(one + "do/", {"op": "burn"}).status_code == 400
    assert manager.post(one + "do/", {"op": "drop"}).status_code == 302
    assert not Import.objects.exists()
    assert "placed_at" in page(manager, BASE + "template/")


def test_a_gigabyte_is_refused_before_it_is_read(manager: Client) -> None:
    class Unread:
        def read(self, *_args: Any) -> bytes:
            raise AssertionError("was read")

        readline = read

    for path in (BASE, "/api/v1/order-imports/"):
        answer = manager.generic(
            "POST",
            path,
            b"",
            "multipart/form-data; boundary=x",
            CONTENT_LENGTH="1000000000",
            **{"wsgi.input": Unread()},
        )
        assert answer.status_code == 413
        assert "201 MB" in answer.content.decode()
    assert not Import.objects.exists()
