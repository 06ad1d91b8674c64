"""The shell of every JSON endpoint: one error shape, cursor pages, scopes, idempotent writes."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from core import idempotency
from core.actors import Actor
from core.errors import DeskError, Forbidden, Invalid, NotFound, NotSignedIn, TooFast, TooLarge

log = logging.getLogger(__name__)


def money(amount: Decimal | None, currency: str = "USD") -> dict[str, str] | None:
    """Money as the contract writes it: a string with two places and its currency."""
    return None if amount is None else {"amount": f"{amount:.2f}", "currency": currency}


def as_desk_error(error: Exception) -> DeskError | None:
    """The family's member for an error of Django's or the framework's; None for a bug."""
    if isinstance(error, DeskError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error.detail)
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFound()
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return NotSignedIn(str(error.detail))
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Forbidden(str(getattr(error, "detail", "")) or None)
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, exceptions.Throttled):
        return TooFast(retry_after_ms=int((getattr(error, "wait", None) or 1) * 1000))
    if isinstance(error, exceptions.APIException):
        shaped = (
            TooLarge()
            if error.status_code == 413
            else Invalid(str(error.detail), code=str(error.get_codes()))
        )
        shaped.status = error.status_code
        return shaped
    return None


def _invalid(detail: Any) -> Invalid:
    if isinstance(detail, dict):
        fields = {name: _flat(words) for name, words in detail.items() if name != "non_field_errors"}
        general = detail.get("non_field_errors")
        return Invalid(str(general[0]) if general else None, fields=fields)
    return Invalid(" ".join(map(str, _flat(detail))))


def _flat(words: Any) -> list[str]:
    if isinstance(words, dict):
        return [f"{name}: {word}" for name, inner in words.items() for word in _flat(inner)]
    return [str(word) for word in words] if isinstance(words, list | tuple) else [str(words)]


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's hook: every refusal leaves as {"code", "message", "fields"?}."""
    shaped = as_desk_error(error)
    if shaped is None:
        return None
    set_rollback()
    headers = {}
    if isinstance(shaped, TooFast):
        headers["Retry-After"] = str(max(1, shaped.extra["retry_after_ms"] // 1000))
    if isinstance(shaped, NotSignedIn):
        headers["WWW-Authenticate"] = "Token"
    return Response(shaped.as_dict(), status=shaped.status, headers=headers)


class Page(CursorPagination):
    """Keyset pages of 50 (at most 200), newest first unless the view says otherwise."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering: Any = "-id"


class View(APIView):
    """A door of the JSON contract. `scope` names what a token must hold to come in by a method.

    `scopes = {"GET": "tickets:read", "POST": "tickets:write"}`. `open_to_visitors` lists the methods that
    need no log-in. Writes with an `Idempotency-Key` are answered once.
    """

    scopes: dict[str, str] = {}
    open_to_visitors: tuple[str, ...] = ()
    _kept: Any = None

    @property
    def actor(self) -> Actor:
        """Who asks; set by the authentication classes and the actor's middleware."""
        return getattr(self.request, "actor", None) or self.request._request.actor  # type: ignore[no-any-return,attr-defined]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = request.method or "GET"
        if method in ("OPTIONS",):
            return
        actor = self.actor
        if not actor.is_known and method not in self.open_to_visitors:
            raise NotSignedIn()
        needed = self.scopes.get("GET" if method == "HEAD" else method)
        if needed and not actor.has_scope(needed):
            raise Forbidden(_("This token lacks the scope %(scope)s.") % {"scope": needed}, code="scope")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self._kept = None
        response = super().dispatch(request, *args, **kwargs)
        if self._kept is not None:
            if response.status_code < 400:
                idempotency.finish(self._kept, response.status_code, getattr(response, "data", None))
            else:
                idempotency.release(self._kept)
        return response

    def idempotent(self, request: Request) -> Response | None:
        """Call first in a write: the kept first answer when the key was used before, else None."""
        key = request.headers.get("Idempotency-Key")
        if not key:
            return None
        row = idempotency.begin(self.actor, key, request.method or "", request.path, request.body)
        if row.status is not None:
            return Response(row.response, status=row.status, headers={"Idempotent-Replay": "true"})
        self._kept = row
        return None


def page_of(view: APIView, rows: Any, render: Any, *, ordering: Any = None) -> Response:
    """One cursor page of a query set, each row through `render`."""
    pager = Page()
    if ordering is not None:
        pager.ordering = ordering
    found: list[Any] = pager.paginate_queryset(rows, view.request, view=view) or []
    return pager.get_paginated_response([render(row) for row in found])


CREATED = status.HTTP_201_CREATED
