"""A few rows that somebody mended on a page, as a file that readers read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from orders.imports.lines import Source


def memory_source(rows: Iterable[Sequence[str]], name: str) -> Source:
    """The rows as CSV in memory, the header first."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return Source(io.BytesIO(text.getvalue().encode("utf-8", "replace")), name)
