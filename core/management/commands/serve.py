"""`manage.py serve`: pages, sockets and the worker in one process, on one port."""

from __future__ import annotations

# First, because it installs the event loop that everything after it shares.
import daphne.server  # isort: skip

import errno
import importlib
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from channels.routing import get_default_application
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from twisted.internet import reactor as _reactor
from twisted.internet.threads import deferToThread

from core import live

# Twisted's reactor is a module that stands in for an object; its own types do not say so.
reactor: Any = _reactor
TWELVE_HOURS = 43_200
FRAME_MOST = 65_536  # bytes; the protocol's own limit is half of that, and is answered in words


class Command(BaseCommand):
    help = "Serve pages, sockets and background work from one process (stop it with Ctrl-C)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = os.environ.get("HELPDESK_PORT") or "8000"
        parser.add_argument("--port", type=int, default=int(port) if port.isdigit() else port)
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")
        parser.add_argument(
            "--demo", action="store_true", help="load the demo shop first, if it is not there"
        )
        parser.add_argument(
            "--no-worker", action="store_true", help="leave background work to `manage.py worker`"
        )

    def handle(self, *args: object, **options: Any) -> None:
        try:
            refuse_busy_port(options["host"], options["port"])
            self.prepare(migrate=options["migrate"], demo=options["demo"])
        except KeyboardInterrupt:
            self.stdout.write("\nStopped before it was ready; the next start goes on from here.")
            sys.exit(130)
        self.serve(options["host"], options["port"], worker=not options["no_worker"])

    def prepare(self, *, migrate: bool, demo: bool) -> None:
        """The database as the code expects it, with the demo shop in it where that is wanted."""
        if migrate and is_behind():
            self.stdout.write("Bringing the database up to date ...")
            call_command("migrate", interactive=False, verbosity=0)
        if demo:
            call_command("load_demo", stdout=self.stdout)
        connections.close_all()

    def serve(self, host: str, port: int, *, worker: bool) -> None:
        """Runs until a signal ends it. Raises CommandError when the port cannot be had."""
        application = get_default_application()
        started = False

        def ready() -> None:
            nonlocal started
            if not server.listening_addresses:
                return
            started = True
            live.use_loop(reactor._asyncioEventloop)
            if worker:
                start_worker()
            for line in banner():
                self.stdout.write(line)
            reactor.callWhenRunning(self.say, f"READY http://{host}:{port}")

        server = daphne.server.Server(
            application=application,
            endpoints=[f"tcp:port={port}:interface={host}"],
            ready_callable=ready,
            ping_interval=15,
            ping_timeout=10,
            websocket_timeout=TWELVE_HOURS,
            websocket_max_message_size=FRAME_MOST,
            application_close_timeout=5,
            server_name="helpdesk",
        )
        server.run()
        if not started:
            raise CommandError(busy(port))
        self.say("Stopped.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def busy(port: int) -> str:
    """What a person is told when the port is taken."""
    way_out = f"HELPDESK_PORT={port % 65_535 + 1} make run"
    return f"Port {port} is in use by another program. Stop that one, or choose a port: {way_out}"


def refuse_busy_port(host: str, port: object) -> None:
    """Raises CommandError, in one line, for a port that is no port, is taken or is not allowed to us."""
    if not isinstance(port, int) or not 0 < port < 65_536:
        raise CommandError(f"HELPDESK_PORT must be a number from 1 to 65535, not {port!r}.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(busy(port)) from None
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def is_behind() -> bool:
    """Whether the database lacks a migration. Looks, and writes nothing."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def start_worker() -> None:
    """Starts the worker beside the server, on its loop; a shutdown waits for its last round.

    The wait is in another thread, since that round may still have something to push over this loop.
    """
    from core.worker import start_in_thread

    worker = start_in_thread(reactor._asyncioEventloop)
    reactor.addSystemEventTrigger("before", "shutdown", lambda: deferToThread(worker.stop))


def banner() -> list[str]:
    """Addresses, demo log-ins and what is open now, as the project tells them."""
    try:
        module = importlib.import_module("helpdesk.banner")
    except ModuleNotFoundError as error:
        if error.name != "helpdesk.banner":
            raise
        return []
    lines: list[str] = module.lines()
    return lines
