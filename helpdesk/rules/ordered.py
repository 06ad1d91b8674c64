"""What the editors of ordered rules share: a place up or down, and the one write of a sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.db import retrying
from core.errors import Conflict, Invalid, NotFound
from helpdesk.rules.told import go_to, tell


class Sheet(Protocol):
    """A form that keeps what was typed; `problems` by field."""

    problems: dict[str, list[str]]

    def draft(self) -> Any: ...


def moved(codes: list[str], code: str, move: str) -> list[str]:
    """The codes with one of them a place `up` or `down`, at most to the end. Raises NotFound for anything else."""
    step = {"up": -1, "down": 1}.get(move)
    if code not in codes or step is None:
        raise NotFound()
    others = [one for one in codes if one != code]
    others.insert(min(max(codes.index(code) + step, 0), len(codes) - 1), code)
    return others


def save_sheet(
    request: HttpRequest,
    save: Callable[..., Any],
    sheet: Sheet,
    *,
    is_there: bool,
    again: Callable[[dict[str, Any], int], HttpResponse],
    place: str,
) -> HttpResponse:
    """Saved over the version that was looked at, and over no other; then on to `place` with its code.

    `again`: the page once more, with what to show and its status, where it was refused.
    """
    seen = request.POST.get("version", "")
    try:
        saved = retrying(
            save,
            actor=request.actor,  # type: ignore[attr-defined]
            draft=sheet.draft(),
            expected_version=int(seen) if is_there and seen.isascii() and seen.isdigit() else 0,
        )
    except Invalid as error:
        sheet.problems = {name: [str(word) for word in words] for name, words in error.fields.items()}
        return again({}, 400)
    except Conflict as error:
        return again({"refusal": error.message}, 409)
    tell(request, _("Saved: “%(name)s” is at version %(n)d.") % {"name": saved.name, "n": saved.version})
    return go_to(request, place, saved.code)
