"""The managers' page about what shops' systems sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from orders.hooks.models import IncomingHook
from orders.models import Order
from tests.factories import House, log_in, make_buyer, make_house
from tests.orders.hooking import SECRET, refund, send, shopify_order, tracking, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    cache.clear()
    for source in ("SHOPIFY", "AFTERSHIP"):
        monkeypatch.setenv(f"HOOK_SECRET_{source}_US", SECRET)
    return make_house()


@pytest.fixture
def manager(house: House) -> Client:
    return log_in(Client(), house.manager)


def page(client: Client, path: str = "") -> str:
    answer = client.get(f"/console/feeds/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_managers_alone_come_in(house: House, manager: Client) -> None:
    send("shopify", "orders/create", shopify_order())
    one = f"/console/feeds/{IncomingHook.objects.get().public_id}/"
    for person in (make_buyer(), house.agent, house.specialist):
        client = log_in(Client(), person)
        assert {client.get(path).status_code for path in ("/console/feeds/", one)} == {404}
        assert client.post(one + "retry/").status_code == 404
    assert 'href="/console/feeds/"' in page(manager)
    assert 'href="/console/feeds/"' not in log_in(Client(), house.agent).get("/console/").content.decode()
    assert manager.get("/console/feeds/nothing/").status_code == 404


def test_filters_by_state_and_source(manager: Client) -> None:
    send("shopify", "orders/create", shopify_order())
    send("shopify", "app/uninstalled", {})
    send("aftership", "", tracking("1Z999AA10123456795"))
    work()
    every = page(manager)
    assert all(words in every for words in ("orders/create", "app/uninstalled", "tracking_update"))
    failed = page(manager, "?state=waiting")
    assert "tracking_update" in failed
    assert "orders/create" not in failed
    assert "tracking_update" not in page(manager, "?source=shopify")
    assert "orders/create" in page(manager, "?state=%27%22x&source=nobody&after=-1")


def test_the_body_is_shown_as_text_and_nothing_more(manager: Client) -> None:
    send("shopify", "orders/create", shopify_order(note="<script>alert(1)</script>", currency="EUR"))
    work()
    shown = page(manager, IncomingHook.objects.get().public_id + "/")
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown
    assert "is not this store" in shown


def test_what_failed_is_tried_again(manager: Client) -> None:
    send("shopify", "refunds/create", refund())
    work()
    row = IncomingHook.objects.get()
    at = f"/console/feeds/{row.public_id}/retry/"
    assert "Try again" in page(manager, f"{row.public_id}/")
    assert manager.post(at).status_code == 302
    row.refresh_from_db()
    assert row.state == "queued"
    work()
    send("shopify", "orders/create", shopify_order())
    work()
    assert str(Order.objects.get().refunded) == "5.00"
    assert manager.post(at).status_code == 409
    assert "Try again" not in page(manager, f"{row.public_id}/")


def test_bodies_that_are_no_text_or_gone(manager: Client) -> None:
    for body in (b"\xff\xfe\x00", b"[" * 3000):
        send("shopify", "app/uninstalled", body)
    for row in IncomingHook.objects.all():
        assert "<pre" in page(manager, f"{row.public_id}/")
    IncomingHook.objects.update(body=b"")
    assert "no longer kept" in page(manager, f"{IncomingHook.objects.first().public_id}/")  # type: ignore[union-attr]


def test_pages_by_key_and_a_budget(manager: Client, django_assert_max_num_queries: Any) -> None:
    for n in range(55):
        send("shopify", "app/uninstalled", {"n": n}, delivery=str(n))
    with django_assert_max_num_queries(14):
        first = page(manager)
    assert first.count('class="row-t feed') == 50
    older = first.split("after=")[1].split('"')[0]
    assert page(manager, f"?after={older}").count('class="row-t feed') == 5
