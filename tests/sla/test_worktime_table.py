"""Tables for windows, sums and changing clocks, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.worktime import WorkCalendar
from tests.sla.desks import (
    ALWAYS,
    CALENDAR_DAYS,
    HOUR,
    LONDON,
    NIGHTS,
    NY,
    OFFICE,
    US_HOLIDAYS,
    at,
    every_day,
    utc,
)

# The desk this product is for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week", "start", "hours", "due"),
    [
        (CALENDAR_DAYS, "2026-03-05 22:30", 2, "2026-03-09 02:00"),  # Thursday; clocks change on Sunday
        (CALENDAR_DAYS, "2026-07-16 22:30", 2, "2026-07-20 02:00"),
        (CALENDAR_DAYS, "2026-03-05 22:30", 1, "2026-03-05 23:30"),  # lands on the close
        (CALENDAR_DAYS, "2026-03-06 03:00", 1, "2026-03-09 02:00"),  # Friday is closed in this reading
        (CALENDAR_DAYS, "2026-01-01 02:00", 1, "2026-01-05 02:00"),  # New Year's Day, a Thursday
        (CALENDAR_DAYS, "2026-09-06 12:00", 1, "2026-09-08 02:00"),  # Labor Day
        (CALENDAR_DAYS, "2026-03-03 05:00", 2, "2026-03-03 22:00"),  # over the day, between two windows
        (NIGHTS, "2026-03-05 22:30", 2, "2026-03-06 02:00"),
        (NIGHTS, "2026-03-06 05:00", 2, "2026-03-09 22:00"),
        (NIGHTS, "2026-11-25 23:00", 1, "2026-11-27 01:30"),  # Thanksgiving, all of it
    ],
)
def test_the_real_desk(week: dict, start: str, hours: int, due: str) -> None:
    desk = WorkCalendar(NY, week, US_HOLIDAYS)
    assert desk.add(at(start, NY), hours * HOUR) == at(due, NY)
    assert desk.between(at(start, NY), at(due, NY)) == hours * HOUR


def test_the_receipt_of_the_real_desk() -> None:
    desk = WorkCalendar(NY, CALENDAR_DAYS, US_HOLIDAYS)
    steps = desk.explain_add(at("2026-03-05 22:30", NY), 2 * HOUR)
    told = [
        (step.kind, step.end.astimezone(ZoneInfo(NY)).strftime("%a %H:%M"), step.seconds) for step in steps
    ]
    assert told == [
        ("start", "Thu 22:30", 0),
        ("count", "Thu 23:30", HOUR),
        ("wait", "Mon 01:00", 0),
        ("count", "Mon 02:00", HOUR),
    ]
    assert not any(step.merged for step in steps)


def test_a_long_receipt_is_summed_up_in_the_middle() -> None:
    desk = WorkCalendar(NY, CALENDAR_DAYS, US_HOLIDAYS)
    start = at("2026-03-05 22:30", NY)
    steps = desk.explain_add(start, 500 * HOUR)
    assert len(steps) <= 50 and sum(step.merged for step in steps) == 1
    assert sum(step.seconds for step in steps) == 500 * HOUR
    assert steps[-1].end == desk.add(start, 500 * HOUR)


def test_receipts_backwards_and_of_nothing() -> None:
    desk = WorkCalendar("UTC", OFFICE)
    back = desk.explain_add(utc("2026-03-09 10:00"), -2 * HOUR)
    assert [(step.kind, step.seconds) for step in back] == [
        ("start", 0),
        ("count", -HOUR),
        ("wait", 0),
        ("count", -HOUR),
    ]
    assert back[-1].end == utc("2026-03-06 16:00")
    nothing = desk.explain_add(utc("2026-03-08 10:00"), 0)
    assert [(step.kind, step.end) for step in nothing][1:] == [("wait", utc("2026-03-09 09:00"))]


# Windows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("t", "is_open", "opens", "closes"),
    [
        ("2026-03-09 08:59:59", False, "2026-03-09 09:00", "2026-03-09 17:00"),
        ("2026-03-09 09:00", True, "2026-03-09 09:00", "2026-03-09 17:00"),
        ("2026-03-09 16:59:59", True, "2026-03-09 16:59:59", "2026-03-09 17:00"),
        ("2026-03-09 17:00", False, "2026-03-10 09:00", "2026-03-10 17:00"),
        ("2026-03-13 17:00", False, "2026-03-16 09:00", "2026-03-16 17:00"),
    ],
)
def test_windows_are_half_open(t: str, is_open: bool, opens: str, closes: str) -> None:
    office = WorkCalendar("UTC", OFFICE)
    assert office.is_open(utc(t)) is is_open
    assert office.next_open(utc(t)) == utc(opens)
    assert office.next_close(utc(t)) == utc(closes)


@pytest.mark.parametrize(
    "monday",
    [
        [("09:00", "12:00"), ("12:00", "17:00")],
        [("12:00", "17:00"), ("09:00", "12:00")],
        [("09:00", "15:00"), ("10:00", "17:00")],
        [("09:00", "17:00"), ("10:00", "11:00"), ("13:00", "13:00")],
    ],
)
def test_touching_overlapping_unordered_and_empty(monday: list) -> None:
    desk = WorkCalendar("UTC", {"mon": monday})
    assert desk.between(utc("2026-03-09 00:00"), utc("2026-03-10 00:00")) == 8 * HOUR
    assert desk.next_close(utc("2026-03-09 09:00")) == utc("2026-03-09 17:00")
    assert desk == WorkCalendar("UTC", {"mon": [("09:00", "17:00")], "tue": []})


def test_two_windows_a_day_leave_lunch_out() -> None:
    desk = WorkCalendar("UTC", {"mon": [("09:00", "12:00"), ("13:00", "17:00")]})
    assert desk.add(utc("2026-03-09 11:00"), 2 * HOUR) == utc("2026-03-09 14:00")
    assert desk.next_close(utc("2026-03-09 12:30")) == utc("2026-03-09 17:00")


def test_midnight_and_the_week_end_lose_nothing() -> None:
    desk = WorkCalendar("UTC", {"sun": [("20:00", "24:00")], "mon": [("00:00", "04:00")]})
    assert desk.next_close(utc("2026-03-08 21:00")) == utc("2026-03-09 04:00")
    assert desk.between(utc("2026-03-08 23:59:30"), utc("2026-03-09 00:00:30")) == 60
    sugar = WorkCalendar("UTC", {"sun": [("20:00", "04:00")]})
    assert sugar.next_close(utc("2026-03-08 21:00")) == utc("2026-03-09 04:00")


def test_over_midnight_ending_at_midnight() -> None:
    desk = WorkCalendar("UTC", {"fri": [("22:00", "00:00")]})
    assert desk.between(utc("2026-03-06 00:00"), utc("2026-03-08 00:00")) == 2 * HOUR


@pytest.mark.parametrize(
    ("holidays", "extra", "opens", "closes", "hours"),
    [
        ([], {}, "2026-03-06 22:00", "2026-03-07 06:00", 8),
        (["2026-03-06"], {}, "2026-03-07 00:00", "2026-03-07 06:00", 6),  # Friday's half is gone
        (["2026-03-07"], {}, "2026-03-06 22:00", "2026-03-07 00:00", 2),  # Saturday's half is gone
        (["2026-03-06", "2026-03-07"], {}, "2026-03-13 22:00", "2026-03-14 06:00", 0),
        ([], {"2026-03-06": []}, "2026-03-07 00:00", "2026-03-07 06:00", 6),
        ([], {"2026-03-07": [("10:00", "11:00")]}, "2026-03-06 22:00", "2026-03-07 00:00", 3),
        ([], {"2026-03-06": [("23:00", "07:00")]}, "2026-03-06 23:00", "2026-03-07 07:00", 8),
        (["2026-03-07"], {"2026-03-06": [("23:00", "07:00")]}, "2026-03-06 23:00", "2026-03-07 00:00", 1),
    ],
)
def test_each_half_obeys_its_own_date(
    holidays: list, extra: dict, opens: str, closes: str, hours: int
) -> None:
    desk = WorkCalendar("UTC", {"fri": [("22:00", "06:00")]}, holidays, extra)
    start = utc("2026-03-06 12:00")
    assert (desk.next_open(start), desk.next_close(start)) == (utc(opens), utc(closes))
    assert desk.between(start, utc("2026-03-08 12:00")) == hours * HOUR


@pytest.mark.parametrize(
    ("holidays", "extra", "hours"),
    [
        ((), {}, 8),
        ([date(2026, 3, 9)], {}, 0),
        (["2026-03-09"], {}, 0),
        (["2026-03-09"], {"2026-03-09": [("10:00", "13:00")]}, 3),  # special beats holiday
        ((), {date(2026, 3, 9): [("10:00", "13:00")]}, 3),  # and the week
        ((), {"2026-03-09": []}, 0),
    ],
)
def test_order_of_force(holidays: list, extra: dict, hours: int) -> None:
    desk = WorkCalendar("UTC", OFFICE, holidays, extra)
    assert desk.between(utc("2026-03-09 00:00"), utc("2026-03-10 00:00")) == hours * HOUR


# add and between -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "seconds", "end"),
    [
        ("2026-03-09 09:00", 8 * HOUR, "2026-03-09 17:00"),
        ("2026-03-09 09:00", 8 * HOUR + 1, "2026-03-10 09:00:01"),
        ("2026-03-07 11:00", HOUR, "2026-03-09 10:00"),
        ("2026-03-07 11:00", 0, "2026-03-09 09:00"),
        ("2026-03-09 17:00", 0, "2026-03-10 09:00"),
        ("2026-03-09 12:34:56", 0, "2026-03-09 12:34:56"),
        ("2026-03-09 10:00", -HOUR, "2026-03-09 09:00"),
        ("2026-03-09 10:00", -HOUR - 1, "2026-03-06 16:59:59"),
        ("2026-03-08 10:00", -HOUR, "2026-03-06 16:00"),
        ("2026-03-09 09:00", -8 * HOUR, "2026-03-06 09:00"),
        ("2026-03-06 16:00", 40 * HOUR, "2026-03-13 16:00"),
    ],
)
def test_add(start: str, seconds: int, end: str) -> None:
    office = WorkCalendar("UTC", OFFICE)
    assert office.add(utc(start), seconds) == utc(end)
    assert office.between(utc(start), utc(end)) == seconds
    assert office.between(utc(end), utc(start)) == -seconds


def test_fractions_are_cut_off_and_results_are_utc() -> None:
    office = WorkCalendar(NY, OFFICE)
    start = at("2026-03-09 09:00:00.999999", NY)
    assert office.add(start, 60.9) == utc("2026-03-09 13:01")  # type: ignore[arg-type]
    assert office.add(start, 60).tzinfo is UTC
    assert office.next_open(start).tzinfo is UTC and office.next_open(start).microsecond == 0
    assert office.between(start, at("2026-03-09 09:00:01", NY)) == 1
    before_1970 = utc("1969-12-31 23:59:58.500000")
    assert WorkCalendar("UTC", ALWAYS).next_open(before_1970) == utc("1969-12-31 23:59:58")


def test_ten_years_exactly() -> None:
    office = WorkCalendar("UTC", OFFICE)
    start, end = date(2026, 1, 1), date(2036, 1, 1)
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    seconds = sum(day.weekday() < 5 for day in days) * 8 * HOUR
    assert office.between(utc("2026-01-01 00:00"), utc("2036-01-01 00:00")) == seconds
    assert office.add(utc("2026-01-01 00:00"), seconds) == utc("2035-12-31 17:00")
    assert office.add(utc("2036-01-01 00:00"), -seconds) == utc("2026-01-01 09:00")


def test_leap_day_and_the_end_of_the_year() -> None:
    always = WorkCalendar("UTC", ALWAYS)
    assert always.between(utc("2028-02-28 00:00"), utc("2028-03-01 00:00")) == 48 * HOUR
    assert WorkCalendar("UTC", OFFICE).add(utc("2028-02-28 16:00"), 2 * HOUR) == utc("2028-02-29 10:00")
    desk = WorkCalendar(NY, every_day(("22:00", "02:00")), ["2027-01-01"])
    assert desk.between(at("2026-12-31 21:00", NY), at("2027-01-01 12:00", NY)) == 2 * HOUR
    assert desk.add(at("2026-12-31 23:00", NY), 2 * HOUR) == at("2027-01-02 01:00", NY)


# Clocks that change ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (NY, "2026-03-08", 23),
        (NY, "2026-11-01", 25),
        (LONDON, "2026-03-29", 23),
        (LONDON, "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Shanghai", "2026-03-29", 24),
        ("Asia/Kolkata", "2026-03-29", 24),
        ("Africa/Casablanca", "2026-02-15", 25),  # Ramadan begins
        ("Africa/Casablanca", "2026-03-22", 23),  # and is over
        ("Africa/Cairo", "2026-04-24", 23),  # midnight does not exist
        ("Africa/Cairo", "2026-10-29", 25),  # the last hour of the day comes twice
        ("Pacific/Apia", "2011-12-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),  # the date line moved over this one
        ("Pacific/Apia", "2011-12-31", 24),
    ],
)
def test_a_full_day_is_as_long_as_it_is(zone: str, day: str, hours: float) -> None:
    only = WorkCalendar(zone, {}, extra={day: [("00:00", "24:00")]})
    noon = utc(f"{day} 12:00")
    assert only.between(noon - timedelta(days=3), noon + timedelta(days=3)) == hours * HOUR
    all_but = WorkCalendar(zone, ALWAYS, [day])
    assert all_but.between(noon - timedelta(days=3), noon + timedelta(days=3)) == (144 - hours) * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "window", "intervals"),
    [
        (NY, "2026-03-08", ("02:30", "04:00"), [("07:00", "08:00")]),  # opens at 03:00
        (NY, "2026-03-08", ("01:00", "02:30"), [("06:00", "07:00")]),  # closes when 02:00 would be
        (NY, "2026-03-08", ("02:00", "03:00"), []),
        (NY, "2026-11-01", ("01:15", "01:45"), [("05:15", "05:45"), ("06:15", "06:45")]),
        (NY, "2026-11-01", ("01:30", "02:30"), [("05:30", "06:00"), ("06:30", "07:30")]),
        (NY, "2026-11-01", ("00:30", "01:30"), [("04:30", "05:30"), ("06:00", "06:30")]),
        (LONDON, "2026-03-29", ("01:15", "01:45"), []),
        (LONDON, "2026-10-25", ("01:15", "01:45"), [("00:15", "00:45"), ("01:15", "01:45")]),
        ("Australia/Lord_Howe", "2026-10-04", ("02:15", "03:00"), [("15:30", "16:00")]),
        ("Australia/Lord_Howe", "2026-04-05", ("01:30", "02:00"), [("14:30", "15:30")]),  # twice, touching
        ("Africa/Casablanca", "2026-03-22", ("02:30", "03:30"), [("02:00", "02:30")]),
        ("Africa/Cairo", "2026-04-24", ("00:30", "02:00"), [("22:00", "23:00")]),
        ("Africa/Cairo", "2026-10-29", ("22:00", "24:00"), [("19:00", "22:00")]),
        ("Asia/Kolkata", "2026-03-29", ("09:30", "18:00"), [("04:00", "12:30")]),
        ("Asia/Shanghai", "2026-11-01", ("09:00", "18:00"), [("01:00", "10:00")]),
        ("Pacific/Apia", "2011-12-30", ("09:00", "17:00"), []),
    ],
)
def test_edges_in_a_gap_or_a_fold(zone: str, day: str, window: tuple, intervals: list) -> None:
    desk = WorkCalendar(zone, {}, extra={day: [window]})
    here, found = utc(f"{day} 12:00") - timedelta(days=2), []
    while (opens := desk.next_open(here)) is not None:
        here = desk.next_close(opens)
        found.append((f"{opens:%H:%M}", f"{here:%H:%M}"))
    assert found == intervals


def test_a_desk_through_a_change_keeps_wall_hours() -> None:
    desk = WorkCalendar(NY, OFFICE)
    assert desk.next_open(at("2026-03-06 18:00", NY)) == utc("2026-03-09 13:00")
    assert desk.next_open(at("2026-10-30 18:00", NY)) == utc("2026-11-02 14:00")
    assert desk.add(at("2026-11-01 01:30", NY, fold=1), 60) == utc("2026-11-02 14:01")


def test_a_night_shift_over_the_skipped_and_the_repeated_hour() -> None:
    desk = WorkCalendar(NY, {"sat": [("22:00", "06:00")]})
    assert desk.between(at("2026-03-07 12:00", NY), at("2026-03-08 12:00", NY)) == 7 * HOUR
    assert desk.between(at("2026-10-31 12:00", NY), at("2026-11-01 12:00", NY)) == 9 * HOUR


def test_a_holiday_on_a_25_hour_day_ends_with_its_date() -> None:
    desk = WorkCalendar(NY, ALWAYS, ["2026-11-01"])
    assert desk.next_open(at("2026-11-01 00:00", NY)) == at("2026-11-02 00:00", NY)
    assert desk.next_close(at("2026-10-31 12:00", NY)) == utc("2026-11-01 04:00")
