"""What every door must have: a scope for machines, a key against forged forms."""

from __future__ import annotations

import json

import pytest

from accounts.tokens import SCOPES
from tests.access.notation import GET, METHODS, Row
from tests.access.routes import fill, routes, scopes_of
from tests.access.table import ROWS
from tests.access.table_widget import ACCESS_DOORS, TOKEN_DOORS
from tests.access.world import World, writes, written

V1 = "api/v1/"
# Doors that a signature over the body opens: they read no session, so a forged request has nothing to use.
SIGNED = [
    ("POST", V1 + f"hooks/{source}/<slug:store>/") for source in ("shopify", "woocommerce", "aftership")
]
# Doors of the contract that ask a token for no scope, each for a reason.
OPEN = {
    (GET, V1 + "schema/"): "says nothing about anyone",
    (GET, V1 + "docs/"): "says nothing about anyone",
    (GET, V1 + "service-hours/"): "stands on the home page",
    ("POST", V1 + "faq/suggest/"): "a visitor's question; nothing is kept of it",
    ("POST", V1 + "faq/articles/<slug:slug>/feedback/"): "a visitor's mark",
    ("POST", V1 + "live/ticket/"): "refuses every token",
    **dict.fromkeys(SIGNED, "signed by the sender's secret"),
    **{
        (row.method, row.route): "a shop's visitors, by their own token"
        for row in (*TOKEN_DOORS, *ACCESS_DOORS)
    },
}
# They read no cookie at all: who forges a request with somebody's session comes as nobody.
WITHOUT_SESSION = {row.route for row in (*TOKEN_DOORS, *ACCESS_DOORS)}
API_DOORS = [
    (method, route)
    for route in routes()
    if route.is_api
    for method in METHODS
    if hasattr(route.view_class, method.lower())
]


def _first_rows(*, api: bool) -> list[Row]:
    """One row for each door that writes."""
    found: dict[tuple[str, str], Row] = {}
    for row in ROWS:
        if row.method != GET and row.is_api == api and row.route not in WITHOUT_SESSION:
            found.setdefault((row.method, row.route), row)
    return list(found.values())


def test_every_api_door_names_its_scope_or_is_open() -> None:
    unnamed = [
        (method, route.path)
        for method, route in API_DOORS
        if method not in scopes_of(route) and (method, route.path) not in OPEN
    ]
    assert not unnamed, f"API doors without a scope that are not listed as open: {unnamed}"


def test_what_is_listed_as_open_is_there_and_asks_for_nothing() -> None:
    doors = {(method, route.path): scopes_of(route).get(method) for method, route in API_DOORS}
    assert {door: doors.get(door, "gone") for door in OPEN} == dict.fromkeys(OPEN, None)


def test_every_scope_that_a_door_names_can_be_given() -> None:
    named = {scope for _method, route in API_DOORS for scope in scopes_of(route).values()}
    assert named <= set(SCOPES)


@pytest.mark.parametrize("row", _first_rows(api=False), ids=lambda row: row.name)
def test_a_forged_form_is_refused(world: World, row: Row) -> None:
    """A page's post without the key that stands in its form: 403, and nothing happened."""
    client, mark = world.client("manager", enforce_csrf_checks=True), writes()
    body = row.body(world) if callable(row.body) else row.body
    response = client.post(fill(row.route, world.of[row.at]), body or {})
    assert response.status_code == 403
    assert not written(world.state, mark)


@pytest.mark.parametrize("row", _first_rows(api=True), ids=lambda row: row.name)
def test_a_forged_request_with_a_session_is_refused(world: World, row: Row) -> None:
    """The API with a browser's session needs the key too."""
    client, mark = world.client("manager", enforce_csrf_checks=True), writes()
    response = client.generic(
        row.method, fill(row.route, world.of[row.at]), "{}", content_type="application/json"
    )
    assert response.status_code == (401 if (row.method, row.route) in SIGNED else 403)
    assert set(response.json()) >= {"code", "message"}
    assert not written(world.state, mark)


def test_a_token_needs_no_key(world: World) -> None:
    client = world.client("visitor", enforce_csrf_checks=True)
    response = client.post(
        fill(V1 + "tickets/<int:number>/messages/", world.of["ticket"]),
        json.dumps({"kind": "note", "body": "By a machine."}),
        content_type="application/json",
        headers={"Authorization": f"Token {world.secret('token', 'tickets:write')}"},
    )
    assert response.status_code == 201


def test_a_token_beside_a_session_rules(world: World) -> None:
    """The token that a request names decides, not whoever's browser it comes from."""
    client = world.client("manager")
    headers = {"Authorization": f"Token {world.secret('no_scope', 'tickets:read')}"}
    assert client.get("/api/v1/tickets/", headers=headers).json()["code"] == "scope"
    headers = {"Authorization": f"Token {world.tokens['revoked']}"}
    assert client.get("/api/v1/tickets/", headers=headers).status_code == 401
