"""Identity signed by a shop's server: a JWT, HS256 and nothing else, short-lived, good once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Forbidden
from livechat.widget.keys import key_of
from livechat.widget.models import SpentPass, WidgetSecret, WidgetSite

LIFE = timedelta(seconds=300)  # exp is at most so far away
SKEW = timedelta(seconds=60)  # two machines' clocks
LONGEST = 4096
NEEDED = ["aud", "sub", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What the shop says: its own id for the customer, and how to call them."""

    external_id: str
    name: str
    email: str


class BadIdentity(Forbidden):
    """One answer for whatever is wrong with it; `why` is for the shop's developer."""

    code = "bad_identity"

    def __init__(self, why: str) -> None:
        super().__init__(_("The shop's word for who you are is not good (any more)."), why=why)


def read(site: WidgetSite, token: object) -> Claims:
    """Check an identity and spend its jti. Raises BadIdentity (`why`): format, algorithm, kid, signature, missing,
    audience, time, replayed, value.

    RFC 7519 and RFC 8725: the algorithm is pinned, the key is named, the token is for one audience and good once.
    """
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
        raise BadIdentity("format")
    told = _verified(token, _key(site, token), site.key)
    at = now()
    expires = _check_times(told, at)
    claims = _claims(told)
    _spend(site, told["jti"], expires)
    return claims


def _key(site: WidgetSite, token: str) -> str:
    try:
        head = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise BadIdentity("format") from None
    if head.get("alg") != "HS256":
        raise BadIdentity("algorithm")
    kid = head.get("kid")
    live = WidgetSecret.objects.filter(site=site, retired_at=None).select_related("site")
    found = live.filter(kid=kid).first() if isinstance(kid, str) and len(kid) <= 40 else None
    if found is None:
        raise BadIdentity("kid")
    return key_of(found)


def _verified(token: str, key: str, audience: str) -> dict[str, Any]:
    """Times are checked by `_check_times`, on the house's own clock."""
    options: Any = {"require": NEEDED, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        return jwt.decode(token, key, algorithms=["HS256"], audience=audience, options=options)
    except jwt.InvalidAudienceError:
        raise BadIdentity("audience") from None
    except jwt.MissingRequiredClaimError:
        raise BadIdentity("missing") from None
    except jwt.InvalidSignatureError:
        raise BadIdentity("signature") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise BadIdentity("format") from None


def _check_times(told: dict[str, Any], at: datetime) -> datetime:
    issued, expires = _instant(told["iat"]), _instant(told["exp"])
    too_long = expires - issued > LIFE or expires - at > LIFE + SKEW
    if too_long or issued > at + SKEW or expires <= at - SKEW or _not_yet(told, at):
        raise BadIdentity("time")
    return expires


def _not_yet(told: dict[str, Any], at: datetime) -> bool:
    return "nbf" in told and _instant(told["nbf"]) > at + SKEW


def _instant(raw: Any) -> datetime:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw < 32_503_680_000:
        raise BadIdentity("time")
    return datetime.fromtimestamp(raw, UTC)


def _claims(told: dict[str, Any]) -> Claims:
    sub, jti = told["sub"], told["jti"]
    for value in (sub, jti):
        if not isinstance(value, str) or not 0 < len(value.strip()) <= 100 or not value.isprintable():
            raise BadIdentity("value")
    if not isinstance(told["aud"], str):
        raise BadIdentity("audience")  # a list would be good for others too
    return Claims(sub.strip(), label(told.get("name"), 100), label(told.get("email"), 254))


def label(raw: object, most: int) -> str:
    """A name or an address as a label: one line of text, cut; blank for anything else."""
    if not isinstance(raw, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in raw[: most * 4]).split())[:most]


def _spend(site: WidgetSite, jti: str, expires: datetime) -> None:
    digest = hashlib.sha256(jti.encode()).hexdigest()
    try:
        with transaction.atomic():
            SpentPass.objects.create(site=site, digest=digest, expires_at=expires + 2 * SKEW)
    except IntegrityError:
        raise BadIdentity("replayed") from None
