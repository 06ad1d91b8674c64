"""Bring a file of orders into a store."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError

from core.actors import SYSTEM
from core.errors import NotFound
from orders.imports.lines import Source, Unreadable
from orders.imports.progress import Bar
from orders.imports.runner import AUTO, READERS, Watch, run_import
from orders.models import Import, ImportRow, Store
from orders.queries import access_store, visible_stores

SOME_REJECTED, UNREADABLE = 1, 2
SHOWN = 100  # rejected rows on the screen; all of them stand in the run


class Command(BaseCommand):
    help = (
        "Brings a file of orders into a store. Sending the same file again changes nothing. Exit status: "
        "0 everything came in, 1 some orders were rejected (the others stand), 2 the file or store is unusable."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="the code of the store that the orders belong to")
        parser.add_argument("--format", default=AUTO, help=f"{AUTO} (default), {', '.join(READERS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file; say what became of it."""
        store = self._store(options["store"])
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                run = self._run(store, Source(file, path.name), options["format"])
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=UNREADABLE) from None
        self._summary(run)
        if run.rejected:
            words = "1 was" if run.rejected == 1 else f"{run.rejected} were"
            raise CommandError(f"{words} rejected; mend and import again.", returncode=SOME_REJECTED)

    def _store(self, code: str) -> Store:
        try:
            return access_store(SYSTEM, code)
        except NotFound:
            codes = ", ".join(visible_stores(SYSTEM).values_list("code", flat=True)) or "none yet"
            raise CommandError(
                f"There is no store “{code}”. Stores: {codes}.", returncode=UNREADABLE
            ) from None

    def _run(self, store: Store, source: Source, format_code: str) -> Import:
        bar = Bar(cast(IO[str], self.stderr), source.size)
        shown = 0

        def rejected(row: ImportRow) -> None:
            nonlocal shown
            shown += 1
            if shown <= SHOWN:
                bar.clear()
                self.stderr.write(_words(row))
            elif shown == SHOWN + 1:
                self.stderr.write("… more rejected rows stand in the import's own list.")

        watch = Watch(progress=bar, rejected=rejected)
        try:
            return run_import(actor=SYSTEM, store=store, source=source, format_code=format_code, watch=watch)
        except Unreadable as error:
            if watch.counts:
                self.stdout.write(", ".join(f"{watch.counts[name]} {name}" for name in watch.counts))
            raise CommandError(f"{source.name}: {error}", returncode=UNREADABLE) from None
        finally:
            bar.clear()

    def _summary(self, run: Import) -> None:
        self.stdout.write(
            f"{run.created} created, {run.updated} updated, {run.unchanged} unchanged, {run.rejected} rejected"
            f" ({run.lines} lines)"
        )


def _words(row: ImportRow) -> str:
    where = f"line {row.line}"
    where += f", order {row.number}" if row.number else ""
    where += f", {row.field}" if row.field else ""
    return f"{where}: {row.reason}"
