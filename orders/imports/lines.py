"""A file as rows of text: encoding looked at first, then read as a stream, each row with its line number."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from orders.imports import workbooks
from orders.imports.workbooks import Unreadable

__all__ = ["Row", "Source", "Unreadable", "header_of", "look_at", "rows_of"]

BOM = b"\xef\xbb\xbf"
WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 with its mark
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # workbooks with a password, and those of before 2007
MOST_LINE = 1_000_000  # characters: a file without line ends must not stand in memory as a whole
MOST_BYTES = 1_000_000_000
DELIMITERS = ",;\t"
FEW = 10  # so many broken rows may be damage; more, in a file without one sound UTF-8 letter, is an encoding
SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line of the file on which it begins, from 1."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Source:
    """A seekable file of bytes. `at` tells how many of `size` bytes are read.

    `look_at` finds out the encoding, what stands between cells, and whether it is a workbook; a reader sets
    `header` once it has read it.
    """

    file: BinaryIO
    name: str = ""
    size: int = field(init=False)
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    is_workbook: bool = False
    header: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file.seek(0, io.SEEK_END)
        self.size = self.file.tell()
        self.file.seek(0)

    @property
    def at(self) -> int:
        return self.file.tell()


def look_at(source: Source) -> None:
    """Find out how a file is to be read, in one quick pass in constant memory; refuse what is no table.

    A few rows with broken letters are damage, and are rejected one by one later; many of them, in a file
    without one sound UTF-8 letter, are Windows-1252. Raises Unreadable.
    """
    if source.size > MOST_BYTES:
        words = _("The file is larger than %(mb)d MB. Split it and send the parts one after the other.")
        raise Unreadable(words % {"mb": MOST_BYTES // 1_000_000})
    source.file.seek(0)
    head = source.file.read(65536)
    if not head.removeprefix(BOM).strip():
        raise Unreadable(_("The file is empty."))
    if head.startswith(LOCKED):
        raise Unreadable(_("This workbook has a password or is of an old kind. Save it as XLSX without one."))
    source.is_workbook = head.startswith(b"PK\x03\x04")
    if source.is_workbook:
        workbooks.check(source.file)
    else:
        source.encoding = _encoding(source, head)
        source.delimiter = _delimiter(head.decode(source.encoding, "replace"))
    source.file.seek(0)


def _encoding(source: Source, head: bytes) -> str:
    if head.startswith(WIDE):
        return "utf-16"
    if b"\x00" in head:
        raise Unreadable(_("This is no text file. Export the orders as CSV (UTF-8) or XLSX."))
    source.file.seek(0)
    lines = broken = sound = 0
    for line in _lines(source.file):
        lines += 1
        if line.isascii():
            continue
        try:
            line.removeprefix(BOM).decode()
            sound += not line.removeprefix(BOM).isascii()
        except UnicodeDecodeError:
            broken += 1
    if broken and not sound and (broken > FEW or broken >= max(2, lines * SHARE)):
        return "cp1252"  # Latin-1 as spreadsheets write it
    return "utf-8-sig"


def _delimiter(head: str) -> str:
    """What splits the first line that is not blank into most cells."""
    first = next((line for line in head.splitlines() if line.strip(DELIMITERS + " \ufeff")), "")
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


def rows_of(source: Source) -> Iterator[Row]:
    """All rows that are not blank, the first being the header. Bytes that cannot be read become lone surrogates.

    Raises Unreadable where the rest of the file cannot be told apart, with the line.
    """
    source.file.seek(0)
    if source.is_workbook:
        yield from (Row(line, cells) for line, cells in workbooks.rows(source.file))
        return
    text = io.TextIOWrapper(source.file, encoding=source.encoding, errors=_errors(source), newline="")
    try:
        reader = csv.reader(_lines(text), strict=True, delimiter=source.delimiter)
        line = 1
        try:
            for cells in reader:
                if any(cells):
                    yield Row(line, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            words = _(
                "From line %(line)d on the file cannot be read as CSV: %(error)s. Is a quotation mark missing?"
            )
            raise Unreadable(words % {"line": line, "error": error}) from None
    finally:
        with contextlib.suppress(ValueError):  # the file was closed meanwhile
            text.detach()


def _lines(file: Any) -> Iterator[Any]:
    """The lines of a file of bytes or text. Raises Unreadable for one that no table has."""
    while line := file.readline(MOST_LINE):
        if len(line) >= MOST_LINE:
            raise Unreadable(_("This is no text file. Export the orders as CSV (UTF-8) or XLSX."))
        yield line


def _errors(source: Source) -> str:
    return "replace" if source.encoding == "utf-16" else "surrogateescape"


def checked_header(source: Source) -> list[str]:
    """The header of a file that `look_at` took. Raises Unreadable for one that nothing can follow from."""
    rows = rows_of(source)
    header = next(rows, Row(1, [])).cells
    if len(header) < 2:
        raise Unreadable(
            _("This is no export of orders that is known: the first line names no such columns.")
        )
    if len(header) > workbooks.MOST_CELLS:
        words = _("The first line has more than %(most)d columns. Is it the header?")
        raise Unreadable(words % {"most": workbooks.MOST_CELLS})
    if next(rows, None) is None:
        raise Unreadable(_("The file has a header and no orders."))
    return header


def header_of(rows: Iterator[Row], required: tuple[str, ...]) -> dict[str, int]:
    """Where each column stands. Raises Unreadable for a header that lacks columns or names one twice."""
    first = next(rows, None)
    names = [cell.strip() for cell in first.cells] if first else []
    missing = [name for name in required if name not in names]
    if len(missing) > len(required) // 2:
        raise Unreadable(
            _("This is no export of orders that is known: the first line names no such columns.")
        )
    if missing:
        raise Unreadable(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Unreadable(
            _("These columns stand in the header twice: %(names)s.") % {"names": ", ".join(twice)}
        )
    return {name: index for index, name in enumerate(names)}
