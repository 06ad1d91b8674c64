"""Who is at the other end of a socket, and whether they still are."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from accounts import actions as accounts
from accounts.models import User
from accounts.queries import actor_for
from core import live
from core.actors import Actor
from core.db import retrying
from core.errors import Forbidden
from livechat.widget.access import actor_of, still, visitor_of
from livechat.widget.models import Visitor


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person on one session of a browser; or a widget's visitor, by their access."""

    user_id: int
    session_key: str
    person: str  # public id
    actor: Actor
    visitor: tuple[int, int] | None = None  # a visitor and the generation of their token

    @property
    def group(self) -> str:
        """Where it is told that this log-in, or this visitor's token, ended."""
        return live.group("visitor", self.visitor[0]) if self.visitor else live.group("user", self.user_id)


def identify(ticket: str) -> Identity | None:
    """Trade a single-use ticket; None when it is unknown, used, expired, or its session has ended.

    Raises Forbidden for a log-in that may do nothing here (any more).
    """
    redeemed = retrying(accounts.redeem_live_ticket, secret=ticket)
    if redeemed is None:
        return None
    user, session_key = redeemed
    return _identity(user, session_key)


def identify_visitor(access: str) -> Identity | None:
    """A widget's visitor by the access that their token was traded for; None when it is not good (any more)."""
    found = visitor_of(access)
    return None if found is None else _visitor(found)


def _visitor(found: Visitor) -> Identity:
    return Identity(0, "", found.person.public_id, actor_of(found), (found.pk, found.generation))


def renew(identity: Identity) -> Identity | None:
    """The same person with the rights of now; None once signed out or given a new password.

    Raises Forbidden once their access was ended.
    """
    if identity.visitor is not None:
        found = still(*identity.visitor)
        return None if found is None else _visitor(found)
    user = User.objects.select_related("person").filter(pk=identity.user_id).first()
    return None if user is None else _identity(user, identity.session_key)


def _identity(user: User, session_key: str) -> Identity | None:
    if not _is_signed_in(user, session_key):
        return None
    actor = actor_for(user)
    if not actor.is_known:
        raise Forbidden
    return Identity(user.pk, session_key, user.person.public_id, actor)


def _is_signed_in(user: User, session_key: str) -> bool:
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    known = str(session.get(HASH_SESSION_KEY, ""))
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return session.get(SESSION_KEY) == str(user.pk) and any(
        constant_time_compare(known, one) for one in hashes
    )
