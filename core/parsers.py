"""How JSON comes in: what no action could store is refused or dropped before any door sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Halves of characters: JSON can write them alone, no database can keep them.
HALVES = re.compile("[\ud800-\udfff]")


class Json(JSONParser):
    """JSON that nests in reason, without halves of characters."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return without_halves(super().parse(stream, media_type, parser_context))
        except RecursionError:
            raise ParseError(_("This is nested too deeply.")) from None


def without_halves(value: Any) -> Any:
    """The same value with every lone surrogate dropped, as texts of messages drop them."""
    if isinstance(value, str):
        return HALVES.sub("", value)
    if isinstance(value, list):
        return [without_halves(one) for one in value]
    if isinstance(value, dict):
        return {without_halves(name): without_halves(one) for name, one in value.items()}
    return value
