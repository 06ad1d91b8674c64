"""What is written and not sent yet, and macros. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from typing import Any

from tests.access.notation import GET, POST, Row
from tests.access.world import World

T = "t/<slug:public_id>/"
M = "console/macros/"
WRITERS = "401 404 200 200 404 404 200 200"
LOOKERS = "401 404 204 204 404 404 204 204"
DESK = "401 404 403 200 404 404 200 200"
STAFF_PAGE = "in 404 404 200 200 200 200 200"
MANAGERS_KEEP = "401 404 404 403 403 403 302 302"
KEY = "6f0c7d9e-3c1d-4d0a-9a7e-2b1f7c5d4e3a"


def another(world: World) -> dict[str, Any]:
    return {"kind": "reply", "body": "It goes on.", "version": "0"}


ROWS = [
    Row(GET, T + "draft/", WRITERS, at="ticket"),
    Row(POST, T + "draft/", WRITERS, at="ticket", body=another),
    Row(POST, T + "send/", DESK, at="ticket", body={"body": "It goes out today.", "client_id": KEY}),
    Row(POST, T + "held/<slug:held>/back/", "401 404 403 302 404 404 404 404", at="held"),
    Row(POST, T + "here/", LOOKERS, at="ticket"),
    Row(POST, T + "here/", LOOKERS, at="ticket", body={"writes": "1"}, why="writes"),
    Row(GET, "t/colleagues/", "401 403 403 200 200 200 200 200"),
    Row(GET, T + "macros/", DESK, at="ticket"),
    Row(GET, T + "macros/<int:macro_id>/", DESK, at="macro"),
    Row(POST, T + "macros/<int:macro_id>/", "401 404 403 204 404 404 204 204", at="macro"),
    Row(GET, "console/sending/", STAFF_PAGE),
    Row(GET, "console/t/<int:number>/others/", "in 404 404 200 404 404 200 200", at="ticket"),
    Row(GET, M, STAFF_PAGE),
    Row(GET, M + "new/", STAFF_PAGE),
    Row(POST, M + "new/", "401 404 404 302 302 302 302 302", body={"name": "Thanks", "body": "Thank you."}),
    Row(GET, M + "<int:macro_id>/", STAFF_PAGE, at="macro"),
    Row(
        POST,
        M + "<int:macro_id>/",
        MANAGERS_KEEP,
        at="macro",
        body={"name": "N", "body": "B", "shared": "all"},
    ),
    Row(POST, M + "<int:macro_id>/retire/", MANAGERS_KEEP, at="macro"),
]
