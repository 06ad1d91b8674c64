"""Managers decide where the widget stands, and rotate the keys that shops sign with. Each step is recorded."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Team
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound
from livechat.widget.keys import key_of
from livechat.widget.models import WidgetChange, WidgetSecret, WidgetSite
from orders.models import Store
from tickets.models import Category

MOST_ORIGINS = 20
LIVE = 2  # keys at a time: the one in use, and the one that takes its place
HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\Z")


def save_site(
    *,
    actor: Actor,
    key: str | None,
    name: str,
    store: str,
    team: str,
    category: str,
    origins: Iterable[object],
    identity_required: bool = False,
    is_on: bool = True,
) -> WidgetSite:
    """Make a site (`key` None) or change one. The same again writes nothing.

    Raises Forbidden, NotFound, Invalid with every field that is wrong (name, store, team, category, origins).
    """
    _check(actor)
    fields = _fields(name, store, team, category, origins)
    fields |= {"identity_required": identity_required, "is_on": is_on}
    with transaction.atomic():
        if key is None:
            site = WidgetSite.objects.create(**fields, created_at=now())
            _record(actor, site, "made", _plain(fields))
            return site
        site = access_site(actor, key, lock=True)
        before = {field: getattr(site, field) for field in fields}
        changed = {field: value for field, value in fields.items() if before[field] != value}
        if changed:
            for field, value in changed.items():
                setattr(site, field, value)
            site.save(update_fields=list(changed))
            _record(actor, site, "changed", _plain(changed))
        return site


def access_site(actor: Actor, key: str, *, lock: bool = False) -> WidgetSite:
    """A site for a manager; NotFound when there is none."""
    _check(actor)
    rows = WidgetSite.objects.filter(key=key)
    found = (locked(rows) if lock else rows).select_related("store", "team", "category").first()
    if found is None:
        raise NotFound()
    return found


def make_secret(*, actor: Actor, key: str) -> tuple[WidgetSecret, str]:
    """A new key for a shop's server, beside the one in use; its words are returned here and nowhere else.

    Raises Conflict `two_live` while two are good: the older one is retired first.
    """
    with transaction.atomic():
        site = access_site(actor, key, lock=True)
        if site.secrets.filter(retired_at=None).count() >= LIVE:
            raise Conflict(_("Two keys are good already. Retire the older one first."), code="two_live")
        secret = WidgetSecret.objects.create(site=site, created_at=now())
        _record(actor, site, "secret_made", {"kid": secret.kid})
        return secret, key_of(secret)


def retire_secret(*, actor: Actor, key: str, kid: str) -> WidgetSite:
    """From now on, what is signed with it is refused. Raises NotFound."""
    with transaction.atomic():
        site = access_site(actor, key, lock=True)
        secret = site.secrets.filter(kid=kid).first()
        if secret is None:
            raise NotFound()
        if secret.retired_at is None:
            WidgetSecret.objects.filter(pk=secret.pk).update(retired_at=now())
            _record(actor, site, "secret_retired", {"kid": kid})
        return site


def _check(actor: Actor) -> None:
    if not actor.is_manager:
        raise Forbidden(_("Managers decide where the widget stands."))


def _record(actor: Actor, site: WidgetSite, verb: str, data: dict[str, Any]) -> None:
    WidgetChange.objects.create(site=site, by_id=actor.id, at=now(), verb=verb, data=data)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(value, "code", value) for name, value in fields.items()}


def _fields(name: str, store: str, team: str, category: str, origins: Iterable[object]) -> dict[str, Any]:
    problems: dict[str, list[Any]] = {}
    title = " ".join(str(name or "").split())
    if not 0 < len(title) <= 100:
        problems["name"] = [_("Give it a name of at most 100 characters.")]
    shop = Store.objects.filter(code=store).first()
    if shop is None:
        problems["store"] = [_("There is no such shop.")]
    desk = Team.objects.filter(code=team, takes_chat=True, needs_order=False).first()
    if desk is None:
        problems["team"] = [_("Choose a desk that takes chats without an order.")]
    topic = Category.objects.filter(code=category).first()
    if topic is None:
        problems["category"] = [_("There is no such topic.")]
    places, wrong = _origins(origins)
    if wrong:
        problems["origins"] = wrong
    if problems:
        raise Invalid(fields=problems)
    return {"name": title, "store": shop, "team": desk, "category": topic, "origins": places}


def _origins(raw: Iterable[object]) -> tuple[list[str], list[Any]]:
    asked = [str(one).strip() for one in raw if str(one).strip()]
    found: list[str] = []
    wrong = []
    for one in asked[: MOST_ORIGINS + 1]:
        origin = clean_origin(one)
        if origin is None:
            words = _("“%(origin)s” is no origin: write it like https://shop.example, without a path.")
            wrong.append(words % {"origin": one[:100]})
        elif origin not in found:
            found.append(origin)
    if not asked:
        wrong.append(_("Name at least one origin, such as https://shop.example."))
    if len(asked) > MOST_ORIGINS:
        wrong.append(_("At most %(n)d origins fit a site.") % {"n": MOST_ORIGINS})
    return found, wrong


def clean_origin(raw: str) -> str | None:
    """An origin as browsers write it; None for anything else. Plain http is for this machine alone."""
    try:
        parts = urlsplit(raw.strip().lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if extra or "@" in raw or parts.path not in ("", "/") or not _is_host(host):
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        return None
    usual = {"https": 443, "http": 80}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")


def _is_host(host: str) -> bool:
    if HOST.match(host):
        return True
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
