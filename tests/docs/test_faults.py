"""The list of faults is true: each test in it is there, none of ours is left out, and what runs every time is told."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
README = (TESTS / "faults" / "README.md").read_text()
ROW = re.compile(r"^\| (?P<fault>[^|]+) \| (?P<tests>`[^|]+) \| (?P<daily>[^|]*) ?\|$", re.MULTILINE)
ROWS = [match.groupdict() for match in ROW.finditer(README.partition("## The list")[2])]
FAULTS_ASKED_FOR = 45


@cache
def marks_of(file: str) -> dict[str, bool]:
    """The tests of a file, and whether each runs every time (in one of its forms at least)."""
    tree = ast.parse((TESTS / file).read_text())
    whole = [ast.unparse(one.value) for one in tree.body if isinstance(one, ast.Assign) and _is_mark(one)]
    found = {}
    for one in tree.body:
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name.startswith("test_"):
            marks = [*whole, *(ast.unparse(mark) for mark in one.decorator_list)]
            nightly = [
                mark for mark in marks if "parametrize" not in mark and re.search("nightly|NIGHTLY", mark)
            ]
            found[one.name] = not nightly
    return found


def _is_mark(one: ast.Assign) -> bool:
    return isinstance(one.targets[0], ast.Name) and one.targets[0].id == "pytestmark"


def named(row: dict[str, str]) -> list[tuple[str, str]]:
    """File under `tests/` and function of each test in a row."""
    found = []
    for one in re.findall(r"`([^`]+)`", row["tests"]):
        file, _, function = one.partition("::")
        found.append((file if "/" in file else f"faults/{file}", function))
    return found


def test_there_are_as_many_as_were_asked_for() -> None:
    assert len(ROWS) >= FAULTS_ASKED_FOR


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["fault"][:40])
def test_each_fault_is_proved_by_what_there_is(row: dict[str, str]) -> None:
    proofs = [marks_of(file).get(function) for file, function in named(row)]
    assert proofs and None not in proofs, row
    assert any(proofs) == bool(row["daily"].strip()), row


def test_no_fault_is_left_out() -> None:
    listed = {proof for row in ROWS for proof in named(row)}
    folder = sorted((TESTS / "faults").glob("test_*.py"))
    ours = {(f"faults/{path.name}", name) for path in folder for name in marks_of(f"faults/{path.name}")}
    assert ours <= listed, ours - listed
