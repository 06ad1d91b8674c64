"""The list and the editor: nothing typed is lost, what is wrong is said beside its row."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sla.models import CalendarVersion
from tests.factories import House, log_in, make_buyer, make_calendar
from tests.rules.conftest import TICKETS, Form, form_of, saved, slot, with_window

PAGES = ("/rules/calendars/", "/rules/new-calendar/", TICKETS, TICKETS + "close/", TICKETS + "delete/")


@pytest.mark.parametrize("address", PAGES)
def test_managers_only(house: House, address: str) -> None:
    assert Client().get(address).status_code == 302
    for person in (house.agent, house.specialist, make_buyer()):
        assert log_in(Client(), person).get(address).status_code == 403
    for person in (house.manager, house.admin):
        assert log_in(Client(), person).get(address).status_code == 200


def test_a_calendar_that_is_not_there(manager: Client) -> None:
    for address in (
        "/rules/calendars/none/",
        "/rules/calendars/none/close/",
        "/rules/new-calendar/?from=none",
    ):
        assert manager.get(address).status_code == 404
    assert manager.post(TICKETS, {"op": "dance"}).status_code == 404


def test_the_list_tells_hours_days_off_and_users(manager: Client) -> None:
    body = manager.get("/rules/calendars/").content.decode()
    assert "until Tue 10 Nov, 6:00 PM in New York" in body
    assert "Open</b> at all hours" in body
    for name in ("Orders", "Logistics", "US"):
        assert f'<span class="chip">{name}</span>' in body


def test_the_list_asks_no_more_for_more_calendars(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    manager.get("/rules/calendars/")
    with django_assert_max_num_queries(12) as few:
        manager.get("/rules/calendars/")
    for n in range(10):
        make_calendar(f"more-{n}")
    with django_assert_max_num_queries(12) as many:
        manager.get("/rules/calendars/")
    assert len(few) == len(many)


def test_without_any_calendar_the_next_step_is_said(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.rules.queries.calendars_shown", lambda at: [])
    body = manager.get("/rules/calendars/").content.decode()
    assert "There is no calendar yet" in body and 'href="/rules/new-calendar/"' in body


# --- what is wrong stays, and is said ---------------------------------------------------------------------------

BAD: dict[str, tuple[Form, str, str]] = {
    "no name": ({"name": " "}, "Give it a name", "f-name"),
    "no such zone": ({"timezone": "Mars/Base"}, "There is no time zone “Mars/Base”", "f-timezone"),
    "24:01": ({"w_end": ["24:01", "18:00", "18:00", "18:00", "18:00"]}, "“24:01” is no time of day", "w-0"),
    "starts at 24:00": ({"w_start": ["24:00", "09:00", "09:00", "09:00", "09:00"]}, "“24:00” is no time", "w-0"),
    "half a window": ({"w_end": ["", "18:00", "18:00", "18:00", "18:00"]}, "“” is no time of day", "w-0"),
    "empty window": ({"w_end": ["9", "18:00", "18:00", "18:00", "18:00"]}, "09:00 is empty", "w-0"),
    "never open": ({"w_day": [], "w_start": [], "w_end": []}, "it would never open", "hours"),
    "a window twice": (
        {"w_day": [0, 0], "w_start": ["9", "09:00"], "w_end": ["18", "18:00"]},
        "This window is there twice",
        "w-1",
    ),
    "a holiday twice": (
        {"h_day": ["2026-12-25", "2026-12-25"], "h_name": ["Christmas", "Again"]},
        "This date is there twice",
        "h-1",
    ),
    "a holiday without a date": ({"h_day": [""], "h_name": ["Founder's day"]}, "Give the date.", "h-0"),
    "no date": ({"h_day": ["2026-02-30"], "h_name": ["x"]}, "“2026-02-30” is no date.", "h-0"),
    "special hours": (
        {"s_day": ["2026-12-24"], "s_name": ["Eve"], "s_hours": ["9-noon"]},
        "“noon” is no time of day",
        "s-0",
    ),
    "far away": ({"s_day": ["1492-10-12"], "s_name": ["Landfall"], "s_hours": [""]}, "too far away", "s-0"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_kept_and_said_beside_its_row(manager: Client, name: str) -> None:
    changes, words, place = BAD[name]
    form = form_of(manager, **changes, op="effects")
    before = saved()
    response = manager.post(TICKETS, form)
    body = response.content.decode()
    assert response.status_code == 400
    assert words in slot(body, place)
    assert f'href="#{place}"' in body
    assert saved() == before
    assert CalendarVersion.objects.filter(calendar__code="tickets-ny").count() == 1


@pytest.mark.parametrize("name", BAD)
def test_without_scripts_the_whole_page_keeps_what_was_typed(manager: Client, name: str) -> None:
    changes, words, _place = BAD[name]
    form = form_of(manager, **changes, op="save")
    response = manager.post(TICKETS, form, headers={"HX-Request": ""})
    sheet = response.context["sheet"]
    assert response.status_code == 400
    assert words in response.content.decode()
    assert [row.start for row in sheet.windows] == [str(t) for t in form["w_start"]]
    assert [(row.day, row.name) for row in sheet.holidays] == list(
        zip(form["h_day"], form["h_name"], strict=True)
    )
    assert [row.hours for row in sheet.special] == form["s_hours"]
    assert sheet.name == form["name"].strip()


def test_a_row_without_anything_in_it_is_no_row(manager: Client) -> None:
    form = with_window(form_of(manager, h_day=[""], h_name=[""], op="effects"), 5, "", "")
    response = manager.post(TICKETS, form)
    assert response.status_code == 200
    assert "Nothing: this is what is saved already." in response.content.decode()


# --- steps ------------------------------------------------------------------------------------------------------


def step(client: Client, op: str, form: Form | None = None, **changes: Any) -> Any:
    """A step's answer: the sheet that the form then shows."""
    response = client.post(TICKETS, {**(form or form_of(client)), **changes, "op": op})
    assert response.status_code == 200
    return response.context["sheet"]


