"""What a shop's page loads, who may frame it, and the managers' pages."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from core.errors import Forbidden, Invalid
from livechat.widget import actions
from livechat.widget.actions.sites import clean_origin
from livechat.widget.models import WidgetSite
from tests.factories import log_in
from tests.widget.world import SHOP, World

STATIC = Path(__file__).resolve().parent.parent.parent / "helpdesk" / "static" / "helpdesk" / "widget"
FRAME = ("frame", "talk", "start", "answers", "files", "desk", "keep", "bridge", "dom")


def policy(response: Any) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: words for name, _space, words in parts}


def test_only_the_shops_own_origins_may_frame_it(world: World) -> None:
    response = Client().get(f"/widget/{world.site.key}/")
    assert policy(response)["frame-ancestors"] == f"'self' {SHOP}"
    assert "X-Frame-Options" not in response
    assert "'unsafe" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    WidgetSite.objects.update(origins=["https://other.example"])
    assert (
        policy(Client().get(f"/widget/{world.site.key}/"))["frame-ancestors"]
        == "'self' https://other.example"
    )


def test_a_site_that_is_switched_off_is_not_there(world: World) -> None:
    WidgetSite.objects.update(is_on=False)
    response = Client().get(f"/widget/{world.site.key}/")
    assert response.status_code == 404
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("lang", "header", "told"),
    [("es", "", "es"), ("zh", "", "zh-hans"), ("zh-CN", "", "zh-hans"), ("", "es-MX,en;q=0.5", "es"),
     ("xx", "zh-TW", "zh-hans"), ("../../x", "", "en"), ("en", "es", "en"), ("", "", "en")],
)  # fmt: skip
def test_languages_by_the_page_or_the_browser(world: World, lang: str, header: str, told: str) -> None:
    client = Client()
    client.cookies["django_language"] = "es" if told == "en" else "en"
    page = client.get(f"/widget/{world.site.key}/", {"lang": lang}, headers={"Accept-Language": header})
    assert f'<html lang="{told}"' in page.content.decode()


def test_the_script_is_for_others_to_load() -> None:
    response = Client().get("/widget.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=300" in response["Cache-Control"]
    again = Client().get("/widget.js", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    text = response.content.decode()
    assert "eval(" not in text
    assert "innerHTML" not in text
    assert not re.search(r"postMessage\([^;]*\"\*\"", text)


@override_settings(SHOP_ACCENT="#aa0044")
def test_the_launcher_has_the_shops_accent() -> None:
    text = Client().get("/widget.js").content.decode()
    assert "--accent: #aa0044;" in text
    assert "#0f6b5c" not in text


def test_own_script_is_small() -> None:
    """Loader and frame together, each file compressed as it is served: at most 30 KB."""
    names = ("loader", *FRAME)
    sizes = {name: len(gzip.compress((STATIC / f"{name}.js").read_bytes(), 9)) for name in names}
    assert sum(sizes.values()) <= 30 * 1024, sizes
    assert sizes["loader"] <= 6 * 1024


@pytest.mark.parametrize("name", ("loader", *FRAME))
def test_words_go_in_as_text(name: str) -> None:
    text = (STATIC / f"{name}.js").read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )
    assert not re.search(r"postMessage\([^;]*[\"']\*[\"']", text)


@pytest.mark.parametrize(
    ("raw", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example:443/ ", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("https://[::1]:8000", "https://[::1]:8000"),
        ("http://shop.example", None),
        ("https://*.example", None),
        ("https://shop.example/path", None),
        ("https://shop.example?x", None),
        ("https://user@shop.example", None),
        ("https://shop.example; script-src *", None),
        ("https://shop.example\nhttps://x", None),
        ("null", None),
        ("*", None),
        ("data:text/html,x", None),
        ("https://", None),
        ("https://shop_.example", None),
        ("https://shop.example:99999", None),
    ],
)
def test_origins_are_exact(raw: str, origin: str | None) -> None:
    assert clean_origin(raw) == origin


def test_what_is_wrong_with_a_site_is_said_for_each_field(world: World) -> None:
    with pytest.raises(Invalid) as found:
        actions.save_site(
            actor=world.manager, key=None, name=" ", store="no", team="orderhelp", category="no",
            origins=["ftp://x"],
        )  # fmt: skip
    assert set(found.value.fields) == {"name", "store", "team", "category", "origins"}
    with pytest.raises(Forbidden):
        actions.save_site(
            actor=world.agent,
            key=None,
            name="x",
            store="us",
            team="webshop",
            category="product",
            origins=[SHOP],
        )


def test_a_site_saved_again_as_it_is_records_nothing(world: World) -> None:
    before = world.site.changes.count()
    fields: dict[str, Any] = {"name": "Minato Lane", "store": "us", "team": "webshop", "category": "product"}
    actions.save_site(actor=world.manager, key=world.site.key, origins=[SHOP], **fields)
    assert world.site.changes.count() == before
    actions.save_site(actor=world.manager, key=world.site.key, origins=[SHOP, "https://b.example"], **fields)
    last = world.site.changes.order_by("-pk").first()
    assert last is not None
    assert (last.verb, last.by_id, list(last.data)) == ("changed", world.house.manager.pk, ["origins"])


def test_managers_copy_the_line_and_see_a_key_once(world: World, client: Client) -> None:
    log_in(client, world.house.manager)
    page = client.get(f"/rules/widget/{world.site.key}/").content.decode()
    assert f"data-shop=&quot;{world.site.key}&quot;" in page or f'data-shop="{world.site.key}" async' in page
    assert world.key not in page
    made = client.post(f"/rules/widget/{world.site.key}/secrets/")
    assert made["Cache-Control"] == "no-store"
    kids = list(world.site.secrets.values_list("kid", flat=True))
    assert all(kid in made.content.decode() for kid in kids)
    again = client.post(f"/rules/widget/{world.site.key}/secrets/")
    assert again.status_code == 409
    retired = client.post(f"/rules/widget/{world.site.key}/secrets/{kids[0]}/retire/")
    assert retired.status_code == 302
    typed = {
        "name": "",
        "store": "us",
        "team": "webshop",
        "category": "product",
        "origins": "http://x.example",
    }
    refused = client.post(f"/rules/widget/{world.site.key}/", typed)
    assert refused.status_code == 400
    assert "http://x.example" in refused.content.decode()
    saved = client.post(
        "/rules/widget/new/", {**typed, "name": "Second", "origins": "https://x.example", "is_on": "on"}
    )
    assert saved.status_code == 302
    assert "Second" in client.get("/rules/widget/").content.decode()
