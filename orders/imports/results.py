"""What a reader makes of a file: orders found, or the reason why one cannot be brought in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import DeskError
from orders.data import OrderData

Raw = tuple[tuple[int, list[str]], ...]  # rows of the file as they stand there, with their lines


@dataclass(frozen=True, slots=True)
class Reject:
    """An order (or a row without one) that cannot be brought in: file line, column, words, its rows."""

    line: int
    number: str
    column: str
    reason: str
    rows: Raw = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One order of the file: its first line, and the line on which each of its lines stands.

    `columns` names the file's column for a field of `OrderData` (`total`, `lines.price`).
    """

    line: int
    data: OrderData
    lines: list[int]
    columns: Mapping[str, str]
    rows: Raw = ()

    def reject(self, error: DeskError) -> Reject:
        """Say where in the file an error lies that names fields as `orders.data.clean` does."""
        name = next(iter(error.fields), "")
        first, _dot, rest = name.partition(".")
        line, index = self.line, rest.partition(".")[0]
        if first == "lines" and index.isdecimal():
            line, name = self.lines[int(index)], f"lines.{rest.partition('.')[2]}"
        number = self.data.number.removeprefix("#")
        return Reject(line, number, self.columns.get(name, name), str(error.message), self.rows)


class Bad(Exception):
    """A cell that cannot be read."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason, self.line = column, reason, 0  # the line where it is not the first row's
