"""A real daphne on a free port with a database of its own, and the helper process beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import databases
from tests.servers import DAPHNE

ROOT = Path(__file__).resolve().parent.parent.parent
STARTS_WITHIN = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One daphne and one helper. `call(command, …)` runs a command of the helper in its own process."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.port = free_port()
        self.home = home
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        self.environment = {
            **kept,
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "HELPDESK_HOME": str(home),
            "HELPDESK_TESTING": "1",
            "HELPDESK_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "HELPDESK_DRAIN_SECONDS": "0",
            "HELPDESK_CHATS_PER_ADDRESS": "0",
            **environment,
        }
        self._daphne: subprocess.Popen[bytes] | None = None
        self._helper: subprocess.Popen[str] | None = None

    def prepare(self) -> None:
        """The database, and the people in it."""
        databases.head_start(self.environment)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
            timeout=120,
        )
        self._helper = subprocess.Popen(
            [sys.executable, "-m", "tests.livechat.helper"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._helper.stdout is not None
        assert json.loads(self._helper.stdout.readline()) == "ready"

    def start(self) -> None:
        """Start daphne and wait until it answers."""
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port)]
        command += [*DAPHNE, "helpdesk.asgi:application"]
        with (self.home / "daphne.log").open("ab") as log:
            self._daphne = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if self._daphne.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.home / "daphne.log").read_text()[-4000:])
            time.sleep(0.1)

    def sibling(self) -> Server:
        """A second server, with a port and a log of its own, on the same database and Redis."""
        home = self.home / "sibling"
        home.mkdir()
        shared = {name: self.environment[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
        other = Server(home, **shared)
        other.start()
        return other

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/service-hours/", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def call(self, command: str, /, **arguments: Any) -> Any:
        """Run a command in the helper; what it returned. RuntimeError with what it raised."""
        assert self._helper is not None
        assert self._helper.stdin is not None
        assert self._helper.stdout is not None
        self._helper.stdin.write(json.dumps([command, arguments]) + "\n")
        self._helper.stdin.flush()
        answer = json.loads(self._helper.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._daphne is not None
        return self._daphne.pid

    def log(self) -> str:
        """What it has written so far."""
        return (self.home / "daphne.log").read_text(errors="replace")

    def memory(self) -> int:
        """Bytes of memory that the server's process holds now."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def ended(self, within: float) -> int:
        """Its exit status once it has ended by itself. subprocess.TimeoutExpired when it does not."""
        assert self._daphne is not None
        return self._daphne.wait(within)

    def kill(self) -> None:
        """As if the machine lost its power."""
        if self._daphne is not None:
            self._daphne.kill()
            self._daphne.wait()
            self._daphne = None

    def stop(self) -> None:
        for process in (self._daphne, self._helper):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(home: Path, **environment: str) -> Iterator[Server]:
    """A server that is ready, stopped at the end."""
    server = Server(home, **environment)
    try:
        server.prepare()
        server.start()
        yield server
    finally:
        server.stop()
