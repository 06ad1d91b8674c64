"""Views: the menu with its counts, the next page of a list, the filter's form; keep a filter, drop it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Team
from core.db import retrying
from core.middleware import flash
from helpdesk.console import queries
from helpdesk.console.queries.facets import ORDER_LABELS, check_codes, facets, sharing
from helpdesk.console.queries.lists import raw_filters
from helpdesk.console.views import staff
from tickets.actions.views import drop_view, save_view
from tickets.queries.viewing import clean_filters


@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    """The views with how many tickets each holds, asked for when the menu is open."""
    actor = staff(request)
    chosen = queries.chosen_of(actor, request.GET)
    return render(
        request, "console/_views.html", {"views": queries.offered(actor, counted=True), "chosen": chosen}
    )


@require_GET
def more(request: HttpRequest) -> HttpResponse:
    """The next page of a list, in the place of its button."""
    actor = staff(request)
    chosen = queries.chosen_of(actor, request.GET)
    if chosen is None:
        return HttpResponse(status=204)  # the view went meanwhile; the list is drawn anew
    rows, cursor = queries.more_of(actor, chosen, request.GET.get("cursor", "")[:400])
    shown = {"rows": rows, "cursor": cursor, "query": chosen.query}
    return render(request, "console/_rows.html", shown)


@require_GET
def form(request: HttpRequest) -> HttpResponse:
    """The filter's fields, filled with what is looked at; a part for the dialog, a page without script."""
    actor = staff(request)
    chosen = queries.chosen_of(actor, request.GET)
    view = chosen.view if chosen else None
    shown: dict[str, Any] = {
        "facets": facets(actor, chosen.filters if chosen else {}),
        "orders": ORDER_LABELS.items(),
        "order": chosen.order if chosen else "due",
        "view": view,
        "may_change": view is not None and (actor.is_manager or view.owner_id == actor.id),
        "shared": sharing(view),
        "teams": Team.objects.all() if actor.is_manager else [],
    }
    part = getattr(request, "htmx", False)
    return render(request, "console/_filter.html" if part else "console/filter.html", shown)


@require_POST
def show(request: HttpRequest) -> HttpResponse:
    """To the list that the form describes, without keeping it."""
    staff(request)
    filters = clean_filters(raw_filters(request.POST))
    check_codes(filters)
    order = request.POST.get("order", "due")
    query = urlencode({**filters, "order": order}, doseq=True)
    return _go(request, f"{reverse('console:index')}?{query}")


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep what the form says, under a name; `view` names the one that is changed."""
    actor = staff(request)
    raw = request.POST.get("view", "")
    filters = clean_filters(raw_filters(request.POST))
    check_codes(filters)
    view = retrying(
        save_view,
        actor=actor,
        view=int(raw[:18]) if raw.isascii() and raw.isdigit() else None,
        name=request.POST.get("name", ""),
        filters=filters,
        order=request.POST.get("order", "due"),
        shared=request.POST.get("shared", "me"),
        team=request.POST.get("team_of", ""),
    )
    flash(request, _("“%(name)s” is kept.") % {"name": view.name})
    return _go(request, f"{reverse('console:index')}?view={view.pk}")


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view; its tickets stay."""
    retrying(drop_view, actor=staff(request), view=pk)
    flash(request, _("The view is gone; its tickets are where they were."), messages.INFO)
    return _go(request, reverse("console:index"))


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
