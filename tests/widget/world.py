"""A shop whose pages carry the widget, its server, and who writes there."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import jwt

from core.actors import Actor
from core.clock import now
from livechat.widget import actions
from livechat.widget.models import Visitor, WidgetSecret, WidgetSite
from tests.factories import House, actor, make_house, make_team

SHOP = "https://shop.example"


@dataclass
class World:
    """The house, one site on an open desk, and the key that its shop signs with."""

    house: House
    manager: Actor
    agent: Actor
    site: WidgetSite
    secret: WidgetSecret
    key: str

    def token(self, /, sign_with: str = "", head: dict[str, Any] | None = None, **claims: Any) -> str:
        """What the shop's server would sign, with what a test wants otherwise; None leaves a claim out."""
        at = int(now().timestamp())
        told = {"aud": self.site.key, "sub": "c-1", "iat": at, "exp": at + 120, "jti": uuid.uuid4().hex}
        told = {name: value for name, value in {**told, **claims}.items() if value is not None}
        headers = {"kid": self.secret.kid} if head is None else head
        return jwt.encode(told, sign_with or self.key, algorithm="HS256", headers=headers)

    def visitor(self) -> tuple[Visitor, str]:
        return actions.begin(site=self.site)


def build(**fields: Any) -> World:
    house = make_house()
    make_team("webshop", calendar="always", takes_chat=True)
    manager = actor(house.manager)
    made: dict[str, Any] = {
        "name": "Minato Lane",
        "store": house.store.code,
        "team": "webshop",
        "category": "product",
        "origins": [SHOP],
        **fields,
    }
    site = actions.save_site(actor=manager, key=None, **made)
    secret, key = actions.make_secret(actor=manager, key=site.key)
    return World(house, manager, actor(house.agent), site, secret, key)


def soon(seconds: float) -> int:
    return int(time.time() + seconds)
