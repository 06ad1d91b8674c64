"""Macros are kept here: one's own by everybody of staff, those of teams and of everybody by managers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.actors import Actor
from core.db import retrying
from core.errors import DeskError
from core.middleware import flash
from helpdesk.console.queries import presence_of
from helpdesk.console.views import staff
from helpdesk.macros import queries
from tickets.actions.macros import retire_macro, save_macro
from tickets.models import Macro
from tickets.queries.kept import access_macro

DEEDS = {"status": "status", "priority": "priority", "team": "to_team", "assignee": "assignee"}
TAGS = ("add_tags", "remove_tags")


def _page(request: HttpRequest, actor: Actor, name: str, context: dict[str, Any]) -> HttpResponse:
    shown = {"groups": queries.listed(actor), "section": "macros", "presence": presence_of(actor), **context}
    error = context.get("error")
    return render(request, f"macros/{name}.html", shown, status=error.status if error else 200)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Whose there are."""
    return _page(request, staff(request), "index", {})


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, macro_id: int | None = None) -> HttpResponse:
    """One macro, or a new one; what was typed stays when it is refused."""
    actor = staff(request)
    macro = access_macro(actor, macro_id) if macro_id else None
    if request.method == "POST":
        return _save(request, actor, macro)
    return _form(request, actor, macro, queries.as_typed(macro))


def _form(
    request: HttpRequest, actor: Actor, macro: Macro | None, typed: Any, error: DeskError | None = None
) -> HttpResponse:
    mine = macro is None or macro.owner_id == actor.id or actor.is_manager
    context = {"at": macro, "is_new": macro is None, "typed": typed, "error": error, "may_edit": mine}
    return _page(request, actor, "edit", {**context, **queries.choices(actor)})


def _save(request: HttpRequest, actor: Actor, macro: Macro | None) -> HttpResponse:
    typed = request.POST
    deeds: dict[str, Any] = {name: typed.get(field, "") for name, field in DEEDS.items()}
    deeds |= {name: [tag for tag in typed.get(name, "").split(",") if tag.strip()] for name in TAGS}
    try:
        kept = retrying(
            save_macro,
            actor=actor,
            macro=macro.pk if macro else None,
            name=typed.get("name", ""),
            body=typed.get("body", ""),
            as_note=typed.get("as_note") == "on",
            deeds=deeds,
            shared=typed.get("shared", "me"),
            team=typed.get("team", ""),
        )
    except DeskError as error:
        return _form(request, actor, macro, typed, error)
    flash(request, _("“%(name)s” is kept.") % {"name": kept.name})
    return redirect("macros:edit", kept.pk)


@require_POST
def retire(request: HttpRequest, macro_id: int) -> HttpResponse:
    """Offer it no longer."""
    actor = staff(request)
    retrying(retire_macro, actor=actor, macro=macro_id)
    flash(request, _("It is offered no longer."))
    return redirect("macros:index")
