"""The rejected rows of a file as a file of their own: the same columns and, beside them, where and why."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import IO

from orders.imports.cells import guarded
from orders.imports.tabular import REASON_COLUMNS
from orders.models import Import, ImportRow

MARK = "\ufeff"  # by which spreadsheets know UTF-8


class _Echo:
    """A file that gives each line back."""

    def write(self, text: str) -> str:
        return text


def rejected_lines(run: Import) -> Iterator[str]:
    """CSV, line by line: nothing in it is a formula, and it can be mended and sent again."""
    writer = csv.writer(_Echo())
    header = [name for name in run.header if name not in REASON_COLUMNS]
    keep = [index for index, name in enumerate(run.header) if name not in REASON_COLUMNS]
    yield MARK + writer.writerow([guarded(name) for name in [*header, *REASON_COLUMNS]])
    for row in run.rows.filter(outcome="rejected").order_by("line", "id").iterator(500):
        for cells in _rows(row, keep):
            yield writer.writerow([guarded(cell) for cell in cells])


def _rows(row: ImportRow, keep: list[int]) -> Iterable[list[str]]:
    why = [str(row.line), row.field, row.reason]
    for number, cells in enumerate(row.cells):
        kept = [cells[index] if index < len(cells) else "" for index in keep]
        yield [*kept, *(why if number == 0 else ["", "", ""])]


def write_rejected(run: Import, file: IO[str]) -> None:
    """Into a file that writes its own mark of UTF-8."""
    for line in rejected_lines(run):
        file.write(line.removeprefix(MARK))