def windows(sheet: Any) -> list[tuple[int, str, str]]:
    return [(row.day, row.start, row.end) for row in sheet.windows]


def test_windows_are_added_and_removed(manager: Client) -> None:
    assert windows(step(manager, "add:0"))[1] == (0, "", "")
    assert [row[0] for row in windows(step(manager, "drop:0"))] == [1, 2, 3, 4]


def test_the_field_to_go_on_in_is_named(manager: Client) -> None:
    body = manager.post(TICKETS, form_of(manager, op="add:0")).content.decode()
    start = body.index('id="w-1-start"')
    assert "autofocus" in body[start : body.index(">", start)]


def test_a_day_is_copied(manager: Client) -> None:
    form = with_window(form_of(manager), 0, "20:00", "22:00")
    got = windows(step(manager, "copy:0:1,5", form))
    own = [("09:00", "18:00"), ("20:00", "22:00")]
    for day in (0, 1, 5):
        assert [row[1:] for row in got if row[0] == day] == own
    assert [row[1:] for row in got if row[0] == 2] == own[:1]


@pytest.mark.parametrize("op", ["drop:99", "drop:x", "add:7", "copy:9:1", "copy::", "h-drop:-1", "s-drop:²"])
def test_a_step_that_makes_no_sense_changes_nothing(manager: Client, op: str) -> None:
    form = form_of(manager)
    assert windows(step(manager, op, form)) == list(
        zip(form["w_day"], form["w_start"], form["w_end"], strict=True)
    )


def test_holidays_are_previewed_and_only_those_chosen_are_added(manager: Client) -> None:
    form = form_of(manager, h_day=["2026-12-25"], h_name=["Our Christmas"], country="US", years_from="2026")
    response = manager.post(TICKETS, {**form, "op": "list"})
    days = {one.day.isoformat(): one for one in response.context["listed"]["days"]}
    assert days["2026-12-25"].is_there and not days["2026-11-26"].is_there
    assert not [day for day in days if day < "2026-11-10"], "what is past is not offered"
    picked = [days["2026-11-26"].value, days["2027-01-01"].value, "2026-12-25 Christmas Day", "no date"]
    sheet = step(manager, "h-choose", {**form, "pick": picked})
    assert [(row.day, row.name) for row in sheet.holidays] == [
        ("2026-11-26", "Thanksgiving Day"),
        ("2026-12-25", "Our Christmas"),
        ("2027-01-01", "New Year's Day"),
    ]
    assert saved().holidays == ()


