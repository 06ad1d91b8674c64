"""Closing a desk by hand, opening it again, deleting a calendar; its versions."""

from __future__ import annotations

import pytest
from django.test import Client

from livechat.actions import open_chat
from sla.actions import close_desk, save_calendar
from sla.models import Calendar, CalendarVersion
from sla.queries import hours
from tests.factories import House, actor, make_buyer, make_calendar, make_order
from tests.rules.conftest import TICKETS, TUESDAY

CLOSE = "/rules/calendars/always/close/"
FORM = {"till": "today", "until": "", "notice": "10", "reason": "Fire alarm"}


def test_what_closing_would_do_is_told_and_nothing_is_done(house: House, manager: Client) -> None:
    buyer = make_buyer()
    open_chat(actor=actor(buyer), team="orderhelp", body="Anyone?", order=make_order(buyer))
    response = manager.post(CLOSE, {**FORM, "op": "look", "reason": ""})
    happens = response.context["happens"]
    assert response.status_code == 200
    assert (happens.chats.waiting, happens.chats.active) == (1, 0)
    assert happens.starts.isoformat() == "2026-11-10T15:10:00+00:00"
    assert happens.reopens.isoformat() == "2026-11-11T00:00:00+00:00"
    assert hours(Calendar.objects.get(code="always").pk, TUESDAY).closes_at is None
    assert CalendarVersion.objects.filter(calendar__code="always").count() == 1


def test_a_desk_is_closed_and_opened_again(house: House, manager: Client) -> None:
    done = manager.post(CLOSE, FORM)
    assert done.headers["HX-Redirect"] == "/rules/calendars/always/"
    always = Calendar.objects.get(code="always")
    assert hours(always.pk, TUESDAY).closes_at.isoformat() == "2026-11-10T15:10:00+00:00"  # type: ignore[union-attr]
    page = manager.get("/rules/calendars/always/", headers={"HX-Request": ""}).content.decode()
    assert "Closes by hand" in page and "Max Weber" in page and "Fire alarm" in page
    manager.post("/rules/calendars/always/reopen/")
    page = manager.get("/rules/calendars/always/", headers={"HX-Request": ""}).content.decode()
    assert "by hand" not in page
    assert hours(always.pk, TUESDAY).is_open


BAD: dict[str, tuple[dict[str, str], str]] = {
    "no reason": ({"reason": " "}, "Say why"),
    "no number": ({"notice": "soon"}, "The notice is a number"),
    "too much notice": ({"notice": "99999"}, "The notice is a number"),
    "no moment": ({"till": "then", "until": "later"}, "Give a date and a time."),
    "ends before it begins": ({"till": "then", "until": "2026-11-10T15:05"}, "must end after it begins"),
    "for too long": ({"till": "then", "until": "2028-01-01T00:00"}, "92 days at most"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_and_what_was_typed_stays(manager: Client, name: str) -> None:
    changes, words = BAD[name]
    form = {**FORM, **changes}
    response = manager.post(CLOSE, form)
    kept = response.context["form"]
    assert response.status_code == 400
    assert words in response.content.decode()
    assert (kept.till, kept.until, kept.notice, kept.reason) == tuple(form.values())
    assert Calendar.objects.get(code="always").version == 1


def test_closing_what_is_closed_changes_nothing(manager: Client) -> None:
    form = {**FORM, "till": "then", "until": "2026-11-10T20:00"}
    address = "/rules/calendars/presales-ny/close/"
    assert manager.post(address, {**form, "op": "look"}).context["happens"].starts is None
    manager.post(address, form)
    page = manager.get("/rules/calendars/presales-ny/", headers={"HX-Request": ""}).content.decode()
    assert "It is closed then anyway: nothing changed." in page


def test_a_calendar_in_use_is_not_deleted(manager: Client) -> None:
    address = TICKETS + "delete/"
    body = manager.get(address).content.decode()
    assert "It is in use" in body and "Logistics" in body and "<button" not in body
    response = manager.post(address)
    assert response.status_code == 409
    assert "in use" in response.content.decode()
    assert Calendar.objects.filter(code="tickets-ny").exists()


def test_one_that_nobody_needs_is_deleted(manager: Client) -> None:
    make_calendar("spare")
    assert "Nobody works by it" in manager.get("/rules/calendars/spare/delete/").content.decode()
    done = manager.post("/rules/calendars/spare/delete/", headers={"HX-Request": ""})
    assert (done.status_code, done.headers["Location"]) == (302, "/rules/calendars/")
    assert not Calendar.objects.filter(code="spare").exists()


def test_versions_come_a_page_at_a_time(house: House, manager: Client) -> None:
    for n in range(13):
        windows = [(day, "09:00", f"18:{n:02}") for day in range(5)]
        save_calendar(actor=actor(house.manager), code="spare", name="Spare", timezone="UTC", windows=windows)
    first = manager.get("/rules/calendars/spare/", headers={"HX-Request": ""}).context
    assert [row.number for row in first["versions"]] == list(range(13, 3, -1))
    second = manager.get("/rules/calendars/spare/versions/", {"before": first["older"]}).context
    assert [row.number for row in second["versions"]] == [3, 2, 1]
    assert second["older"] == 0
    assert manager.get("/rules/calendars/spare/versions/?before=x").status_code == 200


def test_the_rehearsal_says_the_same_words_as_the_deed(house: House, manager: Client) -> None:
    """A second closing adds to the first: the rehearsal sees what is there."""
    close_desk(actor=actor(house.manager), code="always", until=None, notice_minutes=30, reason="Flood")
    happens = manager.post(CLOSE, {**FORM, "op": "look"}).context["happens"]
    assert happens.starts.isoformat() == "2026-11-10T15:10:00+00:00"
    assert Calendar.objects.get(code="always").version == 2
