"""What is wrong with a return or a refund is said by the API too, in the words of the pages, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from orders.models import Refund, Return, ReturnPhoto
from tests.factories import log_in
from tests.orders.returning import Goods, make_goods, photo_file, picture

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"
THERE = datetime(2026, 1, 5, 15, tzinfo=UTC)  # delivered; 10:00 in New York, 23:00 in Manila
# Day 60 is 6 March: it ends last where the buyer's or the shop's day ends last, in New York.
LAST = datetime(2026, 3, 7, 4, 59, 59, tzinfo=UTC)


@pytest.fixture
def goods(settings: Any, tmp_path: Any) -> Goods:
    settings.MEDIA_ROOT = str(tmp_path)
    return make_goods()


@pytest.fixture
def buyer(goods: Goods) -> Client:
    return log_in(Client(), goods.buyer)


def ask(client: Client, *lines: dict[str, Any], **more: Any) -> Any:
    body = {"lines": list(lines), **more}
    return client.post(V1 + "orders/us:2041/returns/", body, content_type="application/json")


def line(position: int = 1, quantity: Any = 1, reason: str = "wrong_size", **more: Any) -> dict[str, Any]:
    return {"position": position, "quantity": quantity, "reason": reason, **more}


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([], "lines"),
        ([line(), line()], "line_1"),
        ([line(quantity=3)], "line_1"),
        ([line(quantity=0)], "line_1"),
        ([line(quantity=-1)], "line_1"),
        ([line(quantity=10**9)], "line_1"),
        ([line(position=9)], "line_9"),
        ([line(reason="other")], "line_1"),
        ([line(reason="damaged")], "photos"),
        ([line(reason="bored")], "lines"),
        ([line(quantity="two")], "lines"),
        ([line(position=-1)], "lines"),
        ([line(words="x" * 1001)], "lines"),
    ],
)
def test_a_bad_application(goods: Goods, buyer: Client, lines: list[dict[str, Any]], field: str) -> None:
    said = ask(buyer, *lines)
    assert said.status_code == 400 and field in " ".join(said.json()["fields"]), said.json()
    assert not Return.objects.exists()


def test_more_than_was_bought_over_two_applications(goods: Goods, buyer: Client) -> None:
    assert ask(buyer, line(quantity=1)).status_code == 201
    said = ask(buyer, line(quantity=2))
    assert said.status_code == 400 and "Only 1 piece" in said.json()["fields"]["line_1"][0]


@pytest.mark.parametrize("photo", ["zzzzzzzzzzzzzzzz", "", "x" * 21])
def test_photographs_that_are_not_there(goods: Goods, buyer: Client, photo: str) -> None:
    said = ask(buyer, line(reason="damaged"), photos=[photo])
    assert said.status_code == 400 and not Return.objects.exists()


@pytest.mark.parametrize("data", [b"", b"no picture", b"%PDF-1.7", picture("GIF"), picture("PNG")[:60]])
def test_files_that_are_no_photographs(goods: Goods, buyer: Client, data: bytes) -> None:
    said = buyer.post(V1 + "orders/us:2041/returns/photos/", {"file": photo_file(data=data)})
    assert said.status_code == 400 and said.json()["fields"]["photos"] and not ReturnPhoto.objects.exists()


def test_what_a_phone_takes_is_a_photograph(goods: Goods, buyer: Client) -> None:
    heic = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64
    kept = buyer.post(V1 + "orders/us:2041/returns/photos/", {"file": photo_file("IMG_1.HEIC", heic)})
    assert kept.status_code == 201 and kept.json()["type"] == "image/heic"
    assert ask(buyer, line(reason="damaged"), photos=[kept.json()["id"]]).status_code == 201


@pytest.mark.parametrize(("late", "status"), [(timedelta(0), 201), (timedelta(seconds=1), 409)])
def test_the_last_second_of_day_60_and_the_first_of_day_61(
    settings: Any, late: timedelta, status: int
) -> None:
    with time_machine.travel(LAST + late, tick=False):
        goods = make_goods(delivered_at=THERE)
        client = log_in(Client(), goods.buyer)
        page = client.get(f"/orders/{goods.order.public_id}/return/").content.decode()
        assert ('type="file"' in page) is (status == 201)
        said = ask(client, line())
    assert said.status_code == status
    if status == 409:
        told = said.json()
        assert (
            told["code"] == "not_returnable" and told["instead"] == ["help"] and "60 days" in told["message"]
        )


BAD_REFUNDS: list[tuple[Any, str]] = [
    ({"lines": [{"position": 1, "amount": "-1.00"}]}, "line_1"),
    ({"lines": [{"position": 1, "amount": "21.61"}]}, "line_1"),
    ({"lines": [{"position": 1, "amount": "999999999.00"}]}, "line_1"),
    ({"lines": [{"position": 1, "amount": "1e30"}]}, "lines"),
    ({"lines": [{"position": 1, "amount": "NaN"}]}, "lines"),
    ({"lines": [{"position": 1, "amount": "1.001"}]}, "lines"),
    ({"lines": [{"position": 1, "amount": "0"}]}, "amount"),
    ({"lines": []}, "amount"),
    ({"lines": [{"position": 1, "amount": "1"}, {"position": 1, "amount": "1"}]}, "lines"),
    ({"lines": [{"position": 7, "amount": "1"}]}, "line_7"),
    ({"lines": [{"position": 1, "amount": "21.60"}], "currency": "EUR"}, "currency"),
    ({"lines": [{"position": 1, "amount": "21.60"}], "currency": "usd"}, "currency"),
    ({"lines": [{"position": 1, "amount": "5.00"}]}, "words"),
    ({"lines": [{"position": 1, "amount": "21.60"}], "key": "no-uuid"}, "key"),
]


def test_bad_refunds(goods: Goods) -> None:
    ret = goods.inspected()
    desk = log_in(Client(), goods.first)
    for body, field in BAD_REFUNDS:
        said = desk.post(f"{V1}returns/{ret.public_id}/refund/", body, content_type="application/json")
        assert said.status_code == 400 and field in " ".join(said.json()["fields"]), (body, said.json())
    assert not Refund.objects.exists()
    body = {"lines": [{"position": 1, "amount": "21.60"}]}
    for status in (200, 409):
        said = desk.post(f"{V1}returns/{ret.public_id}/refund/", body, content_type="application/json")
        assert said.status_code == status, said.json()
    assert said.json()["code"] == "refund_open" and Refund.objects.count() == 1
