"""A helpdesk that really runs: its own home, database and ports, started, killed and started again by a test.

Two shapes. Embedded: `manage.py serve` on SQLite with the worker inside. Grown up: daphnes and a worker on
PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL; each shop makes a database of its own).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests import databases

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds until a process must have said that it is ready
DAPHNE = ["--ping-interval", "15", "--ping-timeout", "10", "--websocket_timeout", "43200"]
DAPHNE += ["--websocket-max-message-size", "65536"]


def free_port() -> int:
    """A port of loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """One process that says a word when it is ready; its output is kept for when a test fails."""

    command: list[str]
    env: dict[str, str]
    word: str
    running: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)
    cwd: Path = ROOT
    user: str | None = None
    ready: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start and wait for the word. AssertionError with the output when it does not come."""
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        """Start, and go on without waiting."""
        self.ready = ready = threading.Event()
        self.running = subprocess.Popen(
            self.command, cwd=self.cwd, env=self.env, text=True, user=self.user,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

        def read(stream: Any) -> None:
            for line in stream:
                self.output.append(line)
                if self.word in line:
                    ready.set()
            ready.set()

        threading.Thread(target=read, args=(self.running.stdout,), daemon=True).start()

    def wait_ready(self) -> None:
        """Until it said its word."""
        assert self.ready.wait(PATIENCE), "".join(self.output[-40:])
        assert self.running is not None
        assert self.running.poll() is None, "".join(self.output[-40:])

    @property
    def is_alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal and go on."""
        assert self.running is not None
        self.running.send_signal(number)

    def kill(self) -> None:
        """End it with -9, as a power cut would."""
        assert self.running is not None
        self.running.kill()
        self.running.wait(20)

    def stop(self) -> None:
        """End it politely; -9 when it does not listen."""
        if self.running is None or self.running.poll() is not None:
            return
        self.running.send_signal(signal.SIGTERM)
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


class Shop:
    """A helpdesk with its people and orders, in one of the two shapes."""

    def __init__(self, home: Path, *, grown_up: bool = False) -> None:
        self.home = home
        self.clock = home / "clock"
        self.grown_up = grown_up
        self.processes: list[Process] = []
        self.servers: list[Process] = []
        self.ports: list[int] = []
        self.facts: dict[str, Any] = {}  # what `fill` told
        home.mkdir(parents=True, exist_ok=True)
        self.env = {
            **{
                name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
            },
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "HELPDESK_HOME": str(home),
            "HELPDESK_TESTING": "1",
            "HELPDESK_DEMO": "1",
            "HELPDESK_DRAIN_SECONDS": "0",
            "HELPDESK_CHATS_PER_ADDRESS": "0",
            "HELPDESK_CLOCK_FILE": str(self.clock),
            "PYTHONUNBUFFERED": "1",
        }
        if grown_up:
            self.env["DATABASE_URL"] = self._own_database()
            self.env["REDIS_URL"] = os.environ["TEST_REDIS_URL"]

    def _own_database(self) -> str:
        base, _, query = os.environ["TEST_DATABASE_URL"].partition("?")
        name = f"shop_{secrets.token_hex(4)}"
        with psycopg.connect(_dsn(os.environ["TEST_DATABASE_URL"]), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")

    def run(self, *words: str) -> str:
        """Run a Python module or script of the project in this shop; its standard output."""
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fill(self) -> dict[str, Any]:
        """Migrate and make the people and orders of the journeys; their ids by name."""
        databases.head_start(self.env)
        self.facts = json.loads(self.run("-m", "tests.journeys.seed").splitlines()[-1])
        return self.facts

    def start(self, servers: int = 1) -> None:
        """Start the servers (and in the grown-up shape a worker)."""
        for _ in range(servers):
            port = free_port()
            self.ports.append(port)
            self.servers.append(self._server(port))
        if self.grown_up:
            worker = [sys.executable, "manage.py", "worker"]
            self.processes.append(Process(worker, self.env, "worker ready"))
        self.processes += self.servers
        for process in self.processes:
            process.start()

    def _server(self, port: int) -> Process:
        env = {**self.env, "HELPDESK_PORT": str(port)}
        if not self.grown_up:
            return Process([sys.executable, "manage.py", "serve", "--port", str(port)], env, "READY")
        env["LOG_LEVEL"] = "INFO"  # daphne says when it listens
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), *DAPHNE]
        return Process([*command, "helpdesk.asgi:application"], env, "Listening on")

    def url(self, path: str = "/", server: int = 0) -> str:
        """An address of one of the servers."""
        return f"http://127.0.0.1:{self.ports[server]}{path}"

    def shift_clock(self, seconds: float) -> None:
        """Move the house's clock by this many seconds against the real one."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock)

    def set_time(self, at: datetime) -> None:
        """Make it this instant in the house; it goes on from there."""
        self.shift_clock((at - datetime.now(UTC)).total_seconds())

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows straight from the database."""
        if self.grown_up:
            with psycopg.connect(_dsn(self.env["DATABASE_URL"])) as connection:
                return connection.execute(query).fetchall()  # type: ignore[arg-type]
        with sqlite3.connect(self.home / "helpdesk.sqlite3", timeout=20) as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        """End everything that was started here."""
        for process in reversed(self.processes):
            process.stop()

    @property
    def output(self) -> str:
        """What all of its processes wrote."""
        return "".join(line for process in self.processes for line in process.output)

    @classmethod
    def copy_of(cls, filled: Shop, home: Path) -> Shop:
        """A shop of the embedded shape with the same people, orders and hour, and a life of its own."""
        shutil.copytree(filled.home, home)
        shop = cls(home)
        shop.facts = dict(filled.facts)  # sessions that it remembers are its own
        return shop


def _dsn(url: str) -> str:
    """A connection string of libpq from our address with `?host=`."""
    base, _, query = url.partition("?")
    options = dict(pair.split("=", 1) for pair in query.split("&") if pair)
    user = base.partition("//")[2].partition("@")[0] or "postgres"
    parts = {"dbname": base.rpartition("/")[2], "user": user.partition(":")[0], **options}
    return " ".join(f"{name}={value}" for name, value in parts.items())
