"""`/api/v1/clocks/`: who sees what, in which shape, at which cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from rest_framework.test import APIClient

from core.actors import VISITOR, Actor
from tests.sla import kit
from tests.sla.kit import Desk, ny

urlpatterns = [path("api/v1/", include("sla.api_urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sla.test_api")]

STAFF = Actor(kind="staff", id=7, role="agent", timezone="Asia/Shanghai")
BUYER = Actor(kind="buyer", id=1)
STRANGER = Actor(kind="buyer", id=2)


class Client(APIClient):
    """Asks as an actor, past the log-in: whom a log-in makes is accounts' matter."""

    def ask(self, actor: Actor, address: str, monkeypatch: pytest.MonkeyPatch) -> Any:
        from accounts import middleware
        from core.api import View

        monkeypatch.setattr(middleware, "actor_for", lambda user: actor)
        monkeypatch.setattr(View, "actor", property(lambda self: actor))
        return self.get(f"/api/v1/clocks/{address}")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch):
    return lambda actor, address="": Client().ask(actor, address, monkeypatch)


@pytest.fixture
def two(desk: Desk) -> tuple[Desk, Desk]:
    """A buyer's owner with two clocks, and somebody else's with one."""
    other = Desk(desk.calendar, kit.make_owner(), news=desk.news)

    def seen_by(actor: Actor) -> Q:
        if actor.is_staff:
            return Q()
        return Q(owner_id=desk.owner_id) if actor.id == BUYER.id else Q(pk__in=[])

    kit.register_owner("test", seen_by)
    desk.start("first_response", ny(19, 10))
    desk.start("resolution", ny(19, 10))
    desk.meet("first_response", ny(19, 13))
    other.start("first_response", ny(19, 10))
    return desk, other


def test_a_clock_is_written_as_the_contract_says(two: tuple[Desk, Desk], ask: Any) -> None:
    desk, _other = two
    clock = desk.clock("first_response")
    answer = ask(BUYER, f"{clock.pk}/")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": clock.pk,
        "owner": {
            "kind": "test",
            "title": f"Owner {desk.owner_id}",
            "url": f"/owners/{desk.owner_id}/",
        },
        "metric": "first_response",
        "state": "late",
        "unit": "desk_seconds",
        "target": 7200,
        "min_target": 0,
        "consumed": 10800,
        "started_at": "2026-11-19T15:00:00Z",
        "due": "2026-11-19T17:00:00Z",
        "warn_at": "2026-11-19T16:30:00Z",
        "breached_at": "2026-11-19T17:00:00Z",
        "ended_at": "2026-11-19T18:00:00Z",
        "policy": "Standard",
        "timezone": "America/New_York",
    }


@pytest.mark.parametrize(
    ("actor", "number"), [(STAFF, 3), (BUYER, 2), (STRANGER, 0)], ids=["staff", "buyer", "stranger"]
)
def test_a_list_has_what_its_reader_may_see(two: Any, ask: Any, actor: Actor, number: int) -> None:
    answer = ask(actor)
    assert answer.status_code == 200
    ids = [row["id"] for row in answer.json()["results"]]
    assert (len(ids), ids) == (number, sorted(ids, reverse=True))


@pytest.mark.parametrize("address", ["{}/", "{}/receipt/"])
def test_hidden_and_missing_look_alike(two: Any, ask: Any, address: str) -> None:
    clock = two[1].clock("first_response")
    hidden, missing = ask(BUYER, address.format(clock.pk)), ask(BUYER, address.format(999_999))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert hidden.json()["code"] == "not_found"


@pytest.mark.parametrize("address", ["", "1/", "1/receipt/"])
def test_visitors_sign_in_and_tokens_need_the_scope(two: Any, ask: Any, address: str) -> None:
    assert ask(VISITOR, address).status_code == 401
    other_scope = Actor(kind="staff", id=7, scopes=frozenset({"tickets:read"}))
    answer = ask(other_scope, address)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_a_token_with_the_scope_comes_in(two: Any, ask: Any) -> None:
    assert ask(Actor(kind="staff", id=7, scopes=frozenset({"clocks:read"}))).status_code == 200


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("state=open", 2),
        ("state=late", 1),
        ("state=paused", 0),
        ("metric=first_response", 2),
        ("metric=first_response&state=running", 1),
        ("owner_kind=test", 3),
        ("owner_kind=order", 0),
    ],
)
def test_filters(two: Any, ask: Any, query: str, number: int) -> None:
    assert len(ask(STAFF, f"?{query}").json()["results"]) == number


@pytest.mark.parametrize("query", ["state=asleep", "metric=happiness", "limit=0", "limit=many"])
def test_a_wrong_filter_is_told(two: Any, ask: Any, query: str) -> None:
    answer = ask(STAFF, f"?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["fields"]) == [query.partition("=")[0]]


def test_pages_follow_each_other_without_loss(two: Any, ask: Any) -> None:
    seen, address = [], "?limit=2"
    while address:
        page = ask(STAFF, address).json()
        seen += [row["id"] for row in page["results"]]
        address = (page["next"] or "").partition("/clocks/")[2]
    assert len(seen) == len(set(seen)) == 3


def test_the_cost_of_a_page_does_not_grow(two: Any, ask: Any) -> None:
    for _ in range(20):
        Desk(two[0].calendar, kit.make_owner()).start("resolution", ny(19, 10))
    with CaptureQueriesContext(connection) as seen:
        assert len(ask(STAFF).json()["results"]) == 23
    assert len(seen) == 1


def test_a_receipt_is_in_the_readers_zone(two: Any, ask: Any) -> None:
    clock = two[1].clock("first_response")
    answer = ask(STAFF, f"{clock.pk}/receipt/").json()
    assert answer["zone"] == "Asia/Shanghai"
    assert answer["clock"]["id"] == clock.pk
    assert answer["lines"][-1] == {
        "at": "2026-11-19T17:00:00Z",
        "text": "2 h left → due Thu 19 Nov 12:00 in New York (Fri 20 Nov 01:00 for you)",
    }
    chosen = ask(STAFF, f"{clock.pk}/receipt/?zone=Europe/Paris").json()
    assert chosen["lines"][-1]["text"].endswith("(18:00 for you)")


def test_an_unknown_zone_is_told(two: Any, ask: Any) -> None:
    answer = ask(STAFF, f"{two[1].clock('first_response').pk}/receipt/?zone=Mars")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["zone"])


def test_every_door_is_described() -> None:
    from drf_spectacular.generators import SchemaGenerator

    described = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)["paths"]
    assert {path for path in described if path.startswith("/api/v1/clocks/")} == {
        "/api/v1/clocks/",
        "/api/v1/clocks/{clock_id}/",
        "/api/v1/clocks/{clock_id}/receipt/",
    }
    named = {one["name"] for one in described["/api/v1/clocks/"]["get"]["parameters"]}
    assert {"state", "metric", "owner_kind", "limit", "cursor"} <= named
