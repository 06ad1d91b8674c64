"""Bring a file of orders into a store."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError

from core.actors import SYSTEM
from core.errors import NotFound
from orders.actions.imports import COUNTED
from orders.imports.cells import Context
from orders.imports.columns import MAPPED
from orders.imports.formats import AUTO, READERS, context_of
from orders.imports.lines import Source, Unreadable
from orders.imports.progress import Bar
from orders.imports.rejected import write_rejected
from orders.imports.runner import Watch, run_import, try_import
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
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="for any other table (--format mapped): which column is which field; may be repeated",
        )
        parser.add_argument(
            "--dates", default="", choices=["dmy", "mdy"], help="what 03/04/2026 means; else it is refused"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would become of the orders, change nothing"
        )
        parser.add_argument(
            "--rejected", type=Path, help="write the rejected rows to this CSV, to mend and import again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file; say what became of it."""
        store = self._store(options["store"])
        path: Path = options["file"]
        context = self._context(store, options)
        format_code = MAPPED if options["map"] and options["format"] == AUTO else options["format"]
        try:
            with path.open("rb") as file:
                source = Source(file, path.name)
                if options["dry_run"]:
                    rejected = self._try(store, source, format_code, context)
                else:
                    rejected = self._import(store, source, format_code, context, options["rejected"])
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=UNREADABLE) from None
        if rejected:
            words = "1 was" if rejected == 1 else f"{rejected} were"
            raise CommandError(f"{words} rejected; mend and import again.", returncode=SOME_REJECTED)

    def _context(self, store: Store, options: dict[str, Any]) -> Context:
        pairs = [entry.partition("=") for entry in options["map"]]
        if wrong := [name for name, sign, column in pairs if not (sign and column)]:
            raise CommandError(f"--map {wrong[0]}: write FIELD=COLUMN.", returncode=UNREADABLE)
        mapping = {name.strip(): column.strip() for name, _sign, column in pairs}
        return context_of(store, mapping, options["dates"])

    def _import(
        self, store: Store, source: Source, format_code: str, context: Context, rejected: Path | None
    ) -> int:
        with self._watched(source) as watch:
            run = run_import(
                actor=SYSTEM,
                store=store,
                source=source,
                format_code=format_code,
                watch=watch,
                context=context,
            )
        self._summary(run)
        if rejected is not None and run.rejected:
            with rejected.open("w", encoding="utf-8-sig", newline="") as file:
                write_rejected(run, file)
        return run.rejected

    def _try(self, store: Store, source: Source, format_code: str, context: Context) -> int:
        with self._watched(source) as watch:
            try_import(
                actor=SYSTEM,
                store=store,
                source=source,
                format_code=format_code,
                watch=watch,
                context=context,
            )
        told = ", ".join(f"{watch.counts[name]} {name}" for name in COUNTED)
        self.stdout.write(f"would be: {told}; nothing was changed")
        return watch.counts["rejected"]

    def _store(self, code: str) -> Store:
        try:
            return access_store(SYSTEM, code)
        except NotFound:
            codes = ", ".join(visible_stores(SYSTEM).values_list("code", flat=True)) or "none yet"
            raise CommandError(
                f"There is no store “{code}”. Stores: {codes}.", returncode=UNREADABLE
            ) from None

    @contextmanager
    def _watched(self, source: Source) -> Iterator[Watch]:
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
            yield watch
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
