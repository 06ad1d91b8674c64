"""Checks the machine, sets up what is missing, and becomes the server."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from bootstrap import PYTHON, ROOT, Trouble, check_writable, ensure_everything, setup_lock

NO = ("", "0", "false", "no", "off")


def check_port(text: str) -> int:
    """The port to serve on. Raises Trouble when it is no port number or another program has it."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise Trouble(f"HELPDESK_PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Trouble(f"Cannot listen on port {port}: {error.strerror}.") from None
            way_out = f"HELPDESK_PORT={port % 65_535 + 1} make run"
            raise Trouble(
                f"Port {port} is in use by another program. Stop that one, or choose a port: {way_out}"
            ) from None
    return port


def prepare() -> list[str]:
    """Sets up whatever is missing and returns the command that serves."""
    os.environ.setdefault("HELPDESK_DEMO", "1")
    home = Path(os.environ.get("HELPDESK_HOME") or ROOT / "var")
    check_port(os.environ.get("HELPDESK_PORT") or "8000")
    check_writable(ROOT, "the project's folder")
    check_writable(home, "HELPDESK_HOME, where data is kept")
    with setup_lock():
        ensure_everything()
    demo = [] if os.environ["HELPDESK_DEMO"].lower() in NO else ["--demo"]
    return [str(PYTHON), "manage.py", "serve", "--migrate", *demo]


def main() -> int:
    """Ends by becoming the server; returns an exit status only when it could not."""
    try:
        become(prepare())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it was ready; the next start goes on from here.")
        return 130


def become(command: list[str]) -> NoReturn:
    """Replaces this process, so that signals reach the server itself."""
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(command[0], command)
