"""What a shop's page loads: the script, and the page in its frame. Neither reads a cookie or writes one."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from accounts.tokens import digest_of
from faq.queries import popular
from helpdesk.portal import theme
from livechat.widget.queries import site_by_key
from tickets.actions.attachments import MOST_BYTES, MOST_FILES

LOADER = Path(__file__).resolve().parent.parent / "static" / "helpdesk" / "widget" / "loader.js"
LIGHT = "--accent: #0f6b5c; --on-accent: #ffffff;"
DARK = "--accent: #4cc0ab; --on-accent: #06231e;"
MOST_SHOWN = 6


@cache
def script(accent: str) -> tuple[bytes, str]:
    """The loader in the shop's accent, and its mark for caches."""
    color = theme.parse(accent)
    text = LOADER.read_text("utf-8")
    for written, tokens in ((LIGHT, theme.light_tokens(color)), (DARK, theme.dark_tokens(color))):
        main, ink = theme.text_of(tokens["accent"]), theme.text_of(tokens["on-accent"])
        text = text.replace(written, f"--accent: {main}; --on-accent: {ink};")
    return text.encode(), quote_etag(digest_of(text)[:32])


@require_safe
def loader(request: HttpRequest) -> HttpResponse | HttpResponseNotModified:
    """`/widget.js`, the same for every shop; looked for anew after five minutes."""
    text, etag = script(settings.SHOP_ACCENT)
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # it is made to be loaded by others
    patch_cache_control(response, public=True, max_age=300)
    kept = get_conditional_response(request, etag=etag, response=response)
    return kept or response


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The page in the frame. Only the site's own origins may frame it, and the helpdesk's for a preview."""
    site = site_by_key(key)
    with translation.override(language_of(request)):
        articles = popular(MOST_SHOWN, translation.get_language() or "en")
        context = {
            "site": site,
            "origins": json.dumps(site.origins),
            "popular": articles,
            "scores": range(1, 6),
            "upload_url": f"/api/v1/widget/{site.key}/files/",
            "most_bytes": MOST_BYTES,
            "most_files": MOST_FILES,
        }
        response = render(request, "widget/frame.html", context)
    response._csp_replace = {"frame-ancestors": [SELF, *site.origins]}  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept-Language"
    return response


def language_of(request: HttpRequest) -> str:
    """What the shop's page asks for (`lang`), else the browser's wish. No cookie is asked."""
    wishes = [request.GET.get("lang", "").lower()]
    wishes += [name for name, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for wish in wishes:
        if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}", wish):
            continue
        if wish == "zh" or wish.startswith("zh-"):
            return "zh-hans"
        try:
            return get_supported_language_variant(wish)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
