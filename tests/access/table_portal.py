"""The portal's pages. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from typing import Any

from tests.access.notation import GET, POST, Row
from tests.access.world import PIXEL, World, upload

EVERYBODY = "200"
SIGNED_IN = "in 200 200 200 200 200 200 200"
OWN_OR_STAFF = "in 404 200 200 200 200 200 200"
OWN_OR_DESK = "in 404 200 200 404 404 200 200"
HOLDER_SEES = "200 200 200 403 403 403 403 403"
HOLDER_DOES = "302 302 302 403 403 403 403 403"
G = "g/<str:token>/"
LETTER = {
    "name": "Zoe",
    "email": "zoe@example.com",
    "category": "order",
    "subject": "A question",
    "body": "Do you ship to Peru?",
}
PROFILE = {"name": "New Name", "language": "en", "timezone": "Asia/Tokyo"}
TICKET = {"category": "order", "subject": "Where is it?", "body": "I wait."}


def one_file(world: World) -> dict[str, Any]:
    return {"file": upload()}


def on_order(world: World) -> dict[str, Any]:
    return {**TICKET, "order": world.of["order"]["public_id"]}


def photo(world: World) -> dict[str, Any]:
    return {"file": upload("mug.png", PIXEL)}


def order(world: World) -> dict[str, Any]:
    return {"order": world.of["order"]["public_id"]}


ROWS = [
    Row(GET, "", EVERYBODY),
    Row(GET, "help/", EVERYBODY),
    Row(GET, "help/search/", EVERYBODY, query={"q": "return"}),
    Row(GET, "help/c/<slug:slug>/", EVERYBODY, at="category"),
    Row(GET, "help/a/<slug:slug>/", EVERYBODY, at="article"),
    Row(GET, "help/a/<slug:slug>/", "404 404 404 200 200 200 200 200", at="draft", why="a draft"),
    Row(GET, "orders/", SIGNED_IN),
    Row(GET, "orders/<str:public_id>/", OWN_OR_STAFF, at="order"),
    Row(GET, "orders/<str:public_id>/state/", OWN_OR_STAFF, at="order"),
    Row(GET, "orders/<str:public_id>/timeline/", OWN_OR_STAFF, at="order"),
    Row(GET, "orders/<str:public_id>/promises/", OWN_OR_STAFF, at="order"),
    Row(GET, "orders/<str:public_id>/cancel/", OWN_OR_STAFF, at="order"),
    Row(
        POST,
        "orders/<str:public_id>/cancel/",
        "401 404 302 302 302 302 302 302",
        at="order",
        body={"reason": "The wrong size."},
    ),  # fmt: skip
    Row(GET, "orders/<str:public_id>/return/", OWN_OR_STAFF, at="delivered"),
    Row(POST, "orders/<str:public_id>/return/", "401 404 400 400 400 400 400 400", at="delivered", body={}),
    Row(
        POST,
        "orders/<str:public_id>/return/photos/",
        "401 404 201 201 201 201 201 201",
        at="delivered",
        body=photo,
    ),
    Row(GET, "returns/<str:public_id>/", OWN_OR_STAFF, at="return"),
    Row(GET, "returns/<str:public_id>/state/", OWN_OR_STAFF, at="return"),
    Row(
        POST,
        "returns/<str:public_id>/withdraw/",
        "401 404 302 403 403 403 403 403",
        at="return",
    ),
    Row(GET, "returns/photos/<str:public_id>/", OWN_OR_STAFF, at="return photo"),
    Row(
        GET,
        "returns/photos/<str:public_id>/",
        "in 404 200 404 404 404 404 404",
        at="free photo",
        why="unsent",
    ),
    Row(
        POST,
        "returns/photos/<str:public_id>/remove/",
        "401 404 302 404 404 404 404 404",
        at="free photo",
    ),
    Row(GET, "tickets/", SIGNED_IN),
    Row(GET, "tickets/new/", "302 200 200 200 200 200 200 200"),
    Row(GET, "tickets/new/", "302 404 200 200 200 200 200 200", query=order, why="on the buyer's order"),
    Row(POST, "tickets/new/", "401 302 302 400 400 400 400 400", body=TICKET),
    Row(POST, "tickets/new/", "401 404 302 400 400 400 400 400", body=on_order, why="on the buyer's order"),
    # Staff are led to the console, where the rest of the ticket stands.
    Row(GET, "tickets/<str:public_id>/", "in 404 200 302 404 404 302 302", at="ticket"),
    Row(GET, "tickets/<str:public_id>/strip/", OWN_OR_DESK, at="ticket"),
    Row(GET, "tickets/<str:public_id>/foot/", OWN_OR_DESK, at="ticket"),
    Row(
        POST,
        "tickets/<str:public_id>/mail/",
        "401 404 302 403 404 404 403 403",
        at="ticket",
        body={"on": "0"},
    ),
    # By a signed link: whoever holds it is the guest, signed in or not; staff speak for nobody.
    Row(GET, G, HOLDER_SEES, at="guest by link"),
    Row(GET, G, "404 404 404 403 403 403 403 403", at="bad link", why="no link of ours"),
    Row(POST, G + "reply/", HOLDER_DOES, at="guest by link", body={"body": "And now?"}),
    Row(POST, G + "reply/", "404 404 404 403 403 403 403 403", at="bad link", why="no link of ours"),
    Row(POST, G + "status/", HOLDER_DOES, at="guest by link", body={"status": "solved"}),
    Row(POST, G + "status/", "403", at="guest by link", body={"status": "waiting"}, why="park"),
    Row(POST, G + "changes/<str:public_id>/", HOLDER_DOES, at="question by link", body={"yes": "1"}),
    Row(POST, G + "files/", "201 201 201 403 403 403 403 403", at="guest by link", body=one_file),
    Row(GET, G + "files/<slug:public_id>/", HOLDER_SEES, at="guest file by link"),
    Row(GET, "g/new/", EVERYBODY),
    Row(POST, "g/new/", EVERYBODY, body={"number": "1", "email": "gus@example.com"}),
    Row(GET, "mark/<str:token>/", HOLDER_SEES, at="mark by link"),
    Row(POST, "mark/<str:token>/", HOLDER_DOES, at="mark by link", body={"score": "5"}),
    Row(GET, "chat/", EVERYBODY),
    Row(GET, "chat/", "in 404 200 200 200 200 200 200", query=order, why="on the buyer's order"),
    Row(GET, "contact/", EVERYBODY),
    Row(POST, "contact/", "302", body=LETTER),
    Row(GET, "contact/thanks/", EVERYBODY),
    Row(GET, "account/", SIGNED_IN),
    Row(POST, "account/", "401 302 302 302 302 302 302 302", body=PROFILE),
    Row(GET, "after-sign-in/", "302"),
    Row(GET, "language/", "302"),  # back to where one came from; only a post chooses
    Row(POST, "language/", "302", body={"language": "es"}),
    Row(GET, "theme.css", EVERYBODY),
    Row(GET, "healthz", EVERYBODY),
    Row(GET, "readyz", EVERYBODY),
]
