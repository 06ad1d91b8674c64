"""The bugs that engines of this field have, by name, against our sums and our clocks.

What takes a ticket to show is in tests/tickets/test_field_bugs.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sla import actions, jobs, queries
from sla.events import ClockBreached, ClockWarned
from sla.models import ClockTransition
from sla.receipts import receipt
from sla.worktime import NeverOpen, WorkCalendar
from tests.sla.desks import ALWAYS, CALENDAR_DAYS, HOUR, NIGHTS, NY, US_HOLIDAYS, at, utc
from tests.sla.kit import OFFICE as OFFICE_ROWS
from tests.sla.kit import Desk, ny, save_nights, save_office

Stop = Callable[[datetime], None]


def intervals(desk: WorkCalendar, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Every open stretch between two instants, on the wall of the desk."""
    found, here = [], start
    while (opens := desk.next_open(here)) is not None and opens < end:
        here = desk.next_close(opens) or end
        found.append(tuple(f"{one.astimezone(desk.zone):%a %d %H:%M}" for one in (opens, here)))
    return found


# The real desk -------------------------------------------------------------------------------------------

MON, TUE, WED = (
    [("Mon 23 01:00", "Mon 23 06:00"), ("Mon 23 21:00", "Mon 23 23:30")],
    [("Tue 24 01:00", "Tue 24 06:00"), ("Tue 24 21:00", "Tue 24 23:30")],
    [("Wed 25 01:00", "Wed 25 06:00"), ("Wed 25 21:00", "Wed 25 23:30")],
)


@pytest.mark.parametrize(
    ("week", "open_then"),
    [
        # "21:00-23:30 and 01:00-06:00, Monday to Thursday, except holidays": Thanksgiving is Thursday 26.
        (CALENDAR_DAYS, [*MON, *TUE, *WED]),
        (NIGHTS, [MON[1], *TUE, *WED, ("Fri 27 01:00", "Fri 27 06:00")]),
    ],
)
def test_the_real_desk_in_the_week_of_a_holiday(week: Any, open_then: list[tuple[str, str]]) -> None:
    desk = WorkCalendar(NY, week, US_HOLIDAYS)
    assert intervals(desk, at("2026-11-22 00:00", NY), at("2026-11-29 00:00", NY)) == open_then


@pytest.mark.parametrize(
    ("week", "open_then"),
    [
        (
            CALENDAR_DAYS,
            [
                ("Mon 09 01:00", "Mon 09 06:00"),
                ("Mon 09 21:00", "Mon 09 23:30"),
                ("Tue 10 01:00", "Tue 10 06:00"),
                ("Tue 10 21:00", "Tue 10 23:30"),
                ("Wed 11 01:00", "Wed 11 06:00"),
                ("Wed 11 21:00", "Wed 11 23:30"),
                ("Thu 12 01:00", "Thu 12 06:00"),
                ("Thu 12 21:00", "Thu 12 23:30"),
            ],
        ),
        (
            NIGHTS,
            [
                ("Mon 09 21:00", "Mon 09 23:30"),
                ("Tue 10 01:00", "Tue 10 06:00"),
                ("Tue 10 21:00", "Tue 10 23:30"),
                ("Wed 11 01:00", "Wed 11 06:00"),
                ("Wed 11 21:00", "Wed 11 23:30"),
                ("Thu 12 01:00", "Thu 12 06:00"),
                ("Thu 12 21:00", "Thu 12 23:30"),
                ("Fri 13 01:00", "Fri 13 06:00"),
            ],
        ),
    ],
)
def test_the_real_desk_in_the_week_after_clocks_went_forward(week: Any, open_then: list[Any]) -> None:
    desk = WorkCalendar(NY, week, US_HOLIDAYS)
    assert intervals(desk, at("2026-03-08 00:00", NY), at("2026-03-15 00:00", NY)) == open_then
    assert desk.between(at("2026-03-08 00:00", NY), at("2026-03-15 00:00", NY)) == 30 * HOUR


