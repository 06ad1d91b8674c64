"""`/api/v1/calendars/`: the same words as the actions, one query budget, managers alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from rest_framework.test import APIClient

from core.actors import Actor
from sla.models import Calendar, CalendarVersion
from tests.sla.kit import MANAGER, OFFICE, Desk, ny, save_nights, save_office

urlpatterns = [path("api/v1/", include("sla.api_urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sla.test_api_calendars")]

AGENT = Actor(kind="staff", id=8, role="agent")
WEEK = [{"weekday": day, "start": start, "end": end} for day, start, end in OFFICE]
BODY: dict[str, Any] = {"name": "Office", "timezone": "America/New_York", "windows": WEEK}
Ask = Callable[..., Any]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, clock: Callable[[datetime], None]) -> Ask:
    """`ask("put", "office/", body)` as a manager, on Monday 23 November 2026, 14:00 in New York."""
    from accounts import middleware
    from core.api import View

    clock(ny(23, 14))

    def send(method: str, address: str, body: Any = None, actor: Actor = MANAGER) -> Any:
        monkeypatch.setattr(middleware, "actor_for", lambda user: actor)
        monkeypatch.setattr(View, "actor", property(lambda self: actor))
        where = address if address.startswith("/") else f"/api/v1/calendars/{address}"
        more = {} if body is None else {"data": body, "format": "json"}
        return getattr(APIClient(), method)(where, **more)

    return send


def test_a_calendar_is_written_read_and_listed(ask: Ask) -> None:
    made = ask("put", "office/", {**BODY, "holidays": [{"day": "2026-11-26", "name": "Thanksgiving"}]})
    assert (made.status_code, made.data["version"], made.data["code"]) == (201, 1, "office")
    again = ask("put", "office/", {**BODY, "windows": WEEK[:4], "version": 1})
    assert (again.status_code, again.data["version"], again.data["holidays"]) == (200, 2, [])
    read = ask("get", "office/").json()
    assert read["hours"] == {
        "is_open": True,
        "accepting": True,
        "closes_at": "2026-11-23T23:00:00Z",
        "opens_at": None,
    }
    assert (read["windows"], read["closing"]) == (WEEK[:4], None)
    assert [one["code"] for one in ask("get", "").json()["results"]] == ["office"]
    assert ask("get", "nowhere/").status_code == 404


def test_who_was_slower_is_told(ask: Ask) -> None:
    save_office()
    save_office(windows=OFFICE[:2])
    answer = ask("put", "office/", {**BODY, "version": 1})
    assert (answer.status_code, answer.data["code"]) == (409, "conflict")
    assert Calendar.objects.get().windows.count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"timezone": "America/Gotham"}, "timezone", "America/Gotham"),
        ({"windows": [{"weekday": 0, "start": "09:00", "end": "24:01"}]}, "windows", "24:01"),
        ({"windows": [{"weekday": 9, "start": "09:00", "end": "18:00"}]}, "windows", "weekday"),
        ({"windows": []}, "windows", "never open"),
        ({"windows": [{"weekday": 0, "start": "09:00"}]}, "windows", "required"),
        ({"windows": "all day"}, "windows", "list"),
        ({"holidays": [{"day": "2026-13-01", "name": ""}]}, "holidays", "format"),
        ({"holidays": [{"day": "2026-11-26", "name": "a"}] * 2}, "holidays", "twice"),
        ({"holiday_country": "Atlantis"}, "holiday_country", "Atlantis"),
    ],
)
def test_bad_hours_are_refused_in_the_same_words(
    ask: Ask, changes: dict[str, Any], field: str, word: str
) -> None:
    save_office()
    answer = ask("put", "office/", {**BODY, **changes})
    assert answer.status_code == 400
    assert word in " ".join(answer.json()["fields"][field])
    assert (CalendarVersion.objects.count(), Calendar.objects.get().windows.count()) == (1, 5)


def test_hours_are_tried_before_they_are_saved(ask: Ask) -> None:
    asked = {"calendar": BODY, "at": "2026-11-20T22:00:00Z", "seconds": 7200, "zone": "America/New_York"}
    answer = ask("post", "new/try/", asked).json()
    assert (answer["is_open"], answer["due"]) == (True, "2026-11-23T15:00:00Z")
    assert answer["steps"][-1]["text"] == "1 h left → due Mon 23 Nov 10:00 in New York"
    assert not Calendar.objects.exists()
    assert ask("post", "new/try/", {"at": "2026-11-20T22:00:00Z", "seconds": 7200}).status_code == 400
    save_nights()
    saved = ask("post", "nights/try/", {"at": "2026-11-20T22:00:00Z", "seconds": 0}).json()
    assert (saved["is_open"], saved["due"]) == (False, "2026-11-23T06:00:00Z")


def test_a_preview_tells_what_saving_would_do(desk: Desk, ask: Ask) -> None:
    desk.start("first_response", ny(23, 13))
    shorter = [{"weekday": day, "start": "13:00", "end": "14:30"} for day in range(5)]
    told = ask("post", "office/preview/", {**BODY, "windows": shorter}).json()
    assert told["problems"] == {} and told["notices"] == [] and told["warnings"] == []
    effects = told["effects"]
    assert (effects["moving"], effects["later"], effects["newly_late"]) == (1, 1, 0)
    # An hour is used; 30 minutes until 14:30, the rest on Tuesday from 13:00 on.
    assert effects["samples"] == [
        {
            "clock_id": desk.clock("first_response").pk,
            "title": f"Owner {desk.owner_id}",
            "url": f"/owners/{desk.owner_id}/",
            "metric": "first_response",
            "old_due": "2026-11-23T20:00:00Z",
            "new_due": "2026-11-24T18:30:00Z",
        }
    ]
    assert told["ends"]["chats"] == {"waiting": 0, "active": 0}
    bad = ask("post", "office/preview/", {**BODY, "timezone": "Mars/Base"}).json()
    assert list(bad["problems"]) == ["timezone"] and bad["effects"] is None
    nightly = [{"weekday": 6, "start": "01:15", "end": "02:30"}]
    warned = ask("post", "office/preview/", {**BODY, "windows": nightly}).json()["warnings"]
    assert any("14 Mar 2027" in words for words in warned)


def test_closing_and_opening_again(ask: Ask) -> None:
    save_office()
    closed = ask("post", "office/close/", {"reason": "Power cut", "notice_minutes": 5})
    assert closed.status_code == 200
    assert closed.json()["closing"] == {
        "starts_at": "2026-11-23T19:05:00Z",
        "until": "2026-11-24T05:00:00Z",
        "reason": "Power cut",
    }
    assert closed.json()["special_days"][0]["windows"] == [{"start": "09:00", "end": "14:05"}]
    opened = ask("post", "office/reopen/").json()
    assert (opened["closing"], opened["special_days"], opened["version"]) == (None, [], 3)
    refused = ask("post", "office/close/", {"reason": ""})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["reason"])
    assert ask("post", "nowhere/close/", {"reason": "x"}).status_code == 404


def test_versions_and_holidays_are_told(ask: Ask) -> None:
    save_office()
    save_office(windows=OFFICE[:4], actor=MANAGER)
    told = ask("get", "office/versions/").json()
    assert [(one["number"], one["by"]) for one in told["results"]] == [(2, "staff"), (1, "system")]
    assert told["results"][0]["changes"] == [{"kind": "removed", "text": "Friday 09:00–18:00"}]
    assert told["before"] is None
    assert ask("get", "office/versions/?before=x").status_code == 400
    days = ask("get", "/api/v1/holidays/?country=US&years=2026,2027").json()["holidays"]
    assert {"day": "2026-11-26", "name": "Thanksgiving Day"} in days and days[-1]["day"] == "2027-12-31"
    for bad in ("country=XX", "country=US&years=abc", "country=US&years=99999", "years=2026"):
        assert ask("get", f"/api/v1/holidays/?{bad}").status_code == 400


def test_taking_away(ask: Ask, desk: Desk) -> None:
    save_nights()
    desk.start("first_response", ny(23, 13))
    assert ask("delete", "nights/").status_code == 204
    refused = ask("delete", "office/")
    assert (refused.status_code, refused.data["code"]) == (409, "in_use")
    assert "1 clock ran on it" in refused.data["message"]


def test_managers_alone_and_with_their_scope(ask: Ask) -> None:
    save_office()
    doors = [
        ("get", ""),
        ("get", "office/"),
        ("put", "office/"),
        ("delete", "office/"),
        ("post", "office/try/"),
        ("post", "office/preview/"),
        ("post", "office/close/"),
        ("post", "office/reopen/"),
        ("get", "office/versions/"),
        ("get", "/api/v1/holidays/"),
    ]
    reader = Actor(kind="staff", id=7, role="manager", scopes=frozenset({"calendars:read"}))
    for method, address in doors:
        assert ask(method, address, None, AGENT).status_code == 403
        writes = method in ("put", "delete") or address.endswith(("close/", "reopen/"))
        assert (ask(method, address, None, reader).status_code == 403) == writes
    assert CalendarVersion.objects.count() == 1


def test_more_calendars_cost_no_more_queries(ask: Ask) -> None:
    counts = []
    for code in ("a", "b", "c"):
        save_office(code=code)
        with CaptureQueriesContext(connection) as seen:
            ask("get", "")
        counts.append(len(seen))
    assert counts[0] == counts[-1] <= 6
