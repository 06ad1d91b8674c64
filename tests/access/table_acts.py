"""What can be done to a ticket beside talking. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from typing import Any

from tests.access.notation import DELETE, GET, POST, PUT, Row
from tests.access.world import World
from tests.access.world_work import ACTS

T = "t/<slug:public_id>/"
C = "console/t/<int:number>/"
BY_DESK = "401 404 403 302 404 404 302 302"
BY_ALL = "401 404 302 302 404 404 302 302"
SHOWN = "in 404 404 200 404 404 200 200"
TIMELINE = frozenset({"tickets_message", "tickets_stream"})  # who took the ticket along
# What a buyer said, and what the agent noted.
ASKED = {"stream": "public", "seq": "2"}


def noted(world: World) -> dict[str, Any]:
    return {**world.of["noted"]["form"], "words": "In other words."}


V = "api/v1/"
N = V + "tickets/<int:number>/"
API_DESK = "401 404 403 200 404 404 200 200"
API_ALL = "401 404 200 200 404 404 200 200"
API_MADE = "401 404 403 201 404 404 201 201"
STAFF = "401 403 403 200 200 200 200 200"
STAFF_MADE = "401 403 403 201 201 201 201 201"
HERS = "401 403 403 200 404 404 404 404"  # the agent's own
SHARED = "401 403 403 403 403 403 200 200"  # a manager's to change
MACRO = {"name": "Thanks", "body": "Thank you, {{ buyer.first_name }}."}
VIEW = {"name": "Late", "filters": {"sla": ["late"]}}


def named(world: World) -> dict[str, Any]:
    return {"ticket": str(world.of["asked"]["number"])}


def noted_api(world: World) -> dict[str, Any]:
    return {**world.of["noted"]["form"], "body": "In other words."}


def one_ticket(world: World) -> dict[str, Any]:
    return {"tickets": [world.of["ticket"]["public_id"]], "change": {"priority": "high"}}


API = [
    Row(GET, N + "links/", API_DESK, at="ticket"),
    Row(POST, N + "tags/", API_DESK, at="ticket", body={"add": ["wrong-size"]}),
    Row(POST, N + "watch/", API_DESK, at="ticket", body={"on": True}),
    Row(POST, N + "copies/", API_ALL, at="ticket", body={"add": ["mother@example.com"]}),
    Row(POST, N + "spam/", API_DESK, at="ticket", body={"on": True}),
    Row(GET, N + "merge/", API_DESK, at="ticket", query=named),
    Row(POST, N + "merge/", API_DESK, at="ticket", body=named),
    Row(DELETE, N + "merge/", API_DESK, at="ticket", before="merge"),
    Row(POST, N + "split/", API_MADE, at="ticket", body={"seq": 2, "subject": "Another matter", "category": "order"}),
    Row(POST, N + "follow-up/", "401 404 201 201 404 404 201 201", at="ticket", before="close", body={"body": "Once more."}),
    Row(POST, N + "problem/", API_DESK, at="ticket", body=named),
    Row(DELETE, N + "problem/", "401 404 403 404 404 404 404 404", at="ticket", query=named, why="never linked"),
    Row(POST, N + "amend/", "401 404 404 200 404 404 403 403", at="ticket", body=noted_api),
    Row(POST, N + "redact/", API_DESK, at="ticket", body={"seq": 2, "whole": True, "reason": "card"}),
    Row(POST, N + "redact/", API_DESK, at="ticket", body=lambda w: {"file": w.of["file"]["public_id"], "reason": "asked"}, why="a file"),
    Row(POST, N + "hand-over/", API_DESK, at="ticket", body=lambda w: {"assignee": w.public_id("manager"), "words": "The carrier calls."}),
    Row(GET, N + "export/", API_ALL, at="ticket", leaves=TIMELINE),
    Row(GET, N + "draft/", API_ALL, at="ticket"),
    Row(PUT, N + "draft/", API_ALL, at="ticket", body={"body": "Not yet", "version": 0}),
    Row(POST, N + "send/", "401 404 403 202 404 404 202 202", at="ticket", body={"body": "It leaves today.", "client_id": "6f1c2c1e-8d54-4a0b-9f5b-0a2f4f1f3b11"}),
    Row(POST, V + "held/<str:public_id>/take-back/", "401 404 404 200 404 404 404 404", at="held reply"),
    Row(GET, N + "macros/<int:macro>/", "401 403 403 200 404 404 200 200", at="kept macro"),
    Row(POST, N + "mentions/seen/", "401 403 403 200 404 404 200 200", at="ticket"),
    Row(GET, V + "macros/", STAFF),
    Row(POST, V + "macros/", STAFF_MADE, body=MACRO),
    Row(POST, V + "macros/", "401 403 403 403 403 403 201 201", body={**MACRO, "shared": "all"}, why="for all"),
    Row(PUT, V + "macros/<int:macro>/", SHARED, at="kept macro", body={**MACRO, "shared": "all"}),
    Row(DELETE, V + "macros/<int:macro>/", "401 403 403 403 403 403 204 204", at="kept macro"),
    Row(GET, V + "views/", STAFF),
    Row(POST, V + "views/", STAFF_MADE, body=VIEW),
    Row(PUT, V + "views/<int:view>/", SHARED, at="view", body={**VIEW, "shared": "all"}),
    Row(DELETE, V + "views/<int:view>/", "401 403 403 403 403 403 204 204", at="view"),
    Row(GET, V + "views/<int:view>/tickets/", STAFF, at="view"),
    Row(POST, V + "bulk/", "401 403 403 202 202 202 202 202", body=one_ticket),
    Row(GET, V + "bulk/<str:public_id>/", HERS, at="bulk"),
    Row(POST, V + "bulk/<str:public_id>/undo/", "401 403 403 409 404 404 404 404", at="bulk", why="still going on"),
    Row(GET, V + "tickets/search/", "401 200 200 200 200 200 200 200", query={"q": "hard"}),
    Row(GET, V + "mentions/", STAFF),
    Row(GET, V + "flags/", STAFF),
    Row(POST, V + "flags/<int:flag>/", "401 403 403 404 404 404 200 200", at="flag", body={"state": "fine"}),
]  # fmt: skip
ROWS = [
    *API,
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
    Row(GET, T + "export/", "in 404 200 200 404 404 200 200", at="ticket", leaves=TIMELINE),
    # The console's dialogs
    *(Row(GET, C + "act/<slug:what>/", SHOWN, at=f"act {what}", why=what) for what in ACTS),
    Row(GET, C + "merge-preview/", SHOWN, at="ticket", query={"target": "1"}),
    Row(GET, C + "said/<slug:kind>/<int:seq>/", SHOWN, at="said"),
]  # fmt: skip
