"""The demo shop's own page carries the widget: its site, its key, and the two addresses of one machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from core.actors import SYSTEM
from helpdesk.demo.house import House
from livechat.widget.actions import make_secret, save_site

NAME = "Minato Lane shop"


def build(built: House) -> None:
    """One site on the desk of first questions, with one key."""
    site = save_site(
        actor=SYSTEM, key=None, name=NAME, store="us", team="presales", category="product", origins=origins()
    )
    make_secret(actor=SYSTEM, key=site.key)


def origins() -> list[str]:
    """Where the demo's shop page may be: on this machine `localhost` is another origin than 127.0.0.1."""
    here = urlsplit(settings.PUBLIC_URL)
    port = f":{here.port}" if here.port else ""
    if here.hostname in ("127.0.0.1", "localhost"):
        return [f"http://{name}{port}" for name in ("localhost", "127.0.0.1")]
    return [f"{here.scheme}://{here.netloc}"]