@pytest.mark.parametrize(
    ("opened", "hours", "by_days", "by_nights"),
    [
        ("2026-11-19 22:30", 2, "2026-11-23 02:00", "2026-11-20 02:00"),  # Thursday evening
        ("2026-11-25 23:00", 1, "2026-11-30 01:30", "2026-11-27 01:30"),  # the evening before Thanksgiving
        ("2026-11-26 22:00", 3, "2026-11-30 04:00", "2026-11-27 04:00"),  # on the holiday itself
        ("2026-11-27 03:00", 4, "2026-11-30 05:00", "2026-11-30 22:00"),  # Friday, three in the morning
        ("2026-11-28 12:00", 8, "2026-12-01 01:30", "2026-12-01 21:30"),
        ("2026-11-23 06:00", 1, "2026-11-23 22:00", "2026-11-23 22:00"),  # at a close
        ("2026-11-23 23:29:59", 1 / 3600, "2026-11-23 23:30", "2026-11-23 23:30"),  # the last second
        ("2026-12-31 20:00", 7, "2027-01-04 05:30", "2027-01-05 03:00"),
    ],
)
def test_the_real_desk_counts(opened: str, hours: float, by_days: str, by_nights: str) -> None:
    for week, due in ((CALENDAR_DAYS, by_days), (NIGHTS, by_nights)):
        desk = WorkCalendar(NY, week, US_HOLIDAYS)
        assert desk.add(at(opened, NY), round(hours * HOUR)) == at(due, NY), week


# Deadlines that ignore opening hours ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        (ny(20, 17), ny(23, 10)),  # Friday, an hour before closing: Monday 10:00, not Friday 19:00
        (ny(21, 12), ny(23, 11)),  # Saturday
        (ny(25, 17, 30), ny(26, 10, 30)),
        (ny(19, 3), ny(19, 11)),  # at night: from 09:00 on
    ],
)
def test_deadlines_do_not_ignore_opening_hours(desk: Desk, opened: datetime, due: datetime) -> None:
    clock = desk.start("first_response", opened)
    assert clock is not None and clock.due == due


# One window a day: lunch counts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "due"),
    [(ny(19, 11, 30), ny(19, 14, 30)), (ny(19, 12, 30), ny(19, 15)), (ny(19, 10), ny(19, 12))],
)
def test_lunch_does_not_count(desk: Desk, clock: Stop, opened: datetime, due: datetime) -> None:
    clock(ny(18, 9))
    save_office(windows=[(day, *w) for day in range(5) for w in (("09:00", "12:00"), ("13:00", "18:00"))])
    started = desk.start("first_response", opened)
    assert started is not None and started.due == due


# A lost minute at midnight -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "week",
    [ALWAYS, {"mon": [("20:00", "24:00")], "tue": [("00:00", "04:00")]}, {"mon": [("20:00", "04:00")]}],
)
def test_no_minute_is_lost_at_midnight(week: Any) -> None:
    desk = WorkCalendar(NY, week)
    before, after = at("2026-11-23 23:59", NY), at("2026-11-24 00:01", NY)
    assert desk.between(before, after) == 120
    assert desk.add(before, 120) == after
    assert all(desk.is_open(before + timedelta(seconds=n)) for n in range(121))


# Pauses added as wall-clock time -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        (ny(19, 11), ny(20, 11), ny(20, 18)),  # over a night: 1 h used, 7 h left from 11:00
        (ny(20, 17), ny(23, 9), ny(23, 10)),  # over a week-end: 16 h of desk time would be wrong
        (ny(19, 19), ny(19, 20), ny(20, 10)),  # parked while closed: nothing is won
    ],
)
def test_pauses_are_not_added_as_wall_clock_time(
    desk: Desk, paused: datetime, resumed: datetime, due: datetime
) -> None:
    begun = {ny(19, 11): ny(19, 10), ny(20, 17): ny(20, 10), ny(19, 19): ny(19, 11)}[paused]
    desk.start("resolution", begun)  # 8 h
    desk.pause(paused, "resolution")
    desk.resume(resumed, "resolution")
    assert desk.clock("resolution").due == due


# Update time overruling first response -------------------------------------------------------------------


