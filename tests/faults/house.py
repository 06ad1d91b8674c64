"""A helpdesk that a test may break, in both shapes: its processes, its hooks, its log."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import databases
from tests.faults.engines import Postgres, Valkey
from tests.servers import DAPHNE, ROOT, Process, free_port


@asynccontextmanager
async def within_seconds(seconds: float, report: Callable[[], str]) -> AsyncIterator[None]:
    """A limit that fails the test with a report of how things stand."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise AssertionError(f"not within {seconds:.0f} s\n{report()}") from None


LOG = (
    "select m.seq, m.body, m.client_id, p.public_id from tickets_message m "
    "join tickets_stream s on s.id = m.stream_id left join accounts_person p on p.id = m.author_id "
    "where s.public_id = '{}' order by m.seq"
)
CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


@dataclass(frozen=True)
class Row:
    """A row of the log."""

    seq: int
    body: str
    id: str | None
    author: str | None


class House:
    """Servers, worker, engines and the proxy before them; started, killed and started again by a test."""

    def __init__(self, home: Path, seeded: Seeded, **environment: str) -> None:
        self.home = home
        self.facts = seeded.facts
        self._talks = iter(self.facts["talks"])
        self.clock = home / "clock"
        self.valkey: Valkey | None = None
        self.postgres: Postgres | None = None
        self.database = ""
        self.servers: list[Process] = []
        self.worker: Process | None = None
        self.env = {**environment_of(home), "HELPDESK_CLOCK_FILE": str(self.clock), **environment}
        self.ports: list[int] = []

    # --- both shapes ------------------------------------------------------------------------------------
    @classmethod
    def embedded(cls, home: Path, seeded: Seeded, **environment: str) -> House:
        """SQLite, and one process that is server, worker and layer."""
        shutil.copytree(seeded.home, home)
        house = cls(home, seeded, **environment)
        house._add_server("serve", "--port", word="READY")
        return house

    @classmethod
    def grown_up(
        cls, home: Path, seeded: Seeded, postgres: Postgres, valkey: Valkey, *, servers: int = 2, **env: str
    ) -> House:
        """Daphnes and a worker on a PostgreSQL and a Valkey."""
        home.mkdir(parents=True)
        house = cls(home, seeded, **env)
        house.postgres, house.valkey, house.database = postgres, valkey, f"house_{secrets.token_hex(4)}"
        with postgres.admin() as admin:
            admin.execute(
                f'create database "{house.database}" template "{seeded.database}" owner {Postgres.ROLE}'
            )
            # A copied sequence logs its next values after a checkpoint only; a crash before would turn it back.
            admin.execute("checkpoint")
        house.env |= {
            "DATABASE_URL": postgres.url(house.database),
            "REDIS_URL": valkey.url,
            "SECRET_KEY": seeded.secret,
            "RECORD_KEY": seeded.secret,
        }
        for _ in range(servers):
            house._add_server("daphne", "-b", "127.0.0.1", *DAPHNE, "-p", word="Listening on")
        command = [sys.executable, "-m", "tests.faults.hooked", "worker"]
        house.worker = Process(command, house._hooked("worker"), "worker ready")
        return house

    def _add_server(self, *words: str, word: str) -> None:
        port = free_port()
        more = ["helpdesk.asgi:application"] if words[0] == "daphne" else []
        command = [sys.executable, "-m", "tests.faults.hooked", *words, str(port), *more]
        env = {**self._hooked(str(port)), "HELPDESK_PORT": str(port), "LOG_LEVEL": "INFO"}
        self.servers.append(Process(command, env, word))
        self.ports.append(port)

    def _hooked(self, name: str) -> dict[str, str]:
        folder = self.home / "hooks" / name
        folder.mkdir(parents=True)
        return {**self.env, "FAULT_HOOKS": str(folder)}

    def start(self) -> None:
        """All of it, at once."""
        processes = self.processes
        for process in processes:
            process.spawn()
        for process in processes:
            process.wait_ready()

    @property
    def processes(self) -> list[Process]:
        return [*self.servers, *([self.worker] if self.worker else [])]

    def mend(self) -> None:
        """Whole again before the next test: hooks off, the clock right, what is gone started."""
        for folder in (self.home / "hooks").iterdir():
            for hook in folder.iterdir():
                hook.unlink(missing_ok=True)
        self.clock.unlink(missing_ok=True)
        engines = [engine.process for engine in (self.postgres, self.valkey) if engine is not None]
        gone = [process for process in (*engines, *self.processes) if not process.is_alive]
        for process in gone:
            process.start()
        self.tracebacks()

    def close(self) -> None:
        """End it, without a goodbye: nothing in it is needed any more."""
        for process in self.processes:
            if process.is_alive:
                process.kill()
        if self.postgres is not None and self.postgres.process.is_alive:
            with self.postgres.admin() as admin:
                admin.execute(f'drop database if exists "{self.database}" with (force)')

    # --- faults -----------------------------------------------------------------------------------------
    def arm(self, hook: str, server: int | None = None) -> None:
        """Set a hook of `tests.faults.hooked` at one server, or at all."""
        self.disarm(hook)
        for process in self.servers if server is None else [self.servers[server]]:
            (Path(process.env["FAULT_HOOKS"]) / hook).touch()

    def disarm(self, hook: str) -> None:
        for process in self.servers:
            for name in (hook, f"{hook}.met"):
                (Path(process.env["FAULT_HOOKS"]) / name).unlink(missing_ok=True)

    async def met(self, hook: str, within: float = 60.0) -> Process:
        """The server that has met a hook; it is set at no other any more."""
        async with within_seconds(within, self.said):
            while True:
                for process in self.servers:
                    if (Path(process.env["FAULT_HOOKS"]) / f"{hook}.met").exists():
                        for other in self.servers:
                            (Path(other.env["FAULT_HOOKS"]) / hook).unlink(missing_ok=True)
                        return process
                await asyncio.sleep(0.01)

    async def died(self, process: Process, within: float = 60.0) -> None:
        """Until a process is gone."""
        async with within_seconds(within, self.said):
            until = time.monotonic() + within - 2
            while process.is_alive:
                await asyncio.sleep(0.01)
                if time.monotonic() > until:
                    process.signal(signal.SIGUSR1)
                    await asyncio.sleep(1)

    def said(self) -> str:
        """The end of what each process wrote."""
        lines: list[str] = []
        for process in self.processes:
            lines += [f"--- {'alive' if process.is_alive else 'gone'}\n", *process.output[-60:]]
        return "".join(lines)

    async def restart(self, *processes: Process) -> None:
        """Start processes that are gone; waits until they say that they are ready."""
        for process in processes:
            process.spawn()
        for process in processes:
            await asyncio.to_thread(process.wait_ready)

    async def terminate(self, process: Process) -> None:
        process.signal(signal.SIGTERM)
        await self.died(process)

    def shift_clock(self, seconds: float) -> None:
        """Move the house's clock by this many seconds against the real one."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock)

    # --- what is stored ---------------------------------------------------------------------------------
    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows straight from the database, past everything that a test broke but the database itself."""
        if self.postgres is not None:
            with self.postgres.admin(self.database) as connection:
                cursor = connection.execute(query)  # type: ignore[arg-type]
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.home / "helpdesk.sqlite3", timeout=20)) as lite:
            return lite.execute(query).fetchall()

    def log(self, stream: str) -> list[Row]:
        rows = self.sql(LOG.format(stream))
        return [Row(seq, body, _uuid(key), author) for seq, body, key, author in rows]

    def talks(self, count: int) -> list[dict[str, Any]]:
        """So many talks that no test has had yet."""
        return [next(self._talks) for _ in range(count)]

    async def run(self, module: str, *words: str) -> None:
        """A program of its own beside the house, on the same database; nothing that it does is pushed."""
        env = {**self.env, "REDIS_URL": ""}
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *words, cwd=ROOT, env=env
        )
        assert await started.wait() == 0

    # --- what was said in the logs ----------------------------------------------------------------------
    def tracebacks(self) -> list[str]:
        """The last line of each traceback that the servers and the worker wrote since the last look."""
        found = []
        for process in self.processes:
            found += list(_last_lines(process.output))
            process.output.clear()
        return found


