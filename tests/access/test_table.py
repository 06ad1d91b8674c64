"""Every cell of the table is asked for: the answer, its shape, and that a refusal changed nothing."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import override_settings

from tests.access.notation import GET, POST, WAYS_IN, Cell, Row, cells
from tests.access.routes import fill, route_of, scopes_of
from tests.access.table import ROWS
from tests.access.world import MARKS_OF_READING, MISSING, World, changed, digest, undone, writes, written

CODES = {401: "not_signed_in", 404: "not_found"}
KEYS = re.compile(r"\b[A-Za-z0-9]{64}\b")  # masked anew at every writing


def scope_of(row: Row) -> str | None:
    """What the door asks of a token; None for one that the project does not have (the walk names those)."""
    try:
        return scopes_of(route_of(row.route)).get(row.method)
    except KeyError:
        return None


def ask(world: World, cell: Cell, values: dict[str, Any]) -> Any:
    """Make the request as its role makes it."""
    row, headers = cell.row, {}
    client = world.client(cell.role)
    if cell.role in ("token", "no_scope", "buyer_token", "revoked"):
        headers["Authorization"] = f"Token {world.secret(cell.role, cell.scope)}"
    address = fill(row.route, values)
    if query := (row.query(world) if callable(row.query) else row.query):
        return client.generic(row.method, address, query_params=query, headers=headers)
    body = row.body(world) if callable(row.body) else row.body
    if row.method == GET:
        return client.get(address, headers=headers)
    if row.is_api and not row.form:
        return client.generic(
            row.method, address, json.dumps(body or {}), content_type="application/json", headers=headers
        )
    assert row.method == POST
    return client.post(address, body or {}, headers=headers)


def told(response: HttpResponse) -> str:
    """The answer in short, for a failure's message."""
    where = response.headers.get("Location", "")
    words = b"" if response.streaming else response.content[:300]
    return f"{response.status_code} {where} {words!r}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(world: World, row: Row) -> None:
    """One door as everybody: each role meets the same world, and every cell that is wrong is told."""
    wrong, before = [], world.state
    if row.before:  # once for all roles; the fixture takes it back
        world.do(row.before)
        before = digest()
    for cell in cells([row], scope_of):
        with undone():
            try:
                _check_cell(world, cell, before)
            except (AssertionError, pytest.fail.Exception) as error:
                wrong.append(f"as {cell.role}: {error}")
    assert not wrong, f"{row.name}\n" + "\n".join(wrong)


def _check_cell(world: World, cell: Cell, before: dict[str, int]) -> None:
    values, mark = world.of[cell.row.at], writes()
    with override_settings(**cell.row.settings):
        response = ask(world, cell, values)
        twin = ask(world, cell, {**values, **MISSING}) if cell.answer == "404" and values else None
    _check_answer(cell, response)
    if cell.is_refusal:
        found = written(before, mark)
        assert not found, f"refused, and yet something was written to {found}"
    elif cell.row.method == GET:
        found = written(before, mark)
        assert not set(found) - MARKS_OF_READING - cell.row.leaves, f"a look changed {found}"
    if twin is not None:
        ids = [str(name) for given in (values, MISSING) for name in given.values() if len(str(name)) > 4]
        _check_same(response, twin, [*ids, *map(quote, ids)])


def _check_answer(cell: Cell, response: Any) -> None:
    where = response.headers.get("Location", "")
    if cell.answer in WAYS_IN:
        assert response.status_code == 302 and where.startswith(WAYS_IN[cell.answer]), told(response)
        return
    assert response.status_code == int(cell.answer), told(response)
    assert not (cell.answer == "302" and where.startswith(WAYS_IN["in"])), told(response)
    if cell.row.is_api and response.status_code >= 400:
        _check_shape(cell, response)


def _check_shape(cell: Cell, response: Any) -> None:
    """The contract's error: a code for machines, words for people."""
    shape = json.loads(response.content)
    assert set(shape) >= {"code", "message"}, shape
    assert all(isinstance(shape[name], str) and shape[name] for name in ("code", "message")), shape
    if response.status_code in CODES:
        assert shape["code"] == CODES[response.status_code]
    if cell.role == "no_scope" and cell.scope:
        assert shape["code"] == "scope" and cell.scope in shape["message"]


def _check_same(hidden: Any, missing: Any, ids: list[str]) -> None:
    """Status and words, without what differs from request to request: keys of forms, the id that was asked for."""
    assert hidden.status_code == missing.status_code
    one, other = (KEYS.sub("", response.content.decode()) for response in (hidden, missing))
    one = one.replace(hidden.request["PATH_INFO"], "")
    other = other.replace(missing.request["PATH_INFO"], "")
    for name in ids:
        one, other = one.replace(name, ""), other.replace(name, "")
    if one != other:
        at = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
        around = slice(max(0, at - 80), at + 80)
        pytest.fail(f"hidden and missing do not look alike: {one[around]!r} but {other[around]!r}")


def test_a_write_is_seen(world: World) -> None:
    """What "nothing was written" rests on: an allowed request changes the digest, and the next test starts anew."""
    assert not changed(world.state, digest())
    note = next(
        cell
        for cell in cells(ROWS, scope_of)
        if cell.row.name.endswith("messages/ (note)") and cell.answer == "201"
    )
    ask(world, note, world.of[note.row.at])
    assert {"tickets_message", "tickets_stream"} <= set(changed(world.state, digest()))
