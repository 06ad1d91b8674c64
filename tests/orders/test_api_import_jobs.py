"""Files of orders over the JSON contract: draft, dry run, run, what was rejected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.models import Import, Order
from tests.factories import log_in, make_house
from tests.orders.hooking import work
from tests.orders.test_import_jobs import rows_of

pytestmark = pytest.mark.django_db
BASE = "/api/v1/order-imports/"


@pytest.fixture
def client(settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = str(tmp_path)
    return log_in(Client(), make_house().manager)


def upload(client: Client, data: bytes, **given: str) -> Any:
    return client.post(BASE, {"store": "us", "file": SimpleUploadedFile("orders.csv", data), **given})


def test_draft_dry_run_run_and_rejected(client: Client) -> None:
    draft = upload(client, rows_of(3, bad=1))
    assert draft.status_code == 201
    assert (draft.json()["state"], draft.json()["format"]) == ("draft", "helpdesk_orders")
    one = f"{BASE}{draft.json()['id']}/"
    assert client.post(one + "check/").status_code == 202
    work()
    assert client.get(one).json()["checked"] == {"created": 2, "rejected": 1}
    assert not Order.objects.exists()
    assert client.post(one + "run/").json()["state"] == "queued"
    work()
    done = client.get(one).json()
    assert (done["state"], done["created"], done["rejected"], done["read"]) == ("done", 2, 1, done["size"])
    answer = client.get(one + "rejected/")
    assert answer["Content-Type"].startswith("text/csv")
    assert "no-store" in answer["Cache-Control"]
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "A-0" in body
    assert "Rejected because" in body.splitlines()[0]
    assert client.post(one + "run/").json()["code"] == "import_state"
    mended = upload(client, body.replace(",x,", ",1,").encode(), mends=draft.json()["id"]).json()
    client.post(f"{BASE}{mended['id']}/run/")
    work()
    assert Order.objects.count() == 3
    assert [row["id"] for row in client.get(BASE).json()["results"]][0] == mended["id"]


@pytest.mark.parametrize(
    "given, field",
    [
        ({"store": "mars"}, "store"),
        ({"format": "abacus"}, "format"),
        ({"mapping": "[1]"}, "mapping"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": '{"prize": "price"}'}, "mapping"),
        ({"dates": "ymd"}, "dates"),
    ],
)
def test_bad_input_leaves_no_draft(client: Client, given: dict[str, str], field: str) -> None:
    answer = upload(client, rows_of(1), **given)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not Import.objects.exists()
