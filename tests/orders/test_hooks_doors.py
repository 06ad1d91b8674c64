"""Signed messages at the door: who comes in, what is kept, what is said of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from core.clock import now
from core.models import Outbox
from orders import api_hooks
from orders.actions.hook_keeping import forget_hooks
from orders.hooks.models import IncomingHook
from orders.models import Order, Store
from tests.orders import hooking
from tests.orders.hooking import SECRET, send, shopify_order, tracking, woo_order, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    for source in ("SHOPIFY", "WOOCOMMERCE", "AFTERSHIP"):
        monkeypatch.setenv(f"HOOK_SECRET_{source}_{store.code.upper()}", SECRET)


ALL = [
    ("shopify", "orders/create", shopify_order()),
    ("woocommerce", "order.created", woo_order()),
    ("aftership", "tracking_update", tracking()),
]


@pytest.mark.parametrize(("source", "topic", "data"), ALL)
def test_what_is_signed_is_kept_and_queued(source: str, topic: str, data: Any) -> None:
    answer = send(source, topic, data, delivery="d-1")
    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    row = IncomingHook.objects.get()
    assert json.loads(bytes(row.body)) == data
    assert (row.source, row.topic, row.state) == (source, topic, "queued")
    assert not [name for name in row.headers if "hmac" in name or "signature" in name]
    assert Outbox.objects.get(kind="orders.hook").payload == {"hook": row.pk}
    assert not Order.objects.exists()


@pytest.mark.parametrize(("source", "topic", "data"), ALL)
def test_the_same_delivery_twice_is_one(source: str, topic: str, data: Any) -> None:
    send(source, topic, data, delivery="d-1")
    again = send(source, topic, data, delivery="d-1")
    assert (again.status_code, again.json()["state"]) == (200, "duplicate")
    assert IncomingHook.objects.count() == Outbox.objects.filter(kind="orders.hook").count() == 1


def test_without_a_delivery_id_the_body_tells() -> None:
    assert send("shopify", "orders/create", shopify_order()).json()["state"] == "queued"
    assert send("shopify", "orders/create", shopify_order()).json()["state"] == "duplicate"
    assert send("shopify", "orders/updated", shopify_order(1)).json()["state"] == "queued"


@pytest.mark.parametrize(
    "case",
    [
        {"secret": "another"},
        {"store": "nowhere"},
        {"X-Shopify-Hmac-Sha256": ""},
        {"X-Shopify-Hmac-Sha256": "é漢"},
        {"X-Shopify-Hmac-Sha256": "AAAA"},
    ],
)
def test_who_cannot_sign_learns_nothing(case: dict[str, str]) -> None:
    answer = send("shopify", "orders/create", shopify_order(), **case)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.json() == {"code": "not_signed_in", "message": "The signature does not fit."}
    assert not IncomingHook.objects.exists()


def test_a_tampered_body_and_a_missing_header_are_refused() -> None:
    body = json.dumps(shopify_order()).encode()
    good = hooking.sign(body, SECRET.encode())
    path = "/api/v1/hooks/shopify/us/"
    for sent, headers in (
        (body.replace(b"36.98", b"00.98"), {"X-Shopify-Hmac-Sha256": good}),
        (body, {}),
        (b"", {"X-Shopify-Hmac-Sha256": good}),
    ):
        answer = Client().post(path, sent, content_type="application/json", headers=headers)
        assert answer.status_code == 401
    assert not IncomingHook.objects.exists()


def test_a_known_store_without_a_secret_looks_like_an_unknown_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET_SHOPIFY_US")
    known, unknown = (send("shopify", "x", {}, store=code) for code in ("us", "nowhere"))
    assert (
        (known.status_code, known.content) == (unknown.status_code, unknown.content) == (401, known.content)
    )


def test_a_secret_for_a_store_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET_SHOPIFY_NEW_SHOP", SECRET)
    assert send("shopify", "orders/create", shopify_order(), store="new-shop").status_code == 401


def test_the_secret_before_is_good_while_it_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET_SHOPIFY_US", "new")
    assert send("shopify", "orders/create", shopify_order()).status_code == 401
    monkeypatch.setenv("HOOK_SECRET_SHOPIFY_US_OLD", SECRET)
    assert send("shopify", "orders/create", shopify_order()).status_code == 200


def test_letters_beyond_ascii_are_signed_as_bytes() -> None:
    order = shopify_order(note="漢字 – é 😀")
    assert send("shopify", "orders/create", order).status_code == 200
    work()
    assert Order.objects.get().note == "漢字 – é 😀"


def test_an_empty_body_that_is_signed() -> None:
    answer = send("shopify", "orders/create", b"")
    assert (answer.status_code, answer.json()["code"]) == (400, "empty")
    assert not IncomingHook.objects.exists()


def test_a_body_too_large_is_refused_unread() -> None:
    assert send("shopify", "orders/create", b"x" * 2_000_001).status_code == 413
    assert not IncomingHook.objects.exists()


def test_an_unknown_topic_is_kept() -> None:
    answer = send("shopify", "app/uninstalled", {"id": 1})
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")
    row = IncomingHook.objects.get()
    assert (row.topic, row.state, bytes(row.body)) == ("app/uninstalled", "ignored", b'{"id": 1}')
    assert not Outbox.objects.filter(kind="orders.hook").exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 3000,
        b'"x"',
        b"{}",
        b'{"msg": 1}',
        b'{"id": {}}',
        b'{"id": "\\u0000"}',
    ],
)
@pytest.mark.parametrize("source", ["shopify", "woocommerce", "aftership"])
def test_what_is_no_message_is_kept_with_the_reason(source: str, body: bytes) -> None:
    topic = "orders/create" if source == "shopify" else "order.created"
    assert send(source, topic, body).status_code == 200
    work()
    row = IncomingHook.objects.get()
    assert (row.state, row.attempts, bool(row.error)) == ("failed", 1, True)
    assert bytes(row.body) == body
    assert not Order.objects.exists()


def test_a_new_subscription_of_woocommerce_is_tried() -> None:
    answer = Client().post(
        "/api/v1/hooks/woocommerce/nowhere/",
        b"webhook_id=12",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    assert not IncomingHook.objects.exists()


def test_guessing_is_slowed_down_and_good_messages_still_come_in() -> None:
    for _try in range(120):
        send("shopify", "orders/create", b"{}", secret="guess")
    assert send("shopify", "orders/create", b"{}", secret="guess").status_code == 429
    assert send("shopify", "orders/create", shopify_order()).status_code == 200


def test_no_session_is_read_and_few_queries_are_asked(django_assert_max_num_queries: Any) -> None:
    send("shopify", "orders/create", shopify_order(), delivery="d-0")
    with django_assert_max_num_queries(6):  # savepoint, row, look, job
        assert send("shopify", "orders/create", shopify_order(1), delivery="d-1").status_code == 200


def test_bodies_are_forgotten_in_time() -> None:
    for n in range(3):
        send("shopify", "app/uninstalled", {"n": n}, delivery=str(n))
    for n, days in enumerate((1, 31, 366)):
        IncomingHook.objects.filter(delivery_id=str(n)).update(received_at=now() - timedelta(days=days))
    assert forget_hooks() == 2
    assert {row.delivery_id: bool(row.body) for row in IncomingHook.objects.all()} == {"0": True, "1": False}


def test_a_flood_of_signed_messages_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_hooks, "MOST_KEPT", 10)
    monkeypatch.setattr(api_hooks, "TOLD_IN", 4)
    monkeypatch.setattr(api_hooks, "_untold", {})
    told = [send("shopify", "orders/paint", {"n": n}, delivery=f"f-{n}").status_code for n in range(13)]
    assert told == [200] * 11 + [429, 200], "the third four of this process go beyond ten"
    assert IncomingHook.objects.count() == 12
