"""`make test`: everything that must hold, each part with its headline and its time.

    scripts/test.py [--only lint,checks,unit,pg,journeys,faults] [-- arguments for pytest]

It goes on after a part that fails, and fails in the end if any did. A part that this machine cannot run is an
error in CI (where the variable CI is set) and a loud line elsewhere. The short parts run one after another beside
the first of the long ones, which leaves a core idle; what they say is printed after it, whole.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO

import chromium
from bootstrap import PYTHON, ROOT, Trouble, ensure_everything, node, setup_lock

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
BIN = PYTHON.parent
ON_REQUEST = ("bench", "every-fault")
SHORT = ("lint", "checks")


@dataclass(frozen=True)
class Part:
    """One command that must succeed. `needs` sets something up first and returns variables for it."""

    group: str
    title: str
    command: list[str]
    needs: Callable[[], dict[str, str]] = field(default=dict)
    env: dict[str, str] = field(default_factory=dict)


def browser() -> dict[str, str]:
    """Where Chromium is. Raises chromium.NoChromium."""
    return {"CHROMIUM": chromium.ensure()}


def parts(pytest_arguments: list[str]) -> list[Part]:
    """All parts: the short ones, then the long ones."""
    tool = lambda name, *words: [str(BIN / name), *words]  # noqa: E731
    manage = [str(PYTHON), "manage.py"]
    pytest = [str(PYTHON), "-m", "pytest"]
    services = [str(PYTHON), "scripts/services.py"]
    faults = [*pytest, "-n", "2", "--dist", "loadfile", "tests/faults"]
    behind_https = {"PUBLIC_URL": "https://desk.example"}
    concise = ["--output-format", "concise", "."]
    scripts = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/*.test.mjs"))
    unit = "not pg and not journey and not fault and not nightly"
    # To collect every test for the few of a mark takes ten seconds of each process.
    only = lambda mark: [] if pytest_arguments else files_with(mark)  # noqa: E731
    return [
        Part("lint", "ruff: house rules", tool("ruff", "check", *concise)),
        Part("lint", "ruff: form", tool("ruff", "format", "--check", *concise)),
        Part("lint", "mypy: types", tool("mypy")),
        Part(
            "lint",
            "tsc: types of the ES modules",
            [*node(), "node_modules/typescript/bin/tsc", "-p", "jsconfig.json"],
        ),
        Part("lint", "import-linter: one direction", tool("lint-imports", "--no-cache")),
        Part("lint", "djlint: templates", tool("djlint", "--lint", "--quiet", *template_folders())),
        Part(
            "checks",
            "every model change has its migration",
            [*manage, "makemigrations", "--check", "--dry-run"],
        ),
        Part("checks", "system checks", [*manage, "check", "--fail-level", "WARNING"], env=behind_https),
        Part(
            "pg",
            "tests on PostgreSQL and Valkey",
            [
                *[*services, "--for-app", "--", *pytest, *only("pg")],
                *["-m", "pg and not nightly", *pytest_arguments],
            ],
        ),
        Part("unit", "tests of the ES modules", [*node(), "--test", *scripts]),
        Part(
            "unit",
            "tests on SQLite",
            # A file stays with one worker: what a module builds once is not built twice.
            [*pytest, "-n", "2", "--dist", "loadfile", "-m", unit, *pytest_arguments],
        ),
        Part(
            "journeys",
            "journeys in Chromium",
            [
                # Each test goes to whoever is free; those of a page's looks stay with the chat they look at.
                *[*services, "--", *pytest, "-n", "2", "--dist", "loadgroup", *only("journey")],
                *["-m", "journey and not nightly", *pytest_arguments],
            ],
            needs=browser,
        ),
        Part(
            "faults",
            "faults: the sharpest",
            [*faults, "-m", "fault and not nightly", *pytest_arguments],
        ),
        Part("every-fault", "faults: the whole list", [*faults, "-m", "fault", *pytest_arguments]),
        Part("bench", "bench: sums of time", [str(PYTHON), "tests/bench/bench_worktime.py"]),
        Part(
            "bench",
            "bench: clocks",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_clocks.py"],
        ),
        Part(
            "bench",
            "bench: tickets",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_tickets.py"],
        ),
        Part("bench", "bench: a key press", [str(PYTHON), "tests/bench/bench_keys.py"], needs=browser),
        Part(
            "bench",
            "bench: chat",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_chat.py"],
        ),
        Part(
            "bench",
            "bench: orders come in",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_import.py"],
        ),
        Part(
            "bench",
            "bench: orders",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_orders.py"],
        ),
        Part(
            "bench",
            "bench: the orders' record",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_record.py"],
        ),
        Part(
            "bench",
            "bench: signed messages",
            [*services, "--for-app", "--", str(PYTHON), "tests/bench/bench_hooks.py"],
        ),
    ]


def files_with(mark: str) -> list[str]:
    """Every file of tests in which something carries this mark; those of one long story before those of many short."""
    texts = {path: path.read_text("utf-8") for path in ROOT.glob("tests/**/test_*.py")}
    found = [path for path, text in texts.items() if f"pytest.mark.{mark}" in text]
    found.sort(key=lambda path: (texts[path].count("\ndef test_"), path))
    return [str(path.relative_to(ROOT)) for path in found]


def template_folders() -> list[str]:
    """Every room's folder of templates."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/templates"))


