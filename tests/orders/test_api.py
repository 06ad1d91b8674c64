"""The JSON doors: who may, what comes back, what a refusal leaves untouched, how many queries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from accounts.tokens import issue_token
from orders.actions import upsert_order
from orders.models import Import, Order, OrderRecord
from tests.factories import actor, log_in, make_buyer, make_order
from tests.orders.conftest import line, order_data, row

pytestmark = pytest.mark.django_db
ALL = ["orders:read", "orders:write"]


def machine(person: Person, scopes: list[str] = ALL) -> Client:
    return Client(headers={"authorization": f"Token {issue_token(user=person.user, scopes=scopes)}"})


def body(**fields: Any) -> dict[str, Any]:
    return {
        "email": "ann@example.com",
        "name": "Ann Example",
        "placed_at": "2026-01-05T10:00:00-05:00",
        "paid_at": "2026-01-05T10:01:00-05:00",
        "updated_at": "2026-01-05T10:01:00-05:00",
        "total": {"amount": "34.98", "currency": "USD"},
        "lines": [{"name": "Mug", "quantity": 2, "price": "9.99", "sku": "MUG"}],
        "shipping_address": {"name": "Ann Example", "city": "Springfield"},
        **fields,
    }


def put(client: Client, ref: str = "us:1001", headers: dict[str, str] | None = None, **fields: Any) -> Any:
    return client.put(
        f"/api/v1/orders/{ref}/", body(**fields), content_type="application/json", headers=headers
    )


def test_a_shop_puts_an_order_in_once(house: Any) -> None:
    client = machine(house.agent)
    first = put(client)
    assert first.status_code == 201 and first.json()["outcome"] == "created"
    again = put(client)
    assert again.status_code == 200 and again.json()["outcome"] == "unchanged"
    shown = again.json()["order"]
    assert (shown["store"], shown["number"], shown["status"]) == ("us", "1001", "awaiting_shipping")
    assert shown["total"] == {"amount": "34.98", "currency": "USD"}
    assert shown["times"]["placed"] == "2026-01-05T15:00:00Z"
    assert shown["lines"][0]["price"] == {"amount": "9.99", "currency": "USD"}
    assert {choice["code"]: choice["allowed"] for choice in shown["can"]}["cancel"] is True
    older = put(client, updated_at="2026-01-05T09:00:00-05:00", note="old").json()
    assert older["outcome"] == "unchanged"
    sent = put(
        client, updated_at="2026-01-07T09:00:00-05:00", dispatched_at="2026-01-07T09:00:00-05:00"
    ).json()
    assert (sent["outcome"], sent["order"]["status"]) == ("updated", "awaiting_delivery")


def test_a_replayed_put_gets_its_first_answer(house: Any) -> None:
    client = machine(house.agent)
    first = put(client, headers={"idempotency-key": "k1"})
    again = put(client, headers={"idempotency-key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"total": {"amount": "-1", "currency": "USD"}}, "total"),
        ({"total": {"amount": "1.234"}}, "total"),
        ({"total": 1.5}, "total"),
        ({"total": {"amount": "1", "currency": "EUR"}}, "total"),
        ({"currency": "EUR", "total": "1"}, "currency"),
        ({"email": "x"}, "email"),
        ({"lines": []}, "lines"),
        ({"lines": [{"name": "Mug", "quantity": -1, "price": "1"}]}, "lines"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"status": "lost"}, "status"),
    ],
)
def test_bad_bodies_name_the_field_and_write_nothing(house: Any, fields: dict[str, Any], field: str) -> None:
    answer = put(machine(house.agent), **fields)
    assert answer.status_code == 400 and list(answer.json()["fields"]) == [field], answer.json()
    assert not Order.objects.exists()


def test_who_may_put(house: Any) -> None:
    assert put(Client()).status_code == 401
    assert put(machine(make_buyer())).status_code == 403
    lacking = put(machine(house.agent, ["orders:read"]))
    assert (lacking.status_code, lacking.json()["code"]) == (403, "scope")
    assert put(machine(house.agent), "mars:1").status_code == 404
    assert put(machine(house.agent), "1001").json()["code"] == "store_needed"
    assert put(machine(house.agent), "us:10 01").status_code == 400
    assert not Order.objects.exists()
    put(machine(house.agent), status="cancelled", total="0.00")
    refused = put(machine(house.agent), status="delivered", total="0.00", updated_at=None)
    assert (refused.status_code, refused.json()["code"]) == (409, "status_path")


def test_reading_by_number(house: Any) -> None:
    order = make_order(make_buyer(), number="55")
    make_order(make_buyer(), number="55", store="jp")
    agent, buyer, stranger = (log_in(Client(), p) for p in (house.agent, order.person, make_buyer()))
    assert buyer.get("/api/v1/orders/55/").json()["id"] == order.public_id
    assert "note" not in buyer.get("/api/v1/orders/us:55/").json()
    assert stranger.get("/api/v1/orders/us:55/").status_code == 404
    assert Client().get("/api/v1/orders/us:55/").status_code == 401
    many = agent.get("/api/v1/orders/55/")
    assert (many.status_code, many.json()["code"], many.json()["stores"]) == (409, "ambiguous", ["jp", "us"])
    assert agent.get("/api/v1/orders/us:55/").json()["note"] == ""
    assert agent.get("/api/v1/orders/us:56/").status_code == 404


def test_lists_page_filter_search_and_cost_the_same(house: Any, django_assert_num_queries: Any) -> None:
    buyer = make_buyer("Ann Lee")
    orders = [
        make_order(buyer, number=f"L{n}", status="delivered" if n % 2 else "under_review") for n in range(7)
    ]
    make_order(make_buyer("Bob Ray"), number="B1")
    client = log_in(Client(), house.agent)
    client.get("/api/v1/orders/?limit=2")
    with django_assert_num_queries(5):  # session, user, person with teams, their stores, one page
        page = client.get("/api/v1/orders/?limit=3").json()
    with django_assert_num_queries(5):
        client.get("/api/v1/orders/?limit=100")
    seen = [one["number"] for one in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [one["number"] for one in page["results"]]
    assert sorted(seen) == sorted([*(order.number for order in orders), "B1"])
    delivered = client.get("/api/v1/orders/?status=delivered").json()["results"]
    assert {one["number"] for one in delivered} == {"L1", "L3", "L5"}
    assert [one["number"] for one in client.get("/api/v1/orders/?search=%23L3").json()["results"]] == ["L3"]
    assert len(client.get("/api/v1/orders/?search=ann").json()["results"]) == 7
    assert client.get("/api/v1/orders/?status=lost").status_code == 400
    assert len(log_in(Client(), buyer).get("/api/v1/orders/").json()["results"]) == 7
    assert Client().get("/api/v1/orders/").status_code == 401


def test_one_order_costs_the_same_however_long_it_is(house: Any, django_assert_max_num_queries: Any) -> None:
    order = upsert_order(actor=actor(house.agent), store=house.store, data=order_data("Q1")).order
    client = log_in(Client(), house.agent)
    client.get("/api/v1/orders/us:Q1/")
    with django_assert_max_num_queries(11):
        assert len(client.get("/api/v1/orders/us:Q1/").json()["lines"]) == order.lines.count()


def test_the_record_and_cancelling(house: Any) -> None:
    order = upsert_order(actor=actor(house.agent), store=house.store, data=order_data("R1")).order
    Person.objects.filter(pk=order.person_id).update(kind="buyer")
    from tests.factories import make_user

    make_user(Person.objects.get(pk=order.person_id))
    buyer, stranger = log_in(Client(), order.person), log_in(Client(), make_buyer())
    assert stranger.post("/api/v1/orders/us:R1/cancel/", {}, "application/json").status_code == 404
    done = buyer.post(
        "/api/v1/orders/us:R1/cancel/", {"reason": "Wrong size"}, content_type="application/json"
    )
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")
    again = buyer.post("/api/v1/orders/R1/cancel/", {}, content_type="application/json")
    assert again.status_code == 200 and OrderRecord.objects.filter(verb="order.cancelled").count() == 1
    rows = buyer.get("/api/v1/orders/R1/record/").json()["results"]
    assert [(one["verb"], one["who"]) for one in rows] == [
        ("order.placed", "the shop"),
        ("order.paid", "the shop"),
        ("order.cancelled", "you"),
    ]
    assert stranger.get("/api/v1/orders/us:R1/record/").status_code == 404
    sent = make_order(order.person, status="awaiting_delivery", number="R2")
    refused = buyer.post("/api/v1/orders/R2/cancel/", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"], refused.json()["instead"]) == (
        409,
        "not_cancellable",
        ["help", "follow"],
    )
    assert Order.objects.get(pk=sent.pk).status == "awaiting_delivery"


def test_the_button_on_the_page(house: Any) -> None:
    order = make_order(make_buyer())
    url = f"/o/{order.public_id}/cancel/"
    assert log_in(Client(), order.person).get(url).status_code == 405
    assert Client().post(url).status_code in (302, 401)
    assert log_in(Client(), make_buyer()).post(url).status_code == 404
    assert Order.objects.get(pk=order.pk).status == "awaiting_shipping"
    done = log_in(Client(), order.person).post(url, {"next": "https://evil.example/"})
    assert (done.status_code, done["Location"]) == (302, f"/orders/{order.public_id}/")
    sent = make_order(order.person, status="awaiting_delivery")
    refused = log_in(Client(), order.person).post(f"/o/{sent.public_id}/cancel/")
    assert refused.status_code == 409
    swap = log_in(Client(), house.agent).post(
        f"/o/{make_order(order.person).public_id}/cancel/",
        {"reason": "The buyer asked", "next": "/console/t/7/"},
        headers={"hx-request": "true"},
    )
    assert (swap.status_code, swap["HX-Redirect"]) == (204, "/console/t/7/")


def send(client: Client, path: Path, **fields: str) -> Any:
    file = SimpleUploadedFile("orders.csv", path.read_bytes(), "text/csv")
    return client.post("/api/v1/orders/imports/", {"store": "us", "file": file, **fields})


def test_a_file_comes_in_and_is_told_row_by_row(house: Any, export: Callable[..., Path]) -> None:
    client = machine(house.agent)
    path = export([row("#1"), row("#2", Total="x"), row("#3"), line("#9")])
    done = send(client, path)
    assert done.status_code == 201
    run = done.json()
    assert [run[name] for name in ("created", "updated", "unchanged", "rejected", "state")] == [
        2,
        0,
        0,
        2,
        "done",
    ]
    whole = client.get(f"/api/v1/orders/imports/{run['id']}/").json()
    assert [(one["line"], one["outcome"], one["field"]) for one in whole["rows"]] == [
        (3, "rejected", "Total"),
        (5, "rejected", "Name"),
        (2, "created", ""),
        (4, "created", ""),
    ]
    bad = client.get(f"/api/v1/orders/imports/{run['id']}/rows/?outcome=rejected&limit=1").json()
    assert bad["results"][0]["reason"].startswith("“x” is not an amount") and bad["next"]
    assert [one["id"] for one in client.get("/api/v1/orders/imports/").json()["results"]] == [run["id"]]


def test_files_that_are_refused(house: Any, export: Callable[..., Path], tmp_path: Path) -> None:
    path = export([row("#1")])
    assert send(Client(), path).status_code == 401
    assert send(log_in(Client(), make_buyer()), path).status_code == 403
    assert log_in(Client(), make_buyer()).get("/api/v1/orders/imports/").status_code == 403
    client = machine(house.agent)
    assert list(send(client, path, store="mars").json()["fields"]) == ["store"]
    assert client.post("/api/v1/orders/imports/", {"store": "us"}).json()["fields"].keys() == {"file"}
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    refused = send(client, empty)
    assert (refused.status_code, refused.json()["code"]) == (400, "unreadable")
    assert client.get("/api/v1/orders/imports/nothing/").status_code == 404
    assert not Order.objects.exists() and not Import.objects.exists()
