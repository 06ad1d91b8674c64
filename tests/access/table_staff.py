"""Console and dashboard. Columns: visitor, stranger, buyer, agent, other, specialist, manager, admin."""

from __future__ import annotations

from tests.access.notation import GET, POST, Row

# For a buyer there is no such page: the same answer as for an address that leads nowhere.
STAFF_ONLY = "in 404 404 200 200 200 200 200"
DESK_ONLY = "in 404 404 200 404 404 200 200"
MANAGERS_ONLY = "in 403 403 403 403 403 200 200"
MANAGERS_DO = "401 403 403 403 403 403 400 400"  # badly filled in, so that nothing comes of it
STAFF_DO = "401 404 404 400 400 400 400 400"  # badly filled in, so that nothing comes of it
MANAGERS_MEND = "401 404 404 404 404 404 409 409"  # that order came in already
C = "console/"
ONE = C + "t/<int:number>/"
ROWS = [
    Row(GET, C, STAFF_ONLY),
    Row(GET, C + "queue/", STAFF_ONLY),
    Row(GET, C + "told/", STAFF_ONLY),
    Row(GET, C + "queue/more/", STAFF_ONLY, query={"status": "live"}),
    Row(GET, C + "views/", STAFF_ONLY),
    Row(GET, C + "views/form/", STAFF_ONLY),
    Row(POST, C + "views/show/", STAFF_DO, body={"status": "odd"}),
    Row(POST, C + "views/save/", STAFF_DO, body={"name": ""}),
    Row(POST, C + "views/<int:pk>/drop/", "401 404 404 403 403 403 302 302", at="view"),
    Row(POST, C + "bulk/", STAFF_DO, body={"status": "solved"}),
    Row(GET, C + "bulk/choices/", STAFF_ONLY),
    Row(GET, C + "bulk/<slug:public_id>/", "in 404 404 200 404 404 404 404", at="bulk"),
    Row(POST, C + "bulk/<slug:public_id>/undo/", "401 404 404 409 404 404 404 404", at="bulk"),
    Row(GET, C + "palette/", STAFF_ONLY, query={"q": "hard"}),
    Row(GET, C + "tags/", STAFF_ONLY, query={"q": "si"}),
    Row(GET, C + "flags/", STAFF_ONLY),
    Row(POST, C + "flags/<int:pk>/", "401 404 404 404 404 404 302 302", at="flag", body={"state": "fine"}),
    Row(GET, C + "search/", STAFF_ONLY, query={"q": "nothing like it"}),
    Row(GET, C + "search/", "in 404 404 200 200 200 200 200", query={"q": "A hard one"}, why="finds one"),
    Row(POST, C + "presence/", "401 404 404 302 302 302 302 302", body={"switch": "on"}),
    Row(GET, ONE, DESK_ONLY, at="ticket"),
    Row(GET, ONE, "in 404 404 200 404 200 200 200", at="asked", why="escalated"),
    Row(GET, ONE + "panes/", DESK_ONLY, at="ticket"),
    Row(GET, ONE + "head/", DESK_ONLY, at="ticket"),
    Row(GET, ONE + "context/", DESK_ONLY, at="ticket"),
    Row(GET, ONE + "record/", DESK_ONLY, at="ticket"),
    Row(GET, ONE + "clocks/", DESK_ONLY, at="ticket"),
    Row(GET, ONE + "choices/", DESK_ONLY, at="ticket"),
    Row(GET, ONE + "answers/", DESK_ONLY, at="ticket", query={"body": "how to return"}),
    Row(GET, ONE + "why/<int:clock_id>/", DESK_ONLY, at="clock"),
    Row(GET, C + "buyers/<str:public_id>/", STAFF_ONLY, at="a buyer"),
    Row(GET, C + "returns/", "in 404 404 404 404 404 200 200"),
    Row(GET, C + "returns/<str:public_id>/", "in 404 404 404 404 404 200 200", at="return"),
    Row(
        POST,
        C + "returns/<str:public_id>/do/",
        "401 404 404 404 404 404 302 302",
        at="return",
        body={"op": "approve"},
    ),
    Row(GET, C + "returns/refunds/<str:public_id>/", "in 404 404 404 404 404 200 200", at="agreed refund"),
    Row(
        POST,
        C + "returns/refunds/<str:public_id>/do/",
        "401 404 404 404 404 404 302 302",
        at="agreed refund",
        body={"reference": "PP-1"},
    ),
    Row(GET, C + "feeds/", "in 404 404 404 404 404 200 200"),
    *(
        Row(GET, C + f"feeds/files/{path}", "in 404 404 404 404 404 200 200", at=at)
        for path, at in (
            ("", ""),
            ("template/", ""),
            ("<str:public_id>/", "draft import"),
            ("<str:public_id>/progress/", "draft import"),
            ("<str:public_id>/rejected/", "import"),
        )
    ),
    Row(POST, C + "feeds/files/", "401 404 404 404 404 404 400 400", body={"store": "us"}),
    Row(
        POST,
        C + "feeds/files/<str:public_id>/do/",
        "401 404 404 404 404 404 302 302",
        at="draft import",
        body={"op": "check"},
    ),
    Row(POST, C + "feeds/files/<str:public_id>/rows/<int:row>/", MANAGERS_MEND, at="bad row"),
    Row(GET, C + "feeds/<str:public_id>/", "in 404 404 404 404 404 200 200", at="hook"),
    Row(POST, C + "feeds/<str:public_id>/retry/", "401 404 404 404 404 404 302 302", at="hook"),
    Row(GET, "dashboard/", MANAGERS_ONLY),
    Row(GET, "dashboard/now/", MANAGERS_ONLY),
    Row(GET, "dashboard/next/", MANAGERS_ONLY),
    Row(GET, "dashboard/rows/<slug:what>/", MANAGERS_ONLY, at="ratings"),
    Row(GET, "rules/", "in 403 403 403 403 403 302 302"),
    Row(GET, "rules/calendars/", MANAGERS_ONLY),
    Row(GET, "rules/new-calendar/", MANAGERS_ONLY),
    Row(POST, "rules/new-calendar/", MANAGERS_DO, body={"op": "effects", "name": "", "timezone": ""}),
    Row(GET, "rules/calendars/<slug:code>/", MANAGERS_ONLY, at="calendar"),
    Row(POST, "rules/calendars/<slug:code>/", MANAGERS_DO, at="calendar", body={"op": "save", "name": ""}),
    Row(GET, "rules/calendars/<slug:code>/versions/", MANAGERS_ONLY, at="calendar"),
    Row(GET, "rules/calendars/<slug:code>/close/", MANAGERS_ONLY, at="calendar"),
    Row(POST, "rules/calendars/<slug:code>/close/", MANAGERS_DO, at="calendar", body={"notice": "soon"}),
    Row(POST, "rules/calendars/<slug:code>/reopen/", "401 403 403 403 403 403 302 302", at="calendar"),
    Row(GET, "rules/calendars/<slug:code>/apply/", MANAGERS_ONLY, at="calendar"),
    Row(POST, "rules/calendars/<slug:code>/apply/", MANAGERS_DO, at="calendar", body={"from_at": "once"}),
    Row(GET, "rules/calendars/<slug:code>/log/", MANAGERS_ONLY, at="calendar"),
    Row(GET, "rules/calendars/<slug:code>/delete/", MANAGERS_ONLY, at="calendar"),
    Row(POST, "rules/calendars/<slug:code>/delete/", "401 403 403 403 403 403 409 409", at="calendar"),
    Row(GET, "rules/policies/", MANAGERS_ONLY),
    Row(POST, "rules/policies/", MANAGERS_DO, body={"t-at": "later"}),
    Row(GET, "rules/new-policy/", MANAGERS_ONLY),
    Row(POST, "rules/new-policy/", MANAGERS_DO, body={"op": "save", "name": ""}),
    Row(GET, "rules/policies/<slug:code>/", MANAGERS_ONLY, at="policy"),
    Row(POST, "rules/policies/<slug:code>/", MANAGERS_DO, at="policy", body={"op": "save", "name": ""}),
    Row(POST, "rules/policies/<slug:code>/order/", "401 403 403 403 403 403 404 404", at="policy"),
    Row(GET, "rules/policies/<slug:code>/retire/", MANAGERS_ONLY, at="policy"),
    Row(POST, "rules/policies/<slug:code>/retire/", "401 403 403 403 403 403 302 302", at="policy"),
    Row(GET, "rules/policies/<slug:code>/delete/", MANAGERS_ONLY, at="policy"),
    Row(POST, "rules/policies/<slug:code>/delete/", "401 403 403 403 403 403 302 302", at="policy"),
    Row(POST, "rules/policies/<slug:code>/restore/", "401 403 403 403 403 403 302 302", at="policy"),
]
