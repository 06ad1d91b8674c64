"""One table of the rules by status, and every door obeys it: page, API, console, feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from core.actors import SYSTEM
from core.clock import now
from core.errors import Conflict
from orders.actions import propose_change, upsert_order
from orders.models import ChangeProposal, Order, OrderStatus
from orders.queries import access_order
from orders.rules import what_can_be_done
from tests.factories import actor, log_in, make_buyer, make_order
from tests.orders.conftest import order_data

pytestmark = pytest.mark.django_db
API = "/api/v1/orders/us:2041/"
ADDRESS = {"line1": "12 Shevchenko St", "city": "Kyiv", "country": "Ukraine"}
LINE = {"lines": [{"position": 1, "quantity": 1, "reason": "wrong_size"}]}
World = SimpleNamespace
Door = Callable[[World], int]


@pytest.fixture
def world(house: Any) -> World:
    buyer = make_buyer()
    order = make_order(buyer, number="2041")
    page, desk = log_in(Client(), buyer), log_in(Client(), house.agent)
    return World(order=order, page=page, desk=desk, agent=actor(house.agent), store=house.store)


def _json(client: Client, way: str, path: str, body: dict[str, Any]) -> int:
    return int(getattr(client, way)(path, body, content_type="application/json").status_code)


def _form(path: str, **body: Any) -> Door:
    return lambda world: world.page.post(f"/orders/{world.order.public_id}/{path}/", body).status_code


def _asked(kind: str, **details: Any) -> Door:
    """The console proposes it; a later yes asks the same table again."""
    body = {"kind": kind, "words": "No stock.", **details}
    return lambda world: world.desk.post(f"/o/{world.order.public_id}/propose/", body).status_code


def _api_asked(kind: str, details: dict[str, Any]) -> Door:
    body = {"kind": kind, "words": "No stock.", "details": details}
    return lambda world: _json(world.desk, "post", API + "changes/", body)


def _returning(world: World) -> int:
    """The form stands there, or the reason why not."""
    text = world.page.get(f"/orders/{world.order.public_id}/return/").content.decode()
    return 200 if 'name="qty_1"' in text or 'type="file"' in text else 409


def _feed(**said: Any) -> Door:
    def tell(world: World) -> int:
        data = order_data("2041", email=world.order.email, placed_at=world.order.placed_at)
        try:
            upsert_order(actor=SYSTEM, store=world.store, data=replace(data, updated_at=now(), **said))
        except Conflict:
            return 409
        return 200

    return tell


# deed: the doors that lead to it. A feed tells of what its shop did; a return is never a feed's to ask for.
DOORS: dict[str, dict[str, Door]] = {
    "cancel": {
        "page": _form("cancel"),
        "api": lambda world: _json(world.page, "post", API + "cancel/", {}),
        "console": lambda world: (
            world.desk.post(
                f"/o/{world.order.public_id}/cancel/", {"reason": "They asked for it."}
            ).status_code
        ),
        "console, proposed": _asked("cancel"),
        "feed": _feed(status="cancelled"),
    },
    "change_address": {
        "page": _form("address", **ADDRESS),
        "api": lambda world: _json(world.page, "put", API + "address/", ADDRESS),
        "console, proposed": _asked("address", **ADDRESS),
        "api, proposed": _api_asked("address", ADDRESS),
    },
    "change_size": {
        "page": _form("cancel", reason="The wrong size."),
        "console, proposed": _asked("item"),
        "api, proposed": _api_asked("item", {}),
    },
    "return": {
        "page": _returning,
        "api": lambda world: _json(world.page, "post", API + "returns/", LINE),
        "console": lambda world: _json(world.desk, "post", API + "returns/", LINE),
    },
}
# What the service standard says may be done at each status; nothing else may.
MAY = {
    "awaiting_payment": {"cancel", "change_address", "change_size"},
    "under_review": {"cancel", "change_address", "change_size"},
    "awaiting_shipping": {"cancel", "change_address", "change_size"},
    "awaiting_delivery": set(),
    "delivered": {"return"},
    "cancelled": set(),
    "returned": set(),
}


@pytest.mark.parametrize("deed", DOORS)
@pytest.mark.parametrize("status", OrderStatus.values)
def test_every_door_obeys_the_table(world: World, status: str, deed: str) -> None:
    there = now() - timedelta(days=3) if status in ("delivered", "returned") else None
    Order.objects.filter(pk=world.order.pk).update(status=status, delivered_at=there)
    world.order = access_order(world.agent, world.order.public_id)
    buyer = actor(world.order.person)
    choice = {one.code: one for one in what_can_be_done(world.order, buyer)}[deed]
    allowed = deed in MAY[status]
    assert choice.allowed is allowed and (allowed or choice.reason)
    for door, knock in DOORS[deed].items():
        if status == "cancelled" and deed in ("cancel", "change_size") and "proposed" not in door:
            continue  # cancelled already: the same again is no change, and no refusal
        with transaction.atomic():
            answer = knock(world)
            transaction.set_rollback(True)
        assert (answer < 400) is allowed and (allowed or answer == 409), (door, answer)


@pytest.mark.parametrize("status", OrderStatus.values)
def test_why_not_and_the_way_that_is_left_are_said(world: World, status: str) -> None:
    Order.objects.filter(pk=world.order.pk).update(status=status)
    said = world.page.get(API).json()["can"]
    codes = {one["code"] for one in said if one["allowed"]}
    for one in said:
        assert one["allowed"] or one["reason"], one
        assert all(way in {other["code"] for other in said} for way in one["instead"])
    if status in ("awaiting_delivery", "delivered"):
        ways = {one["code"]: one["instead"] for one in said if not one["allowed"]}
        assert all(set(ways[code]) & codes for code in ("cancel", "change_size", "change_address"))


@pytest.mark.parametrize("kind", ["cancel", "item", "address"])
def test_a_yes_asks_the_table_again(world: World, kind: str) -> None:
    details = ADDRESS if kind == "address" else {}
    row = propose_change(
        actor=world.agent, order_id=world.order.pk, kind=kind, words="No stock.", details=details
    )
    Order.objects.filter(pk=world.order.pk).update(status="awaiting_delivery")
    assert _json(world.page, "post", f"/api/v1/changes/{row.public_id}/answer/", {"yes": True}) == 200
    assert ChangeProposal.objects.get().state == "overtaken"
    assert Order.objects.get(pk=world.order.pk).status == "awaiting_delivery"
