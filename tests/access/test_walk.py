"""No door without a row, no row without a door."""

from __future__ import annotations

import pytest

from tests.access.notation import METHODS
from tests.access.routes import Route, fill, routes
from tests.access.table import ROWS
from tests.access.world import World

KNOWN = {(row.method, row.route) for row in ROWS}
PATHS = {row.route for row in ROWS}


def test_every_route_has_a_row() -> None:
    missing = [route.path or "(home)" for route in routes() if route.path not in PATHS]
    assert not missing, f"routes without a row in tests/access/table_*.py: {missing}"


def test_every_row_has_its_route() -> None:
    paths = {route.path for route in routes()}
    gone = [row.name for row in ROWS if row.route not in paths]
    assert not gone, f"rows whose route does not exist: {gone}"


def test_no_row_stands_twice() -> None:
    names = [row.name for row in ROWS]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"rows that nothing tells apart: {twice}"


@pytest.mark.parametrize(
    "route", [route for route in routes() if route.is_own], ids=lambda route: route.path or "home"
)
def test_a_method_without_a_row_is_refused(world: World, route: Route) -> None:
    """Tried as manager, who passes every other check: 405, in the contract's shape under /api/."""
    at = next((row.at for row in ROWS if row.route == route.path), "")
    client = world.client("manager")
    for method in METHODS:
        if (method, route.path) in KNOWN:
            continue
        response = client.generic(method, fill(route.path, world.of[at]), content_type="application/json")
        assert response.status_code == 405, (
            f"{method} {route.path} has no row and answers {response.status_code}"
        )
        if route.is_api:
            assert response.data["code"] == "method_not_allowed"
        else:
            assert response.headers["Allow"]