def test_a_later_update_does_not_overrule_the_first_response(desk: Desk) -> None:
    first = desk.start("first_response", ny(19, 10))
    again = desk.start("first_response", ny(19, 11, 30))  # more words: the promise is the same one
    desk.start("next_response", ny(19, 11, 30))
    assert first is not None and again is not None and (again.pk, again.due) == (first.pk, ny(19, 12))
    assert desk.clock("next_response").due == ny(19, 13, 30)
    desk.meet("next_response", ny(19, 11, 45))
    assert desk.clock("first_response").state == "running"
    assert desk.clock("first_response").due == ny(19, 12)


# Breach stamped at the worker's tick ---------------------------------------------------------------------


@pytest.mark.parametrize("tick", [ny(19, 12, 0, 1), ny(19, 15), ny(23, 3, 17)])
def test_a_breach_is_stamped_with_its_due_and_not_with_the_tick(
    desk: Desk, clock: Stop, tick: datetime
) -> None:
    desk.start("first_response", ny(19, 10))
    clock(tick)
    jobs.fire_due_clocks()
    stored = desk.clock("first_response")
    assert (stored.breached_at, stored.warned_at) == (ny(19, 12), ny(19, 11, 30))
    assert ClockTransition.objects.get(clock=stored, verb="breached").at == ny(19, 12)


# Alarms at night -----------------------------------------------------------------------------------------


def test_no_alarm_comes_at_night(desk: Desk, clock: Stop) -> None:
    desk.start("first_response", ny(19, 17, 30))  # 2 h: warns after 90 minutes, is due after 120
    desk.start("resolution", ny(19, 16))
    hour = ny(19, 18, 0, 1)
    while hour < ny(20, 9):
        clock(hour)
        assert jobs.fire_due_clocks() == 0
        hour += timedelta(minutes=20)
    clock(ny(20, 10))
    jobs.fire_due_clocks()
    assert [event.metric for event in desk.told(ClockWarned)] == ["first_response"]
    assert desk.clock("first_response").warned_at == ny(20, 10)
    assert desk.told(ClockBreached) == []


# Calendar edits that change history ----------------------------------------------------------------------


def test_an_edit_does_not_change_history(desk: Desk, clock: Stop) -> None:
    desk.start("first_response", ny(19, 10))
    ended = desk.meet("first_response", ny(19, 11, 30))
    late = Desk(desk.calendar, desk.owner_id, news=desk.news)
    late.start("next_response", ny(19, 10))
    desk.start("resolution", ny(19, 10))
    clock(ny(19, 15))
    jobs.fire_due_clocks()
    assert ended is not None
    words = [line.text for line in receipt(desk.clock("first_response"), zone=NY)]
    save_office(
        windows=[(day, "14:00", "18:00") for day in range(5)], holidays=[(date(2026, 11, 18), "Gone")]
    )
    clock(ny(19, 16))
    actions.move_clocks(calendar_id=desk.calendar.pk)
    met, missed, running = (desk.clock(m) for m in ("first_response", "next_response", "resolution"))
    assert (met.state, met.consumed, met.calendar_version.number) == ("met", 90 * 60, 1)
    assert [line.text for line in receipt(met, zone=NY)] == words
    assert missed.breached_at == ny(19, 12)
    assert running.consumed == 5 * HOUR  # by the old hours until the edit
    assert running.due == ny(19, 18)  # the rest by the new ones


# Today's UTC offset used for next month's opening --------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        (ny(30, 18, month=10), utc("2026-11-02 14:00")),  # 09:00 EST, asked in EDT
        (datetime(2026, 3, 6, 23, tzinfo=UTC), utc("2026-03-09 13:00")),  # 09:00 EDT, asked in EST
    ],
)
def test_the_offset_is_that_of_the_opening(desk: Desk, asked: datetime, opens: datetime) -> None:
    assert queries.hours(desk.calendar.pk, asked).opens_at == opens
    started = desk.start("first_response", asked)
    assert started is not None and started.due == opens + timedelta(hours=2)


# Averages in wall clock beside deadlines in business time ------------------------------------------------


