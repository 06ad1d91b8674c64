"""Verification and privacy. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin.

Nobody of the staff here is of the verification desk: a manager sees who waits, and neither documents nor a decision.
"""

from __future__ import annotations

from typing import Any

from tests.access.notation import GET, POST, Row
from tests.access.world import PDF, World, upload

V1 = "api/v1/"
SIGNED_IN = "in 200 200 200 200 200 200 200"
OWN = "in 404 200 404 404 404 404 404"
DESK = "in 404 404 404 404 404 200 200"
DONE_AT_DESK = "401 404 404 404 404 404 302 302"
NOBODY_HERE = "401 404 404 404 404 404 403 403"
NO_DOCUMENT = "in 404 404 404 404 404 404 404"
A_PERSONS = "401 404 200 404 404 404 200 200"
CORRECT = {"kind": "correct", "words": "Born in May."}
DONE = {"outcome": "done", "words": "It is corrected."}
APPROVE = {"outcome": "approve"}
PASSWORD = {"password": "demo-pass-1"}


def one_file(world: World) -> dict[str, Any]:
    return {"file": upload("id.pdf", PDF)}


M = "account/"
P = M + "privacy/<str:public_id>/"
C = "console/people/"
ROWS = [
    # The person's own pages
    Row(GET, M + "verification/", SIGNED_IN),
    Row(
        POST,
        M + "verification/",
        "401 400 302 403 403 403 403 403",
        why="without a document, or sent already",
    ),
    Row(POST, M + "verification/files/", "401 201 409 403 403 403 403 403", body=one_file),
    Row(
        POST,
        M + "verification/files/<str:public_id>/remove/",
        "401 404 409 404 404 404 404 404",
        at="document",
    ),
    Row(POST, M + "verification/withdraw/", "401 404 302 404 404 404 404 404"),
    Row(GET, M + "privacy/", SIGNED_IN),
    Row(POST, M + "privacy/", "401 302 302 302 302 302 302 302", body=CORRECT),
    Row(POST, M + "privacy/", "401 302 302 403 403 403 403 403", body={"kind": "delete"}, why="a deletion"),
    Row(GET, P + "confirm/", OWN, at="deletion"),
    Row(POST, P + "confirm/", "401 404 302 404 404 404 404 404", at="deletion", body=PASSWORD),
    Row(POST, P + "withdraw/", "401 404 302 404 404 404 404 404", at="privacy"),
    Row(GET, P + "copy/", NO_DOCUMENT, at="privacy", why="there is none of a correction"),
    # The desk's pages
    Row(GET, C, DESK),
    Row(GET, C + "v/<str:public_id>/", DESK, at="verification"),
    Row(POST, C + "v/<str:public_id>/decide/", NOBODY_HERE, at="verification", body=APPROVE),
    Row(GET, C + "p/<str:public_id>/", DESK, at="privacy"),
    Row(GET, C + "p/<str:public_id>/", NO_DOCUMENT, at="deletion", why="not confirmed"),
    Row(POST, C + "p/<str:public_id>/decide/", DONE_AT_DESK, at="privacy", body=DONE),
    Row(GET, C + "documents/<str:public_id>/", NO_DOCUMENT, at="document"),
    # The contract
    Row(GET, V1 + "privacy/", "401 200 200 200 200 200 200 200"),
    Row(GET, V1 + "privacy/", "401 403 403 403 403 403 200 200", query={"queue": "true"}, why="the queue"),
    Row(POST, V1 + "privacy/", "401 201 201 201 201 201 201 201", body=CORRECT),
    Row(GET, V1 + "privacy/held/", "401 200 200 200 200 200 200 200"),
    Row(GET, V1 + "privacy/<str:public_id>/", A_PERSONS, at="privacy"),
    Row(
        POST,
        V1 + "privacy/<str:public_id>/confirm/",
        "401 404 200 404 404 404 404 404",
        at="deletion",
        body=PASSWORD,
    ),
    Row(POST, V1 + "privacy/<str:public_id>/withdraw/", "401 404 200 404 404 404 403 403", at="privacy"),
    Row(
        POST,
        V1 + "privacy/<str:public_id>/answer/",
        "401 403 403 403 403 403 200 200",
        at="privacy",
        body=DONE,
    ),
    Row(GET, V1 + "verifications/", "401 403 403 403 403 403 200 200"),
    Row(GET, V1 + "verifications/<str:public_id>/", A_PERSONS, at="verification"),
    Row(
        POST,
        V1 + "verifications/<str:public_id>/decide/",
        "401 403 403 403 403 403 403 403",
        at="verification",
        body=APPROVE,
    ),
]
