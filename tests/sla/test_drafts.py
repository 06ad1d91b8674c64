"""A calendar before it is saved: its notices, its edges in changes of clocks, its week, its hours, its versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actors import SYSTEM, Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla import actions, queries
from sla.drafts import CalendarDraft, draft_of, edge_warnings
from sla.models import Calendar, CalendarVersion, Clock, Window
from tests.sla.kit import ALWAYS, MANAGER, OFFICE, Desk, ny, save_nights, save_office

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


def draft(**changes: Any) -> CalendarDraft:
    given = {"code": "office", "name": "Office", "timezone": "America/New_York", "windows": OFFICE}
    return CalendarDraft.of(**{**given, **changes})


def daily(*windows: tuple[str, str], **changes: Any) -> CalendarDraft:
    return draft(windows=[(day, *window) for day in range(7) for window in windows], **changes)


# What can be saved and is still told ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("windows", "told"),
    [
        (OFFICE, []),
        ([(0, "09:00", "12:00"), (0, "12:00", "18:00")], []),  # touching is fine
        ([(0, "09:00", "13:00"), (0, "12:00", "18:00")], ["Monday: 09:00–13:00 and 12:00–18:00"]),
        ([(0, "22:00", "06:00"), (1, "06:00", "08:00")], []),
        ([(0, "22:00", "06:00"), (1, "05:00", "08:00")], ["Monday: 22:00–06:00 and 05:00–08:00"]),
        ([(6, "22:00", "06:00"), (0, "05:00", "08:00")], ["Sunday: 22:00–06:00 and 05:00–08:00"]),
        ([(0, "09:00", "18:00"), (1, "09:00", "18:00")], []),
    ],
)
def test_overlaps_are_told_and_count_once(windows: list[Any], told: list[str]) -> None:
    wanted = draft(windows=windows)
    assert wanted.problems() == {}
    assert wanted.notices() == [f"{words} overlap; the time that both cover counts once." for words in told]


def test_a_holiday_that_is_a_special_day_too_is_told() -> None:
    holidays = [(date(2026, 11, 26), "Thanksgiving"), (date(2026, 12, 25), "Christmas")]
    special = [(date(2026, 11, 26), "Sale", [("09:00", "12:00")]), (date(2026, 12, 25), "", [])]
    told = draft(holidays=holidays, special_days=special).notices()
    assert [("it is open" in words, "closed either way" in words) for words in told] == [
        (True, False),
        (False, True),
    ]
    assert "Thanksgiving" in told[0] and "26 Nov" in told[0]


def test_a_special_day_may_overlap_itself() -> None:
    special = [(date(2026, 12, 24), "Eve", [("09:00", "12:00"), ("11:00", "13:00")])]
    assert draft(special_days=special).notices() == [
        "Thu 24 Dec: 09:00–12:00 and 11:00–13:00 overlap; the time that both cover counts once."
    ]


def test_a_calendar_that_never_opens_is_told_and_no_loop(clock: Callable[[datetime], None]) -> None:
    clock(NOW)
    closed = [(date.fromordinal(NOW.date().toordinal() + n), "Closed") for n in range(-30, 970)]
    for hopeless in (draft(windows=[]), draft(holidays=closed)):
        assert "never open" in hopeless.problems()["windows"][0]
        with pytest.raises(Invalid):
            hopeless.work_calendar()


# Edges in changes of clocks ------------------------------------------------------------------------------

FORWARD = "Sun 14 Mar 2027: clocks go forward from 02:00 to 03:00, so "
BACK = "Sun 1 Nov 2026: clocks go back from 02:00 to 01:00, so "


@pytest.mark.parametrize(
    ("window", "told"),
    [
        (("02:30", "04:00"), FORWARD + "02:30 does not exist. The window 02:30–04:00 opens at 03:00."),
        (("02:00", "04:00"), FORWARD + "02:00 does not exist. The window 02:00–04:00 opens at 03:00."),
        (("00:00", "02:30"), FORWARD + "02:30 does not exist. The window 00:00–02:30 closes at 02:00."),
        (("02:15", "02:45"), FORWARD + "the window 02:15–02:45 does not open."),
        (("02:00", "03:00"), FORWARD + "the window 02:00–03:00 does not open."),
        (("01:15", "01:45"), BACK + "01:15 to 01:45 comes twice. The window 01:15–01:45 opens twice."),
        (
            ("01:30", "05:00"),
            BACK
            + "01:30 comes twice. The window 01:30–05:00 opens at the first 01:30, closes when clocks go "
            "back and opens again at the second 01:30.",
        ),
        (
            ("22:00", "01:30"),
            BACK + "01:30 comes twice. The window 22:00–01:30 closes at the first 01:30 and opens again from "
            "01:00 until the second 01:30.",
        ),
        (("01:00", "06:00"), ""),
        (("00:00", "24:00"), ""),
        (("21:00", "23:30"), ""),
    ],
)
def test_edges_that_meet_a_change_of_clocks(window: tuple[str, str], told: str) -> None:
    """What the sums make of such edges is in the tables of worktime; these are the words for it."""
    found = edge_warnings(daily(window), at=NOW)
    assert (told in found) if told else (found == [])


def test_a_warning_looks_at_its_own_date() -> None:
    """Neither on a weekday without the window, nor on a holiday, nor past 400 days; a special day has its own."""
    nights = [(day, "01:15", "01:45") for day in range(5)]
    assert edge_warnings(draft(windows=nights), at=NOW) == []
    sunday, at = date(2026, 11, 1), datetime(2026, 10, 1, tzinfo=UTC)
    assert len(edge_warnings(daily(("01:15", "01:45")), at=at)) == 1
    assert edge_warnings(daily(("01:15", "01:45"), holidays=[(sunday, "Feast")]), at=at) == []
    assert edge_warnings(daily(("01:15", "01:45"), special_days=[(sunday, "", [])]), at=at) == []
    special = [(sunday, "", [("01:15", "01:45")])]
    assert len(edge_warnings(draft(special_days=special), at=at)) == 1
    assert edge_warnings(daily(("02:30", "04:00"), timezone="Asia/Shanghai"), at=NOW) == []


def test_a_change_at_midnight_has_its_date() -> None:
    told = edge_warnings(daily(("00:30", "02:15"), ("23:30", "24:00"), timezone="Africa/Cairo"), at=NOW)
    assert told[0].startswith(
        "Thu 29 Oct 2026: clocks go back from 24:00 to 23:00, so 23:30 to 24:00 comes twice"
    )
    assert told[1].startswith(
        "Fri 30 Apr 2027: clocks go forward from 00:00 to 01:00, so 00:30 does not exist"
    )


# Drawn and tried -----------------------------------------------------------------------------------------


def test_the_week_is_drawn_by_the_order_of_force() -> None:
    drawn = queries.drawn_week(
        draft(
            windows=[
                (0, "22:00", "06:00"),
                (1, "09:00", "12:00"),
                (1, "11:00", "13:00"),
                (2, "09:00", "12:00"),
            ],
            holidays=[(date(2026, 11, 25), "Feast")],
            special_days=[(date(2026, 11, 26), "Sale", [("10:00", "24:00")])],
        ),
        monday=MONDAY,
    )
    assert [(day.note, day.kind, day.bars) for day in drawn[:5]] == [
        ("", "week", ((1320, 1440),)),
        ("", "week", ((0, 360), (540, 780))),
        ("Feast", "holiday", ()),
        ("Sale", "special", ((600, 1440),)),
        ("", "week", ()),
    ]
    assert [day.closed for day in drawn] == [False, False, True, False, True, True, True]
    assert drawn[0].day == MONDAY


def test_hours_are_tried_in_the_words_of_receipts() -> None:
    nights = draft(windows=[(d, a, b) for d in range(4) for a, b in (("01:00", "06:00"), ("21:00", "23:30"))])
    tried = queries.try_hours(nights, at=ny(19, 22, 30), seconds=7200, zone="Asia/Shanghai")
    assert (tried.is_open, tried.next_open, tried.next_close) == (True, ny(19, 22, 30), ny(19, 23, 30))
    assert tried.due == ny(23, 2)
    assert [line.text for line in tried.steps] == [
        "From Thu 19 Nov 22:30 in New York (Fri 20 Nov 11:30 for you); 2 h to count",
        "1 h counted until the desk closed at 23:30",
        "Next open Mon 23 Nov 01:00",
        "1 h left → due Mon 23 Nov 02:00 in New York (15:00 for you)",
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"seconds": -1}, "seconds"),
        ({"seconds": 10**10}, "seconds"),
        ({"at": datetime(1800, 1, 1, tzinfo=UTC)}, "at"),
        ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, "at"),
        ({"zone": "Mars/Base"}, "zone"),
    ],
)
def test_what_cannot_be_tried_is_told(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        queries.try_hours(draft(), **{"at": NOW, "seconds": 60, **given})
    assert list(refused.value.fields) == [field]


def test_too_little_open_time_is_no_loop(clock: Callable[[datetime], None]) -> None:
    clock(NOW)
    fair = draft(windows=[], special_days=[(date(2026, 11, 23), "Fair", [("09:00", "10:00")])])
    tried = queries.try_hours(fair, at=ny(23, 9, 30), seconds=7200)
    assert tried.is_open and tried.due is None
    assert tried.steps[-1].text == "It is not open long enough after that: there is no due time"


# Saved ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_draft_is_what_was_saved() -> None:
    wanted = draft(
        holidays=[(date(2026, 11, 26), "Thanksgiving")],
        special_days=[(date(2026, 12, 24), "Eve", [("09:00", "12:00")])],
        holiday_country="US-NY",
    )
    calendar = actions.save_calendar(actor=MANAGER, draft=wanted)
    assert draft_of(Calendar.objects.get()) == wanted
    assert calendar.versions.get().spec == wanted.spec()
    with CaptureQueriesContext(connection) as seen:
        draft_of(calendar)
    assert len(seen) == 3


@pytest.mark.django_db
def test_who_read_an_older_version_does_not_overwrite() -> None:
    save_office()
    save_office(windows=OFFICE[:3])
    with pytest.raises(Conflict):
        save_office(windows=OFFICE[:4], expected_version=1)
    assert Window.objects.count() == 3
    assert save_office(windows=OFFICE[:4], expected_version=2).version == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"windows": [(0, "18:00", "18:00")]},
        {"windows": [(0, "09:00", "24:01")]},
        {"windows": [(True + 6, "09:00", "18:00")]},
        {"holiday_country": "US-ZZ"},
        {"holidays": [(date(2500, 1, 1), "Far")]},
        {"holidays": [(date(2026, 1, 1), "x" * 101)]},
        {"code": "x" * 51},
        {"windows": [(0, f"{n // 60:02}:{n % 60:02}", "24:00") for n in range(1001)]},
    ],
)
def test_what_a_draft_cannot_be(changes: dict[str, Any]) -> None:
    wanted = draft(**changes)
    assert list(wanted.problems()) == list(changes)
    with pytest.raises(Invalid) as refused:
        wanted.check()
    assert refused.value.fields == wanted.problems()


@pytest.mark.django_db
def test_versions_tell_what_they_changed() -> None:
    calendar = save_office()
    save_office(
        actor=MANAGER,
        windows=[*OFFICE[1:], (0, "10:00", "18:00")],
        holidays=[(date(2026, 11, 26), "Thanksgiving")],
        special_days=[(date(2026, 12, 24), "Eve", [["09:00", "12:00"]]), (date(2026, 12, 31), "", [])],
    )
    save_office(
        timezone="Europe/London",
        windows=[*OFFICE[1:], (0, "10:00", "18:00")],
        special_days=[(date(2026, 12, 24), "Eve", [["09:00", "11:00"]])],
    )
    with CaptureQueriesContext(connection) as seen:
        told = queries.calendar_versions(calendar.pk)
    assert len(seen) == 2
    assert [(one.number, one.actor_kind) for one in told] == [(3, "system"), (2, "staff"), (1, "system")]
    assert [(line.kind, line.text) for line in told[0].changes] == [
        ("changed", "Time zone: America/New_York → Europe/London"),
        ("removed", "Holiday Thu 26 Nov 2026"),
        ("changed", "Special day Thu 24 Dec 2026: 09:00–12:00 → 09:00–11:00"),
        ("removed", "Special day Thu 31 Dec 2026: closed"),
    ]
    assert [(line.kind, line.text) for line in told[1].changes] == [
        ("removed", "Monday 09:00–18:00"),
        ("added", "Monday 10:00–18:00"),
        ("added", "Holiday Thu 26 Nov 2026"),
        ("added", "Special day Thu 24 Dec 2026: 09:00–12:00"),
        ("added", "Special day Thu 31 Dec 2026: closed"),
    ]
    assert told[2].changes == ()
    assert [one.number for one in queries.calendar_versions(calendar.pk, before=3, limit=1)] == [2]
    assert queries.calendar_versions(0) == []


# Taken away ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_calendar_that_nothing_needs_goes_with_its_versions(clock: Callable[[datetime], None]) -> None:
    clock(ny(23, 12))
    save_office()
    save_office(windows=OFFICE[:2])
    save_nights()
    actions.close_desk(actor=MANAGER, code="office", until=None, reason="Moving out")
    actions.delete_calendar(actor=MANAGER, code="office")
    assert list(Calendar.objects.values_list("code", flat=True)) == ["nights"]
    assert CalendarVersion.objects.count() == 1
    with pytest.raises(NotFound):
        actions.delete_calendar(actor=MANAGER, code="office")


@pytest.mark.django_db
def test_a_calendar_in_use_stays_and_who_uses_it_is_named() -> None:
    from accounts.models import Team
    from orders.models import Store

    calendar = save_office()
    Team.objects.create(code="presales", name="Pre-sales", calendar=calendar)
    Store.objects.create(code="us", name="Shop US", calendar=calendar)
    with pytest.raises(Conflict) as refused:
        actions.delete_calendar(actor=MANAGER, code="office")
    assert refused.value.code == "in_use"
    assert str(refused.value.message) == "“Office” is in use: team Pre-sales, store Shop US."
    assert Calendar.objects.get().versions.count() == 1
    with pytest.raises(Forbidden):
        actions.delete_calendar(actor=Actor(kind="staff", id=8, role="agent"), code="office")


def test_a_calendar_that_a_clock_ran_on_stays(desk: Desk) -> None:
    desk.start("first_response", ny(19, 10))
    desk.meet("first_response", ny(19, 11))
    with pytest.raises(Conflict, match="1 clock ran on it"):
        actions.delete_calendar(actor=SYSTEM, code="office")
    Clock.objects.all().delete()
    actions.delete_calendar(actor=SYSTEM, code="office")


@pytest.mark.django_db
def test_always_open_is_fine() -> None:
    assert draft(windows=ALWAYS).notices() == []