def test_what_is_averaged_is_what_is_promised(desk: Desk) -> None:
    """The time that reports average is `consumed`: desk time, like the target it is held against."""
    desk.start("first_response", ny(20, 17))
    met = desk.meet("first_response", ny(23, 9, 30))
    assert met is not None
    assert (met.state, met.consumed) == ("met", 90 * 60)  # not 64 h 30 min


# Endless loops on a holiday that is a 25-hour day --------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day"),
    [(NY, "2026-11-01"), ("Europe/London", "2026-10-25"), ("Africa/Cairo", "2026-10-29")],
)
def test_a_holiday_of_25_hours_ends(zone: str, day: str) -> None:
    desk = WorkCalendar(zone, ALWAYS, [day])
    midnight = at(f"{day} 00:00", zone)
    after = at(str(date.fromisoformat(day) + timedelta(days=1)) + " 00:00", zone)
    assert (after.astimezone(UTC) - midnight.astimezone(UTC)) == timedelta(hours=25)
    assert desk.next_open(midnight) == after
    assert desk.add(midnight - timedelta(seconds=1), 2) == after + timedelta(seconds=1)
    assert desk.between(midnight, after) == 0


# An error after 25 closed days ---------------------------------------------------------------------------


@pytest.mark.parametrize("days", [24, 25, 26, 60, 366, 790])
def test_many_closed_days_are_no_error(days: int) -> None:
    closed = [date(2026, 11, 2) + timedelta(days=n) for n in range(days)]
    desk = WorkCalendar(NY, ALWAYS, closed)
    opens = at(str(closed[-1] + timedelta(days=1)) + " 00:00", NY)
    assert desk.add(at("2026-11-02 10:00", NY), HOUR) == opens.astimezone(UTC) + timedelta(hours=1)


def test_closed_for_good_is_told() -> None:
    with pytest.raises(NeverOpen):
        WorkCalendar(NY, {}, extra={"2026-11-02": [("09:00", "10:00")]}).add(at("2026-11-02 10:00", NY), 1)


# Exclusions that make a ticket escalate earlier ----------------------------------------------------------

CLOSED = [
    {"holidays": [(date(2026, 11, 19), "Today")]},
    {"holidays": [(date(2026, 11, 20), "Tomorrow")]},
    {"special_days": [(date(2026, 11, 19), "Short", [["09:00", "12:00"]])]},
    {"special_days": [(date(2026, 11, 20), "", [])]},
    {"windows": [(day, "10:00", "16:00") for day in range(5)]},
    {"windows": [(day, *w) for day in range(5) for w in (("09:00", "12:00"), ("13:00", "18:00"))]},
    {"windows": OFFICE_ROWS[:3]},
]


@pytest.mark.parametrize("less", CLOSED)
@pytest.mark.parametrize("opened", [ny(19, 10), ny(19, 17), ny(20, 3)])
def test_less_open_time_never_makes_anything_earlier(
    desk: Desk, clock: Stop, less: dict[str, Any], opened: datetime
) -> None:
    clock(ny(18, 9))
    plain = desk.start("resolution", opened)
    assert plain is not None
    before = (plain.warn_at, plain.due)
    clock(ny(18, 10))
    save_office(**less)
    actions.move_clocks(calendar_id=desk.calendar.pk)
    moved = desk.clock("resolution")
    assert (moved.warn_at, moved.due) >= before
    assert moved.warn_at >= before[0] and moved.due >= before[1]


@pytest.mark.parametrize("minutes", [0, 1, 90, 600, 3000])
def test_a_pause_never_makes_anything_earlier(desk: Desk, minutes: int) -> None:
    plain = desk.start("resolution", ny(19, 10))
    assert plain is not None
    before = (plain.warn_at, plain.due)
    desk.pause(ny(19, 11), "resolution")
    desk.resume(ny(19, 11) + timedelta(minutes=minutes), "resolution")
    after = desk.clock("resolution")
    assert after.warn_at >= before[0] and after.due >= before[1]


@pytest.mark.django_db
def test_the_saved_night_desk_is_the_first_reading() -> None:
    saved = queries.work_calendar(queries.current_version(save_nights().pk))
    assert saved == WorkCalendar(NY, CALENDAR_DAYS)
