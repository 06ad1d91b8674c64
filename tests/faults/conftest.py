"""What is shared: engines, a database with people in it, and a running house of each shape.

A house is started once for all tests of a process, and each test finds it whole. So that two processes do not start
both of them, the faults of every run stand in one file for each shape (`--dist loadfile`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.faults.house", "tests.faults.crowd")

from tests.faults.engines import Postgres, Valkey  # noqa: E402
from tests.faults.house import House, Seeded  # noqa: E402

TALKS = 160


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """SQLite with people and talks; never started."""
    return Seeded.make(tmp_path_factory.mktemp("seeded") / "home", TALKS)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A cluster that the faults may kill; in a folder that its user may enter."""
    base = Path(tempfile.mkdtemp(prefix="faults-"))
    base.chmod(0o755)
    engine = Postgres(base / "pg")
    try:
        engine.start()
        yield engine
    finally:
        engine.stop_immediately()
        engine.process.stop()
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    engine = Valkey(tmp_path_factory.mktemp("valkey") / "data")
    try:
        engine.process.start()
        yield engine
    finally:
        engine.process.stop()


@pytest.fixture(scope="session")
def seeded_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Seeded:
    """The same on PostgreSQL, a database to make others from."""
    return Seeded.make(tmp_path_factory.mktemp("seeded-pg") / "home", TALKS, postgres)


def _running(house: House) -> Iterator[House]:
    try:
        house.start()
        yield house
    finally:
        house.close()


@pytest.fixture(scope="session")
def embedded_house(tmp_path_factory: pytest.TempPathFactory, seeded: Seeded) -> Iterator[House]:
    yield from _running(House.embedded(tmp_path_factory.mktemp("embedded") / "home", seeded))


@pytest.fixture(scope="session")
def grown_house(
    tmp_path_factory: pytest.TempPathFactory, seeded_postgres: Seeded, postgres: Postgres, valkey: Valkey
) -> Iterator[House]:
    home = tmp_path_factory.mktemp("grown") / "home"
    yield from _running(House.grown_up(home, seeded_postgres, postgres, valkey))


@pytest.fixture
def embedded(embedded_house: House) -> House:
    """One process with everything on SQLite, whole and running."""
    embedded_house.mend()
    return embedded_house


@pytest.fixture
def grown(grown_house: House) -> House:
    """Two daphnes and a worker on PostgreSQL and Valkey, whole and running."""
    grown_house.mend()
    return grown_house


# --- the table at the end of `make faults` ---------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Each fault, how it went and how long it took."""
    rows = []
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            if "tests/faults/" in report.nodeid and (report.when == "call" or outcome != "passed"):
                rows.append((report.nodeid.partition("tests/faults/test_")[2], outcome, report.duration))
    if len(rows) < 2:
        return
    terminalreporter.section("faults")
    for name, outcome, seconds in sorted(rows):
        room, _, fault = name.partition(".py::")
        words = fault.partition("@")[0].removeprefix("test_").replace("_", " ")
        terminalreporter.write_line(f"{outcome:7} {seconds:6.1f} s  {room:9} {words}")
