"""The first sheet of a workbook (XLSX) as rows of text, read as a stream."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook

MOST_UNPACKED = 1_000_000_000  # bytes of all parts together: a small file can unpack to a huge one
MOST_SHARED = 200_000_000  # bytes of the table of texts, the one part that stands in memory as a whole
MOST_CELLS = 500  # in a row


class Unreadable(Exception):
    """The file as a whole cannot be read; the words say what is wrong and how to mend it."""


def check(file: BinaryIO) -> None:
    """Refuse what is no workbook, or unpacks to more than fits. Raises Unreadable."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Unreadable(_no_workbook()) from None
    if "xl/workbook.xml" not in sizes:
        raise Unreadable(_no_workbook())
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MOST_SHARED:
        raise Unreadable(_("This workbook is too large. Save the sheet as CSV and send that."))


def rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Line from 1 and cells as text of each row that is not blank. Formulas stay as they are written."""
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its own size is not always so
            width = 0
            for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                texts = [text_of(value) for value in cells[: MOST_CELLS + 1]]
                if not any(texts):
                    continue
                width = width or _filled(texts)
                yield line, _as_wide(texts, width)
        finally:
            book.close()
    except Unreadable:
        raise
    except Exception as error:  # whatever a damaged workbook makes its reader say
        raise Unreadable(_no_workbook()) from error


def text_of(value: Any) -> str:
    """A cell as a person would write it: whole numbers without a point, moments in the form of ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return str(value)


def _filled(texts: list[str]) -> int:
    return max(index for index, text in enumerate(texts) if text) + 1


def _as_wide(texts: list[str], width: int) -> list[str]:
    """Cells to the header's width; blank ones that a spreadsheet leaves out at the end are there again."""
    return texts[: max(width, _filled(texts))] + [""] * (width - len(texts))


def _no_workbook() -> str:
    return _("This is no workbook that can be read. Save it as XLSX or CSV (UTF-8) and send it again.")
