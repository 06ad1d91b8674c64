"""The demo shop's own page carries the widget: its site, its key, and the two addresses of one machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from core.actors import SYSTEM
from helpdesk.demo.house import House
from livechat.widget.actions import make_secret, save_site
from livechat.widget.models import WidgetSite

NAME = "Minato Lane shop"


def build(built: House) -> None:
    """One site on the desk of first questions, with one key."""
    _make()


def _make() -> None:
    site = save_site(
        actor=SYSTEM, key=None, name=NAME, store="us", team="presales", category="product", origins=origins()
    )
    make_secret(actor=SYSTEM, key=site.key)


def site_of_demo() -> WidgetSite | None:
    """The demo's site, whatever a manager calls it by now."""
    made = WidgetSite.objects.filter(changes__verb="made", changes__data__name=NAME)
    return made.order_by("pk").select_related("store", "team", "category").first()


def complete() -> str:
    """What a demo shop lacks that an earlier version, or another port, has made; "" when it lacks nothing.

    What a manager chose stays: origins are added, never taken away.
    """
    with transaction.atomic():
        site = site_of_demo()
        if site is None:
            _make()
            return "The shop's page with the widget is new."
        missing = [origin for origin in origins() if origin not in site.origins]
        if not missing:
            return ""
        save_site(
            actor=SYSTEM,
            key=site.key,
            name=site.name,
            store=site.store.code,
            team=site.team.code,
            category=site.category.code,
            origins=[*site.origins, *missing],
            identity_required=site.identity_required,
            is_on=site.is_on,
        )
        return "The shop's page has another address now."


def origins() -> list[str]:
    """Where the demo's shop page may be: on this machine `localhost` is another origin than 127.0.0.1."""
    here = urlsplit(settings.PUBLIC_URL)
    port = f":{here.port}" if here.port else ""
    if here.hostname in ("127.0.0.1", "localhost"):
        return [f"http://{name}{port}" for name in ("localhost", "127.0.0.1")]
    return [f"{here.scheme}://{here.netloc}"]