def _last_lines(lines: list[str]) -> Iterator[str]:
    """What each traceback ended with; of errors that came from one another, the last."""
    inside, found = False, ""
    for line in list(lines):
        if line.startswith("Traceback (most recent call last)"):
            inside = True
        elif inside and line.strip() and not line.startswith((" ", "\t")):
            inside, found = False, line.strip()
        elif line.startswith(CHAINED):
            found = ""
        elif found and line.strip():
            yield found
            found = ""
    if found:
        yield found


def _uuid(key: Any) -> str | None:
    """SQLite keeps 32 digits where PostgreSQL keeps a uuid."""
    text = str(key).replace("-", "") if key else ""
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" if text else None


def environment_of(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "HELPDESK_HOME": str(home),
        "HELPDESK_TESTING": "1",
        "EMAIL_URL": "dummymail://",
        "HELPDESK_DRAIN_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
    }


@dataclass
class Seeded:
    """A database with people and talks in it, to be copied."""

    home: Path
    facts: dict[str, Any]
    database: str = ""
    secret: str = "faults-" * 8

    @classmethod
    def make(cls, home: Path, talks: int, postgres: Postgres | None = None) -> Seeded:
        import subprocess

        env, database = environment_of(home), ""
        if postgres is not None:
            database = "seeded"
            with postgres.admin() as admin:
                admin.execute(f"create database {database} owner {Postgres.ROLE}")
            env |= {
                "DATABASE_URL": postgres.url(database),
                "SECRET_KEY": cls.secret,
                "RECORD_KEY": cls.secret,
            }
        home.mkdir(parents=True, exist_ok=True)
        databases.head_start(env)
        command = [sys.executable, "-m", "tests.faults.seed", str(talks)]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        return cls(home, json.loads(done.stdout.splitlines()[-1]), database)
