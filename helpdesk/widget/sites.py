"""The managers' pages: where the widget stands, the line for the shop's page, and the keys that the shop signs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import chat_teams
from core.actors import Actor
from core.db import retrying
from core.errors import Conflict, Invalid
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules.told import tell
from livechat.widget import actions
from livechat.widget.actions.sites import access_site
from livechat.widget.models import WidgetSecret, WidgetSite
from orders.models import Store
from tickets.queries import categories

CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Typed:
    """A site as its form shows it."""

    name: str = ""
    store: str = ""
    team: str = ""
    category: str = ""
    origins: str = ""
    identity_required: bool = False
    is_on: bool = True

    @classmethod
    def of(cls, site: WidgetSite) -> Typed:
        where = "\n".join(site.origins)
        return cls(
            name=site.name,
            store=site.store.code,
            team=site.team.code,
            category=site.category.code,
            origins=where,
            identity_required=site.identity_required,
            is_on=site.is_on,
        )

    @classmethod
    def of_post(cls, request: HttpRequest) -> Typed:
        post = request.POST
        return cls(
            name=post.get("name", ""),
            store=post.get("store", ""),
            team=post.get("team", ""),
            category=post.get("category", ""),
            origins=post.get("origins", ""),
            identity_required=post.get("identity_required") == "on",
            is_on=post.get("is_on") == "on",
        )

    def arguments(self) -> dict[str, Any]:
        """For `save_site`."""
        fields = ("name", "store", "team", "category", "identity_required", "is_on")
        return {**{name: getattr(self, name) for name in fields}, "origins": self.origins.split()}


def _manager(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    check_manager(actor)
    return actor


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All sites."""
    _manager(request)
    sites = WidgetSite.objects.select_related("store", "team").order_by("name", "pk")
    return render(request, "widget/sites.html", {"tab": "widget", "sites": sites})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A site that is not there yet."""
    actor = _manager(request)
    return _save(request, actor, None) if request.method == "POST" else _page(request, None, Typed())


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One site: its form, its line, its keys, what was changed, and the widget itself to try."""
    actor = _manager(request)
    site = access_site(actor, key)
    return _save(request, actor, site) if request.method == "POST" else _page(request, site, Typed.of(site))


def _save(request: HttpRequest, actor: Actor, site: WidgetSite | None) -> HttpResponse:
    typed = Typed.of_post(request)
    try:
        key = site.key if site else None
        saved = retrying(actions.save_site, actor=actor, key=key, **typed.arguments())
    except Invalid as error:
        return _page(request, site, typed, problems=error.fields, status=400)
    tell(request, _("“%(name)s” is saved.") % {"name": saved.name})
    return redirect("widget:site", saved.key)


@require_POST
def new_secret(request: HttpRequest, key: str) -> HttpResponse:
    """Another key, shown on this one answer and never again."""
    actor = _manager(request)
    site = access_site(actor, key)
    try:
        secret, words = retrying(actions.make_secret, actor=actor, key=key)
    except Conflict as error:
        return _page(request, site, Typed.of(site), refusal=str(error.message), status=error.status)
    response = _page(request, site, Typed.of(site), made=secret, made_key=words)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def retire_secret(request: HttpRequest, key: str, kid: str) -> HttpResponse:
    """What is signed with it is refused from now on."""
    retrying(actions.retire_secret, actor=_manager(request), key=key, kid=kid)
    tell(request, _("The key is retired: what is signed with it is refused."))
    return redirect("widget:site", key)


def _page(
    request: HttpRequest,
    site: WidgetSite | None,
    typed: Typed,
    *,
    problems: dict[str, list[Any]] | None = None,
    refusal: str = "",
    made: WidgetSecret | None = None,
    made_key: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "tab": "widget",
        "site": site,
        "typed": typed,
        "problems": problems or {},
        "refusal": refusal,
        "made": made,
        "made_key": made_key,
        "stores": Store.objects.order_by("name"),
        "teams": [team for team in chat_teams() if not team.needs_order],
        "categories": categories(),
        "desk": settings.PUBLIC_URL,
        **(_more(site) if site else {}),
    }
    return render(request, "widget/site.html", context, status=status)


def _more(site: WidgetSite) -> dict[str, Any]:
    changes = site.changes.select_related("by").order_by("-pk")[:CHANGES_SHOWN]
    live = list(site.secrets.filter(retired_at=None).order_by("created_at", "pk"))
    names = {
        "made": _("made"),
        "changed": _("changed"),
        "secret_made": _("new key"),
        "secret_retired": _("key retired"),
    }
    told = [
        {"verb": names[one.verb], "fields": ", ".join(one.data), "by": one.by, "at": one.at}
        for one in changes
    ]
    return {"secrets": live, "can_make": len(live) < 2, "changes": told}