def test_parts_of_a_country(manager: Client) -> None:
    form = form_of(manager, country="GB", part="SCT", years_from="2027", op="list")
    names = [one.name for one in manager.post(TICKETS, form).context["listed"]["days"]]
    assert "Saint Andrew's Day" in names
    assert manager.post(TICKETS, {**form, "country": "XX"}).context["listed"]["error"]


# --- the week and a trial ---------------------------------------------------------------------------------------


def test_the_week_is_drawn_as_typed(manager: Client) -> None:
    form = form_of(
        manager, h_day=["2026-11-26"], h_name=["Thanksgiving"], s_day=["2026-11-27"], s_name=["Sale"]
    )
    form = {**form, "s_hours": ["6-12, 13-22"], "op": "week:2026-11-25"}
    week = manager.post(TICKETS, form).context["week"]
    monday, thursday, friday = week.days[0], week.days[3], week.days[4]
    assert (monday.words, monday.bars[0].x, monday.bars[0].width) == ("09:00–18:00", "37.5", "37.5")
    assert (thursday.note, thursday.kind, thursday.bars) == ("Thanksgiving", "holiday", [])
    assert (friday.words, friday.kind) == ("06:00–12:00, 13:00–22:00", "special")
    assert week.hours == 27 + 15
    assert not week.has_today


def test_rows_that_are_wrong_are_left_out_of_the_drawing(manager: Client) -> None:
    form = with_window(form_of(manager, op="week"), 5, "10:00", "99")
    week = manager.post(TICKETS, form).context["week"]
    assert week.days[0].words == "09:00–18:00" and week.days[5].words == ""
    assert week.has_today and week.days[1].here == "41.667"
    assert manager.post(TICKETS, {**form, "timezone": "Nowhere"}).context["week"] == None  # noqa: E711


@pytest.mark.parametrize("asked", ["2199-12-31", "1970-01-01", "9999-12-31", "0001-01-01", "soon", ""])
def test_a_week_out_of_reach_is_this_one(manager: Client, asked: str) -> None:
    response = manager.post(TICKETS, form_of(manager, op=f"week:{asked}"))
    assert response.status_code == 200
    assert response.context["week"].monday.isoformat() == "2026-11-09"


def test_the_readers_zone(house: House, manager: Client) -> None:
    house.manager.timezone = "Asia/Manila"
    house.manager.save()
    form = form_of(manager, op="week", drawn_in="reader")
    week = manager.post(TICKETS, form).context["week"]
    assert week.zone == "Asia/Manila"
    assert week.days[1].words == "00:00–07:00, 22:00–24:00"


def test_tried_before_it_is_saved(manager: Client) -> None:
    form = with_window(form_of(manager), 5, "10", "12")
    asked = {**form, "op": "try", "try_at": "2026-11-13T17:00", "try_hours": "4"}
    tried = manager.post(TICKETS, asked).context["tried"]
    assert tried.answer.is_open
    assert (
        tried.answer.due.isoformat() == "2026-11-16T15:00:00+00:00"
    )  # 1 h on Friday, 2 on Saturday, 1 on Monday
    assert "Next open Sat 14 Nov 10:00" in [line.text for line in tried.answer.steps]
    assert len(saved().windows) == 5


@pytest.mark.parametrize(
    "changes,words",
    [
        ({"try_at": "tomorrow"}, "Give a date and a time."),
        ({"try_hours": "many"}, "Give hours, like 4"),
        ({"try_hours": "-1"}, "Give hours, like 4"),
        ({"try_at": "1971-01-01T00:00"}, "between 1990 and 2149"),
        ({"w_end": ["x"] * 5}, "cannot be counted yet"),
    ],
)
def test_a_trial_that_cannot_be_counted_says_why(manager: Client, changes: Form, words: str) -> None:
    asked = {"try_at": "2026-11-13T17:00", "try_hours": "4", "op": "try", **changes}
    response = manager.post(TICKETS, form_of(manager, **asked))
    assert response.status_code == 200
    assert words in response.content.decode()
