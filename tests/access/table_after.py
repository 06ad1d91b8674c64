"""What happens to an order afterwards: changes, returns, refunds, addresses. Columns as in `table_api`."""

from __future__ import annotations

from typing import Any

from tests.access.notation import DELETE, GET, POST, PUT, Row
from tests.access.table_api import OWN_OR_STAFF, SIGNED_IN, V1
from tests.access.world import PIXEL, World, upload

STAFF_WRITE = "401 404 403 201 201 201 201 201"
LATER_DATE = {"kind": "later", "words": "The kiln is cold.", "details": {"date": "2026-12-30"}}
RETURNS_DESK = "401 404 403 403 403 403 200 200"
RETURN = {"lines": [{"position": 1, "quantity": 1, "reason": "wrong_size"}]}

ADDRESS = {"line1": "12 Shevchenko St", "city": "Kyiv", "country": "Ukraine"}
MINE_ALONE = "401 404 200 404 404 404 404 404"
PAGE_MINE = "in 404 200 404 404 404 404 404"
POST_MINE = "401 404 302 404 404 404 404 404"
BOOK = "account/addresses/"


def photo(world: World) -> dict[str, Any]:
    return {"file": upload("mug.png", PIXEL)}


ROWS: list[Row] = [
    Row(GET, V1 + "orders/<str:ref>/changes/", OWN_OR_STAFF, at="order"),
    Row(POST, V1 + "orders/<str:ref>/changes/", STAFF_WRITE, at="order", body=LATER_DATE),
    Row(POST, V1 + "orders/<str:ref>/notes/", STAFF_WRITE, at="order", body={"words": "Called the carrier."}),
    Row(POST, V1 + "orders/<str:ref>/security/clear/", STAFF_WRITE, at="order", body={"words": "A gift."}),
    Row(POST, V1 + "orders/<str:ref>/resend/", STAFF_WRITE, at="delivered", body={"words": "It broke."}),
    Row(
        POST,
        V1 + "changes/<str:public_id>/answer/",
        "401 404 200 403 403 403 403 403",
        at="proposal",
        body={"yes": False},
    ),
    Row(POST, V1 + "changes/<str:public_id>/withdraw/", "401 404 403 200 200 200 200 200", at="proposal"),
    # Returns
    Row(GET, V1 + "orders/<str:ref>/returns/", OWN_OR_STAFF, at="delivered"),
    Row(
        POST, V1 + "orders/<str:ref>/returns/", "401 404 201 201 201 201 201 201", at="delivered", body=RETURN
    ),
    Row(
        POST,
        V1 + "orders/<str:ref>/returns/photos/",
        "401 404 201 201 201 201 201 201",
        at="delivered",
        body=photo,
        form=True,
    ),  # fmt: skip
    Row(GET, V1 + "returns/", SIGNED_IN),
    Row(GET, V1 + "returns/<str:public_id>/", OWN_OR_STAFF, at="return"),
    Row(POST, V1 + "returns/<str:public_id>/withdraw/", "401 404 200 403 403 403 403 403", at="return"),
    Row(POST, V1 + "returns/<str:public_id>/ask/", RETURNS_DESK, at="return", body={"words": "Which one?"}),
    Row(POST, V1 + "returns/<str:public_id>/approve/", RETURNS_DESK, at="return"),
    Row(
        POST,
        V1 + "returns/<str:public_id>/propose-refusal/",
        RETURNS_DESK,
        at="return",
        body={"reason": "used", "words": "Worn."},
    ),
    Row(
        POST, V1 + "returns/<str:public_id>/agree-to-refusal/", "401 404 403 403 403 403 409 409", at="return"
    ),
    Row(
        POST,
        V1 + "returns/<str:public_id>/decline-refusal/",
        "401 404 403 403 403 403 409 409",
        at="return",
        body={"words": "No."},
    ),  # fmt: skip
    Row(POST, V1 + "returns/<str:public_id>/receive/", RETURNS_DESK, at="approved"),
    Row(
        POST,
        V1 + "returns/<str:public_id>/inspect/",
        RETURNS_DESK,
        at="received",
        body={"lines": [{"position": 1, "arrived": 1, "condition": "as_new"}]},
    ),
    Row(
        POST,
        V1 + "returns/<str:public_id>/refund/",
        RETURNS_DESK,
        at="checked",
        body={"lines": [{"position": 1, "amount": "4.00"}], "words": "Three dollars and more."},
    ),
    Row(
        POST,
        V1 + "returns/<str:public_id>/confirm-refund/",
        "401 404 404 404 404 404 404 404",
        at="checked",
        body={"refund": "zzzzzzzzzzzzzzzz", "reference": "X"},
    ),
    Row(GET, V1 + "orders/<str:ref>/refunds/", OWN_OR_STAFF, at="delivered"),
    Row(
        POST,
        V1 + "refunds/<str:public_id>/confirm/",
        RETURNS_DESK,
        at="agreed refund",
        body={"reference": "X"},
    ),
    Row(POST, V1 + "refunds/<str:public_id>/retry/", "401 404 403 403 403 403 409 409", at="agreed refund"),
    # Addresses
    Row(PUT, V1 + "orders/<str:ref>/address/", "401 404 200 403 403 403 403 403", at="order", body=ADDRESS),
    Row(GET, V1 + "addresses/", SIGNED_IN),
    Row(POST, V1 + "addresses/", "401 201 201 201 201 201 201 201", body=ADDRESS),
    Row(PUT, V1 + "addresses/<str:public_id>/", MINE_ALONE, at="kept address", body=ADDRESS),
    Row(DELETE, V1 + "addresses/<str:public_id>/", "401 404 204 404 404 404 404 404", at="kept address"),
    Row(GET, "orders/<str:public_id>/address/", "in 404 200 200 200 200 200 200", at="order"),
    Row(POST, "orders/<str:public_id>/address/", "401 404 302 403 403 403 403 403", at="order", body=ADDRESS),
    Row(GET, BOOK, "in 200 200 200 200 200 200 200"),
    Row(GET, BOOK + "new/", "in 200 200 200 200 200 200 200"),
    Row(POST, BOOK + "new/", "401 302 302 302 302 302 302 302", body=ADDRESS),
    Row(GET, BOOK + "<str:public_id>/", PAGE_MINE, at="kept address"),
    Row(POST, BOOK + "<str:public_id>/", POST_MINE, at="kept address", body=ADDRESS),
    Row(POST, BOOK + "<str:public_id>/default/", POST_MINE, at="kept address"),
    Row(POST, BOOK + "<str:public_id>/remove/", POST_MINE, at="kept address"),
]