def run(part: Part, home: str, log: IO[str] | None = None) -> str:
    """Runs one part and returns how it went: passed, failed or NOT RUN, with the reason. `log` takes all it says."""
    print(f"\n>>> {part.group}: {part.title}", file=log, flush=True)
    began = time.monotonic()
    try:
        found = part.needs()
    except chromium.NoChromium as error:
        print(f"!!! NOT RUN: {error}", file=log, flush=True)
        return "failed" if IN_CI else f"NOT RUN ({error})"
    env = {**os.environ, "HELPDESK_HOME": home, **part.env, **found}
    code = subprocess.run(part.command, cwd=ROOT, env=env, stdout=log, stderr=log).returncode
    result = "failed" if code else "passed"
    print(f"<<< {part.title}: {result} in {time.monotonic() - began:.1f} s", file=log, flush=True)
    return result


def run_all(chosen: list[Part], home: str) -> list[tuple[Part, str]]:
    """Every part with how it went; the short ones beside the first long one, where there is one."""
    short = [part for part in chosen if part.group in SHORT]
    long = [part for part in chosen if part not in short]
    if not long:
        return [(part, run(part, home)) for part in short]
    with tempfile.TemporaryFile("w+") as log, ThreadPoolExecutor(1) as beside:
        coming = beside.submit(lambda: [(part, run(part, home, log)) for part in short])
        result = run(long[0], home)
        results = [*coming.result(), (long[0], result)]
        log.seek(0)
        print(log.read(), end="", flush=True)
    return results + [(part, run(part, home)) for part in long[1:]]


def choose() -> tuple[list[Part], list[str]]:
    """The parts asked for on the command line. Ends the program on an unknown group."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only",
        default="",
        help="groups, with commas: lint, checks, unit, pg, journeys, faults, bench, every-fault",
    )
    parser.add_argument("pytest", nargs="*", help="after --: arguments for pytest")
    given = parser.parse_args()
    every = parts(given.pytest)
    groups = sorted({part.group for part in every})
    # Figures are printed when they are asked for, as a time is never a test; so are the faults that take long.
    asked = given.only.split(",") if given.only else [name for name in groups if name not in ON_REQUEST]
    if unknown := [name for name in asked if name not in groups]:
        parser.error(f"no such group: {', '.join(unknown)} (there are {', '.join(groups)})")
    return [part for part in every if part.group in asked], asked


def main() -> int:
    """Sets up, runs the parts and tells how each went; 1 if any failed."""
    chosen, _ = choose()
    began = time.monotonic()
    try:
        with setup_lock():
            ensure_everything(dev=True)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="desk-home-") as home:
        results = run_all(chosen, home)
    print(f"\nAll parts, {time.monotonic() - began:.0f} s:")
    for part, result in results:
        print(f"  {result:8}  {part.group}: {part.title}")
    return int(any(result == "failed" for _, result in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
