"""The widget. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin.

A visitor's doors know no session and no machine's token: whoever is signed in here is nobody there.
"""

from __future__ import annotations

from typing import Any

from tests.access.notation import DELETE, GET, POST, PUT, Row
from tests.access.world import World, upload

V1 = "api/v1/"
W = V1 + "widget/<slug:key>/"
S = V1 + "widget-sites/"
R = "rules/widget/"
MANAGERS = "401 403 403 403 403 403 200 200"
MADE = "401 403 403 403 403 403 201 201"
PAGES = "in 403 403 403 403 403 200 200"
DONE = "401 403 403 403 403 403 302 302"
FIRST = {"body": "Is it made of iron?", "client_id": "0b9d3c52-6a0e-4d27-9f6e-3d2a5d9b6c11"}
WHICH = {"ticket": "zzzzzzzzzzzzzzzz"}


def same(answer: str) -> dict[str, str]:
    """Machines' tokens change nothing here."""
    return dict.fromkeys(("token", "no_scope", "buyer_token", "revoked"), answer)


def nobody(method: str, path: str, body: Any = None, **more: Any) -> Row:
    """A door that a visitor's access alone opens."""
    return Row(method, W + path, "401", at=more.pop("at", "site"), body=body, tokens=same("401"), **more)


def site(world: World) -> dict[str, Any]:
    fields = {"name": "Shop", "store": "us", "team": "webshop", "category": "product"}
    return {**fields, "origins": ["https://shop.example"]}


def typed(world: World) -> dict[str, Any]:
    return {**site(world), "origins": "https://shop.example", "is_on": "on"}


def file(world: World) -> dict[str, Any]:
    return {"file": upload()}


# What a visitor's token, or nothing at all, opens: a session has no part in it.
TOKEN_DOORS = [
    Row(GET, W, "200", at="site", tokens=same("200")),
    Row(POST, W + "visitors/", "201", at="site", body={"timezone": "Asia/Tokyo"}, tokens=same("201")),
    Row(POST, W + "access/", "401", at="site", body={"token": "a" * 43}, tokens=same("401")),
    Row(POST, W + "identify/", "403", at="site", body={"identity": "a.b.c"}, tokens=same("403")),
    Row(POST, W + "reset/", "204", at="site", body={"token": "a" * 43}, tokens=same("204")),
]
ACCESS_DOORS = [
    nobody(GET, "talk/"),
    nobody(POST, "chats/", FIRST),
    nobody(POST, "tickets/", FIRST),
    nobody(POST, "messages/", {**FIRST, **WHICH}),
    nobody(POST, "end/", WHICH),
    nobody(POST, "mark/", WHICH),
    nobody(POST, "context/", {"context": {"title": "A page"}}),
    nobody(POST, "files/", file, form=True),
    nobody(GET, "files/<slug:public_id>/"),
]
ROWS = [
    *TOKEN_DOORS,
    *ACCESS_DOORS,
    # Managers, by machine and by page
    Row(GET, S, MANAGERS),
    Row(POST, S, MADE, body=site),
    Row(GET, S + "<slug:key>/", MANAGERS, at="site"),
    Row(PUT, S + "<slug:key>/", MANAGERS, at="site", body=site),
    Row(POST, S + "<slug:key>/secrets/", MADE, at="site"),
    Row(DELETE, S + "<slug:key>/secrets/<slug:kid>/", MADE.replace("201", "204"), at="site"),
    Row(GET, R, PAGES),
    Row(GET, R + "new/", PAGES),
    Row(POST, R + "new/", DONE, body=typed),
    Row(GET, R + "<slug:key>/", PAGES, at="site"),
    Row(POST, R + "<slug:key>/", DONE, at="site", body=typed),
    Row(POST, R + "<slug:key>/secrets/", DONE.replace("302", "200"), at="site"),
    Row(POST, R + "<slug:key>/secrets/<slug:kid>/retire/", DONE, at="site"),
    # What shops' pages load; the demo's shop is there in the demo alone
    Row(GET, "widget.js", "200"),
    Row(GET, "widget/<slug:key>/", "200", at="site"),
    Row(GET, "demo/shop/", "404"),
    Row(GET, "demo/shop/identity/", "404"),
]
