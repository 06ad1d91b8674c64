"""The formats that are known, and which one a file is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from django.utils.translation import gettext as _

from orders.imports import amazon, columns, ebay, shopify_csv
from orders.imports.cells import Context
from orders.imports.lines import Source, Unreadable, rows_of
from orders.imports.results import Found, Reject
from orders.models import Store

AUTO = "auto"


class Reader(Protocol):
    """What turns a file of one format into orders."""

    @property
    def CODE(self) -> str: ...

    def recognises(self, header: list[str], /) -> bool: ...

    def read(self, source: Source, context: Context | None = None, /) -> Iterator[Found | Reject]: ...


READERS: dict[str, Reader] = {
    shopify_csv.CODE: shopify_csv,  # type: ignore[dict-item]
    amazon.CODE: amazon.FORMAT,
    ebay.CODE: ebay.FORMAT,
    columns.OWN: columns.FORMAT,
    columns.MAPPED: columns.Mapped(),
}


def context_of(store: Store, mapping: Mapping[str, str] | None = None, dates: str = "") -> Context:
    """What a store adds to its files: its currency, and the zone in which days without an hour are meant."""
    return Context(store.currency, store.calendar.timezone, mapping or {}, dates)


def header_in(source: Source) -> list[str]:
    """The first row that is not blank; `look_at` came before."""
    first = next(rows_of(source), None)
    return first.cells if first else []


def format_of(header: list[str]) -> str:
    """The code of the format whose header this is; blank for none."""
    return next((code for code, reader in READERS.items() if reader.recognises(header)), "")


def reader_for(source: Source, format_code: str) -> Reader:
    """The reader that is named, or the one that knows the header. Raises Unreadable."""
    if format_code != AUTO:
        if format_code not in READERS:
            words = _("The format “%(given)s” is not known. There are: %(known)s.")
            raise Unreadable(words % {"given": format_code[:40], "known": ", ".join([AUTO, *READERS])})
        return READERS[format_code]
    if code := format_of(header_in(source)):
        return READERS[code]
    words = _("This is no export of orders that is known. Formats: %(known)s.")
    raise Unreadable(words % {"known": ", ".join(READERS)})
