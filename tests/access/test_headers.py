"""What every answer carries for the browser's safety, and what no page contains."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.access.notation import GET, Row
from tests.access.routes import fill
from tests.access.table import ROWS
from tests.access.world import World

STRICT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "object-src": "'none'",
}
DOCS = {**STRICT, "style-src": "'self' 'unsafe-inline'", "img-src": "'self' data:"}
FILE = {"default-src": "'none'", "sandbox": ""}
# The one page that others may frame: the shop's own origins, and no others.
FRAMED = "widget/<slug:key>/"
# What the policy would block: handlers and styles in attributes, scripts and styles in the page itself.
FORBIDDEN = re.compile(
    r"""<[^>]+\s(?:style|on[a-z]+)\s*=|<style\b|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")""",
    re.I,
)


def pages() -> list[Row]:
    """One row for each address that can be looked at."""
    found = {(row.route, row.why): row for row in ROWS if row.method == GET}
    return list(found.values())


def policy_of(response: Any) -> dict[str, str]:
    parts = [part.strip() for part in response.headers.get("Content-Security-Policy", "").split(";") if part]
    return {name: words for name, _space, words in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("row", pages(), ids=lambda row: row.name)
@pytest.mark.parametrize("role", ["visitor", "buyer", "manager"])
def test_every_answer_is_guarded(world: World, row: Row, role: str) -> None:
    query = row.query(world) if callable(row.query) else row.query
    response = world.client(role).get(fill(row.route, world.of[row.at]), query or {})
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers.get("X-Frame-Options") == (None if row.route == FRAMED else "DENY")
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert policy_of(response) == _expected(row, response)
    if "text/html" in response.headers.get("Content-Type", "") and not row.route.startswith("api/"):
        words = response.content.decode()
        assert not (found := FORBIDDEN.search(words)), found.group()[:200]


def _expected(row: Row, response: Any) -> dict[str, str]:
    if row.route == "api/v1/docs/":
        return DOCS
    if row.route == FRAMED:
        return {**STRICT, "frame-ancestors": "'self' https://shop.example"}
    if (
        row.route.startswith(("t/files/", "returns/photos/", "g/<str:token>/files/"))
        and response.status_code == 200
    ):
        return FILE
    return STRICT


@pytest.mark.parametrize("path", ["/no/such/page/", "/api/v1/no-such-thing/"])
def test_an_address_that_leads_nowhere_is_guarded_too(world: World, path: str) -> None:
    response = world.client("visitor").get(path)
    assert response.status_code == 404
    assert policy_of(response) == STRICT
    assert response.headers["X-Frame-Options"] == "DENY"
    if path.startswith("/api/"):
        assert response.json()["code"] == "not_found"
