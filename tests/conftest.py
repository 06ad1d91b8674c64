"""What every test shares."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management.commands import flush
from django.utils import translation
from whitenoise.base import WhiteNoise

from core import catalogues
from tests import databases

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """The database of these tests is migrated from a copy of one that was."""
    with databases.for_pytest():
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_flush() -> Iterator[None]:
    """Between transactional tests tables are emptied by a shorter way."""
    original = flush.Command.handle

    def handle(self: Any, **options: Any) -> None:
        databases.empty()

    flush.Command.handle = handle  # type: ignore[method-assign,assignment]
    yield
    flush.Command.handle = original  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Every test client starts the whole stack of middleware; the folder of static files is read for the first."""
    original = WhiteNoise.update_files_dictionary
    known: dict[tuple[str, str], dict[str, Any]] = {}

    def update(self: Any, root: str, prefix: str) -> None:
        if (root, prefix) not in known:
            before, self.files = self.files, {}
            original(self, root, prefix)
            known[root, prefix], self.files = self.files, before
        self.files.update(known[root, prefix])

    WhiteNoise.update_files_dictionary = update
    yield
    WhiteNoise.update_files_dictionary = original


@pytest.fixture(autouse=True, scope="session")
def _pages_know_their_languages() -> None:
    """What a start compiles; here for tests that run without one. Before any text is asked for."""
    catalogues.build()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, kept from calling anyone; one for all tests that drive a browser."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    return {**browser_type_launch_args, "executable_path": path, "args": quiet}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A request leaves its reader's language behind in the thread; the next test starts without."""
    yield
    translation.deactivate()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """`clock(at)` stops the house's clock at an instant, to the microsecond."""
    import core.clock

    def stop(at: datetime) -> None:
        monkeypatch.setattr(core.clock, "offset", timedelta)
        monkeypatch.setattr(core.clock, "timezone", SimpleNamespace(now=lambda: at.astimezone(UTC)))

    return stop


@pytest.fixture
def shared() -> Path:
    """Real orders and mails that are present for developers and CI; says loudly when they are not."""
    import os

    if not SHARED.is_dir():
        words = f"the shared test data is not at {SHARED}"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return SHARED
