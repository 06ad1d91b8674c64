"""The widget in the world of the table."""

from __future__ import annotations

from accounts.models import Person
from livechat.widget.actions import make_secret, save_site
from tests.factories import actor, make_team


def widget_site(manager: Person) -> dict[str, str]:
    """One site of the shop with one key: what fills its routes."""
    make_team("webshop", calendar="always", takes_chat=True)
    site = save_site(
        actor=actor(manager),
        key=None,
        name="Shop",
        store="us",
        team="webshop",
        category="product",
        origins=["https://shop.example"],
    )
    secret, _words = make_secret(actor=actor(manager), key=site.key)
    return {"key": site.key, "kid": secret.kid, "public_id": "zzzzzzzzzzzzzzzz"}
