"""What the portal's doors share: rendering, refusals inside a form, keyset pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from core.actors import Actor
from core.errors import DeskError, NotSignedIn


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def known_actor(request: HttpRequest) -> Actor:
    """Who asks; NotSignedIn for a visitor, which sends them to sign in and back."""
    actor = actor_of(request)
    if not actor.is_known:
        raise NotSignedIn()
    return actor


def page(
    request: HttpRequest,
    name: str,
    context: dict[str, Any] | None = None,
    *,
    section: str = "help",
    status: int = 200,
) -> HttpResponse:
    """A page of the portal. `section` marks its place in the navigation."""
    return render(request, f"portal/{name}.html", {"section": section, **(context or {})}, status=status)


def refuse(form: BaseForm, error: DeskError) -> int:
    """Put an action's refusal beside the fields that it names; says the status for the answer."""
    told = False
    for name, words in error.fields.items():
        field = name if name in form.fields else None
        for word in words:
            form.add_error(field, str(word))
            told = True
    if not told:
        form.add_error(None, str(error.message))
    return error.status


def next_url(request: HttpRequest, fallback: str) -> str:
    """The `next` of a request when it leads back into this house, else the fallback."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else fallback


# --- keyset pages ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Slice:
    """A page of rows, newest first, and the address of the older ones ("" at the end)."""

    rows: list[Any]
    older: str


def slice_of(
    request: HttpRequest,
    rows: Any,
    *,
    by: str,
    size: int,
    finish: Callable[[list[Any]], list[Any]] | None = None,
) -> Slice:
    """The rows before `?before=<microseconds>-<id>`, ordered by the instant `by` and id, newest first."""
    before = _cursor(request.GET.get("before", ""))
    if before is not None:
        at, pk = before
        rows = rows.filter(**{f"{by}__lte": at}).exclude(**{f"{by}": at, "pk__gte": pk})
    found = list(rows.order_by(f"-{by}", "-pk")[: size + 1])
    shown = found[:size]
    older = _older(request, getattr(shown[-1], by), shown[-1].pk) if len(found) > size else ""
    return Slice(finish(shown) if finish else shown, older)


def _older(request: HttpRequest, at: datetime, pk: int) -> str:
    kept = {k: str(v) for k, v in request.GET.items() if k != "before" and v}
    micro = int(at.timestamp()) * 1_000_000 + at.microsecond
    return "?" + urlencode({**kept, "before": f"{micro}-{pk}"})


def _cursor(text: str) -> tuple[datetime, int] | None:
    """A cursor that is none starts from the newest: an old link still shows something."""
    micro, _dash, pk = text.partition("-")
    if not (micro.isdigit() and pk.isdigit()):
        return None
    try:
        whole, rest = divmod(int(micro), 1_000_000)
        return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest), int(pk)
    except (ValueError, OverflowError, OSError):
        return None


def with_query(name: str, **query: str) -> str:
    """A named address with a query string."""
    given = {key: value for key, value in query.items() if value}
    return reverse(name) + (f"?{urlencode(given)}" if given else "")
