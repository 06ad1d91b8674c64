"""The JSON contract. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from typing import Any

from tests.access.notation import DELETE, GET, LIBRARY_ROLES, POST, PUT, Row
from tests.access.world import LATER, World, upload
from tests.access.world_files import CSV

V1 = "api/v1/"
EVERYBODY = "200"
SIGNED_IN = "401 200 200 200 200 200 200 200"
STAFF_ONLY = "401 403 403 200 200 200 200 200"
STAFF_MAKES = "401 403 403 201 201 201 201 201"
STAFF_STARTS = "401 403 403 202 202 202 202 202"
# A thing of the buyer's that every member of staff sees (orders), or the desk's alone (tickets, chats).
OWN_OR_STAFF = "401 404 200 200 200 200 200 200"
OWN_OR_DESK = "401 404 200 200 404 404 200 200"
DESK_ONLY = "401 404 403 200 404 404 200 200"
REPLY = {"kind": "reply", "body": "Where is it now?"}
NOTE = {"kind": "note", "body": "Ask the carrier."}
SAID = {**REPLY, "client_id": "5f0e9f0a-7a0c-4b1c-9d46-0a4f4b5f3c21"}
OPEN = {"category": "order", "subject": "Where is it?", "body": "I wait."}
QUESTION = {
    "question": "Can the parcel be stopped on its way?",
    "checked": "The carrier's page.",
    "to_team": "specialists",
    "promised_for": LATER,
}
ORDER = {
    "email": "shop@example.com",
    "placed_at": "2026-11-01T10:00:00Z",
    "lines": [{"name": "Mug", "quantity": 1, "price": "10.00"}],
    "subtotal": "10.00",
    "total": "10.00",
}
MANAGERS = "401 403 403 403 403 403 200 200"
HOURS = {
    "name": "Tickets",
    "timezone": "America/New_York",
    "windows": [{"weekday": 0, "start": "09:00", "end": "18:00"}],
}
PROMISES = {
    "name": "Urgent",
    "match": {"priority": ["urgent"]},
    "targets": [{"metric": "first_response", "amount": 3600}],
}
NO_MACHINE = {"token": "403", "no_scope": "403", "buyer_token": "403"}


def own_order(world: World) -> dict[str, Any]:
    return {**OPEN, "order": "us:2041"}


def chat(world: World) -> dict[str, Any]:
    return {"team": "orderhelp", "body": "Hello?", "order": world.of["order"]["public_id"]}


def at(world: World) -> dict[str, Any]:
    return {"at": f"{world.of['chat']['stream']}:0", "topic": "me"}


def file(world: World) -> dict[str, Any]:
    return {"store": "us", "file": upload("orders.csv", CSV)}


ROWS = [
    # Signed messages: whoever is logged in, without the signature nobody comes in.
    *(
        Row(POST, V1 + f"hooks/{source}/<slug:store>/", "401", at="shop")
        for source in ("shopify", "woocommerce", "aftership")
    ),
    # The contract itself, the socket's pass
    Row(GET, V1 + "schema/", EVERYBODY, roles=LIBRARY_ROLES),
    Row(GET, V1 + "docs/", EVERYBODY, tokens={"revoked": "200"}),
    Row(POST, V1 + "live/ticket/", SIGNED_IN, tokens=NO_MACHINE),
    # Clocks
    Row(GET, V1 + "clocks/", SIGNED_IN),
    Row(GET, V1 + "clocks/<int:clock_id>/", OWN_OR_DESK, at="clock"),
    Row(GET, V1 + "clocks/<int:clock_id>/receipt/", OWN_OR_DESK, at="clock"),
    # Calendars
    Row(GET, V1 + "calendars/", MANAGERS),
    Row(GET, V1 + "calendars/<slug:code>/", MANAGERS, at="calendar"),
    Row(PUT, V1 + "calendars/<slug:code>/", MANAGERS, at="calendar", body=HOURS),
    Row(DELETE, V1 + "calendars/<slug:code>/", "401 403 403 403 403 403 409 409", at="calendar"),
    Row(
        POST,
        V1 + "calendars/<slug:code>/try/",
        MANAGERS,
        at="calendar",
        body={"calendar": HOURS, "at": "2026-11-23T15:00:00Z", "seconds": 7200},
    ),
    Row(POST, V1 + "calendars/<slug:code>/preview/", MANAGERS, at="calendar", body=HOURS),
    Row(POST, V1 + "calendars/<slug:code>/close/", MANAGERS, at="calendar", body={"reason": "Power cut"}),
    Row(POST, V1 + "calendars/<slug:code>/reopen/", MANAGERS, at="calendar"),
    Row(GET, V1 + "calendars/<slug:code>/versions/", MANAGERS, at="calendar"),
    # Policies
    Row(GET, V1 + "policies/", MANAGERS),
    Row(GET, V1 + "policies/<slug:code>/", MANAGERS, at="policy"),
    Row(PUT, V1 + "policies/<slug:code>/", MANAGERS, at="policy", body=PROMISES),
    Row(DELETE, V1 + "policies/<slug:code>/", MANAGERS, at="policy"),
    Row(GET, V1 + "policies/<slug:code>/versions/", MANAGERS, at="policy"),
    Row(POST, V1 + "policy-order/", MANAGERS, body={"codes": ["urgent", "standard"]}),
    Row(
        POST,
        V1 + "policy-trial/",
        MANAGERS,
        body={"facts": {"priority": "urgent"}, "calendar": "tickets-ny", "at": "2026-11-23T15:00:00Z"},
    ),
    Row(GET, V1 + "holidays/", MANAGERS, query={"country": "US", "years": "2026,2027"}),
    # Orders
    Row(GET, V1 + "orders/", SIGNED_IN),
    Row(GET, V1 + "orders/", SIGNED_IN, query={"search": "2041"}, why="search"),
    Row(GET, V1 + "orders/<str:ref>/", OWN_OR_STAFF, at="order"),
    Row(GET, V1 + "orders/<str:ref>/record/", OWN_OR_STAFF, at="order"),
    Row(POST, V1 + "orders/<str:ref>/cancel/", OWN_OR_STAFF, at="order", body={"reason": "The wrong size."}),
    Row(PUT, V1 + "orders/<str:ref>/", STAFF_MAKES, at="new order", body=ORDER, why="new"),
    Row(PUT, V1 + "orders/<str:ref>/", STAFF_ONLY, at="order", body=ORDER, why="update"),
    Row(GET, V1 + "orders/imports/", STAFF_ONLY),
    Row(POST, V1 + "orders/imports/", "401 403 403 201 201 201 201 201", body=file, form=True),
    Row(GET, V1 + "orders/imports/<str:public_id>/", STAFF_ONLY, at="import"),
    Row(GET, V1 + "orders/imports/<str:public_id>/rows/", STAFF_ONLY, at="import"),
    Row(GET, V1 + "order-imports/", STAFF_ONLY),
    Row(POST, V1 + "order-imports/", "401 403 403 201 201 201 201 201", body=file, form=True),
    Row(GET, V1 + "order-imports/<str:public_id>/", STAFF_ONLY, at="draft import"),
    Row(POST, V1 + "order-imports/<str:public_id>/check/", STAFF_STARTS, at="draft import"),
    Row(POST, V1 + "order-imports/<str:public_id>/run/", STAFF_STARTS, at="draft import"),
    Row(GET, V1 + "order-imports/<str:public_id>/rejected/", STAFF_ONLY, at="import"),
    # Answers
    Row(GET, V1 + "faq/", EVERYBODY),
    Row(GET, V1 + "faq/search/", EVERYBODY, query={"q": "return"}),
    Row(POST, V1 + "faq/suggest/", EVERYBODY, body={"text": "how to return"}),
    Row(GET, V1 + "faq/articles/<slug:slug>/", EVERYBODY, at="article"),
    Row(GET, V1 + "faq/articles/<slug:slug>/", "404 404 404 200 200 200 200 200", at="draft", why="a draft"),
    Row(POST, V1 + "faq/articles/<slug:slug>/feedback/", EVERYBODY, at="article", body={"helpful": True}),
    Row(
        POST,
        V1 + "faq/articles/<slug:slug>/feedback/",
        "404 404 404 200 200 200 200 200",
        at="draft",
        body={"helpful": True},
        why="a draft",
    ),  # fmt: skip
    # Tickets
    Row(GET, V1 + "tickets/", SIGNED_IN),
    Row(POST, V1 + "tickets/", "401 201 201 400 400 400 400 400", body=OPEN, why="one's own"),
    Row(POST, V1 + "tickets/", "401 404 201 400 400 400 400 400", body=own_order, why="on the buyer's order"),
    Row(
        POST,
        V1 + "tickets/",
        "401 404 201 201 201 201 201 201",
        why="for the buyer",
        body=lambda world: {**own_order(world), "requester": world.public_id("buyer")},
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/",
        "401 404 403 201 201 201 201 201",
        why="with a rank",
        body=lambda world: {**OPEN, "priority": "urgent", "requester": world.public_id("buyer")},
    ),  # fmt: skip
    Row(GET, V1 + "tickets/<int:number>/", OWN_OR_DESK, at="ticket"),
    Row(GET, V1 + "tickets/<int:number>/", "401 404 200 200 404 200 200 200", at="asked", why="escalated"),
    Row(GET, V1 + "tickets/<int:number>/messages/", OWN_OR_DESK, at="ticket"),
    Row(
        GET,
        V1 + "tickets/<int:number>/messages/",
        "401 404 404 200 404 404 200 200",
        at="ticket",
        query={"stream": "staff"},
        why="staff's",
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/messages/",
        "401 404 201 201 404 404 201 201",
        at="ticket",
        body=REPLY,
        why="reply",
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/messages/",
        "401 404 403 201 404 404 201 201",
        at="ticket",
        body=NOTE,
        why="note",
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/assign/",
        DESK_ONLY,
        at="ticket",
        body=lambda world: {"assignee": world.public_id("agent")},
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/assign/",
        "401 404 403 400 404 404 400 400",
        at="ticket",
        body=lambda world: {"assignee": world.public_id("stranger")},
        why="to a buyer",
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/status/",
        DESK_ONLY,
        at="ticket",
        body={"status": "waiting"},
        why="park",
    ),
    Row(
        POST,
        V1 + "tickets/<int:number>/status/",
        OWN_OR_DESK,
        at="ticket",
        body={"status": "solved", "sure": True},
        why="solve",
    ),
    Row(
        POST,
        V1 + "tickets/<int:number>/status/",
        OWN_OR_DESK,
        at="solved",
        body={"status": "open"},
        why="reopen",
    ),
    Row(POST, V1 + "tickets/<int:number>/priority/", DESK_ONLY, at="ticket", body={"priority": "high"}),
    Row(
        POST,
        V1 + "tickets/<int:number>/escalate/",
        "401 404 403 201 404 404 201 201",
        at="ticket",
        body=QUESTION,
    ),
    Row(
        POST,
        V1 + "tickets/<int:number>/escalate/",
        "401 404 403 409 404 409 409 409",
        at="asked",
        body=QUESTION,
        why="again",
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/satisfaction/",
        "401 404 201 403 404 404 403 403",
        at="solved",
        body={"score": 5},
    ),  # fmt: skip
    Row(
        POST,
        V1 + "tickets/<int:number>/satisfaction/",
        "401 404 409 403 404 404 403 403",
        at="ticket",
        body={"score": 5},
        why="too early",
    ),  # fmt: skip
    # Chats
    Row(GET, V1 + "chats/", SIGNED_IN),
    Row(POST, V1 + "chats/", "401 404 201 403 403 403 403 403", body=chat, before="end"),
    Row(POST, V1 + "chats/", "401 404 409 403 403 403 403 403", body=chat, why="a second"),
    Row(GET, V1 + "chats/<str:chat>/", OWN_OR_DESK, at="chat"),
    Row(GET, V1 + "chats/<str:chat>/messages/", OWN_OR_DESK, at="chat"),
    Row(
        GET,
        V1 + "chats/<str:chat>/messages/",
        "401 404 404 200 404 404 200 200",
        at="chat",
        query={"stream": "staff"},
        why="staff's",
    ),  # fmt: skip
    Row(
        POST,
        V1 + "chats/<str:chat>/messages/",
        "401 404 201 201 404 404 201 201",
        at="chat",
        body=REPLY,
        why="reply",
    ),
    Row(
        POST,
        V1 + "chats/<str:chat>/messages/",
        "401 404 403 201 404 404 201 201",
        at="chat",
        body=NOTE,
        why="note",
    ),
    Row(POST, V1 + "chats/<str:chat>/accept/", DESK_ONLY, at="chat"),
    Row(
        POST,
        V1 + "chats/<str:chat>/accept/",
        "401 404 403 200 404 404 409 409",
        at="chat",
        before="accept",
        why="taken",
    ),
    Row(POST, V1 + "chats/<str:chat>/end/", "401 404 200 403 404 404 200 200", at="chat", why="waiting"),
    Row(POST, V1 + "chats/<str:chat>/end/", OWN_OR_DESK, at="chat", before="accept", why="going on"),
    Row(GET, V1 + "live/events/", SIGNED_IN, query=at, why="missing ones are named, not refused"),
    Row(GET, V1 + "streams/<str:stream>/events/", OWN_OR_DESK, at="chat"),
    Row(POST, V1 + "streams/<str:stream>/messages/", "401 404 201 201 404 404 201 201", at="chat", body=SAID),
    Row(POST, V1 + "streams/<str:stream>/read/", OWN_OR_DESK, at="chat", body={"seq": 1}),
    Row(
        POST,
        V1 + "streams/<str:stream>/typing/",
        "401 404 204 204 404 404 204 204",
        at="chat",
        body={"on": True},
    ),
    Row(GET, V1 + "service-hours/", EVERYBODY),
    # Reports
    Row(GET, V1 + "reports/now/", "401 403 403 403 403 403 200 200"),
]
