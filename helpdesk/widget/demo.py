"""The demo's shop: a page on another origin with the widget, and its server, which vouches for its customers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import jwt
from csp.constants import NONE, SELF
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.clock import now
from helpdesk.demo.widget import site_of_demo
from livechat.widget.keys import key_of
from livechat.widget.models import WidgetSecret, WidgetSite

CUSTOMERS = {"mika": ("c-1001", "Mika Sato"), "noor": ("c-1002", "Noor Haddad")}
LOOPBACK = "127.0.0.1"


def _site() -> WidgetSite:
    site = site_of_demo() if settings.DEMO else None
    if site is None:
        raise Http404
    return site


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """A product of the demo's shop. On this machine it is served as `localhost`, the helpdesk as 127.0.0.1."""
    site = _site()
    host, _colon, port = request.get_host().partition(":")
    if host == LOOPBACK:
        return redirect(f"{request.scheme}://localhost:{port or 80}{request.get_full_path()}")
    desk = f"{request.scheme}://{LOOPBACK}:{port or 80}" if host == "localhost" else settings.PUBLIC_URL
    response = render(
        request, "widget/demo_shop.html", {"key": site.key, "desk": desk, "shop": settings.SHOP_NAME}
    )
    # What a careful shop would send: nothing but its own and the helpdesk's origin.
    response._csp_replace = {  # type: ignore[attr-defined]
        "default-src": [NONE],
        "script-src": [SELF, desk],
        "frame-src": [desk],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
    }
    return response


@require_safe
def identity(request: HttpRequest) -> JsonResponse:
    """What a shop's own server does for a customer who is signed in there; here for two made-up ones."""
    site = _site()
    customer = CUSTOMERS.get(request.GET.get("who", ""))
    secret = WidgetSecret.objects.filter(site=site, retired_at=None).select_related("site").first()
    if customer is None or secret is None:
        raise Http404
    at = now()
    told: dict[str, Any] = {
        "aud": site.key,
        "sub": customer[0],
        "name": customer[1],
        "iat": int(at.timestamp()),
        "exp": int((at + timedelta(minutes=4)).timestamp()),
        "jti": uuid.uuid4().hex,
    }
    signed = jwt.encode(told, key_of(secret), algorithm="HS256", headers={"kid": secret.kid})
    response = JsonResponse({"jwt": signed, "name": customer[1]})
    response["Cache-Control"] = "no-store"
    return response
