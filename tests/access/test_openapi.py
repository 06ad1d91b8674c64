"""The written contract: it can be made, it is OpenAPI 3.1, and it names every door."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from tests.access.notation import METHODS
from tests.access.routes import routes

ABOUT_ITSELF = {"api/v1/schema/", "api/v1/docs/"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Made anew, validated, with every warning counted as a failure."""
    path: Path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return yaml.safe_load(path.read_text())


def test_it_is_openapi_3_1(contract: Any) -> None:
    assert re.fullmatch(r"3\.1\.\d+", contract["openapi"])


def test_every_door_is_written_down(contract: Any) -> None:
    doors = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{route.path}"), method.lower())
        for route in routes()
        if route.is_api and route.path not in ABOUT_ITSELF
        for method in METHODS
        if hasattr(route.view_class, method.lower())
    }
    written = {(path, method) for path, operations in contract["paths"].items() for method in operations}
    assert written == doors


def test_operations_have_names_of_their_own(contract: Any) -> None:
    names = [one["operationId"] for path in contract["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
