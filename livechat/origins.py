"""Which pages may open a socket: those of this very address, compared in full."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def is_allowed(scope: dict[str, Any]) -> bool:
    """Whether the handshake's Origin is ours: the host it came to, or one that the settings name.

    No Origin at all is refused too: every browser sends one.
    """
    headers = dict(scope.get("headers", ()))
    origin = _text(headers, b"origin").lower()
    if not origin:
        return False
    named = {one.lower().rstrip("/") for one in (settings.PUBLIC_URL, *settings.CSRF_TRUSTED_ORIGINS)}
    return origin in named or origin == _own(headers)


def address_of(scope: dict[str, Any]) -> str:
    """The network address at the other end; behind proxies of ours, the one that they name. Blank when unknown."""
    proxies = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0)
    named = _text(dict(scope.get("headers", ())), b"x-forwarded-for").split(",")
    if proxies and len(named) >= proxies and named[-proxies].strip():
        return named[-proxies].strip()
    return str((scope.get("client") or [""])[0])


def _own(headers: dict[bytes, bytes]) -> str | None:
    host = _text(headers, b"host").lower()
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    return f"{'https' if _is_secure(headers) else 'http'}://{host}"


def _is_secure(headers: dict[bytes, bytes]) -> bool:
    if not settings.SECURE_PROXY_SSL_HEADER:
        return False
    name, secure = settings.SECURE_PROXY_SSL_HEADER
    header = name.removeprefix("HTTP_").replace("_", "-").lower().encode()
    return _text(headers, header).split(",")[0].strip() == secure


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin1").strip()
