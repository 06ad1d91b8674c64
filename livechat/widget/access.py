"""A visitor's two tokens: one of 256 bits that stays in the browser, and the access that it is traded for."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.core import signing

from accounts.queries import actor_of_person
from accounts.tokens import digest_of
from core.actors import Actor
from livechat.widget.models import Visitor, WidgetSite

ACCESS_LIFE = timedelta(minutes=15)
SALT = "livechat.widget.access"
# What an access may do at doors of the contract that let visitors in; none of the others knows it.
SCOPES = frozenset({"chats:read", "chats:write"})


def new_token() -> tuple[str, str]:
    """A token of 256 bits and its digest, which is all that is kept."""
    token = secrets.token_urlsafe(32)
    return token, digest_of(token)


def visitor_by_token(site: WidgetSite, token: object) -> Visitor | None:
    """Whose token this is on this site; None when unknown, replaced or ended."""
    if not isinstance(token, str) or not 40 <= len(token) <= 60:
        return None
    rows = Visitor.objects.filter(site=site, digest=digest_of(token), ended_at=None)
    return rows.select_related("site", "person").first()


def issue(visitor: Visitor) -> str:
    """Access for 15 minutes, signed; it ends sooner when the visitor's token is replaced."""
    return signing.dumps([visitor.pk, visitor.generation], salt=SALT)


def visitor_of(access: str) -> Visitor | None:
    """Who holds this access now; None when forged, expired, replaced, or the site is switched off."""
    try:
        pk, generation = signing.loads(access, salt=SALT, max_age=ACCESS_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return still(pk, generation)


def still(pk: int, generation: int) -> Visitor | None:
    """The visitor while this generation of their token is good."""
    rows = Visitor.objects.filter(pk=pk, generation=generation, ended_at=None, site__is_on=True)
    return rows.select_related("site", "person").first()


def actor_of(visitor: Visitor) -> Actor:
    """A guest: sees the tickets and chats of this visitor's person, and nothing else of anybody's."""
    return actor_of_person(visitor.person, None, SCOPES)
