"""One family of errors for every door: page, API, socket, command.

An action raises one of these; the door turns it into its own shape with the same words
(`core.api.exception_handler`, `core.middleware.ErrorPages`, the socket's nack).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _


class DeskError(Exception):
    """Something that a person can be told: a code for machines, words for people, a status for HTTP."""

    code = "error"
    status = 400
    message: Any = _("Something went wrong.")
    retryable = False

    def __init__(
        self,
        message: Any = None,
        *,
        code: str | None = None,
        fields: Mapping[str, list[Any]] | None = None,
        **extra: Any,
    ) -> None:
        self.message = message if message is not None else self.message
        self.code = code or self.code
        self.fields = {name: list(words) for name, words in (fields or {}).items()}
        self.extra = extra
        super().__init__(str(self.message))

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape: code, message, fields when there are any, and what the kind adds."""
        shape: dict[str, Any] = {"code": self.code, "message": str(self.message)}
        if self.fields:
            shape["fields"] = {name: [str(word) for word in words] for name, words in self.fields.items()}
        for key, value in self.extra.items():
            shape[key] = value.isoformat() if isinstance(value, datetime) else value
        return shape


class NotSignedIn(DeskError):
    code, status, message = "not_signed_in", 401, _("Sign in to go on.")


class NotFound(DeskError):
    """Missing and hidden look alike: nobody learns what exists from the answer."""

    code, status, message = "not_found", 404, _("There is nothing here, or it is not yours to see.")


class Forbidden(DeskError):
    code, status, message = "forbidden", 403, _("You may not do this.")


class Invalid(DeskError):
    """Bad input. `fields` says where; the words stand next to the field or the row."""

    code, status, message = "invalid", 400, _("Please check what is marked and send it again.")

    @classmethod
    def field(cls, name: str, message: Any, code: str = "invalid") -> Invalid:
        """An error that belongs to one field."""
        return cls(message, code=code, fields={name: [message]})


class Conflict(DeskError):
    code, status, message = "conflict", 409, _("Someone was faster: this has changed meanwhile.")


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"
    message = _("This was sent before with other words.")


class Closed(DeskError):
    """A desk that accepts nothing now. `opens_at` (aware, may be None) says when it does again."""

    code, status, message = "closed", 409, _("This desk is closed now.")

    def __init__(self, message: Any = None, *, opens_at: datetime | None = None, **extra: Any) -> None:
        super().__init__(message, opens_at=opens_at, **extra)


class TooLarge(DeskError):
    code, status, message = "too_large", 413, _("This is too large.")


class TooFast(DeskError):
    code, status, message = "too_fast", 429, _("That was a little fast. Try again in a moment.")
    retryable = True

    def __init__(self, message: Any = None, *, retry_after_ms: int = 1000, **extra: Any) -> None:
        super().__init__(message, retry_after_ms=retry_after_ms, **extra)
