"""What the documents say is so: variables, commands, rooms, links, dependencies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from accounts.tokens import SCOPES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OURS = ("core", "sla", "accounts", "orders", "faq", "tickets", "livechat", "helpdesk")
# Names that a request carries, or that tests alone set.
TESTS_ONLY = {"HELPDESK_TESTING", "HELPDESK_CLOCK_FILE", "HELPDESK_STATIC", "DATABASE_CONN_MAX_AGE"}


def test_every_variable_of_the_settings_is_documented() -> None:
    settings = (ROOT / "helpdesk" / "settings.py").read_text()
    names = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert sorted(name for name in names - TESTS_ONLY if f"`{name}`" not in operations) == []


def test_every_command_of_ours_is_documented() -> None:
    mine = {name for name, app in get_commands().items() if app in OURS}
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert sorted(name for name in mine if f"manage.py {name}" not in operations) == []


def test_every_scope_is_documented() -> None:
    api = (ROOT / "docs" / "api.md").read_text()
    assert [scope for scope in SCOPES if f"`{scope}`" not in api] == []


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|/)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_dependency_says_why_it_is_here() -> None:
    why = (ROOT / "docs" / "dependencies.md").read_text().lower()
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-build.txt"):
        for line in (ROOT / name).read_text().splitlines():
            package = re.match(r"[A-Za-z0-9_.-]+", line)
            if package and not line.startswith("-r"):
                assert package.group(0).lower() in why, package.group(0)


def test_every_pin_is_exact() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-build.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert "==" in line, line


def test_no_lock_file_records_where_things_come_from() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_files_stay_short() -> None:
    long = []
    for room in (*OURS, "tests", "scripts"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".py", ".js", ".mjs", ".html", ".css") and "migrations" not in path.parts:
                lines = len(path.read_text(encoding="utf-8").splitlines())
                if lines > 400:
                    long.append(f"{path.relative_to(ROOT)}: {lines}")
    assert long == []
