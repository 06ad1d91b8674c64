"""A chat's steps, by form and by JSON. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from tests.access.notation import GET, POST, Row
from tests.access.table_api import STAFF_ONLY, V1

L, C = "live/<str:session>/", V1 + "chats/<str:chat>/"
FORM_BY_DESK = "401 404 404 302 404 404 302 302"
JSON_BY_DESK = "401 404 403 200 404 404 200 200"
LEADS = "401 404 403 403 404 404 200 200"
OWN = "401 404 200 403 404 404 403 403"
BOTH_SIDES = "401 404 200 200 404 404 200 200"
TEAM = {"to_team": "specialists", "words": "Please look."}
ROWS = [
    Row(POST, L + "decline/", "401 404 404 302 404 404 409 409", at="chat", before="offer"),
    Row(POST, L + "transfer/", FORM_BY_DESK, at="chat", before="accept", body={"to": "team:specialists"}),
    Row(POST, L + "call-back/", FORM_BY_DESK, at="chat", before="accept"),
    Row(POST, L + "join/", FORM_BY_DESK, at="chat", before="accept"),
    Row(POST, L + "leave/", FORM_BY_DESK, at="chat", before="accept"),
    Row(POST, L + "take-over/", "401 404 404 403 404 404 302 302", at="chat", before="accept"),
    Row(POST, L + "wrap-up/", FORM_BY_DESK, at="chat", before="accept end", body={"note": "About glazing."}),
    Row(POST, L + "again/", "401 404 302 403 404 404 403 403", at="chat", before="accept end"),
    Row(POST, L + "transcript/", "401 404 302 302 404 404 302 302", at="chat", before="accept end"),
    Row(POST, C + "decline/", "401 404 403 200 404 404 409 409", at="chat", before="offer"),
    Row(POST, C + "transfer/", JSON_BY_DESK, at="chat", before="accept", body=TEAM),
    Row(POST, C + "call-back/", JSON_BY_DESK, at="chat", before="accept"),
    Row(POST, C + "join/", JSON_BY_DESK, at="chat", before="accept"),
    Row(POST, C + "leave/", JSON_BY_DESK, at="chat", before="accept"),
    Row(POST, C + "take-over/", LEADS, at="chat", before="accept"),
    Row(POST, C + "wrap-up/", JSON_BY_DESK, at="chat", before="accept end", body={"note": "About glazing."}),
    Row(POST, C + "again/", OWN, at="chat", before="accept end"),
    Row(POST, C + "transcript/", BOTH_SIDES, at="chat", before="accept end"),
    Row(GET, V1 + "presence/", STAFF_ONLY),
    Row(POST, V1 + "presence/", STAFF_ONLY, body={"switch": "on", "places": 2}),
    Row(GET, "console/chats/", "in 404 404 200 200 200 200 200"),
    Row(GET, "console/chats/now/", "in 404 404 404 404 404 200 200"),
    Row(GET, "console/me/", "in 404 404 200 200 200 200 200"),
    Row(POST, "console/chats/places/", "401 404 404 302 302 302 302 302", body={"places": "2"}),
    Row(
        POST,
        "console/chats/places/",
        "401 404 404 403 403 403 302 302",
        body=lambda w: {"person": w.public_id("agent"), "most": "4"},
        why="the most",
    ),
    Row(
        POST,
        "console/chats/skills/",
        "401 404 404 403 403 403 302 302",
        body=lambda w: {"person": w.public_id("agent"), "team": "orderhelp", "skills": "es order"},
    ),
]
