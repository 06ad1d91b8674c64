"""Escalation: rules, page and contract, and the steps of a question. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from tests.access.notation import DELETE, GET, POST, PUT, Row

MANAGERS = "401 403 403 403 403 403 200 200"
MANAGERS_ONLY = "in 403 403 403 403 403 200 200"
MANAGERS_DO = "401 403 403 403 403 403 400 400"  # badly filled in, so that nothing comes of it
MANAGERS_DONE = "401 403 403 403 403 403 302 302"
V1 = "api/v1/escalation-rules/"
ONE = "rules/escalation/<slug:code>/"
RULE = {
    "name": "Late",
    "on": "breached",
    "match": {"metric": ["resolution"]},
    "acts": [{"act": "tell", "to": "lead"}],
}
STAFF = "401 403 403 200 200 200 200 200"
STAFF_ONLY = "in 404 404 200 200 200 200 200"
STAFF_DONE = "401 404 404 302 302 302 302 302"
Q = "api/v1/tickets/<int:number>/"
BY_ASKED = "401 404 403 403 404 200 200 200"  # those who were asked, and managers
ROWS = [
    Row(GET, Q + "escalation/", "401 404 403 200 404 200 200 200", at="asked"),
    Row(POST, Q + "escalation/accept/", BY_ASKED, at="asked"),
    Row(POST, Q + "escalation/ask-back/", BY_ASKED, at="asked", body={"words": "Which?"}),
    Row(POST, Q + "escalation/tell/", "401 404 403 409 404 409 409 409", at="asked", body={"words": "Blue."}),
    Row(
        POST,
        Q + "escalation/pass-up/",
        BY_ASKED,
        at="asked",
        body={"words": "It costs.", "to_team": "managers"},
    ),
    Row(POST, Q + "escalation/return/", BY_ASKED, at="asked", body={"words": "Not ours."}),
    Row(
        POST,
        Q + "escalation/answer/",
        "401 404 403 403 404 201 201 201",
        at="asked",
        body={"answer": "Yes, it can.", "send_to_buyer": False},
    ),
    Row(
        POST,
        Q + "article/",
        "401 404 403 400 404 400 400 400",
        at="asked",
        body={"title": "Glazing", "category": "returns"},
        why="nothing answered yet",
    ),
    Row(GET, V1, MANAGERS),
    Row(GET, V1 + "<slug:code>/", MANAGERS, at="rule"),
    Row(PUT, V1 + "<slug:code>/", MANAGERS, at="rule", body=RULE),
    Row(DELETE, V1 + "<slug:code>/", MANAGERS, at="rule"),
    Row(POST, V1 + "<slug:code>/active/", MANAGERS, at="rule", body={"active": False}),
    Row(POST, "api/v1/escalation-rule-order/", MANAGERS, body={"codes": ["complaint"]}),
    Row(POST, "api/v1/escalation-rule-trial/", MANAGERS, body={"on": "opened", "facts": {}}),
    Row(GET, "rules/escalation/", MANAGERS_ONLY),
    Row(POST, "rules/escalation/", MANAGERS, body={"op": "try"}),
    Row(GET, "rules/new-escalation/", MANAGERS_ONLY),
    Row(POST, "rules/new-escalation/", MANAGERS_DO, body={"op": "save", "name": ""}),
    Row(GET, ONE, MANAGERS_ONLY, at="rule"),
    Row(POST, ONE, MANAGERS_DO, at="rule", body={"op": "save", "name": ""}),
    Row(POST, ONE + "order/", MANAGERS_DONE, at="rule", body={"move": "up"}),
    Row(GET, ONE + "retire/", MANAGERS_ONLY, at="rule"),
    Row(POST, ONE + "retire/", MANAGERS_DONE, at="rule"),
    Row(GET, ONE + "delete/", MANAGERS_ONLY, at="rule"),
    Row(POST, ONE + "delete/", MANAGERS_DONE, at="rule"),
    Row(POST, ONE + "restore/", MANAGERS_DONE, at="rule"),
    # Who leaves, by themselves or sent by a manager
    Row(GET, "console/leaving/", STAFF_ONLY),
    Row(POST, "console/leaving/", STAFF_DONE, body={"switch": "off"}),
    Row(GET, "api/v1/hand-back/", STAFF),
    Row(POST, "api/v1/hand-back/", STAFF, body={"switch": "away"}),
    Row(GET, "api/v1/staff/", MANAGERS),
    Row(POST, "api/v1/staff/<str:public_id>/active/", MANAGERS, at="colleague", body={"active": False}),
    # Late parcels: the list, and what a store calls late
    Row(GET, "console/parcels/", STAFF_ONLY),
    Row(GET, "api/v1/late-parcels/", STAFF),
    Row(GET, "api/v1/parcel-rules/", MANAGERS),
    Row(GET, "api/v1/parcel-rules/<slug:store>/", MANAGERS, at="shop"),
    Row(PUT, "api/v1/parcel-rules/<slug:store>/", MANAGERS, at="shop", body={"carriers": {"usps": 9}}),
    Row(GET, "rules/parcels/", "in 403 403 403 403 403 302 302"),
    Row(GET, "rules/parcels/<slug:code>/", MANAGERS_ONLY, at="rules_store"),
    Row(POST, "rules/parcels/<slug:code>/", MANAGERS, at="rules_store", body={"op": "look"}),
    Row(GET, "rules/staff/", MANAGERS_ONLY),
    Row(GET, "rules/staff/<slug:public_id>/end/", MANAGERS_ONLY, at="colleague"),
    Row(POST, "rules/staff/<slug:public_id>/end/", MANAGERS_DONE, at="colleague"),
    Row(POST, "rules/staff/<slug:public_id>/restore/", MANAGERS_DONE, at="colleague"),
]
