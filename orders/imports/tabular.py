"""Files of one row for each line of an order: rows with the same number that stand together are one order.

A format says which column means what and how a group of rows becomes an order; the rest is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.mailing import NO_MAIL
from orders.data import ZERO, AddressData, LineData, OrderData
from orders.imports.cells import SURROGATE, Context, moment_of, money_of, pieces_of, plain
from orders.imports.lines import Row, Source, Unreadable, rows_of
from orders.imports.results import Bad, Found, Raw, Reject
from orders.imports.seen import Seen

# Columns that the file of rejected rows has beside the format's own; they are passed over when it comes back.
REASON_COLUMNS = ("Rejected line", "Rejected column", "Rejected because")


class Cells:
    """One row by fields: blank where the file has no column for a field."""

    __slots__ = ("context", "line", "names", "row", "unguard", "where")

    def __init__(self, row: Row, layout: Layout) -> None:
        self.row, self.line = row.cells, row.line
        self.where, self.names = layout.where, layout.names
        self.context, self.unguard = layout.context, layout.unguard

    def text(self, name: str) -> str:
        """The cell of a field without outer space."""
        index = self.where.get(name)
        if index is None or index >= len(self.row):
            return ""
        return plain(self.row[index], unguard=self.unguard)

    def money(self, name: str) -> Decimal:
        """An amount; blank is nothing."""
        raw = self.text(name)
        return money_of(raw, self.column(name)) if raw else ZERO

    def moment(self, name: str) -> datetime | None:
        """An instant in UTC; blank is None."""
        return moment_of(self.text(name), self.column(name), self.context)

    def pieces(self, name: str, *, least: int = 1) -> int:
        """A number of pieces."""
        return pieces_of(self.text(name), self.column(name), least=least)

    def column(self, name: str) -> str:
        """What the file calls a field."""
        return self.names.get(name, name)

    def need(self, name: str, words: str) -> str:
        """The cell; Bad with these words when it is blank."""
        if not (text := self.text(name)):
            raise Bad(self.column(name), words)
        return text


@dataclass(slots=True)
class Layout:
    """Where each field of a format stands in this file."""

    names: Mapping[str, str]  # field: column
    where: dict[str, int]
    width: int
    context: Context
    unguard: bool


Build = Callable[[list[Cells]], OrderData]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files: its columns by field, those it cannot do without, and what makes an order of rows."""

    code: str
    columns: Mapping[str, str]
    required: tuple[str, ...]
    build: Build
    reported: Mapping[str, str] = field(default_factory=dict)  # a field of OrderData: field of `columns`
    passed_over: Callable[[Cells], bool] = lambda _cells: False

    @property
    def CODE(self) -> str:
        """The same for readers that are modules."""
        return self.code

    def recognises(self, header: list[str]) -> bool:
        """Whether a header is this format's: all that it cannot do without stand there."""
        names = {named(cell) for cell in header}
        return all(named(self.columns[name]) in names for name in self.required)

    def read(self, source: Source, context: Context | None = None) -> Iterator[Found | Reject]:
        """The orders of the file in their order, one in memory at a time. Raises Unreadable."""
        return read(self, source, context or Context())


def named(column: str) -> str:
    """A column's name for comparing: case, outer space and the kind of the gap do not matter."""
    return column.strip().strip("\ufeff").lower().replace("_", " ").replace("-", " ")


def read(form: Format, source: Source, context: Context) -> Iterator[Found | Reject]:
    """The orders of a file of this format. Raises Unreadable."""
    rows = rows_of(source)
    first = next(rows, None)
    source.header = first.cells if first else []
    layout = _layout(form, source.header, context)
    seen = Seen()
    for group in _groups(form, rows, layout, source.header):
        item = _order(form, group, layout)
        number = item.data.number if isinstance(item, Found) else item.number
        if number and seen.is_apart(number, tuple(tuple(cells.row) for cells in group)):
            yield _apart(group, number, layout)
        else:
            yield item


def _layout(form: Format, header: list[str], context: Context) -> Layout:
    where = {named(name): index for index, name in reversed(list(enumerate(header)))}
    missing = [form.columns[name] for name in form.required if named(form.columns[name]) not in where]
    if missing:
        raise Unreadable(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    twice = sorted({name for name in header if name.strip() and header.count(name) > 1})
    used = {named(column) for column in form.columns.values()}
    if any(named(name) in used for name in twice):
        raise Unreadable(
            _("These columns stand in the header twice: %(names)s.") % {"names": ", ".join(twice)}
        )
    found = {name: where[named(column)] for name, column in form.columns.items() if named(column) in where}
    unguard = named(REASON_COLUMNS[-1]) in where
    return Layout(form.columns, found, len(header), context, unguard)


def _groups(form: Format, rows: Iterator[Row], layout: Layout, header: list[str]) -> Iterator[list[Cells]]:
    """Rows of one number that stand together; a row that says exactly what the one above says counts once."""
    group: list[Cells] = []
    for row in rows:
        cells = Cells(row, layout)
        if row.cells == header or form.passed_over(cells):
            continue
        if group and cells.text("number") != group[0].text("number"):
            yield group
            group = []
        if not any(cells.row == other.row for other in group[-20:]):
            group.append(cells)
    if group:
        yield group


def _order(form: Format, group: list[Cells], layout: Layout) -> Found | Reject:
    first = group[0]
    number = SURROGATE.sub("?", first.text("number")).removeprefix("#")[:60]
    try:
        for cells in group:
            _check(cells, layout)
        first.need("number", _("The order's number is missing."))
        data = form.build(group)
    except Bad as bad:
        line = bad.line or first.line
        return Reject(line, number, bad.column, bad.reason, raw(group))
    columns = {said: first.column(name) for said, name in form.reported.items()}
    lines = [cells.line for cells in group][-len(data.lines) :]  # a row for the order itself stands above
    return Found(first.line, data, lines, columns, raw(group))


def _check(cells: Cells, layout: Layout) -> None:
    if len(cells.row) > layout.width and any(cells.row[layout.width :]):
        words = _("The row has %(cells)d cells, the header has %(width)d.")
        raise Bad("", words % {"cells": len(cells.row), "width": layout.width})
    if SURROGATE.search("".join(cells.row)):
        raise Bad("", _("There are bytes here that are not UTF-8."))


def _apart(group: list[Cells], number: str, layout: Layout) -> Reject:
    """The same number once more, with other words: taking it in would lose the lines that stand above."""
    words = _("This order stands further up already. Put its rows together, or send the file in two parts.")
    return Reject(group[0].line, number, layout.names["number"], words, raw(group))


def raw(group: list[Cells]) -> Raw:
    """The rows as they stand in the file."""
    return tuple((cells.line, cells.row) for cells in group)


def each_line(group: list[Cells], make: Callable[[Cells], LineData]) -> tuple[LineData, ...]:
    """A line of the order for each row; what is wrong is told with the row's own line."""
    made = []
    for cells in group:
        try:
            made.append(make(cells))
        except Bad as bad:
            bad.line = cells.line
            raise
    return tuple(made)


def address_of(cells: Cells, prefix: str = "ship_") -> AddressData | None:
    """The address of a row; None when nothing of it is told."""
    names = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone")
    address = AddressData(**{name: cells.text(prefix + name) for name in names})
    return address if address != AddressData() else None


def mail_or_stand_in(cells: Cells, source: str) -> str:
    """The buyer's address, or one that nothing is delivered to, the order's own, where the platform tells none."""
    mail = cells.text("email")
    if "@" in mail:
        return mail
    return f"{source}-{cells.text('number').lower()}@{NO_MAIL}"
