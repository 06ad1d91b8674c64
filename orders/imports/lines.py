"""A file as rows of text: encoding looked at first, then read as a stream, each row with its line number."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

BOM = b"\xef\xbb\xbf"
PIECE = 1 << 20
FEW = 10  # so many broken rows may be damage; more, in a file without one sound UTF-8 letter, is an encoding
SHARE = 0.1


class Unreadable(Exception):
    """The file as a whole cannot be read; the words say what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line of the file on which it begins, from 1."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Source:
    """A seekable file of bytes. `at` tells how many of `size` bytes are read."""

    file: BinaryIO
    name: str = ""
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.file.seek(0, io.SEEK_END)
        self.size = self.file.tell()
        self.file.seek(0)

    @property
    def at(self) -> int:
        return self.file.tell()


def look_at(source: Source) -> None:
    """Refuse what is no UTF-8 text before anything is brought in: one quick pass in constant memory.

    A few rows with broken letters are damage, and are rejected one by one later. Raises Unreadable.
    """
    source.file.seek(0)
    head = source.file.read(4096)
    if not head.strip():
        raise Unreadable(_("The file is empty."))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(_("The file is in UTF-16. Save it as “CSV UTF-8” and send it again."))
    if b"\x00" in head:
        raise Unreadable(_("This is no text file. Export the orders as CSV (UTF-8)."))
    source.file.seek(0)
    lines = broken = sound = 0
    for line in source.file:
        lines += 1
        if line.isascii():
            continue
        try:
            line.removeprefix(BOM).decode()
            sound += not line.removeprefix(BOM).isascii()
        except UnicodeDecodeError:
            broken += 1
    source.file.seek(0)
    if broken and not sound and (broken > FEW or broken >= max(2, lines * SHARE)):
        words = _(
            "The file is not in UTF-8 (%(count)d lines cannot be read); it looks like Latin-1 or Windows-1252."
        )
        raise Unreadable(words % {"count": broken} + " " + _("Save it as “CSV UTF-8” and send it again."))


def rows_of(source: Source) -> Iterator[Row]:
    """All rows that are not blank, the first being the header. Bytes that are no UTF-8 become lone surrogates.

    Raises Unreadable where the rest of the file cannot be told apart, with the line.
    """
    source.file.seek(0)
    text = io.TextIOWrapper(source.file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        reader = csv.reader(text, strict=True)
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
