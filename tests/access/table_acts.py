"""What can be done to a ticket beside talking. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from typing import Any

from tests.access.notation import GET, POST, Row
from tests.access.world import World

T = "t/<slug:public_id>/"
C = "console/t/<int:number>/"
BY_DESK = "401 404 403 302 404 404 302 302"
BY_ALL = "401 404 302 302 404 404 302 302"
SHOWN = "in 404 404 200 404 404 200 200"
# What a buyer said, and what the agent noted.
ASKED = {"stream": "public", "seq": "2"}


def noted(world: World) -> dict[str, Any]:
    return {**world.of["noted"]["form"], "words": "In other words."}


ROWS = [
    Row(POST, T + "tags/", BY_DESK, at="ticket", body={"add": "wrong-size"}),
    Row(POST, T + "watch/", BY_DESK, at="ticket", body={"on": "1"}),
    Row(POST, T + "copies/", BY_ALL, at="ticket", body={"add": "mother@example.com"}),
    Row(POST, T + "merge/", BY_DESK, at="ticket", body=lambda w: {"target": w.of["asked"]["number"]}),
    Row(POST, T + "unmerge/", BY_DESK, at="ticket", before="merge"),
    Row(POST, T + "unmerge/", "401 404 404 404 404 404 404 404", at="ticket", why="never merged"),
    Row(
        POST,
        T + "split/",
        BY_DESK,
        at="ticket",
        body={**ASKED, "subject": "Another matter", "category": "order"},
    ),
    Row(POST, T + "follow-up/", "401 404 409 409 404 404 409 409", at="ticket", body={"words": "Once more."}),
    Row(POST, T + "follow-up/", BY_ALL, at="ticket", before="close", body={"words": "Once more."}, why="closed"),
    Row(POST, T + "problem/", BY_DESK, at="ticket", body=lambda w: {"on": "1", "problem": w.of["asked"]["number"]}),
    Row(POST, T + "spam/", BY_DESK, at="ticket", body={"on": "1"}),
    Row(POST, T + "amend/", "401 404 404 302 404 404 403 403", at="ticket", body=noted),
    Row(POST, T + "redact/", BY_DESK, at="ticket", body={**ASKED, "whole": "1", "reason": "card"}),
    Row(POST, T + "redact/", "401 404 400 400 404 404 400 400", at="ticket", body={**ASKED, "reason": "card"}, why="nothing"),
    Row(
        POST,
        T + "redact/",
        BY_DESK,
        at="ticket",
        body=lambda w: {"file": w.of["file"]["public_id"], "reason": "asked"},
        why="a file",
    ),
    Row(
        POST,
        T + "hand-over/",
        BY_DESK,
        at="ticket",
        body=lambda w: {"assignee": w.public_id("manager"), "words": "The carrier calls back at noon."},
    ),
    # The console's dialogs
    *(Row(GET, C + "act/<slug:what>/", SHOWN, at=f"act {what}", why=what) for what in ("tags", "merge", "hand")),
    Row(GET, C + "merge-preview/", SHOWN, at="ticket", query={"target": "1"}),
    Row(GET, C + "said/<slug:kind>/<int:seq>/", SHOWN, at="said"),
]  # fmt: skip
