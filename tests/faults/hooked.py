"""The real server with a few places in which a test may stop or kill it: `python -m tests.faults.hooked daphne …`.

A hook is armed by a file in the folder FAULT_HOOKS, and is used up by the first who meets it, so that a fault hits
exactly its place and no other. Without such a file the server does what it always does. Words after the dashes
of `serve` and `worker` are those of manage.py.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

HOOKS = Path(os.environ["FAULT_HOOKS"])
HELD_AT_MOST = 20.0


def armed(name: str) -> bool:
    """Whether this hook was armed; it no longer is. One of several threads gets it."""
    try:
        (HOOKS / name).rename(HOOKS / f"{name}.met")
    except FileNotFoundError:
        return False
    return True


def is_on(name: str) -> bool:
    """A hook that stays until its file is taken away."""
    return (HOOKS / name).exists()


def die() -> None:
    """As if the machine lost its power."""
    os.kill(os.getpid(), signal.SIGKILL)


def hold() -> None:
    """Stand still until the test takes the file `hold.met` away."""
    until = time.monotonic() + HELD_AT_MOST
    while (HOOKS / "hold.met").exists() and time.monotonic() < until:
        time.sleep(0.01)


def install() -> None:
    """Put the hooks into the running code."""
    from django.db import connection, transaction
    from django.db.backends.base.base import BaseDatabaseWrapper

    from core import live
    from livechat import connection as sockets
    from tickets import pushes

    row_written, push, commit = pushes.row_written, live.push, BaseDatabaseWrapper._commit
    dying: set[int] = set()

    def hooked_row(*arguments: Any, **named: Any) -> None:
        """Called for each row of a stream when it is written and not yet committed."""
        if armed("kill-before-commit"):
            die()
        if armed("kill-at-commit"):
            dying.add(
                threading.get_ident()
            )  # all is done but the commit: whoever acknowledged already has lied
        if armed("hold"):
            hold()
        if armed("slow-query") and connection.vendor == "postgresql":
            connection.cursor().execute("select pg_sleep(3)")
        if armed("kill-after-commit"):
            transaction.on_commit(die)  # before the row is published or acknowledged
        row_written(*arguments, **named)

    def hooked_push(group: str, payload: dict[str, Any]) -> None:
        if not is_on("no-push"):
            push(group, payload)

    def hooked_commit(self: BaseDatabaseWrapper) -> None:
        if threading.get_ident() in dying:
            die()
        commit(self)

    pushes.row_written, live.push = hooked_row, hooked_push
    BaseDatabaseWrapper._commit = hooked_commit
    if "SILENT_AFTER" in os.environ:
        sockets.SILENT_AFTER = float(os.environ["SILENT_AFTER"])
    if "LAYER" in os.environ:
        _narrow(*map(int, os.environ["LAYER"].split(",")))


def _narrow(capacity: int, expiry: int) -> None:
    """The in-memory layer with less room: what 100 in a second or an hour do to it, a few do at once."""
    from django.conf import settings

    config = settings.CHANNEL_LAYERS["default"]["CONFIG"]
    config.update(capacity=capacity, expiry=expiry, group_expiry=expiry)


def main(words: list[str]) -> None:
    import daphne.server  # noqa: F401  the event loop that everything after it shares
    import django

    faulthandler.register(signal.SIGUSR1)  # where a process stands that does not end
    django.setup()
    install()
    if words[0] == "daphne":
        from daphne.cli import CommandLineInterface

        CommandLineInterface().run(words[1:])
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *words])


if __name__ == "__main__":
    main(sys.argv[1:])
