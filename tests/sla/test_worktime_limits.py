"""Tables for desks that never open, working days, promises and bad input, worked out by hand."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from sla.worktime import NeverOpen, WorkCalendar
from tests.sla.desks import (
    ALWAYS,
    CALENDAR_DAYS,
    HOUR,
    LONDON,
    NY,
    OFFICE,
    US_HOLIDAYS,
    at,
    every_day,
    utc,
)

# Never open ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("week", [{}, {"mon": []}, {"mon": [("09:00", "09:00")]}])
def test_a_desk_that_never_opens(week: dict) -> None:
    desk, t = WorkCalendar(NY, week), utc("2026-03-09 12:00")
    assert not desk.is_open(t)
    assert desk.next_open(t) is None and desk.next_close(t) is None
    assert desk.between(t, utc("2030-01-01 00:00")) == 0
    for seconds in (0, 1, -1):
        with pytest.raises(NeverOpen):
            desk.add(t, seconds)
        with pytest.raises(NeverOpen):
            desk.explain_add(t, seconds)
    for call in (lambda: desk.add_workdays(date(2026, 3, 9), 0), lambda: desk.promise(t, 1, 2)):
        with pytest.raises(NeverOpen):
            call()
    assert desk.workdays_between(date(2026, 3, 9), date(2026, 4, 9)) == 0


def test_looking_ahead_ends_after_800_days() -> None:
    opening = utc("2028-06-01 10:00")
    desk = WorkCalendar(
        "UTC", {}, extra={"2028-06-01": [("10:00", "11:00")], "2031-06-01": [("10:00", "11:00")]}
    )
    assert desk.next_open(opening - timedelta(days=800)) == opening
    assert desk.next_open(opening - timedelta(days=800, seconds=1)) is None
    assert desk.add(opening, HOUR) == utc("2028-06-01 11:00")
    for _ in range(2):
        with pytest.raises(NeverOpen):
            desk.add(opening, HOUR + 1)
        assert desk.add(utc("2031-06-02 00:00"), -HOUR) == utc("2031-06-01 10:00")
        with pytest.raises(NeverOpen):
            desk.add(utc("2031-06-02 00:00"), -HOUR - 1)
        with pytest.raises(NeverOpen):
            desk.add_workdays(date(2028, 6, 1), 1)
        desk.between(opening, utc("2033-01-01 00:00"))  # the same again with every year compiled


def test_a_desk_that_stays_open_has_no_close() -> None:
    desk = WorkCalendar(NY, ALWAYS)
    t = utc("2026-03-09 12:00:01")
    assert desk.is_open(t) and desk.next_open(t) == t and desk.next_close(t) is None
    assert desk.add(t, 10**8) == t + timedelta(seconds=10**8)
    assert [step.kind for step in desk.explain_add(t, 10**8)] == ["start", "count"]


def test_months_closed_are_no_error() -> None:
    closed = [date(2026, 3, 9) + timedelta(days=n) for n in range(120)]
    desk = WorkCalendar("UTC", OFFICE, closed)
    assert desk.next_open(utc("2026-03-09 09:00")) == utc("2026-07-07 09:00")


# Working days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "days", "result"),
    [
        ("2026-03-09", 0, "2026-03-09"),
        ("2026-03-09", 4, "2026-03-13"),
        ("2026-03-09", 5, "2026-03-16"),
        ("2026-03-07", 0, "2026-03-09"),
        ("2026-03-07", 1, "2026-03-10"),  # Saturday + 1 = Tuesday
        ("2026-03-07", -1, "2026-03-05"),
        ("2026-03-09", -1, "2026-03-06"),
        ("2026-05-22", 1, "2026-05-26"),  # over Memorial Day
        ("2026-12-31", 1, "2027-01-04"),
        ("2027-01-04", -1, "2026-12-31"),
        ("2026-01-05", 2600, "2035-12-24"),  # 520 weeks
    ],
)
def test_add_workdays(day: str, days: int, result: str) -> None:
    holidays = US_HOLIDAYS if abs(days) < 100 else []
    desk = WorkCalendar(NY, OFFICE, holidays)
    start, end = date.fromisoformat(day), date.fromisoformat(result)
    assert desk.add_workdays(start, days) == end
    if start.weekday() < 5:
        assert desk.workdays_between(start, end) == days


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-03-06", "2026-03-09", 1),
        ("2026-03-06", "2026-03-08", 0),
        ("2026-03-09", "2026-03-06", -1),
        ("2026-05-22", "2026-05-26", 1),
        ("2026-03-09", "2026-03-09", 0),
    ],
)
def test_workdays_between(start: str, end: str, count: int) -> None:
    desk = WorkCalendar(NY, OFFICE, US_HOLIDAYS)
    assert desk.workdays_between(date.fromisoformat(start), date.fromisoformat(end)) == count


def test_what_makes_a_working_day() -> None:
    nights = WorkCalendar("UTC", {"fri": [("22:00", "06:00")]})
    assert nights.add_workdays(date(2026, 3, 7), 0) == date(2026, 3, 13)  # a tail makes none
    special = WorkCalendar(
        "UTC", OFFICE, ["2026-03-09"], {"2026-03-09": [("10:00", "12:00")], "2026-03-10": []}
    )
    assert special.add_workdays(date(2026, 3, 7), 1) == date(2026, 3, 11)
    gap = WorkCalendar(NY, every_day(("02:15", "02:45")))
    assert gap.add_workdays(date(2026, 3, 7), 1) == date(2026, 3, 9)  # no window on the 8th
    apia = WorkCalendar("Pacific/Apia", OFFICE)
    assert apia.add_workdays(date(2011, 12, 29), 1) == date(2012, 1, 2)  # a Friday that never was


@pytest.mark.parametrize(
    ("t", "days", "cutoff", "due"),
    [
        ("2026-03-09 16:59:59", (1, 1), "close", "2026-03-10 17:00"),
        ("2026-03-09 17:00", (1, 1), "close", "2026-03-11 17:00"),
        ("2026-03-09 07:00", (0, 0), "close", "2026-03-09 17:00"),  # before opening still counts as that day
        ("2026-03-09 13:59:59", (0, 0), "14:00", "2026-03-09 17:00"),
        ("2026-03-09 14:00", (0, 0), "14:00", "2026-03-10 17:00"),
        ("2026-03-09 23:00", (0, 0), "24:00", "2026-03-09 17:00"),
        ("2026-03-07 12:00", (1, 1), "close", "2026-03-10 17:00"),  # Saturday + 1 = Tuesday
        ("2026-03-06 18:00", (1, 3), "close", "2026-03-12 17:00"),
        ("2026-05-22 18:00", (0, 1), "close", "2026-05-27 17:00"),
    ],
)
def test_promises(t: str, days: tuple[int, int], cutoff: str, due: str) -> None:
    desk = WorkCalendar(NY, OFFICE, US_HOLIDAYS)
    first, last = desk.promise(at(t, NY), *days, cutoff=cutoff)
    assert last == at(due, NY).date()
    assert desk.workdays_between(first, last) == days[1] - days[0]
    assert desk.promise_due(at(t, NY), days[1], cutoff) == at(due, NY)


def test_a_promise_ends_with_the_last_window_of_its_day() -> None:
    split = WorkCalendar(NY, {"mon": [("09:00", "12:00"), ("13:00", "18:00")], "tue": [("22:00", "02:00")]})
    assert split.promise_due(at("2026-03-09 08:00", NY), 0) == at("2026-03-09 18:00", NY)
    assert split.promise_due(at("2026-03-09 08:00", NY), 1) == at("2026-03-11 00:00", NY)
    fold = WorkCalendar(NY, {"sun": [("00:00", "02:00")]})
    assert fold.promise_due(at("2026-11-01 00:30", NY), 0) == utc("2026-11-01 07:00")
    # 01:45 of the first round is past a cut-off at 01:30; 01:15 of the second round stays past it.
    assert fold.promise(at("2026-11-01 01:15", NY), 0, 0, "01:30")[0] == date(2026, 11, 1)
    assert fold.promise(at("2026-11-01 01:15", NY, fold=1), 0, 0, "01:30")[0] == date(2026, 11, 8)


def test_the_last_day_of_the_year_west_of_greenwich() -> None:
    """New Year's Eve in New York lies in two UTC years; its last close is in the second one."""
    desk = WorkCalendar(NY, {"wed": [("21:00", "20:00")], "thu": [("10:00", "12:00")]})
    assert desk.promise_due(at("2026-12-31 09:00", NY), 0) == at("2026-12-31 20:00", NY)


# Bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Mars/Olympus", OFFICE), "unknown time zone 'Mars/Olympus'"),
        (("", OFFICE), "unknown time zone"),
        (("../etc/passwd", OFFICE), "unknown time zone"),
        (("America", OFFICE), "unknown time zone"),
        ((None, OFFICE), "unknown time zone"),
        (("UTC", {"monday": [("09:00", "17:00")]}), "unknown weekday 'monday'"),
        (("UTC", {"mon": [("09:00", "24:01")]}), "mon: no such time of day: '24:01'"),
        (("UTC", {"mon": [("09:00", "25:00")]}), "no such time of day"),
        (("UTC", {"mon": [("09:60", "17:00")]}), "no such time of day"),
        (("UTC", {"mon": [("24:00", "06:00")]}), "'24:00' can end a window but not start one"),
        (("UTC", {"mon": [("9:00", "17:00")]}), "malformed time '9:00'"),
        (("UTC", {"mon": [("09:00:00", "17:00")]}), "malformed time"),
        (("UTC", {"mon": [("09:00\n", "17:00")]}), "malformed time"),
        (("UTC", {"mon": [("٠٩:٠٠", "17:00")]}), "malformed time"),
        (("UTC", {"mon": [(9, 17)]}), "malformed time"),
        (("UTC", {"mon": [("09:00",)]}), "mon: windows are a list"),
        (("UTC", {"mon": "09:00-17:00"}), "mon: windows are a list"),
        (("UTC", {"mon": ["ab"]}), "mon: windows are a list"),
        (("UTC", {"mon": None}), "mon: windows are a list"),
        (("UTC", [("mon", "09:00")]), "weekly hours are a mapping"),
        (("UTC", OFFICE, ["2026-02-30"]), "malformed date '2026-02-30'"),
        (("UTC", OFFICE, ["20260101"]), "malformed date"),
        (("UTC", OFFICE, ["2026-W01-1"]), "malformed date"),
        (("UTC", OFFICE, "2026-01-01"), "holidays are a list"),
        (("UTC", OFFICE, [datetime(2026, 1, 1)]), "a calendar date is needed"),
        (("UTC", OFFICE, [], {"2026-01-01": [("09:00", "24:01")]}), "special date 2026-01-01: no such time"),
        (("UTC", OFFICE, [], {"2026-01-01": [], date(2026, 1, 1): []}), "given twice"),
        (("UTC", OFFICE, [], ["2026-01-01"]), "special dates are a mapping"),
    ],
)
def test_bad_calendars_are_refused(arguments: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WorkCalendar(*arguments)


NAIVE, AWARE, DAY = datetime(2026, 3, 9, 12), datetime(2026, 3, 9, 12, tzinfo=UTC), date(2026, 3, 9)


@pytest.mark.parametrize(
    ("method", "arguments", "words"),
    [
        ("is_open", (NAIVE,), "aware"),
        ("next_open", (NAIVE,), "aware"),
        ("next_close", (NAIVE,), "aware"),
        ("add", (NAIVE, 60), "aware"),
        ("explain_add", (NAIVE, 60), "aware"),
        ("between", (NAIVE, AWARE), "aware"),
        ("between", (AWARE, NAIVE), "aware"),
        ("promise", (NAIVE, 1, 2), "aware"),
        ("promise_due", (NAIVE, 1), "aware"),
        ("is_open", (DAY,), "aware"),
        ("is_open", (None,), "aware"),
        ("add", (AWARE, "60"), "number of seconds"),
        ("add", (AWARE, float("nan")), "number of seconds"),
        ("add", (AWARE, float("inf")), "number of seconds"),
        ("is_open", (datetime(2300, 1, 1, tzinfo=UTC),), "1900 to 2199"),
        ("promise", (datetime.min.replace(tzinfo=UTC), 0, 1), "1900 to 2199"),
        ("add_workdays", (AWARE, 1), "calendar date"),
        ("add_workdays", ("2026-03-09", 1), "calendar date"),
        ("add_workdays", (DAY, 1.5), "whole number of days"),
        ("workdays_between", (DAY, AWARE), "calendar date"),
        ("promise", (AWARE, 3, 2), "min_days <= max_days"),
        ("promise", (AWARE, -1, 2), "min_days <= max_days"),
        ("promise", (AWARE, 1, 2, "24:01"), "no such time"),
        ("promise", (AWARE, 1, 2, "noon"), "malformed time"),
    ],
)
def test_bad_questions_are_refused(method: str, arguments: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        getattr(WorkCalendar("UTC", OFFICE), method)(*arguments)


def test_more_time_than_the_years_covered_hold() -> None:
    with pytest.raises(NeverOpen):
        WorkCalendar("UTC", ALWAYS).add(utc("2190-01-01 00:00"), 10**12)
    with pytest.raises(NeverOpen):
        WorkCalendar("UTC", ALWAYS).add(utc("1905-01-01 00:00"), -(10**12))
    with pytest.raises(NeverOpen):
        WorkCalendar("UTC", OFFICE).add_workdays(date(2199, 1, 1), 5000)


# Being a value ---------------------------------------------------------------------------------------


def test_calendars_are_values() -> None:
    one = WorkCalendar(NY, CALENDAR_DAYS, US_HOLIDAYS, {"2026-03-07": [("10:00", "12:00")]})
    same = WorkCalendar(
        NY,
        {day: list(reversed(windows)) for day, windows in CALENDAR_DAYS.items()},
        [date.fromisoformat(day) for day in US_HOLIDAYS],
        {date(2026, 3, 7): (["10:00", "12:00"],)},
    )
    assert one == same and hash(one) == hash(same) and len({one, same}) == 1
    assert one != WorkCalendar(LONDON, CALENDAR_DAYS, US_HOLIDAYS, {"2026-03-07": [("10:00", "12:00")]})
    assert one != WorkCalendar(NY, CALENDAR_DAYS, US_HOLIDAYS)
    assert one != "a calendar"
    again = pickle.loads(pickle.dumps(one))
    assert again == one and again.add(AWARE, HOUR) == one.add(AWARE, HOUR)


def test_the_sums_stand_alone() -> None:
    """No Django comes with them."""
    code = (
        "import sys, sla.worktime; sys.exit(any(name.partition('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
