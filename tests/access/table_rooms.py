"""What forms post and fragments of the rooms. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from typing import Any

from tests.access.notation import GET, POST, Row
from tests.access.table_api import QUESTION
from tests.access.world import World, upload

EVERYBODY = "200"
SIGNED_IN = "in 200 200 200 200 200 200 200"
# Words of a visitor are kept and wait behind the sign-in ("in"); a press of a button alone is 401.
SAID_BY_ALL = "in 404 302 302 404 404 302 302"
SAID_BY_DESK = "in 404 403 302 404 404 302 302"
DONE_BY_ALL = "401 404 302 302 404 404 302 302"
DONE_BY_DESK = "401 404 403 302 404 404 302 302"


def one_file(world: World) -> dict[str, Any]:
    return {"file": upload()}


def chat(world: World) -> dict[str, Any]:
    return {"team": "orderhelp", "body": "Hello?", "order": world.of["order"]["public_id"]}


T = "t/<slug:public_id>/"
O = "o/<str:public_id>/"  # noqa: E741
STAFF_DO = "401 404 403 302 302 302 302 302"

ROWS = [
    # Tickets
    Row(GET, "t/promise/", EVERYBODY, query={"category": "order"}),
    Row(
        GET,
        "t/promise/",
        "404 404 200 200 200 200 200 200",
        why="on the buyer's order",
        query=lambda world: {"category": "order", "order": world.of["order"]["public_id"]},
    ),  # fmt: skip
    Row(POST, "t/files/", "401 201 201 201 201 201 201 201", body=one_file),
    Row(POST, T + "files/", "401 404 201 201 404 404 201 201", at="ticket", body=one_file),
    Row(GET, "t/files/<slug:public_id>/", "404 404 200 200 404 404 200 200", at="file"),
    Row(
        GET, "t/files/<slug:public_id>/", "404 404 404 200 404 404 200 200", at="staff file", why="of a note"
    ),
    Row(
        GET,
        "t/files/<slug:public_id>/",
        "404 404 200 404 404 404 404 404",
        at="free file",
        why="not sent yet",
    ),
    Row(GET, T + "reply/", "in 404 200 200 404 404 200 200", at="ticket"),
    Row(POST, T + "reply/", SAID_BY_ALL, at="ticket", body={"body": "And what now?"}),
    Row(POST, T + "reply/", SAID_BY_DESK, at="ticket", body={"body": "Hm.", "kind": "note"}, why="as a note"),
    Row(POST, T + "note/", SAID_BY_DESK, at="ticket", body={"body": "Ask them."}),
    Row(POST, T + "status/", DONE_BY_DESK, at="ticket", body={"status": "waiting"}, why="park"),
    Row(POST, T + "status/", DONE_BY_ALL, at="ticket", body={"status": "solved", "sure": "1"}, why="solve"),
    Row(POST, T + "assign/", DONE_BY_DESK, at="ticket", body=lambda w: {"assignee": w.public_id("agent")}),
    Row(POST, T + "take/", DONE_BY_DESK, at="ticket"),
    Row(POST, T + "priority/", DONE_BY_DESK, at="ticket", body={"priority": "high"}),
    Row(POST, T + "category/", DONE_BY_DESK, at="ticket", body={"category": "logistics"}),
    Row(POST, T + "escalate/", DONE_BY_DESK, at="ticket", body=dict(QUESTION)),
    Row(POST, T + "answer/", "401 404 403 403 404 302 302 302", at="asked", body={"answer": "Yes, it can."}),
    Row(
        POST,
        T + "answer/",
        "401 404 403 403 404 302 302 302",
        at="asked",
        why="to the buyer",
        body={"answer": "Yes, it can.", "send_to_buyer": "on"},
    ),  # fmt: skip
    Row(POST, T + "return/", "401 404 403 403 404 302 302 302", at="asked", body={"words": "Not ours."}),
    Row(POST, T + "escalation/accept/", "401 404 403 403 404 302 302 302", at="asked"),
    Row(
        POST,
        T + "escalation/ask-back/",
        "401 404 403 403 404 302 302 302",
        at="asked",
        body={"words": "Which?"},
    ),
    Row(POST, T + "escalation/tell/", "401 404 403 409 404 409 409 409", at="asked", body={"words": "Blue."}),
    Row(
        POST,
        T + "escalation/pass-up/",
        "401 404 403 403 404 302 302 302",
        at="asked",
        body={"words": "Costs money.", "to_team": "managers"},
    ),  # fmt: skip
    Row(
        POST,
        T + "article/",
        "401 404 403 400 404 400 400 400",
        at="asked",
        body={"title": "Glazing", "category": "returns"},
        why="nothing answered yet",
    ),  # fmt: skip
    Row(POST, T + "rate/", "401 404 302 403 404 404 403 403", at="solved", body={"score": "5"}),
    # Orders
    Row(
        POST,
        "o/<str:public_id>/cancel/",
        "401 404 302 302 302 302 302 302",
        at="order",
        body={"reason": "The wrong size."},
    ),  # fmt: skip
    Row(
        POST,
        O + "propose/",
        STAFF_DO,
        at="order",
        body={"kind": "later", "words": "Late.", "date": "2026-12-30"},
    ),
    Row(POST, O + "note/", STAFF_DO, at="order", body={"words": "Called the carrier."}),
    Row(POST, O + "security/clear/", STAFF_DO, at="order", body={"words": "A gift for each guest."}),
    Row(POST, O + "resend/", STAFF_DO, at="delivered", body={"words": "One mug, it broke."}),
    Row(
        POST,
        "o/changes/<str:public_id>/answer/",
        "401 404 302 403 403 403 403 403",
        at="proposal",
        body={"yes": "0"},
    ),  # fmt: skip
    Row(POST, "o/changes/<str:public_id>/withdraw/", STAFF_DO, at="proposal"),
    # Answers
    Row(GET, "a/suggest/", EVERYBODY, query={"q": "how to return"}),
    Row(POST, "a/<slug:slug>/feedback/", "302", at="article", body={"helpful": "yes"}),
    Row(
        POST,
        "a/<slug:slug>/feedback/",
        "404 404 404 302 302 302 302 302",
        at="draft",
        body={"helpful": "yes"},
        why="a draft",
    ),
    # Chats
    Row(POST, "live/start/", "401 404 302 403 403 403 403 403", body=chat, before="end"),
    Row(POST, "live/start/", "401 404 409 403 403 403 403 403", body=chat, why="a second"),
    Row(POST, "live/<str:session>/accept/", "401 404 404 302 404 404 302 302", at="chat"),
    Row(POST, "live/<str:session>/end/", "401 404 302 403 404 404 302 302", at="chat", why="waiting"),
    Row(POST, "live/<str:session>/end/", DONE_BY_ALL, at="chat", before="accept", why="going on"),
    # Machines and mails
    Row(GET, "demo/mail/", "404"),
    Row(GET, "demo/mail/", EVERYBODY, settings={"DEMO": True}, why="in demo mode"),
]
