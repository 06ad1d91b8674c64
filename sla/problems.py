"""Collecting everything that is wrong with an input, so that it is said at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from core.errors import Invalid


class Problems:
    """Everything that is wrong with an input, field by field, said at once."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = defaultdict(list)

    def add(self, field: str, message: str) -> None:
        if message not in self.fields[field]:
            self.fields[field].append(message)

    def attempt(self, field: str, check: Callable[[], Any]) -> None:
        """Run a check and keep what it refuses."""
        try:
            check()
        except Invalid as error:
            self.add(field, str(error.message))
        except ValueError as error:
            self.add(field, str(error))

    def found(self) -> dict[str, list[str]]:
        """The words by field; empty when nothing is wrong."""
        return {name: words for name, words in self.fields.items() if words}

    def refuse(self) -> None:
        """Raise Invalid when anything was wrong."""
        if found := self.found():
            raise Invalid(fields=found)


def check_code_and_name(problems: Problems, code: str, name: str) -> None:
    """A code for machines, a name for people."""
    try:
        validate_slug(code)
        if len(code) > 50:
            problems.add("code", _("A code has at most 50 characters."))
    except ValidationError:
        problems.add("code", _("A code has letters, digits, hyphens and underscores only."))
    if not name.strip() or len(name) > 100:
        problems.add("name", _("Give it a name of at most 100 characters."))
