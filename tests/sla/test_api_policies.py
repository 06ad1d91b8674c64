"""`/api/v1/policies/`: written whole, put in order, tried; the same words as the actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.urls import include, path
from rest_framework.test import APIClient

from core.actors import Actor
from sla.models import Policy
from tests.sla.kit import HOUR, MANAGER, ny, save_office

urlpatterns = [path("api/v1/", include("sla.api_urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sla.test_api_policies")]

LEVELS = [{"after": 0, "act": "tell", "to": "lead"}]
BODY: dict[str, Any] = {
    "name": "Standard",
    "targets": [{"metric": "first_response", "amount": 2 * HOUR, "levels": LEVELS}],
}
URGENT = {**BODY, "name": "Urgent", "match": {"priority": ["urgent"]}}
Ask = Callable[..., Any]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, clock: Callable[[datetime], None]) -> Ask:
    """`ask("put", "policies/standard/", body)` as a manager, on Monday 23 November 2026, 14:00 in New York."""
    from accounts import middleware
    from core.api import View

    clock(ny(23, 14))

    def send(method: str, address: str, body: Any = None, actor: Actor = MANAGER) -> Any:
        monkeypatch.setattr(middleware, "actor_for", lambda user: actor)
        monkeypatch.setattr(View, "actor", property(lambda self: actor))
        more = {} if body is None else {"data": body, "format": "json"}
        return getattr(APIClient(), method)(f"/api/v1/{address}", **more)

    return send


@pytest.fixture
def two(ask: Ask) -> None:
    assert ask("put", "policies/standard/", BODY).status_code == 201
    assert ask("put", "policies/urgent/", URGENT).status_code == 201


def test_policies_are_written_read_and_listed_in_order(ask: Ask, two: None) -> None:
    listed = ask("get", "policies/").json()["results"]
    assert [(one["code"], one["version"], one["match"]) for one in listed] == [
        ("urgent", 1, {"priority": ["urgent"]}),
        ("standard", 1, {}),
    ]
    read = ask("get", "policies/urgent/").json()
    assert read["targets"][0]["levels"] == LEVELS
    assert (read["targets"][0]["unit"], read["targets"][0]["warn_percent"]) == ("desk_seconds", 75)
    assert ask("get", "policies/nothing/").status_code == 404


def test_a_put_over_a_newer_version_and_a_bad_one_change_nothing(ask: Ask, two: None) -> None:
    other = {**URGENT, "targets": [{"metric": "first_response", "amount": HOUR}]}
    assert ask("put", "policies/urgent/", {**other, "version": 1}).status_code == 200
    assert ask("put", "policies/urgent/", {**URGENT, "version": 1}).status_code == 409
    levels = [{"after": 60, "act": "tell", "to": "lead"}, {"after": 0, "act": "tell", "to": "lead"}]
    bad = {**URGENT, "targets": [{"metric": "first_response", "amount": HOUR, "levels": levels}]}
    refused = ask("put", "policies/urgent/", bad)
    assert refused.status_code == 400
    assert "Level 2 of first_response" in refused.json()["fields"]["targets"][0]
    assert Policy.objects.get(code="urgent").version == 2
    changes = ask("get", "policies/urgent/versions/").json()["results"][0]["changes"]
    assert [one["text"] for one in changes] == [
        "First response: 2 h → 1 h",
        "First response, when due: tell the team’s lead",
    ]


def test_order_and_deleting(ask: Ask, two: None) -> None:
    ask("put", "policies/vip/", {**BODY, "name": "VIP", "match": {"member_type": ["vip"]}})
    moved = ask("post", "policy-order/", {"codes": ["vip", "urgent", "standard"]})
    assert [one["code"] for one in moved.json()["results"]] == ["vip", "urgent", "standard"]
    refused = ask("post", "policy-order/", {"codes": ["standard", "vip", "urgent"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "not_last")
    assert ask("delete", "policies/vip/").json() == {"retired": False}
    assert ask("delete", "policies/standard/").json()["code"] == "last_resort"


def test_a_ticket_is_tried_on_what_is_saved_and_on_a_draft(ask: Ask, two: None) -> None:
    save_office()
    given = {"facts": {"priority": "normal"}, "calendar": "office", "at": "2026-11-23T22:00:00Z"}
    tried = ask("post", "policy-trial/", given).json()
    assert (tried["policy"], tried["passed"][0]["code"]) == ("standard", "urgent")
    (promise,) = tried["promises"]
    assert promise["due"] == "2026-11-24T15:00:00Z"
    assert promise["levels"] == [{**LEVELS[0], "at": "2026-11-24T15:00:00Z"}]
    assert promise["lines"]
    draft = {**URGENT, "match": {"priority": ["normal"]}}
    assert ask("post", "policy-trial/", {**given, "policy": draft, "code": "new"}).json()["policy"] == "new"
    assert ask("post", "policy-trial/", {**given, "calendar": "nowhere"}).status_code == 404
    assert not Policy.objects.filter(code="new").exists()


def test_managers_alone(ask: Ask, two: None) -> None:
    agent = Actor(kind="staff", id=8, role="agent")
    for method, address, body in (
        ("get", "policies/", None),
        ("put", "policies/urgent/", BODY),
        ("delete", "policies/urgent/", None),
        ("post", "policy-order/", {"codes": []}),
        ("post", "policy-trial/", {}),
    ):
        assert ask(method, address, body, actor=agent).status_code == 403
    assert Policy.objects.count() == 2
