"""Whatever is sent to a door of the contract, it answers: never a 500, always in the contract's shape."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.access.notation import GET, Row
from tests.access.routes import fill, route_of
from tests.access.table import ROWS as ALL
from tests.access.table_api import ROWS
from tests.access.world import World

TRIES = 3
ODD: list[Any] = [
    None, True, "²", "x|1", -1, 0, 10**30, 1.5, float("1e308"), "", " ", "\x00", "a\x00b", "\ud800", "\u202e", "x" * 8001,
    "😀" * 300, "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "9999-99-99T99:99:99Z", [], {},
    [[]], [None], {"a": {"b": []}}, ["x"] * 300, "NaN", "٣", "-0", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
]  # fmt: skip
BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"[" * 3000,
    b'{"a":' * 500,
    b'{"body": "\\ud800"}',
    b"1",
]
QUERIES = (
    "limit cursor after status store search q zone stream outcome priority assignee order team state metric before "
    "days at weekday hour category body sort next number page"
).split()
PAGE_QUERIES = {
    "dashboard/": ["days"],
    "dashboard/rows/<slug:what>/": ["days", "after", "weekday", "hour", "zone"],
}
ODD_PARTS = ["0", "-", "%00", "x" * 400, "9" * 30, "us:", ":", "us:%F0%9F%98%80", "..%2f", "٣", "%ED%A0%80"]
KINDS = [
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json; charset=nope",
    "",
]


def operations() -> list[Row]:
    """One row for each operation of the contract."""
    found: dict[tuple[str, str], Row] = {}
    for row in ROWS:
        if row.route not in ("api/v1/schema/", "api/v1/docs/"):
            found.setdefault((row.method, row.route), row)
    return list(found.values())


def bad_body(chance: random.Random, row: Row, world: World) -> tuple[bytes, str]:
    """The right body with something odd in the place of one value, or no JSON at all."""
    body = row.body(world) if callable(row.body) else row.body
    if row.form or not body or chance.random() < 0.3:
        return chance.choice(BODIES), chance.choice(KINDS)
    mixed = {**body, chance.choice(sorted(body)): chance.choice(ODD)}
    return json.dumps(mixed).encode(), "application/json"


def bad_address(chance: random.Random, row: Row, world: World) -> str:
    """An odd part now and then, odd questions behind a look."""
    values = dict(world.of[row.at])
    values.pop("row", None)
    if values and "<" in row.route and chance.random() < 0.4:
        values = dict.fromkeys(values, chance.choice(ODD_PARTS))
    return fill(row.route, values)


def check(response: Any, what: str) -> None:
    assert response.status_code < 500, f"{response.status_code} for {what}"
    if response.status_code >= 400:
        assert set(json.loads(response.content)) >= {"code", "message"}, what


@pytest.mark.parametrize("row", operations(), ids=lambda row: row.name)
def test_bad_input_is_answered(world: World, row: Row) -> None:
    chance = random.Random(f"1 {row.name}")
    for turn in range(TRIES):
        client = world.client(("manager", "buyer")[turn % 2], raise_request_exception=True)
        address = bad_address(chance, row, world)
        if row.method == GET:
            asked = {name: str(chance.choice(ODD)) for name in chance.sample(QUERIES, 3)}
            asked = {name: words.encode("utf-8", "replace").decode() for name, words in asked.items()}
            check(client.get(address, asked), f"{address} {str(asked)[:300]}")
        else:
            body, kind = bad_body(chance, row, world)
            response = client.generic(row.method, address, body, content_type=kind)
            check(response, f"{row.method} {address} {kind} {body[:300]!r}")


def pages() -> list[Row]:
    """One row for each page of ours."""
    found = {row.route: row for row in ALL if row.method == GET and not row.is_api and row.route}
    return [row for row in found.values() if route_of(row.route).is_own]


@pytest.mark.parametrize("row", pages(), ids=lambda row: row.name)
def test_odd_questions_to_a_page_are_answered(world: World, row: Row) -> None:
    chance = random.Random(f"1 {row.name}")
    names = PAGE_QUERIES.get(row.route, QUERIES)
    for _turn in range(TRIES):
        asked = {name: str(chance.choice(ODD)) for name in chance.sample(names, min(len(names), 4))}
        asked = {name: words.encode("utf-8", "replace").decode() for name, words in asked.items()}
        address = bad_address(chance, row, world)
        response = world.client("manager").get(address, asked)
        assert response.status_code < 500, f"{address} {str(asked)[:300]}"


@pytest.mark.parametrize(
    "body", [b"[" * 50_000, b'{"body": ' * 50_000, b'{"text": "a\\ud800b"}'], ids=["[", "{", "half"]
)
def test_json_that_nobody_can_keep(world: World, body: bytes) -> None:
    """Too deep is refused with words; half a character is dropped."""
    response = world.client("buyer").generic(
        "POST", "/api/v1/faq/suggest/", body, content_type="application/json"
    )
    assert response.status_code == (200 if b"text" in body else 400)


@pytest.mark.parametrize(
    "wanted", ["choices", "portal:home", "//evil.example/", "https://evil.example/", "javascript:1"]
)
def test_a_way_back_leads_into_this_house(world: World, wanted: str) -> None:
    """`next` is an address of ours or is passed over; it never names a view or another site."""
    response = world.client("agent").get("/after-sign-in/", {"next": wanted})
    assert response.headers["Location"] == "/console/"
    order = f"/o/{world.of['order']['public_id']}/cancel/"
    response = world.client("buyer").post(order, {"next": wanted})
    assert response.headers["Location"] == f"/orders/{world.of['order']['public_id']}/"
